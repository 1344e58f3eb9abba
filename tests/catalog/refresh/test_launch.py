"""A sync as a process of its own: it is started, watched, ended, and outlives who started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.bootstrap import open_cardex
from catalog.errors import Offline, StoreUnwritable, SyncOutOfReach, SyncRunning
from catalog.records import RefreshState, to_json
from catalog.refresh import Refresher, launch, live, lock
from catalog.store import runs, snapshot
from tests import nobody
from tests.catalog.refresh.conftest import NOW, ROOT
from tests.replay.server import Server

pytestmark = pytest.mark.slow
PATIENCE = 60.0
# A server that starts a sync and is killed: it runs from another folder and knows no PYTHONPATH.
SERVER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from catalog import settings
from catalog.bootstrap import open_cardex
open_cardex(settings.load()).refresher.start(["huggingface"], full=True)
print("started", flush=True)
time.sleep(60)
"""


def rows(number: int) -> list[dict[str, Any]]:
    return [{"id": f"org/model-{index:04d}", "downloads": index} for index in range(number)]


def until(wanted: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not wanted():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A Hub of 20 pages, for this process and its children."""
    with Server(rows(200), page_rows=10, delay=0.05) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("CARDEX_SYNC_DETAILS", "0")  # the lists alone
        yield server


@pytest.fixture
def refresher(root: Path) -> Iterator[Refresher]:
    """What starts syncs of the catalog; a child that is left is ended."""
    made = Refresher(settings_module.load(), root)
    yield made
    made.stop()
    if made._child is not None:
        made._child.wait(PATIENCE)


def test_a_sync_is_started_and_watched_to_its_end(
    hub: Server, refresher: Refresher, root: Path, refs: Callable[[], set[str]]
) -> None:
    assert refresher.state() == live.NEVER
    refresher.start(["huggingface"], full=True)
    first = refresher.state()
    assert first.running and first.started_at is not None
    with pytest.raises(SyncRunning, match="process "):
        refresher.start(["huggingface"], full=True)
    seen: list[RefreshState] = []
    until(lambda: seen.append(refresher.state()) or not seen[-1].running, "the sync did not end")
    assert any(one.sources and 0 < one.sources[0].rows < 200 for one in seen)
    assert (seen[-1].phase, seen[-1].sources[0].ok) == ("done", True)
    assert "huggingface:org/model-0199" in refs()
    assert refresher._child is not None and refresher._child.wait(PATIENCE) == 0
    assert "done, 200 models kept" in (root / launch.OUTPUT).read_text("utf-8")


def test_a_sync_that_is_ended_keeps_what_it_has_and_the_next_goes_on(
    hub: Server, refresher: Refresher, root: Path
) -> None:
    before = snapshot.current_id(root)
    refresher.start(["huggingface"], full=True)
    until(lambda: len(hub.asked) > 3, "no page was asked for")
    refresher.stop()
    until(lambda: not refresher.state().running, "the sync did not end")
    assert refresher._child is not None and refresher._child.wait(PATIENCE) == 143
    told = refresher.state()
    assert told.phase == "stopped" and "was stopped" in (told.message or "")
    assert snapshot.current_id(root) == before
    assert runs.history(root)[0].error == told.message
    asked = len(hub.asked)
    assert asked < 20
    refresher.start(["huggingface"], full=True)
    until(lambda: not refresher.state().running, "the next sync did not end")
    assert refresher.state().phase == "done"
    assert len(hub.asked) <= 20 + 1  # one page at most was fetched twice
    assert {asked.path for asked in hub.asked} == {"/api/models"}  # and nothing else of the Hub


def test_the_sync_outlives_the_server_that_started_it(
    hub: Server, root: Path, own_data_dir: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "catalog").mkdir(parents=True)
    (elsewhere / "catalog" / "__init__.py").write_text("raise SystemExit('not this one')")
    environ = {**os.environ, "CARDEX_DATA_DIR": os.path.relpath(own_data_dir, elsewhere)}
    environ.pop("PYTHONPATH", None)
    with subprocess.Popen(
        [sys.executable, "-P", "-c", SERVER, str(ROOT)],
        cwd=elsewhere,
        env=environ,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None and server.stdout.readline() == b"started\n"
        server.send_signal(signal.SIGKILL)
    until(lambda: live.state(root).started_at is not None, "the sync never began")
    until(lambda: not live.state(root).running, "the sync did not end")
    assert live.state(root).phase == "done"
    assert len(snapshot.open_current(root)) == 200


def test_a_sync_that_is_killed_is_told_as_stopped(
    hub: Server, refresher: Refresher, root: Path
) -> None:
    refresher.start(["huggingface"], full=True)
    until(lambda: live.state(root).running, "the sync never began")
    pid = live.writer(root)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not refresher.state().running, "it seems to run for ever")
    assert "was stopped before its end" in (refresher.state().message or "")
    refresher.start(["huggingface"], full=True)
    until(lambda: live.writer(root) not in {None, pid}, "the next sync never began")
    Refresher(settings_module.load(), root).stop()  # another process may end it too
    until(lambda: not refresher.state().running, "the next sync did not end")
    assert "It was stopped." in (refresher.state().message or "")


def test_a_sync_that_cannot_begin_says_why(refresher: Refresher, root: Path, hub: Server) -> None:
    with lock.held(root, NOW):
        refresher.start(["huggingface"], full=True)
        until(lambda: not refresher.state().running, "the sync did not end")
    assert "Another sync is running (process " in (refresher.state().message or "")
    (root / launch.OUTPUT).unlink()
    assert refresher.state().message == "The sync ended before it began."
    # Once another one has run, its end is what is told.
    told = json.dumps({"running": False, "updated_at": "2100-01-01T00:00:00+00:00"})
    (root / live.FILE).write_text(told)
    assert refresher.state().message is None


@pytest.mark.parametrize("name", ["nowhere", "--full", "../sync", ""])
def test_only_names_of_sources_reach_the_command(name: str, root: Path) -> None:
    with pytest.raises(ValueError, match="not all names of sources"):
        Refresher(settings_module.load(), root).start(["huggingface", name])
    assert not (root / launch.OUTPUT).exists()


def test_offline_nothing_is_started(root: Path, own_data_dir: Path) -> None:
    refresher = Refresher(replace(settings_module.load(), offline=True), root)
    with pytest.raises(Offline, match="CARDEX_OFFLINE"):
        refresher.start()
    assert not (root / launch.OUTPUT).exists()
    refresher.stop()


def test_a_folder_that_takes_no_output_is_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StoreUnwritable, match="could not be started"):
        Refresher(settings_module.load(), blocked).start()


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"pid": 7, "host": "another"}, "process 7 on another; it can be ended only there"),
        ({"pid": 1, "host": socket.gethostname()}, "of another user of this machine"),
    ],
)
def test_a_sync_that_a_signal_does_not_reach_is_said_so(place: dict[str, Any], reason: str) -> None:
    told = RefreshState(
        running=True,
        started_at=NOW,
        updated_at=datetime.now(UTC),
        owner=f"process {place['pid']} on {place['host']}",
    )
    here = place["host"] == socket.gethostname()
    with nobody.folder() as root:
        (root / live.FILE).write_text(json.dumps({**to_json(told), **place}))
        refresher = Refresher(settings_module.load(), root)
        assert refresher.state().elsewhere == (None if here else "another")
        with nobody.rights(), pytest.raises(SyncOutOfReach, match=reason):
            refresher.stop()


def test_the_app_has_one(root: Path) -> None:
    cardex = open_cardex(settings_module.load())
    assert cardex.refresher.state() == live.NEVER
