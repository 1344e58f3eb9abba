import json
from pathlib import Path

import pytest
import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse

from catalog import bootstrap, settings
from catalog.errors import NoCatalog, StoreUnwritable
from tests.servers import awaited
from web import health

NOBODY = Request({"type": "http", "method": "GET", "path": "/", "headers": []})


def document(answer: JSONResponse) -> dict[str, object]:
    return json.loads(bytes(answer.body))


def test_healthz_answers_without_a_catalog() -> None:
    answer = awaited(health.healthz(NOBODY))
    assert answer.status_code == 200
    assert document(answer) == {"status": "ok"}
    assert answer.headers["cache-control"] == "no-store"


def test_readyz_says_which_generation_is_served() -> None:
    answer = health.readyz(NOBODY)
    told = document(answer)
    service = bootstrap.open_cardex(settings.load()).catalog
    assert answer.status_code == 200
    assert told["status"] == "ready"
    assert told["generation"] == service.generation()
    assert told["models"] == service.status().models > 0


def test_readyz_passes_on_what_is_wrong_with_the_catalog(own_data_dir: Path) -> None:
    assert document(health.readyz(NOBODY))["notice"] is None
    for file in own_data_dir.rglob("current.json"):
        file.write_text("damaged")
    answer = health.readyz(NOBODY)
    assert answer.status_code == 200
    assert document(answer)["notice"]


@pytest.mark.parametrize(
    "error", [NoCatalog("There is no catalog."), StoreUnwritable("The disk is full.")]
)
def test_readyz_gives_the_reason_of_each_catalog_error(monkeypatch, error) -> None:
    def fail(_settings: settings.Settings) -> bootstrap.Cardex:
        raise error

    monkeypatch.setattr(bootstrap, "shared_cardex", fail)
    answer = health.readyz(NOBODY)
    assert answer.status_code == 503
    assert document(answer) == {"status": "unavailable", "reason": str(error)}


def test_start_goes_on_when_the_catalog_cannot_be_opened(monkeypatch, caplog) -> None:
    def fail(_settings: settings.Settings) -> bootstrap.Cardex:
        raise NoCatalog("There is no catalog.")

    async def start_and_stop() -> None:
        async with health.lifespan(st.App("app.py")):
            pass

    monkeypatch.setattr(bootstrap, "shared_cardex", fail)
    awaited(start_and_stop())
    assert "There is no catalog." in caplog.text


@pytest.mark.parametrize(
    ("base", "paths"),
    [
        ("", ["/healthz", "/readyz"]),
        ("/models/", ["/healthz", "/readyz", "/models/healthz", "/models/readyz"]),
    ],
)
def test_routes_are_there_below_the_base_path_too(monkeypatch, base, paths) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": base}.__getitem__)
    assert [route.path for route in health.routes()] == paths
