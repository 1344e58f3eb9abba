"""kill -9 and full disks at any moment: never a damaged catalog, never much fetched twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.refresh import staging
from catalog.store import snapshot
from tests.catalog.refresh.conftest import ROOT
from tests.replay.server import Server

KILLS = 20
PAGES = 24
SYNC = """
import sys
from catalog import refresh, settings
print("ready", flush=True)
sys.exit(refresh.command(settings.load(), ["huggingface"], limit=int(sys.argv[1])))
"""
SYNC_ON_A_SMALL_DISK = """
import resource, sys
from catalog import refresh, settings
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
sys.exit(refresh.command(settings.load(), ["huggingface"], limit=int(sys.argv[1])))
"""


def start(script: str, hub: Server, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "HF_ENDPOINT": hub.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(number: int) -> list[dict[str, object]]:
    return [
        {
            "id": f"org/model-{index:04d}",
            "downloads": 10_000 - index,
            "likes": 1,
            "tags": ["x" * 40],
        }
        for index in range(number)
    ]


def left_over(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if "tmp" in path.name or "part-" in path.name]


@pytest.mark.slow
def test_a_sync_that_is_killed_again_and_again_damages_nothing(root: Path) -> None:
    dice = random.Random(20_261_124)
    published = {snapshot.current_id(root)}
    with Server(rows(PAGES * 10), page_rows=10, delay=0.03) as hub:
        for _ in range(KILLS):
            with start(SYNC, hub, PAGES * 10) as process:
                assert process.stdout is not None and process.stdout.readline() == "ready\n"
                time.sleep(dice.uniform(0.0, 0.9))
                process.kill()
                process.wait()
            generation = snapshot.open_current(root)
            assert generation.notice is None
            published.add(generation.id)
            for folder in (root / "staging").glob("*/"):
                kept = staging._checkpoint(folder)
                assert kept is None or kept.rows == kept.batches * 10
        last = start(SYNC, hub, PAGES * 10)
        _, told = last.communicate(timeout=60)
        assert last.returncode == 0, told
        published.add(snapshot.current_id(root))
        # A kill costs one page at most; a run that was published starts anew.
        assert len(hub.asked) <= PAGES * (len(published) + 1) + KILLS
        assert len(hub.asked) < PAGES * (KILLS + 1)
    models = snapshot.open_current(root).models_table()
    assert models.num_rows == PAGES * 10 + 3
    assert left_over(root) == []


@pytest.mark.slow
@pytest.mark.parametrize("most_bytes", [10, 200, 600, 3_000, 9_000])
def test_a_full_disk_is_a_sentence_and_the_catalog_stays(
    most_bytes: int, root: Path, hub: Server, sync: Callable[..., object]
) -> None:
    before = snapshot.current_id(root)
    process = start(SYNC_ON_A_SMALL_DISK, hub, 1_000, most_bytes)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot be written" in told and "Traceback" not in told
    assert snapshot.current_id(root) == before
    assert snapshot.open_current(root).notice is None
    sync(hub, limit=1_000)
    assert snapshot.current_id(root) != before
    assert left_over(root) == []
