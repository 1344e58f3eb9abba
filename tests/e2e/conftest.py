"""A real Chromium before the hardened server with the bundled catalog."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import servers

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36"
WAIT_MS = 60_000


@pytest.fixture(scope="session", autouse=True)
def patient() -> None:
    """What is expected of a page may take a while on a busy machine."""
    expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="session")
def cardex(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Running]:
    """One server for all tests here; its catalog is the bundled one."""
    folder = tmp_path_factory.mktemp("cardex")
    environ = {"CARDEX_DATA_DIR": str(folder / "data")}
    with servers.running(folder, environ=environ) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; tests skip where there is none."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture
def visit(cardex: servers.Running, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address as a new visitor: `visit("/explore?q=qwen", phone=True)`."""
    contexts = []

    def open_(path: str, *, phone: bool = False, dark: bool = False, lang: str = "en-US") -> Page:
        options: dict[str, Any] = {
            "viewport": {"width": 1440, "height": 900},
            "color_scheme": "dark" if dark else "light",
            "locale": lang,
        }
        if phone:
            options |= {
                "viewport": {"width": 390, "height": 844},
                "is_mobile": True,
                "has_touch": True,
                "user_agent": PHONE,
            }
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.goto(cardex.url + path)
        page.wait_for_selector("[data-testid=stAppViewContainer]")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path) -> Path:
    """The server has a folder of its own; nothing of this process reads one."""
    return tmp_path
