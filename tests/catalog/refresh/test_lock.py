"""One sync at a time, across processes, and no lock that outlives its owner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import SyncRunning
from catalog.refresh import RefreshReport, lock
from catalog.store import snapshot
from tests.catalog.refresh.conftest import NOW, ROOT
from tests.replay.server import Handler, Server

RACES_RUN = 50
HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from catalog.refresh import lock
with lock.held(Path(sys.argv[1]), datetime.now(UTC)):
    print("held", flush=True)
    time.sleep(60)
"""
# Imports once and forks for each race; both syncs of a race begin at once.
RACES = """
import os, sys
from catalog import refresh, settings
given = settings.load()
for line in sys.stdin:
    pids = []
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            report = refresh.run(given, ["huggingface"], limit=5)
            told = f"{report.exit_code} {os.getpid()} {report.message}\\n"
            os.write(1, told.encode())
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
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


def test_the_time_of_the_owner_is_for_people(tmp_path: Path) -> None:
    with lock.held(tmp_path, NOW):
        assert lock.owner(tmp_path).endswith(", since 2026-11-24 12:00 UTC")


def test_an_owner_without_a_note_is_said_so(tmp_path: Path) -> None:
    assert lock.owner(tmp_path) == "its owner left no name"


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_each_of_fifty_races_has_one_winner(root: Path) -> None:
    gate = threading.Event()

    def held_up(handler: Handler) -> None:
        gate.wait(30)
        handler.send(403, {"error": "not today"})  # so that a winner has nothing to publish

    with (
        Server([], always=held_up) as hub,
        subprocess.Popen(
            [sys.executable, "-c", RACES],
            cwd=ROOT,
            env={**os.environ, "HF_ENDPOINT": hub.url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as races,
    ):
        assert races.stdin is not None and races.stdout is not None
        for race in range(RACES_RUN):
            gate.clear()
            print(race, file=races.stdin, flush=True)
            # The loser speaks first: the winner is held up by the Hub until then.
            lost, loser, message = races.stdout.readline().split(maxsplit=2)
            gate.set()
            won, winner, _ = races.stdout.readline().split(maxsplit=2)
            assert (lost, won) == ("75", "1"), race
            assert loser != winner and f"process {winner} on " in message
        assert len(hub.asked) == RACES_RUN
        races.stdin.close()
