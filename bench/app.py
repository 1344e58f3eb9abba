"""The app in a real Chromium: click to new count, bytes per click, memory with open sessions."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import catalogs
from bench.fresh import memory
from bench.timing import Times

ROOT = Path(__file__).resolve().parents[1]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
SESSIONS = (1, 10, 20)
CLICKS = 7  # rows of one facet that are chosen one after the other: each is a new question
QUIET_SECONDS = 1.0  # without a frame from the server, the answer has come whole
START_SECONDS = 60.0
WAIT_MS = 60_000

HEADLINE = "[data-testid=stMain] h4"
CAPTION = "[data-testid=stMain] [data-testid=stCaptionContainer]"
FACET_ROW = "button[role=checkbox][aria-checked=false]:not([aria-disabled])"
NEXT_PAGE = "[data-testid=stPaginationNext]"

# Milliseconds from a click to the first change of a text, without the driver's own delays.
CLICK_TO_CHANGE = """
([target, selector]) => new Promise((done) => {
  const text = () => document.querySelector(selector)?.textContent;
  const before = text();
  const start = performance.now();
  const observer = new MutationObserver(() => {
    const now = text();
    if (now === undefined || now === before) return;
    observer.disconnect();
    done(performance.now() - start);
  });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  target.click();
})
"""


@dataclass(slots=True)
class Visit:
    """What a browser saw."""

    filters: list[float] = field(default_factory=list)
    filter_bytes: list[int] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    page_bytes: list[int] = field(default_factory=list)
    memory: dict[int, dict[str, float]] = field(default_factory=dict)


class _Frames:
    """Counts what the server sends over the WebSocket of one page."""

    def __init__(self, page: object) -> None:
        self._bytes = 0
        self._last = time.monotonic()
        self._page = page
        page.on("websocket", lambda ws: ws.on("framereceived", self._received))  # type: ignore[attr-defined]

    def _received(self, payload: str | bytes) -> None:
        self._bytes += len(payload)
        self._last = time.monotonic()

    def settle(self) -> int:
        """Waits until nothing comes any more; bytes since the last call."""
        self._last = time.monotonic()
        while time.monotonic() - self._last < QUIET_SECONDS:
            self._page.wait_for_timeout(100)  # type: ignore[attr-defined]
        received, self._bytes = self._bytes, 0
        return received


def section(size: str, *, say: Callable[[str], None]) -> str:
    """The app's part of the report as Markdown; a sentence instead where there is no Chromium."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return "## The app\n\nNot measured: there is no Chromium on this machine.\n"
    published = catalogs.published(size)
    say(f"the app in {Path(browser).name} at {published.rows:,} rows")
    with _server(published.root.parent) as (address, process):
        seen = _visit(browser, address, process)
    return _markdown(published.rows, seen)


def _visit(browser: str, address: str, process: int) -> Visit:
    from playwright.sync_api import sync_playwright

    seen = Visit()
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=browser, args=[*QUIET])

        def open_page(query: str) -> tuple[object, _Frames]:
            page = chromium.new_context(viewport={"width": 1440, "height": 900}).new_page()
            page.set_default_timeout(WAIT_MS)
            frames = _Frames(page)
            page.goto(f"{address}/explore?q={query}")
            page.wait_for_selector(HEADLINE)
            frames.settle()
            return page, frames

        page, frames = open_page("variants:all")
        _turn_pages(page, frames, seen)
        _choose_rows(page, frames, seen)
        seen.memory[1] = memory(process)
        for number in range(2, max(SESSIONS) + 1):
            open_page(f"params:{number}B.. variants:all")
            if number in SESSIONS:
                seen.memory[number] = memory(process)
        chromium.close()
    return seen


def _choose_rows(page: object, frames: _Frames, seen: Visit) -> None:
    for _ in range(CLICKS):
        row = page.locator(FACET_ROW).first.element_handle()  # type: ignore[attr-defined]
        took = page.evaluate(CLICK_TO_CHANGE, [row, HEADLINE])  # type: ignore[attr-defined]
        seen.filters.append(took)
        seen.filter_bytes.append(frames.settle())


def _turn_pages(page: object, frames: _Frames, seen: Visit) -> None:
    for _ in range(CLICKS):
        button = page.locator(NEXT_PAGE).element_handle()  # type: ignore[attr-defined]
        took = page.evaluate(CLICK_TO_CHANGE, [button, CAPTION])  # type: ignore[attr-defined]
        seen.pages.append(took)
        seen.page_bytes.append(frames.settle())


@contextlib.contextmanager
def _server(data_dir: Path) -> Iterator[tuple[str, int]]:
    """The hardened server as a process of its own, ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "CARDEX_DATA_DIR": str(data_dir), "CARDEX_OFFLINE": "1"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "web", "--server.port", str(port)],
            cwd=ROOT,
            env=environ,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/readyz", process)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, TimeoutError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError("The server does not answer: start `python -m web` to see why.")


def _markdown(rows: int, seen: Visit) -> str:
    filters, pages = Times(tuple(seen.filters)), Times(tuple(seen.pages))
    lines = [
        f"## The app at {rows:,} rows",
        "",
        "`python -m web` and a headless Chromium on the same machine. A click on a facet row until"
        " the new count is in the page (each click a question that was not asked before), and on"
        " the pager until the new page is; bytes are all WebSocket frames until the answer is"
        " whole, charts and sidebar included. Memory is that of the server process; every session"
        " has its own query. Resident memory counts mapped catalog files, *own* does not.",
        "",
        "| | median (least-greatest) | |",
        "|---|---:|---|",
        f"| filter: click to count, ms | {filters} | target < 200: {_yes(filters.median < 200)} |",
        _bytes_line("filter", seen.filter_bytes, 30_000),
        f"| page: click to page, ms | {pages} | |",
        _bytes_line("page", seen.page_bytes, None),
    ]
    for count, used in seen.memory.items():
        target = f"target < 450: {_yes(used['Rss'] < 450)}" if count == max(SESSIONS) else ""
        lines.append(
            f"| {count} open sessions, MB | {used['Rss']:.0f} resident,"
            f" {used['Anonymous']:.0f} own | {target} |"
        )
    return "\n".join(lines) + "\n"


def _bytes_line(name: str, counts: list[int], limit: int | None) -> str:
    kilobytes = Times(tuple(count / 1_000 for count in counts))
    target = ""
    if limit is not None:
        target = f"target < {limit // 1_000}: {_yes(kilobytes.median * 1_000 < limit)}"
    return f"| {name}: WebSocket, KB | {kilobytes} | {target} |"


def _yes(reached: bool) -> str:
    return "reached" if reached else "missed"


if __name__ == "__main__":
    chosen = catalogs.rows_of(sys.argv[1] if len(sys.argv) > 1 else "1m")
    sys.stdout.write(section(chosen, say=lambda text: None))
