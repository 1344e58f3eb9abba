"""kill -9 and full disks at any moment: never a damaged catalog, never much fetched twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from catalog.refresh import live, runlog, staging
from catalog.refresh.staged import Staged
from catalog.refresh.staging import Staging
from catalog.store import snapshot
from tests.catalog.refresh.conftest import ROOT
from tests.catalog.refresh.three import Upstreams, upstreams
from tests.replay.server import Server

KILLS, KILLS_AT_NIGHT = 20, 200
PAGES = 16  # of the Hub and of CivitAI each
# Imports once and forks for each sync, so that the kills fall into syncs and not into imports.
SYNCS = """
import os, sys
from catalog import refresh, settings
from tests.catalog.refresh.three import MAKERS
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        report = refresh.run(settings.load(), list(MAKERS), limit=int(line), makers=MAKERS)
        os._exit(report.exit_code)
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


def start(script: str, environ: Mapping[str, str], *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if script is SYNC_ON_A_SMALL_DISK else subprocess.DEVNULL,
        text=True,
    )


def left_over(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if "tmp" in path.name or "part-" in path.name]


class Victim:
    """Syncs of three sources, one after another, that somebody else ends."""

    def __init__(self, three: Upstreams, root: Path) -> None:
        self._root = root
        self._process = start(SYNCS, three.environment)
        self._pid = 0

    def __enter__(self) -> Victim:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def begin(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(PAGES * 10, file=self._process.stdin, flush=True)
        self._pid = int(self._process.stdout.readline())

    def kill(self) -> int:
        os.kill(self._pid, signal.SIGKILL)
        return self.end()

    def end(self) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def is_publishing(self) -> bool:
        """Whether it has told so; everything is fetched then."""
        try:
            log = (self._root / runlog.LOG).read_text("utf-8")
        except OSError:
            return False
        return any(
            f'"pid": {self._pid},' in line and '"publishing"' in line for line in log.splitlines()
        )


def kill_again_and_again(root: Path, kills: int) -> None:
    """Kill syncs of three sources while they fetch and while they publish; look after each one."""
    dice = random.Random(20_261_124)
    shown = {whole(root, newest="")}
    ends: list[int] = []
    in_publishing = 0
    with (
        upstreams(hub_rows=PAGES * 10, site_rows=PAGES * 10, models=4, delay=0.02) as three,
        Victim(three, root) as victim,
    ):
        for number in range(kills):
            victim.begin()
            if number % 2:  # somewhere in the fetch, of which this is about the length
                time.sleep(dice.uniform(0.0, 1.0))
            else:
                deadline = time.monotonic() + 30
                while not victim.is_publishing() and time.monotonic() < deadline:
                    time.sleep(0.005)
                time.sleep(dice.uniform(0.0, 0.4))
            in_publishing += victim.is_publishing()
            ends.append(victim.kill())
            shown.add(whole(root, newest=max(shown)))
        victim.begin()
        assert victim.end() == 0
        shown.add(whole(root, newest=max(shown)))
        # A kill costs one page of each source at most; what was published begins anew.
        for asked in (three.hub.asked, three.site.asked):
            assert len(asked) <= PAGES * len(shown) + kills
        models = len(three.library.models)
        most = 2 + max(len(model["manifests"]) * 3 for model in three.library.models)
        once = len(three.library.paths) <= (1 + most * models) * len(shown) + most * kills
        assert once, len(three.library.paths)
    assert ends.count(-signal.SIGKILL) >= kills / 2
    assert in_publishing >= kills / 4
    assert left_over(root) == []
    refs = snapshot.open_current(root).models_table()["ref"].to_pylist()
    assert sum(ref.startswith("huggingface:org/") for ref in refs) == PAGES * 10
    assert sum(ref.startswith("civitai:") for ref in refs) == PAGES * 10
    assert any(ref.startswith("ollama:") for ref in refs)


def whole(root: Path, *, newest: str) -> str:
    """The id of the current generation, which is sound and no older than the newest one seen."""
    generation = snapshot.open_current(root)
    assert generation.notice is None
    generation.verify()
    assert generation.id >= newest
    assert len(generation) == generation.manifest.models >= 3
    for folder in (root / "staging").glob("*/"):
        kept = staging._checkpoint(folder)
        if kept is not None:
            Staged(Staging(folder, kept))  # raises when a part does not hold what is counted
    assert not live.state(root).running
    return generation.id


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_sync_that_is_killed_again_and_again_damages_nothing(root: Path) -> None:
    kill_again_and_again(root, KILLS)


@pytest.mark.nightly
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_sync_that_is_killed_two_hundred_times_damages_nothing(root: Path) -> None:
    kill_again_and_again(root, KILLS_AT_NIGHT)


@pytest.mark.slow
@pytest.mark.parametrize("most_bytes", [10, 600, 9_000, 40_000])
def test_a_full_disk_is_a_sentence_and_the_catalog_stays(
    most_bytes: int, root: Path, hub: Server, sync: Callable[..., object]
) -> None:
    before = snapshot.current_id(root)
    process = start(SYNC_ON_A_SMALL_DISK, {"HF_ENDPOINT": hub.url}, 1_000, most_bytes)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "be written" in told and "Traceback" not in told
    assert snapshot.current_id(root) == before
    assert snapshot.open_current(root).notice is None
    sync(hub, limit=1_000)
    assert snapshot.current_id(root) != before
    assert left_over(root) == []
