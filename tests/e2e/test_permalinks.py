"""The query lives in the URL: deep link, Back, Forward, reload, page switch, model and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import servers

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]


def line(page: Page, text: str) -> None:
    """The search line shows this text."""
    expect(page.get_by_label("Search", exact=True)).to_have_value(text)


def headline(page: Page) -> str:
    """The row over the result, `1,073 of 18,025 repositories`."""
    return str(page.locator("h4").first.inner_text())


def asked(page: Page) -> str | None:
    """The query of the address."""
    return next(iter(parse_qs(urlsplit(page.url).query).get("q", [])), None)


def pick(page: Page, value: str) -> None:
    """Click a row of a facet and wait until the URL says so."""
    page.locator(f'button.row[data-value="{value}"]').click()
    page.wait_for_url(re.compile(re.escape(value)))


def go_to(page: Page, name: str) -> None:
    """Choose a page in the menu at the top."""
    page.get_by_role("link", name=name).click()
    page.wait_for_url(re.compile(name.lower()))


def open_first(page: Page) -> None:
    """Click the first name of the table; it is drawn on a canvas, below a layer that scrolls."""
    layer = page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    layer.wait_for()
    page.wait_for_timeout(1000)
    layer.click(position={"x": 100, "y": 51})
    page.wait_for_url(re.compile("/model"))


def test_a_deep_link_shows_its_query(visit: Visit) -> None:
    page = visit("/explore?q=qwen+task:text-generation+params:3B..14B")
    line(page, "qwen task:text-generation params:3B..14B")
    row = page.locator('button.row[data-value="text-generation"]')
    expect(row).to_have_attribute("aria-checked", "true")
    assert re.match(r"[\d,]+ of [\d,]+ repositories", headline(page))


def test_a_facet_writes_the_url_and_back_and_forward_follow(visit: Visit) -> None:
    page = visit("/explore?q=qwen")
    line(page, "qwen")
    first = headline(page)
    pick(page, "text-generation")
    line(page, "qwen task:text-generation")
    expect(page.locator("h4").first).not_to_have_text(first)
    narrowed = headline(page)
    page.go_back()
    line(page, "qwen")
    expect(page.locator("h4").first).to_have_text(first)
    row = page.locator('button.row[data-value="text-generation"]')
    expect(row).to_have_attribute("aria-checked", "false")
    page.go_forward()
    line(page, "qwen task:text-generation")
    expect(page.locator("h4").first).to_have_text(narrowed)


def test_back_moves_a_slider_back(visit: Visit) -> None:
    page = visit("/explore?q=params:3B..14B")
    start = page.get_by_role("slider", name="Parameters — start Parameters")
    expect(start).to_have_value("5")
    start.press("ArrowLeft")
    line(page, "params:1B..14B")
    page.keyboard.press("ArrowRight")
    line(page, "params:3B..14B")
    page.go_back()
    line(page, "params:1B..14B")
    expect(start).to_have_count(1)
    expect(start).to_have_value("4")


def test_reload_keeps_the_query(visit: Visit) -> None:
    page = visit("/explore?q=qwen")
    pick(page, "text-generation")
    line(page, "qwen task:text-generation")
    page.reload()
    line(page, "qwen task:text-generation")


def test_the_menu_keeps_the_query(visit: Visit) -> None:
    page = visit("/explore?q=qwen+task:text-generation")
    line(page, "qwen task:text-generation")
    go_to(page, "Sources")
    expect(page.get_by_text("What the last publishes changed")).to_be_visible()
    go_to(page, "Explore")
    line(page, "qwen task:text-generation")
    assert asked(page) == "qwen task:text-generation"


def test_clearing_the_line_clears_every_filter(visit: Visit) -> None:
    page = visit("/explore?q=qwen+task:text-generation")
    box = page.get_by_label("Search", exact=True)
    expect(box).to_have_value("qwen task:text-generation")
    box.fill("")
    box.press("Enter")
    row = page.locator('button.row[data-value="text-generation"]')
    expect(row).to_have_attribute("aria-checked", "false")
    page.reload()
    line(page, "")


def test_a_model_opens_and_the_way_back_keeps_query_and_page(visit: Visit) -> None:
    page = visit("/explore?q=qwen&page=2")
    line(page, "qwen")
    open_first(page)
    expect(page.locator("h2")).to_contain_text("/")
    assert asked(page) == "qwen"
    page.get_by_role("button", name=re.compile("result")).click()
    page.wait_for_url(re.compile("/explore"))
    line(page, "qwen")
    expect(page.get_by_text(re.compile(r"^51–100 of"))).to_be_visible()


def test_back_from_a_model_returns_to_the_same_page_of_the_result(visit: Visit) -> None:
    page = visit("/explore?q=qwen&page=2")
    line(page, "qwen")
    open_first(page)
    expect(page.locator("h2")).to_contain_text("/")
    page.go_back()
    page.wait_for_url(re.compile("/explore"))
    line(page, "qwen")
    expect(page.get_by_text(re.compile(r"^51–100 of"))).to_be_visible()


def test_a_deep_link_to_a_model_works_at_once(visit: Visit) -> None:
    page = visit("/model?ref=huggingface:Qwen/Qwen3-8B")
    expect(page.locator("h2")).to_contain_text("Qwen3-8B")


def test_turning_a_page_writes_it_to_the_url(visit: Visit) -> None:
    page = visit("/explore?q=qwen")
    line(page, "qwen")
    page.get_by_role("button", name="Page 2", exact=True).click()
    expect(page.get_by_text(re.compile(r"^51–100 of"))).to_be_visible()
    assert "page=2" in page.url
    page.go_back()
    expect(page.get_by_text(re.compile(r"^1–50 of"))).to_be_visible()


def test_the_language_of_a_link_stays_on_the_next_page(visit: Visit) -> None:
    page = visit("/explore?q=qwen&lang=zh")
    expect(page.locator("h4").first).to_contain_text("个仓库")
    page.get_by_role("link", name="来源").click()
    expect(page.get_by_text("最近几次发布的变更")).to_be_visible()


def test_the_language_of_the_browser_is_spoken(visit: Visit) -> None:
    page = visit("/explore?q=qwen", lang="zh-CN")
    expect(page.locator("h4").first).to_contain_text("个仓库")


@pytest.mark.parametrize("path", ["/explore?q=task%3Atranslation", "/sources"])
def test_the_first_deep_link_after_a_start_has_the_menu(
    chromium: Browser, tmp_path: Path, path: str
) -> None:
    environ = {"CARDEX_DATA_DIR": str(tmp_path / "data")}
    with servers.running(tmp_path, how=servers.PLAIN, environ=environ) as server:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(server.url + path)
        expect(page.get_by_role("link", name="Explore")).to_be_visible(timeout=30_000)
        if "q=" in path:
            expect(page.get_by_label("Search", exact=True)).to_have_value(
                "task:translation", timeout=30_000
            )
        expect(page.get_by_role("link", name="explore", exact=True)).to_have_count(0)
        context.close()


def test_two_quick_clicks_both_count(visit: Visit) -> None:
    page = visit("/explore?q=")
    line(page, "")
    expect(page.locator('button.row[data-value="yes"]').first).to_be_visible()
    script = """() => {
        const find = (root, value) => {
            for (const node of root.querySelectorAll("*")) {
                if (node.shadowRoot) {
                    const found = find(node.shadowRoot, value);
                    if (found) return found;
                }
                if (node.dataset.value === value && node.dataset.group !== "gated") return node;
            }
            return null;
        };
        find(document, "text-generation").click();
        setTimeout(() => find(document, "yes").click(), 5);
    }"""
    page.evaluate(script)
    line(page, "task:text-generation commercial:yes")
