"""Charts in a real browser under the content policy: pictures, clicks, and no request outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
HERE = ("http://127.0.0.1", "http://localhost", "data:", "blob:")


def drawn(page: Page) -> None:
    page.wait_for_selector(".js-plotly-plot .plot-container")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.wait_for_timeout(1_000)


def test_a_chart_is_saved_as_a_picture_and_a_bar_opens_its_models(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit("/charts?q=task:translation")
    outside: list[str] = []
    errors: list[str] = []
    page.on("request", lambda one: outside.append(one.url))
    page.on("pageerror", lambda one: errors.append(str(one)))
    drawn(page)
    with page.expect_download() as png:
        page.locator(".modebar-btn").first.click()
    assert png.value.suggested_filename == "cardex-families.png"
    page.get_by_test_id("stPopover").get_by_role("button").first.click()
    with page.expect_download() as numbers:
        page.get_by_role("button", name="CSV").click()
    assert "t5-small,60506624" in numbers.value.path().read_text("utf-8")
    page.get_by_role("radio", name="SVG").click()
    page.keyboard.press("Escape")
    drawn(page)
    with page.expect_download() as svg:
        page.locator(".modebar-btn").first.click()
    assert svg.value.path().read_text("utf-8").startswith("<svg")
    page.get_by_role("radio", name="Tasks").click()
    page.wait_for_url("**tab=tasks**")
    drawn(page)
    page.locator(".js-plotly-plot .bars .point path").first.click(force=True)
    page.wait_for_url("**/explore**")
    expect(page.get_by_label("Search", exact=True)).to_have_value("task:translation")
    assert not [url for url in outside if not url.startswith(HERE)]
    assert not errors
