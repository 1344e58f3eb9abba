"""Hostile words from upstream and from the address, through every page, in a real browser.

Twice: behind the content policy of server.py, and with `streamlit run app.py` alone, where
escaping must hold by itself. No page may ask another host for anything, run a script of a stranger
or show anything but the words as they are.
"""

import dataclasses
import http.server
import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Page

from catalog.records import (
    Installed,
    ModelFile,
    ModelRecord,
    Reason,
    RefreshState,
    Runtime,
    SourceProgress,
    SourceRun,
    to_json,
)
from catalog.refresh import live
from catalog.store import changes, installed, runs, schema, snapshot
from tests import servers
from tests.servers import Running
from ui import safe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = Path(__file__).resolve().parents[1] / "fixtures" / "hostile_texts.json"
THEN = datetime(2026, 10, 1, tzinfo=UTC)
WAIT_MS = 30_000
SHOWN_ON_PAGES = (0, 8, 20, 37, 46, 68, 74)  # one of each sort: pictures, links, HTML, ...
TEXTS_PER_ADDRESS = 15
REASONS = 12
REMOVED_AND_NEW = 5

# What our own pages never have, and what points to a place that is not ours.
PLANTED = ",".join(
    (
        "iframe[srcdoc], base, form[action], meta[http-equiv=refresh], object, embed, video, audio",
        "[onerror], [onload], [ontoggle], .katex",
        'a[href^="javascript:" i], a[href^="data:" i], a[href^="file:" i], a[href*="evil.test"]',
    )
)


class Sink(http.server.BaseHTTPRequestHandler):
    """The stranger's host: notes every request."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def sink() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("ThisSink", (Sink,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


@pytest.fixture(scope="module")
def texts(sink: tuple[str, list[str]]) -> list[str]:
    return [text.replace("{sink}", sink[0]) for text in json.loads(HOSTILE.read_text("utf-8"))]


def hostile_model(number: int, text: str) -> ModelRecord:
    """A model with `text` in every place where a source's words arrive."""
    return ModelRecord(
        ref=f"huggingface:evil{number}/{text}",
        source="huggingface",
        repo_id=f"evil{number}/{text}",
        name=text,
        author=text,
        url=text,
        revision=text,
        aliases=(f"huggingface:{text}{number}",),
        kind="finetune",
        pipeline_tag="text-generation",
        pipeline_tag_origin="stated",
        modality="nlp",
        library_name=text,
        formats=("gguf",),
        license=f"LicenseRef-{text}",
        license_raw=text,
        commercial_use="ask",
        license_reasons=(text,),
        gated="no",
        parameter_count=1_000_000_000 + number,
        parameter_count_origin="stated",
        context_length=4096,
        architecture=text,
        quantizations=("Q4_K_M", text),
        bits_per_weight=4.8,
        size_bytes=700_000_000,
        base_models=(f"huggingface:evil0/{text}",),
        base_label=text,
        base_model_relation="finetune",
        family=text,
        languages=("en", text),
        tags=(text, f"tag {number}"),
        downloads_30d=1000 - number,
        downloads_as_of=date(2026, 10, 1),
        likes=3,
        created_at=THEN,
        last_modified=THEN,
        fetched_at=THEN,
        flags=("license_missing",),
    )


def hostile_files(model: ModelRecord, text: str) -> Iterator[tuple[str, ModelFile]]:
    fields = {"version_id": text, "dtype": text, "sha256": text, "group": text, "scan": text}
    path = f"{text}/model-{text}.gguf"
    weights = {"format": "gguf", "quant_type": text, "role": "weights", "size_bytes": 700_000_000}
    yield model.ref, ModelFile(path=path, **weights, **fields)
    yield model.ref, ModelFile(path=text, role="other")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    models = [hostile_model(number, text) for number, text in enumerate(texts)]
    files = [
        pair
        for model, text in zip(models, texts, strict=True)
        for pair in hostile_files(model, text)
    ]
    root = folder / "catalog"
    run = hostile_run(texts)
    for part in (models[REMOVED_AND_NEW:], models[:-REMOVED_AND_NEW]):
        changed = [
            dataclasses.replace(model, license=f"LicenseRef-{len(part)}{model.name}")
            for model in part
        ]
        for publish in (changed, part):
            snapshot.publish(
                root,
                schema.models_table(publish),
                schema.files_table([pair for pair in files if pair[0] in refs(publish)]),
                runs=[run],
                now=THEN,
            )
            changes.catch_up(root)
    snapshot.publish(
        root, schema.models_table(models), schema.files_table(files), runs=[run], now=THEN
    )
    changes.catch_up(root)
    runs.append(root, [run])
    installed.write(root, hostile_runtimes(texts))
    say_hostile_words(root, texts)
    return folder


def refs(models: list[ModelRecord]) -> set[str]:
    return {model.ref for model in models}


