"""Sources in a real browser: three sources of three ages, a sync by a click, who may click."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog.records import ModelRecord, Quota, Reason, SourceRun
from catalog.store import changes, runs, schema, snapshot
from tests import servers
from tests.replay import civitai, ollama
from tests.replay import server as hub
from tests.servers import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOW = datetime.now(UTC)
AGES = {"huggingface": 2, "civitai": 12, "ollama": 45}
ADDRESSES = ("HF_ENDPOINT", "CARDEX_CIVITAI_ENDPOINT", "CARDEX_OLLAMA_LIBRARY")
WAIT_MS = 60_000
SYNC_MS = 180_000
USABLE_SECONDS = 20.0  # for a filter on another page, far less than the sync; on a busy machine


def a_row(source: str, number: int) -> ModelRecord:
    return ModelRecord(
        ref=f"{source}:seed/{number}",
        source=source,
        repo_id=f"seed/{number}",
        name=f"{number}",
        author="seed",
        pipeline_tag="text-generation",
        modality="nlp",
        fetched_at=NOW - timedelta(days=AGES[source]),
    )


def a_run(source: str, **changes: Any) -> SourceRun:
    moment = NOW - timedelta(days=AGES[source], hours=1)
    facts = {"source": source, "scope": "default:1000", "ok": True, "fetched": 5, "kept": 5}
    return SourceRun(**{"started_at": moment, "finished_at": moment, **facts, **changes})


def seed(data: Path) -> None:
    """Three sources of three ages, one with rows put aside, one that failed last."""
    root = data / "catalog"
    root.mkdir(parents=True)
    rows = [a_row(source, number) for source in AGES for number in range(5)]
    for part in (rows[:-1], rows):
        snapshot.publish(
            root, schema.models_table(part), schema.files_table([]), runs=(), now=datetime.now(UTC)
        )
        changes.catch_up(root)
    aside = a_run(
        "civitai",
        fetched=9,
        quarantined=4,
        by_rule=3,
        reasons=(
            Reason(text="rated above the safe level", count=3, by_rule=True),
            Reason(text="the item has no id", count=1),
        ),
    )
    limited = a_run(
        "huggingface",
        quota=Quota(remaining=3, limit=500, resets_at=NOW + timedelta(hours=2)),
    )
    failed = a_run("ollama", ok=False, kept=0, error="The library page lists no models.")
    runs.append(root, [limited, failed, aside, a_run("ollama")])


@dataclass
class Visit:
    """A page of a new visitor, and what it asked for and complained about."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextlib.contextmanager
def visit(browser: Browser, server: Running, path: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    seen = Visit(page)
    own = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:")
    page.on(
        "request",
        lambda asked: None if asked.url.startswith(own) else seen.elsewhere.append(asked.url),
    )
    page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    page.goto(server.url + path)
    page.wait_for_selector("[data-testid=stMain] h2, [data-testid=stMain] h4")
    yield seen
    context.close()


def harmless(seen: Visit, server: Running) -> None:
    # Streamlit first asks below the address of the page; those answers are 404 and harmless.
    assert [text for text in seen.errors if "404" not in text] == []
    assert seen.elsewhere == []
    assert server.went_out() == []
    assert "Traceback" not in server.said()


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, str]]:
    """The three upstreams on this machine, slow enough that a sync can be watched."""
    with (
        hub.Server(hub.fixture_rows(), delay=0.15) as one,
        civitai.Server(civitai.fixture_rows()) as two,
        ollama.Server(ollama.fixture_models(), delay=0.02) as three,
    ):
        given = dict(zip(ADDRESSES, (one.url, two.url, three.url), strict=True))
        # Nobody listens at the discard port, as where no Ollama is installed.
        yield {
            **given,
            "CARDEX_OLLAMA_REGISTRY": three.url,
            "OLLAMA_HOST": "http://127.0.0.1:9",
        }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    seed(tmp_path / "data")
    return tmp_path


