"""Refresh now: who sees it, what it starts, what others see of it, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalog import settings
from catalog.records import RefreshState, SourceProgress, to_json
from catalog.refresh import launch, live
from tests.replay.server import Server, fixture_rows
from ui import services

pytestmark = pytest.mark.usefixtures("behind_a_proxy", "filled")
STARTED = datetime(2026, 11, 24, 12, tzinfo=UTC)
WAIT_SECONDS = 60.0


@pytest.fixture
def filled(publish: Any, some_models: Any) -> None:
    publish(some_models)


def texts(app: Any) -> str:
    parts = [*app.markdown, *app.caption, *app.header, *app.error]
    return "\n".join(part.value for part in parts).replace("\\", "")


def keys(app: Any) -> set[str]:
    return {button.key for button in app.button if (button.key or "").startswith("sources.st")}


def say(*sources: SourceProgress, host: str = "far", pid: int = 7, **changes: Any) -> None:
    """The state that a sync tells, of another machine where nothing is said of it."""
    facts = {"running": True, "started_at": STARTED, "updated_at": datetime.now(UTC)}
    state = RefreshState(**{**facts, "owner": "process 7 on *far*", "sources": sources, **changes})
    document = {**to_json(state), "pid": pid, "host": host}
    path = settings.load().catalog_dir / live.FILE
    path.write_text(json.dumps(document), "utf-8")


def wait_for(app: Any, ready: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not ready():
        assert time.monotonic() < end, texts(app)
        time.sleep(0.2)
        app.run()


def test_an_admin_sees_the_button_and_the_warning_of_a_full_walk(open_page: Any) -> None:
    app = open_page("sources", user="ada")
    assert keys(app) == {"sources.start"}
    assert "It takes hours" not in texts(app)
    app.checkbox(key="sources.full").check().run()
    assert "It takes hours" in texts(app)


@pytest.mark.parametrize("user", ["eve", None])
def test_others_see_no_button_and_are_told_why(open_page: Any, user: str | None) -> None:
    app = open_page("sources", user=user)
    assert keys(app) == set()
    assert "Only an admin starts a sync" in texts(app)


@pytest.mark.parametrize(("claims", "offered"), [({"is_logged_in": False}, True), ({}, False)])
def test_where_a_login_is_set_up_one_can_sign_in(
    open_page: Any, monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any], offered: bool
) -> None:
    monkeypatch.setenv("CARDEX_IDENTITY", "oidc")
    app = open_page("sources", claims=claims)
    assert "sign in first" in texts(app)
    assert ("sources.login" in {button.key for button in app.button}) == offered


def test_who_is_no_longer_an_admin_starts_nothing(
    open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("sources", user="ada")
    monkeypatch.setenv("CARDEX_ADMINS", "eve")
    app.button(key="sources.start").click().run()
    assert keys(app) == set()
    assert not services.refresh_state().running


def test_offline_there_is_nothing_to_start(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDEX_OFFLINE", "1")
    app = open_page("sources", user="ada")
    assert keys(app) == set()
    assert "`CARDEX_OFFLINE` is set" in texts(app)


def test_a_click_runs_a_sync_to_its_end_and_shows_what_it_published(
    open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(fixture_rows(), delay=0.1) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        app = open_page("sources", user="ada")
        app.selectbox(key="sources.which").set_value("huggingface")
        app.button(key="sources.start").click().run()
        assert "sources.start" not in keys(app)
        wait_for(app, lambda: "sources.start" in keys(app))
    assert hub.asked
    models = int(app.metric[0].value.replace(",", ""))
    assert models > 62
    (done,) = (table.value for table in app.dataframe if "ok" in table.value)
    assert done["ok"].tolist() == ["done"]


def test_a_sync_that_cannot_start_is_told_in_a_sentence(open_page: Any) -> None:
    app = open_page("sources", user="ada")
    (settings.load().catalog_dir / launch.OUTPUT).mkdir()  # where its words were to go
    app.button(key="sources.start").click().run()
    assert "A sync could not be started" in texts(app)
    assert keys(app) == {"sources.start"}


def test_everybody_sees_how_far_a_sync_is(open_page: Any) -> None:
    say(
        SourceProgress(
            source="huggingface",
            scope="full",
            rows=12_300,
            quarantined=12,
            rate=410.0,
            eta_seconds=30.0,
            note="walks *everything*",
        ),
        SourceProgress(
            source="civitai",
            scope="changed",
            waits_until=datetime.now(UTC) + timedelta(days=1),
        ),
        SourceProgress(
            source="ollama",
            scope="changed",
            rows=1,
            done=True,
            ok=False,
            note="The library page lists *nothing*.",
        ),
    )
    app = open_page("sources", user="eve")
    shown = texts(app)
    assert "A sync is running" in shown
    assert "process 7 on *far*" in shown
    assert "12,300 models · 410 a second · at most 30 s left · 12 put aside" in shown
    assert "walks *everything*" in shown
    assert "waits until 20" in shown
    assert "failed" in shown
    assert "The library page lists *nothing*." in shown
    assert keys(app) == set()
    assert app.get("progress")


def test_a_source_that_was_stopped_is_not_called_failed(open_page: Any) -> None:
    say(SourceProgress(source="ollama", scope="full", done=True, ok=False, stopped=True, note="x"))
    shown = texts(open_page("sources"))
    assert "stopped" in shown
    assert "failed" not in shown


def test_an_admin_can_ask_a_running_sync_to_end_once(open_page: Any) -> None:
    asleep = [sys.executable, "-c", "import time; time.sleep(99)"]
    with subprocess.Popen(asleep) as sync:  # it takes the place of one
        source = SourceProgress(source="huggingface", scope="full", done=True, ok=True)
        say(source, host=socket.gethostname(), pid=sync.pid, phase="publish")
        app = open_page("sources", user="ada")
        assert "the new catalog is being written" in texts(app)
        assert keys(app) == {"sources.stop"}
        app.button(key="sources.stop").click().run()
        assert sync.wait(WAIT_SECONDS) == -signal.SIGTERM
        say(running=True, host=socket.gethostname(), pid=os.getpid())
        app.run()
    assert "It ends after its page" in texts(app)
    assert keys(app) == set()


def test_a_sync_of_another_machine_is_stopped_there(open_page: Any) -> None:
    say(SourceProgress(source="huggingface", scope="full"))
    app = open_page("sources", user="ada")
    assert keys(app) == set()
    assert "It runs on another machine and is stopped there." in texts(app)


def test_a_silent_sync_says_for_how_long(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "DEAD_AFTER", timedelta(hours=9))
    say(updated_at=datetime.now(UTC) - timedelta(minutes=3))
    assert "no sign of life for 3 min" in texts(open_page("sources"))


@pytest.mark.parametrize(
    ("phase", "message", "words"),
    [
        ("done", "The catalog is at generation g.", "check_circle:] The last sync ended well."),
        ("stopped", "It was stopped.", "stop_circle:] The last sync was stopped; nothing of it"),
        ("failed", "It *ended*.", "error:] It *ended*."),
        ("failed", "ollama failed; the last good rows stay.", "failed for Ollama; the last good"),
    ],
)
def test_how_the_last_sync_ended_is_told(
    open_page: Any, phase: str, message: str, words: str
) -> None:
    ended = SourceProgress(source="ollama", scope="full", done=True, ok=phase == "done")
    say(ended, running=False, phase=phase, message=message)
    assert words in texts(open_page("sources"))