def hostile_run(texts: list[str]) -> SourceRun:
    return SourceRun(
        source="huggingface",
        scope=texts[0],
        started_at=THEN,
        finished_at=THEN,
        ok=False,
        fetched=100,
        kept=80,
        quarantined=20,
        by_rule=10,
        error=f"The Hub said: {' '.join(texts[:20])}",
        endpoint=f"https://evil.test/{texts[0]}",
        reasons=tuple(
            Reason(text=text, count=1, by_rule=number % 2 == 0)
            for number, text in enumerate(texts[:REASONS])
        ),
    )


def hostile_runtimes(texts: list[str]) -> list[Runtime]:
    models = tuple(
        Installed(
            name=text,
            ref=None,
            digest=text,
            size_bytes=1,
            modified_at=THEN,
            parameter_size=text,
            quant_type=text,
            update="available",
        )
        for text in texts
    )
    server = Runtime(where=f"http://evil.test/{texts[0]}", kind="ollama", version=texts[1])
    folder = Runtime(where=texts[2], kind="folder", error=" ".join(texts[:8]), models=models)
    return [dataclasses.replace(server, models=models), folder]


def say_hostile_words(root: Path, texts: list[str]) -> None:
    """A sync that runs on, told by another machine in words of a stranger's."""
    told = RefreshState(
        running=True,
        started_at=THEN,
        updated_at=datetime.now(UTC) + timedelta(hours=2),
        owner=texts[0],
        sources=tuple(
            SourceProgress(source=text, scope=text, rows=1, note=text) for text in texts[:REASONS]
        ),
        message=texts[1],
    )
    document = {**to_json(told), "pid": 7, "host": "far"}
    (root / live.FILE).write_text(json.dumps(document), "utf-8")


