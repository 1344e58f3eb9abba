"""One sync at a time, across processes, and no lock that outlives its owner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import SyncRunning
from catalog.refresh import RefreshReport, lock
from catalog.store import snapshot
from tests.catalog.refresh.conftest import NOW, ROOT
from tests.replay.server import Server

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from catalog.refresh import lock
with lock.held(Path(sys.argv[1]), datetime.now(UTC)):
    print("held", flush=True)
    time.sleep(60)
"""
RACER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from catalog.errors import SyncRunning
from catalog.refresh import lock
for race in range(50):
    while not (Path(sys.argv[1]) / f"start-{race}").exists():
        time.sleep(0.001)
    try:
        with lock.held(Path(sys.argv[1]), datetime.now(UTC)):
            print("won", race, flush=True)
            while not (Path(sys.argv[1]) / f"stop-{race}").exists():
                time.sleep(0.001)
    except SyncRunning:
        print("lost", race, flush=True)
"""


def start(script: str, root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(root)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def test_a_second_sync_ends_with_75_and_names_the_owner(
    root: Path, hub: Server, sync: Callable[..., RefreshReport]
) -> None:
    with start(HOLDER, root) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        before = snapshot.current_id(root)
        report = sync(hub, limit=5)
        assert report.exit_code == 75
        assert f"process {holder.pid} on " in (report.message or "")
        assert snapshot.current_id(root) == before and not hub.asked
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    # The note about the dead owner is still there; the lock is not.
    assert (root / lock.OWNER).exists()
    assert sync(hub, limit=5).exit_code == 0
    assert not (root / lock.OWNER).exists()


@pytest.mark.parametrize(
    "note", [json.dumps({"pid": 1, "host": "elsewhere", "started": "2020-01-01"}), "{", "[]", ""]
)
def test_a_stale_note_of_any_kind_locks_nobody_out(note: str, tmp_path: Path) -> None:
    (tmp_path / lock.LOCK).touch()
    (tmp_path / lock.OWNER).write_text(note)
    with lock.held(tmp_path, NOW):
        assert f"process {os.getpid()} on " in lock.owner(tmp_path)
        with pytest.raises(SyncRunning), lock.held(tmp_path, NOW):
            pass
        assert f"process {os.getpid()} on " in lock.owner(tmp_path)
    with lock.held(tmp_path, NOW):
        pass


def test_an_owner_without_a_note_is_said_so(tmp_path: Path) -> None:
    assert lock.owner(tmp_path) == "its owner left no name"


@pytest.mark.slow
def test_each_of_fifty_races_has_one_winner(tmp_path: Path) -> None:
    racers = [start(RACER, tmp_path) for _ in range(2)]
    for race in range(50):
        (tmp_path / f"start-{race}").touch()
        told = []
        for racer in racers:
            assert racer.stdout is not None
            told.append(racer.stdout.readline().split()[:2])
        # Both have spoken while the winner still holds the lock.
        assert sorted(told) == [["lost", str(race)], ["won", str(race)]]
        (tmp_path / f"stop-{race}").touch()
    for racer in racers:
        racer.communicate(timeout=10)
