"""Explore in a real browser under the content policy: facets, keys, charts, exports, payload."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
MOST_BYTES = 36_000  # for one filter at 50 rows, before the compression that takes over half
PAGES = ("/", "/explore", "/model?ref=huggingface:Qwen/Qwen3-8B", "/sources")


def row(page: Page, value: str) -> object:
    # `no` is a word of access too, whose rows are folded away
    return page.locator(f'button.row[data-value="{value}"]:not([data-group="gated"])').first


def line(page: Page, text: str) -> None:
    expect(page.get_by_label("Search", exact=True)).to_have_value(text)


def settled(page: Page) -> None:
    """The run has ended and its charts are drawn."""
    page.wait_for_selector("[data-testid=stMain] h2, [data-testid=stMain] h4")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(1500)


def focused(page: Page) -> str | None:
    """The value of the facet row that has the keyboard, inside its shadow root."""
    script = """() => {
        let node = document.activeElement;
        while (node && node.shadowRoot) node = node.shadowRoot.activeElement;
        return node ? node.dataset.value ?? null : null;
    }"""
    return page.evaluate(script)


def test_a_facet_is_a_checkbox_that_the_keyboard_reaches_and_keeps(visit: Visit) -> None:
    page = visit("/explore?q=")
    line(page, "")
    row(page, "text-generation").focus()
    page.keyboard.press("Space")
    line(page, "task:text-generation")
    expect(row(page, "text-generation")).to_have_attribute("aria-checked", "true")
    assert focused(page) == "text-generation"
    page.keyboard.press("ArrowDown")
    assert focused(page) not in (None, "text-generation")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    line(page, "")


def test_the_minus_key_and_shift_click_leave_a_value_out(visit: Visit) -> None:
    page = visit("/explore?q=")
    line(page, "")
    row(page, "no").click(modifiers=["Shift"])
    line(page, "-commercial:no")
    expect(row(page, "no")).to_have_attribute("aria-checked", "mixed")
    row(page, "no").click()
    line(page, "")
    row(page, "ask").focus()
    page.keyboard.press("-")
    line(page, "-commercial:ask")


def test_a_folded_facet_opens_and_filters(visit: Visit) -> None:
    page = visit("/explore?q=")
    line(page, "")
    page.get_by_text("File format", exact=True).click()
    row(page, "gguf").click()
    line(page, "format:gguf")
    expect(row(page, "gguf")).to_be_visible()


def test_the_dialog_of_a_long_facet_searches_inside_it(visit: Visit) -> None:
    page = visit("/explore?q=")
    line(page, "")
    page.get_by_text(re.compile(r"\d+ more tasks")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Search inside").fill("depth")
    found = dialog.locator('button.row[data-value="depth-estimation"]')
    expect(dialog.locator("button.row")).to_have_count(1)
    found.click()
    page.wait_for_url(re.compile("depth-estimation"))
    expect(found).to_have_attribute("aria-checked", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    line(page, "task:depth-estimation")


def test_a_click_on_a_chart_filters(visit: Visit) -> None:
    page = visit("/explore?q=")
    line(page, "")
    settled(page)
    bar = page.locator(".st-key-explore-plot-task- .barlayer .point path").first
    bar.click(force=True)
    line(page, "task:text-generation")


def test_a_click_on_a_bar_of_the_histogram_filters(visit: Visit) -> None:
    page = visit("/explore?q=qwen")
    line(page, "qwen")
    settled(page)
    bars = page.locator(".st-key-explore-plot-params- .barlayer .point path")
    bars.first.wait_for(state="attached")
    tallest = max(bars.all(), key=lambda bar: (bar.bounding_box() or {"height": 0})["height"])
    box = tallest.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_label("Search", exact=True)).to_have_value(
        re.compile(r"qwen params:.+\.\..+")
    )


def test_the_numbers_of_every_chart_are_one_click_away(visit: Visit) -> None:
    page = visit("/explore?q=qwen")
    line(page, "qwen")
    page.get_by_role("radio", name="Tables").click(force=True)
    expect(page.locator("[data-testid=stExpander] [data-testid=stDataFrame]")).to_have_count(5)


def test_an_export_holds_every_row_of_the_result(visit: Visit, tmp_path: Path) -> None:
    page = visit("/explore?q=qwen+task:text-generation")
    line(page, "qwen task:text-generation")
    total = int(page.locator("h4").first.inner_text().split()[0].replace(",", ""))
    page.locator(".st-key-explore-export button").first.click()
    with page.expect_download() as waited:
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").click()
    target = tmp_path / "result.csv"
    waited.value.save_as(target)
    assert re.fullmatch(r"cardex-[0-9a-f]{8}\.csv", waited.value.suggested_filename)
    rows = target.read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) >= total + 1


def test_a_filter_sends_little(visit: Visit) -> None:
    page = visit("/")
    received: list[int] = []
    agreed: list[str] = []
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on(
        "Network.webSocketHandshakeResponseReceived",
        lambda event: agreed.append(str(event["response"]["headers"])),
    )

    def listen(socket: object) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", listen)
    page.goto(page.url.split("?")[0] + "explore?q=")
    line(page, "")
    settled(page)
    received.clear()
    row(page, "text-generation").click()
    line(page, "task:text-generation")
    settled(page)
    assert 0 < sum(received) < MOST_BYTES, f"{sum(received):,} bytes"
    assert "permessage-deflate" in agreed[-1]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_page_is_quiet_and_fits_its_width(visit: Visit, path: str, phone: bool) -> None:
    page = visit("/sources", phone=phone)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    home = page.url.split("/sources")[0]
    page.goto(home + path)
    settled(page)
    # Streamlit first asks below the address of the page; those answers are 404 and harmless.
    assert [text for text in said if "404" not in text] == []
    ours = (home, home.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []
    overflow = """() => {
        const main = document.querySelector('[data-testid=stMain]');
        return main.scrollWidth - main.clientWidth;
    }"""
    assert page.evaluate(overflow) <= 0


def test_rows_are_tall_enough_for_a_finger(visit: Visit) -> None:
    page = visit("/explore?q=", phone=True)
    settled(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    box = row(page, "text-generation").bounding_box()
    assert box is not None
    assert box["height"] >= 44
