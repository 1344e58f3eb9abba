"""Exact files of a Hub model, asked for from its page: who may, what is asked, what shows then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from catalog.errors import NotAllowed
from tests.replay.server import Server
from ui import admin, services

pytestmark = pytest.mark.usefixtures("behind_a_proxy")
REPO = "Qwen/Qwen-01"
WAIT_SECONDS = 60.0


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A Hub that knows the one model and its one file."""
    row = {
        "id": REPO,
        "sha": "a" * 40,
        "downloads": 9,
        "likes": 1,
        "lastModified": "2026-11-20T00:00:00.000Z",
        "safetensors": {"parameters": {"BF16": 10**9}, "total": 10**9},
        "siblings": [{"rfilename": "model.safetensors"}],
    }
    lfs = {"sha256": "b" * 64, "size": 2_000_000_123}
    with Server([row]) as server:
        server.blobs[REPO] = [{"rfilename": "model.safetensors", "size": lfs["size"], "lfs": lfs}]
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def offered(app: Any) -> bool:
    return "model.ask" in {button.key for button in app.button}


def files_of(open_page: Any, user: str | None) -> Any:
    return open_page("model", user=user, ref=f"huggingface:{REPO}", tab="files")


def test_an_admin_asks_for_one_model_and_sees_its_bytes(
    open_page: Any, publish: Any, some_models: Any, hub: Server
) -> None:
    publish(some_models)
    app = files_of(open_page, "ada")
    assert offered(app)

    app.button(key="model.ask").click().run()

    assert not offered(app)
    end = time.monotonic() + WAIT_SECONDS
    while "2000000123" not in (shown := str([one.value for one in app.get("dataframe")])):
        assert time.monotonic() < end, shown
        time.sleep(0.3)
        app.run()
    assert {one.path for one in hub.asked} == {f"/api/models/{REPO}"}
    assert not offered(app)


@pytest.mark.parametrize("user", ["eve", None])
def test_others_are_offered_nothing(
    open_page: Any, publish: Any, some_models: Any, user: str | None
) -> None:
    publish(some_models)
    assert not offered(files_of(open_page, user))


def test_offline_nothing_is_offered(
    open_page: Any, publish: Any, some_models: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(some_models)
    monkeypatch.setenv("CARDEX_OFFLINE", "1")
    assert not offered(files_of(open_page, "ada"))


def test_who_is_no_longer_an_admin_asks_for_nothing(
    open_page: Any, publish: Any, some_models: Any, monkeypatch: pytest.MonkeyPatch, hub: Server
) -> None:
    publish(some_models)
    app = files_of(open_page, "ada")
    monkeypatch.setenv("CARDEX_ADMINS", "eve")
    app.button(key="model.ask").click().run()
    assert not offered(app)
    assert not hub.asked


def test_the_door_itself_lets_admins_in_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "why_not", lambda: "Only an admin starts a sync.")
    with pytest.raises(NotAllowed):
        services.ask_for_model(f"huggingface:{REPO}")
    with pytest.raises(NotAllowed):
        services.start_refresh((), full=True)
    with pytest.raises(NotAllowed):
        services.stop_refresh()
