"""The state of a running sync: written now and then, read by anyone, never running for ever."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.records import RefreshState, SourceProgress
from catalog.refresh import Progress, RefreshReport, live
from catalog.refresh.live import Live
from tests.catalog.refresh.conftest import NOW
from tests.replay import server as replay
from tests.replay.server import Server


def now() -> datetime:
    return NOW


def document(root: Path, **changes: Any) -> None:
    """A state file as another process might have left it."""
    told = json.loads((root / live.FILE).read_text("utf-8"))
    (root / live.FILE).write_text(json.dumps({**told, **changes}), "utf-8")


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_where_nothing_ever_ran_nothing_runs(tmp_path: Path) -> None:
    assert live.state(tmp_path) == RefreshState(running=False, phase="done")
    assert live.writer(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"running": true, "sources": 5}', '{"sources": [{"x": 1}]}']
)
def test_a_state_that_cannot_be_read_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / live.FILE).write_text(text)
    assert live.state(tmp_path) == live.NEVER


def test_what_a_source_has_come_to_is_read_back(tmp_path: Path) -> None:
    until = NOW + timedelta(minutes=5)
    with Live(tmp_path, now=now) as state:
        state.source("huggingface", "changed")
        state.show(Progress(source="huggingface", rows=7, rejected=1, waits_until=until))
        state.show(Progress(source="civitai", rows=3, note="a page was left out"))
        state._write()
        told = live.state(tmp_path)
        assert (told.running, told.phase, told.started_at) == (True, "fetch", NOW)
        assert told.owner == f"process {live.writer(tmp_path)} on {socket.gethostname()}"
        assert told.sources == (
            SourceProgress(
                source="huggingface", scope="changed", rows=7, quarantined=1, waits_until=until
            ),
            SourceProgress(source="civitai", scope="", rows=3, note="a page was left out"),
        )
        state.done("huggingface", ok=False, error="The Hub is down.")
        state.phase(live.PUBLISH)
        state.end(live.DONE, None)
    told = live.state(tmp_path)
    first = told.sources[0]
    assert (first.done, first.ok, first.note) == (True, False, "The Hub is down.")
    assert first.waits_until is None
    assert (told.running, told.phase, told.message) == (False, "done", None)


def test_an_end_that_nobody_foresaw_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyError), Live(tmp_path, now=now):
        raise KeyError
    told = live.state(tmp_path)
    assert (told.running, told.phase) == (False, "failed")
    assert told.message == "It ended before its time."


def test_it_is_written_twice_a_second_at_most_and_as_a_sign_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "WRITTEN_SECONDS", 0.05)
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.2)
    stamps = set()
    with Live(tmp_path, now=now) as state:
        for rows in range(200):
            state.show(Progress(source="huggingface", rows=rows))
            stamps.add(live.state(tmp_path).updated_at)
            time.sleep(0.001)
        quiet = live.state(tmp_path).updated_at
        deadline = time.monotonic() + 5
        while live.state(tmp_path).updated_at == quiet and time.monotonic() < deadline:
            time.sleep(0.01)
        assert live.state(tmp_path).updated_at != quiet
    assert 2 <= len(stamps) < 50


def test_a_process_that_died_is_told_as_stopped(tmp_path: Path) -> None:
    with Live(tmp_path, now=now):
        pass
    now_alive = {"running": True, "updated_at": datetime.now(UTC).isoformat()}
    document(tmp_path, **now_alive)
    assert live.state(tmp_path).running  # this process is there
    document(tmp_path, **now_alive, pid=ended_process())
    told = live.state(tmp_path)
    assert (told.running, told.phase) == (False, "failed")
    assert told.message == (
        "The sync that began at 2026-11-24 12:00 UTC was stopped before its end. "
        "The next one goes on from there."
    )


def test_without_a_sign_of_life_for_long_it_is_stopped_whoever_has_the_number_now(
    tmp_path: Path,
) -> None:
    with Live(tmp_path, now=now):
        pass
    then = datetime.now(UTC)
    document(tmp_path, running=True, updated_at=then.isoformat())
    assert live.state(tmp_path, now=then + timedelta(seconds=29)).running
    assert not live.state(tmp_path, now=then + timedelta(seconds=31)).running
    document(tmp_path, updated_at=None)
    assert not live.state(tmp_path).running


@pytest.mark.parametrize(("pid", "running"), [("x", False), (0, False), (-1, False), (1, True)])
def test_only_a_number_of_a_process_of_this_machine_says_anything(
    pid: Any, running: bool, tmp_path: Path
) -> None:
    with Live(tmp_path, now=now):
        pass
    document(tmp_path, running=True, updated_at=datetime.now(UTC).isoformat(), pid=pid)
    assert live.state(tmp_path).running is running
    document(tmp_path, host="elsewhere")
    assert live.state(tmp_path).running  # it cannot be asked; its sign of life is fresh
    assert live.writer(tmp_path) is None


def test_a_disk_that_takes_no_state_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / live.FILE).mkdir()
    with Live(tmp_path, now=now) as state:
        state.end(live.DONE, None)
    assert live.state(tmp_path) == live.NEVER


def test_a_sync_leaves_the_state_of_its_end(
    hub: Server, sync: Callable[..., RefreshReport], root: Path
) -> None:
    seen: list[RefreshState] = []

    def look(_: Progress) -> None:
        seen.append(live.state(root))

    report = sync(hub, limit=1_000, progress=look)
    assert report.exit_code == 0
    assert all(one.running and one.phase == "fetch" for one in seen) and seen
    told = live.state(root)
    assert (told.running, told.phase) == (False, "done")
    assert told.message == f"The catalog is at generation {report.generation}."
    (source,) = told.sources
    assert (source.source, source.scope, source.done, source.ok) == (
        "huggingface",
        "top:1000",
        True,
        True,
    )
    hub.always = replay.status(403)
    assert sync(hub, limit=1_000).exit_code == 1
    told = live.state(root)
    assert (told.phase, told.sources[0].ok) == ("failed", False)
    assert "403" in (told.sources[0].note or "")
    assert told.message == "huggingface failed; the last good rows stay."


def test_a_wait_is_in_the_state_while_it_lasts(
    sync: Callable[..., RefreshReport], root: Path
) -> None:
    # A quota that is nearly used up asks for a pause; the sync is looked at in it, then stopped.
    low = {"RateLimit": '"api";r=1;t=60', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    rows = [{"id": f"org/{number}"} for number in range(30)]
    told: list[Progress] = []

    stop = threading.Event()

    def look(progress: Progress) -> None:
        told.append(progress)
        if progress.waits_until is not None:
            stop.set()

    with Server(rows, headers=low, page_rows=10) as hub:
        report = sync(hub, limit=30, progress=look, stop=stop)
    assert report.exit_code == 143
    assert [one.waits_until for one in told] == [None, NOW + timedelta(seconds=61)]
    state = live.state(root)
    assert (state.phase, state.sources[0].rows) == ("stopped", 10)
    assert replace(state.sources[0], note=None).waits_until is None