@pytest.fixture(scope="module", params=["with the content policy", "without the content policy"])
def server(
    request: pytest.FixtureRequest, data_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    how = servers.HARDENED if request.param.startswith("with the") else servers.PLAIN
    folder = tmp_path_factory.mktemp("server")
    with servers.running(folder, how=how, environ={"CARDEX_DATA_DIR": str(data_dir)}) as running:
        yield running


@dataclasses.dataclass
class Watched:
    """A browser page and everything that it must not do."""

    page: Page
    server: Running
    elsewhere: list[str] = dataclasses.field(default_factory=list)
    dialogs: list[str] = dataclasses.field(default_factory=list)

    def open(self, path: str, **parameters: str) -> str:
        """Open a page of the app, wait until it stands, and give the words on it."""
        query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        self.page.goto(self.server.url + path + query, wait_until="domcontentloaded")
        return self.settle()

    def settle(self) -> str:
        """Wait until the script has ended and the page is drawn; the words on it."""
        still = '[data-testid="stApp"][data-test-script-state="notRunning"]'
        self.page.wait_for_selector(still, timeout=WAIT_MS)
        self.page.wait_for_selector('[data-testid="stMainBlockContainer"]', timeout=WAIT_MS)
        self.page.wait_for_timeout(400)
        self.page.wait_for_selector(still, timeout=WAIT_MS)
        return words(self.page.locator("body").inner_text())

    def click_all(self, selector: str) -> None:
        """Click every element, inside components too, without waiting for each."""
        self.page.locator(selector).evaluate_all("all => all.forEach(one => one.click())")
        self.settle()

    def look_closer(self, start: int = 0, step: int = 1) -> None:
        """Unfold what is folded, turn to every tab or some of them, hover what has a tooltip."""
        self.click_all("details:not([open]) > summary")
        for number in range(start, self.page.get_by_role("tab").count(), step):
            self.page.get_by_role("tab").nth(number).evaluate("one => one.click()")
            self.page.wait_for_timeout(150)  # until the page is asked for what the tab holds
            self.click_all("details:not([open]) > summary")
        for target in self.page.locator('[data-testid="stTooltipHoverTarget"]').all()[:4]:
            if target.is_visible():
                target.hover(timeout=WAIT_MS, force=True)
                self.page.wait_for_timeout(150)
        self.settle()

    def scripts(self) -> list[str]:
        """The frames in which a stranger's script has run."""
        return [frame.url for frame in self.page.frames if frame.evaluate("window.hostile === 1")]

    def planted(self) -> list[str]:
        """Elements that our own pages never have, or that point to another place."""
        return self.page.locator(PLANTED).evaluate_all(
            "all => all.map(one => one.outerHTML.slice(0, 200))"
        )


@pytest.fixture
def visit(server: Running, chromium: Browser) -> Iterator[Watched]:
    page = chromium.new_page(viewport={"width": 1440, "height": 1800})
    watched = Watched(page=page, server=server)
    own = (server.url, server.url.replace("http", "ws", 1), "data:", "blob:")

    def note(url: str) -> None:
        if not url.startswith(own):
            watched.elsewhere.append(url)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    page.on("dialog", lambda dialog: (watched.dialogs.append(dialog.message), dialog.dismiss()))
    yield watched
    page.close()


def words(text: str) -> str:
    """Text as a reader sees it: white space as one blank, without the joiners of ui/safe.py."""
    return re.sub(r"\s+", " ", text.replace("\N{WORD JOINER}", "")).strip()


def harmless(watched: Watched, asked: list[str]) -> None:
    assert watched.elsewhere == []
    assert asked == []
    assert watched.dialogs == []
    assert watched.scripts() == []
    assert watched.planted() == []
    assert watched.server.went_out() == []
    assert "Traceback" not in watched.server.said()


def test_lists_show_hostile_models_harmlessly(visit: Watched, sink: tuple[str, list[str]]) -> None:
    for path, parameters in (
        ("/", {}),
        ("/sources", {}),
        ("/explore", {"q": "variants:all"}),
        ("/explore", {"q": "variants:all", "page": "2"}),
        ("/charts", {"q": "variants:all", "tab": "families"}),
        ("/charts", {"q": "variants:all", "tab": "licenses"}),
    ):
        visit.open(path, **parameters)
        visit.look_closer()
        harmless(visit, sink[1])


def test_sources_show_hostile_reasons_errors_and_progress_as_they_are(
    visit: Watched, sink: tuple[str, list[str]], texts: list[str]
) -> None:
    visit.open("/sources")
    visit.look_closer()
    harmless(visit, sink[1])
    shown = words(visit.page.locator("body").inner_text())
    missing = [text for text in texts[:REASONS] if words(safe.plain(text)) not in shown]
    assert missing == []
    assert words(safe.plain(f"The Hub said: {' '.join(texts[:20])}", 400)) in shown


def test_cards_show_hostile_names_as_they_are(
    visit: Watched, sink: tuple[str, list[str]], texts: list[str]
) -> None:
    visit.open("/explore", q="variants:all")
    cards = visit.page.get_by_text("Cards", exact=True).first
    cards.click(timeout=WAIT_MS)
    shown = visit.settle()
    harmless(visit, sink[1])
    seen = [text for text in texts[:40] if words(safe.plain(text)) in shown]
    assert len(seen) >= 20, "the first page of cards names the models of its rows"


def test_facets_chips_dialogs_and_charts_are_harmless(
    visit: Watched, sink: tuple[str, list[str]], texts: list[str]
) -> None:
    visit.open("/explore", q="variants:all")
    visit.look_closer()
    for view in ("Downloads and size", "Tables"):
        visit.page.get_by_text(view, exact=True).first.click(timeout=WAIT_MS)
        visit.settle()
        harmless(visit, sink[1])
    visit.page.locator("button.more").first.evaluate("one => one.click()")
    visit.page.get_by_role("dialog").wait_for(timeout=WAIT_MS)
    visit.settle()
    harmless(visit, sink[1])
    visit.open("/explore", q="variants:all")
    visit.page.locator('button.row[data-group="license"]').first.evaluate("one => one.click()")
    visit.page.wait_for_url("**license**", timeout=WAIT_MS)
    visit.settle()
    harmless(visit, sink[1])


def test_model_pages_show_hostile_words_as_they_are(
    visit: Watched, sink: tuple[str, list[str]], texts: list[str]
) -> None:
    for turn, number in enumerate(SHOWN_ON_PAGES):
        model = hostile_model(number, texts[number])
        shown = visit.open("/model", ref=model.ref)
        assert words(safe.plain(model.name)) in shown
        visit.look_closer(turn % 3, 3)  # a tab is drawn when it is opened; each sees some sorts
        harmless(visit, sink[1])


def test_addresses_with_hostile_words_are_harmless(
    visit: Watched, sink: tuple[str, list[str]], texts: list[str]
) -> None:
    for start in range(0, len(texts), TEXTS_PER_ADDRESS):
        line = " ".join(texts[start : start + TEXTS_PER_ADDRESS])
        everywhere = dict.fromkeys(("q", "page", "ref", "lang", "tab"), line)
        for path in ("/explore", "/model"):
            visit.open(path, **everywhere)
            harmless(visit, sink[1])
    for path in ("/", "/sources"):
        visit.open(path, **dict.fromkeys(("q", "page", "ref", "refs", "lang", "tab"), texts[0]))
        harmless(visit, sink[1])


def test_unknown_ref_is_named_and_nothing_more(visit: Watched, sink: tuple[str, list[str]]) -> None:
    ref = f"huggingface:![]({sink[0]}/ref.png)<b>x</b>"
    shown = visit.open("/model", ref=ref)
    assert words(ref) in shown
    harmless(visit, sink[1])


def test_watch_sees_a_picture_and_a_script_of_a_stranger(
    visit: Watched, sink: tuple[str, list[str]]
) -> None:
    visit.page.goto(f"{sink[0]}/page")
    visit.page.set_content(f"<img src='{sink[0]}/canary.png' onerror='window.hostile=1'>")
    visit.page.wait_for_function("window.hostile === 1", timeout=WAIT_MS)
    assert f"{sink[0]}/canary.png" in visit.elsewhere
    assert "/canary.png" in sink[1]
    assert visit.scripts()
    assert visit.planted()
    sink[1].clear()
