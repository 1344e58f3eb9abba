"""kill -9 and full disks at any moment: never a damaged catalog, never much fetched twice."""

from __future__ import annotations

import os
import random
import signal
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
# Imports once and forks for each sync, so that the kills fall into syncs and not into imports.
SYNCS = """
import os, sys
from catalog import refresh, settings
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os._exit(refresh.command(settings.load(), ["huggingface"], limit=int(line)))
    print(pid, flush=True)
    sys.stdin.readline()  # until then it stays a zombie at worst, and its number is nobody else's
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
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
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if script is SYNC_ON_A_SMALL_DISK else subprocess.DEVNULL,
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
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_sync_that_is_killed_again_and_again_damages_nothing(root: Path) -> None:
    dice = random.Random(20_261_124)
    published = {snapshot.current_id(root)}
    ends: list[int] = []
    with Server(rows(PAGES * 10), page_rows=10, delay=0.04) as hub, start(SYNCS, hub) as syncs:
        assert syncs.stdin is not None and syncs.stdout is not None

        def begin() -> int:
            print(PAGES * 10, file=syncs.stdin, flush=True)
            return int(syncs.stdout.readline())

        def end() -> int:
            print(file=syncs.stdin, flush=True)
            return int(syncs.stdout.readline())

        for _ in range(KILLS):
            process = begin()
            time.sleep(dice.uniform(0.0, 1.0))
            os.kill(process, signal.SIGKILL)
            ends.append(end())
            generation = snapshot.open_current(root)
            assert generation.notice is None
            published.add(generation.id)
            for folder in (root / "staging").glob("*/"):
                kept = staging._checkpoint(folder)
                assert kept is None or kept.rows == kept.batches * 10
        begin()
        assert end() == 0
        syncs.stdin.close()
        published.add(snapshot.current_id(root))
        # A kill costs one page at most; a run that was published starts anew.
        assert len(hub.asked) <= PAGES * len(published) + KILLS
        assert len(hub.asked) < PAGES * KILLS / 2
    assert ends.count(-signal.SIGKILL) >= KILLS / 2
    models = snapshot.open_current(root).models_table()
    assert models.num_rows == PAGES * 10 + 3
    assert left_over(root) == []


@pytest.mark.slow
@pytest.mark.parametrize("most_bytes", [10, 600, 9_000, 40_000])
def test_a_full_disk_is_a_sentence_and_the_catalog_stays(
    most_bytes: int, root: Path, hub: Server, sync: Callable[..., object]
) -> None:
    before = snapshot.current_id(root)
    process = start(SYNC_ON_A_SMALL_DISK, hub, 1_000, most_bytes)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "be written" in told and "Traceback" not in told
    assert snapshot.current_id(root) == before
    assert snapshot.open_current(root).notice is None
    sync(hub, limit=1_000)
    assert snapshot.current_id(root) != before
    assert left_over(root) == []