def test_each_source_tells_its_age_in_colour_and_words_and_what_is_wrong(
    folder: Path, chromium: Browser
) -> None:
    environ = {"CARDEX_DATA_DIR": str(folder / "data")}
    with (
        servers.running(folder, environ=environ) as server,
        visit(chromium, server, "/sources") as seen,
    ):
        page = seen.page
        colors = []
        for words in ("facts 2 days ago", "facts 12 days ago: ageing", "45 days ago: out of date"):
            badge = page.get_by_text(words).first
            expect(badge).to_be_visible()
            colors.append(badge.evaluate("one => getComputedStyle(one).color"))
        assert len(set(colors)) == 3
        expect(page.get_by_text("3 of 500 requests left, resets at")).to_be_visible()
        expect(page.get_by_text("The library page lists no models.").first).to_be_visible()
        expect(page.get_by_text("python -m catalog doctor ollama")).to_be_visible()
        page.get_by_text("4 rows of the last sync were put aside").click()
        expect(page.get_by_text("3 × rated above the safe level")).to_be_visible()
        expect(page.get_by_text("1 row could not be read")).to_be_visible()
        page.get_by_role("button", name="seed/4").click()
        page.wait_for_url("**/model?**")
        page.get_by_role("tab", name="History").click()
        harmless(seen, server)


def test_a_click_runs_a_sync_that_everybody_sees_and_nobody_waits_for(
    folder: Path, chromium: Browser, upstreams: dict[str, str]
) -> None:
    environ = {"CARDEX_DATA_DIR": str(folder / "data"), **upstreams}
    with (
        servers.running(folder, environ=environ) as server,
        visit(chromium, server, "/sources") as admin,
        visit(chromium, server, "/explore?q=variants:all") as other,
    ):
        page = admin.page
        page.get_by_role("button", name="Refresh now").click()
        expect(page.get_by_text("A sync is running")).to_be_visible()
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        expect(page.get_by_text(re.compile("[1-9][0-9]* models?.*a second")).first).to_be_visible()

        began = time.monotonic()
        other.page.get_by_label("Search", exact=True).fill("seed source:ollama")
        other.page.keyboard.press("Enter")
        expect(other.page.get_by_text("5 of 15 repositories")).to_be_visible()
        assert time.monotonic() - began < USABLE_SECONDS
        expect(page.get_by_text("A sync is running")).to_be_visible()

        expect(page.get_by_role("button", name="Refresh now")).to_be_visible(timeout=SYNC_MS)
        expect(page.get_by_text("A sync is running")).to_have_count(0)
        expect(page.get_by_text(re.compile("new models .*CivitAI.*Ollama"))).to_be_visible()
        expect(page.get_by_text("45 days ago: out of date")).to_have_count(0)
        expect(page.get_by_text("facts today, the oldest").first).to_be_visible()
        expect(page.get_by_text("Last sync failed")).to_have_count(0)
        assert len(snapshot.generations(folder / "data" / "catalog")) == 3

        other.page.get_by_label("Search", exact=True).fill("source:ollama")
        other.page.keyboard.press("Enter")
        expect(other.page.get_by_text(re.compile("^[0-9]+ of 15 repositories"))).to_have_count(0)
        harmless(admin, server)
        harmless(other, server)


def test_a_visitor_from_the_network_sees_no_button_and_why(folder: Path, chromium: Browser) -> None:
    environ = {"CARDEX_DATA_DIR": str(folder / "data")}
    options = ("--server.address", "0.0.0.0", "--server.allowedHosts", "127.0.0.1")
    with (
        servers.running(folder, environ=environ, options=options) as server,
        visit(chromium, server, "/sources") as seen,
    ):
        expect(seen.page.get_by_text("Only an admin starts a sync")).to_be_visible()
        expect(seen.page.get_by_role("button", name="Refresh now")).to_have_count(0)
        expect(seen.page.get_by_text("facts 2 days ago").first).to_be_visible()
        assert seen.elsewhere == []
