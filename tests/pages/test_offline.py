"""No page opens a socket, not even to this machine; and all work with every upstream long gone."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import settings
from catalog.records import SourceRun
from catalog.store import runs

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "__init__")
REF = "huggingface:Qwen/Qwen-01"
_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_watching: list[list[str]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in _EVENTS:
        _watching[-1].append(f"{event} {arguments!r}")


sys.addaudithook(_note)


@pytest.fixture
def sockets() -> Iterator[list[str]]:
    """What this process looks up or connects to while the test runs."""
    seen: list[str] = []
    _watching.append(seen)
    yield seen
    _watching.pop()


def parameters(page: str) -> dict[str, str]:
    return {"ref": REF} if page == "model" else {}


@pytest.mark.parametrize("offline", ["1", "0"])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_opens_a_socket(
    page: str,
    offline: str,
    publish: Any,
    some_models: Any,
    open_page: Any,
    sockets: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CARDEX_OFFLINE", offline)
    publish(some_models)
    app = open_page(page, **parameters(page))
    assert not app.error
    assert sockets == []


def test_the_watch_sees_a_socket(sockets: list[str]) -> None:
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    assert len(sockets) >= 2


@pytest.fixture
def thirty_one_days_alone(publish: Any, some_models: Any) -> None:
    """Facts of 31 days ago, and a failed sync of every source on each day since."""
    now = datetime.now(UTC)
    last = now - timedelta(days=31)
    publish([replace(model, fetched_at=last) for model in some_models])
    daily = [
        SourceRun(
            source=source,
            scope="default:1000",
            started_at=last + timedelta(days=day),
            finished_at=last + timedelta(days=day, minutes=2),
            ok=day == 0,
            fetched=62 if day == 0 else 0,
            kept=62 if day == 0 else 0,
            error=None if day == 0 else f"{source} cannot be reached: its name is not known (DNS).",
        )
        for day in range(31, -1, -1)
        for source in ("huggingface", "civitai", "ollama")
    ]
    runs.append(settings.load().catalog_dir, daily)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_renders_after_a_month_without_any_upstream(
    page: str, thirty_one_days_alone: None, open_page: Any
) -> None:
    app = open_page(page, **parameters(page))
    shown = "\n".join(part.value for part in [*app.markdown, *app.caption])
    assert ":red-badge[" in shown and "out of date" in shown
    assert not app.exception


def test_the_sources_page_says_why_and_since_when(
    thirty_one_days_alone: None, open_page: Any
) -> None:
    app = open_page("sources")
    shown = "\n".join(
        str(part.value) for part in [*app.markdown, *app.caption, *app.warning, *app.error]
    )
    assert "cannot be reached" in shown.replace("\\", "")


def test_a_search_finds_the_same_after_a_month_alone(
    thirty_one_days_alone: None, open_page: Any
) -> None:
    app = open_page("explore", q="task:translation")
    assert "opus-mt-zh-en" in app.dataframe[0].value.to_string()
