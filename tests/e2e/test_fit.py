"""The fit tab in a browser: a machine is typed, the verdict follows, and it is known elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
REF = "huggingface%3AQwen%2FQwen3-8B-GGUF"
QUIET = "[data-test-script-state=notRunning]"


def choose(page: Page, typed: str) -> None:
    """Type a machine into the chooser and take it."""
    chooser = page.get_by_test_id("stSelectbox").filter(has_text="Machine").locator("input")
    chooser.click()
    chooser.fill(typed)
    chooser.press("Enter")


def test_a_machine_that_is_typed_gets_its_verdict_and_stays(visit: Visit) -> None:
    page = visit(f"/model?ref={REF}&tab=fit")
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    expect(page.get_by_role("heading", name=re.compile("takes .* GiB at 8k"))).to_be_visible()
    choose(page, "2x-rtx-4090")
    expect(page.get_by_role("heading", name=re.compile("Fits.*of 48 GiB"))).to_be_visible()
    expect(page.get_by_text("2 x RTX 4090, 48 GiB →")).to_be_visible()  # beyond the scale
    page.get_by_role("tab", name="License").click()
    page.wait_for_url(re.compile("tab=license"))
    page.get_by_role("tab", name="Fit", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Fits.*of 48 GiB"))).to_be_visible()
    assert [text for text in said if "404" not in text] == []


def test_a_name_that_no_machine_has_is_told_with_the_nearest(visit: Visit) -> None:
    page = visit(f"/model?ref={REF}&tab=fit")
    expect(page.locator(QUIET)).to_be_visible()
    choose(page, "rtx-4099")
    expect(page.get_by_text(re.compile("rtx-4099"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("takes .* GiB at 8k"))).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_nothing_goes_beyond_the_edge(visit: Visit, dark: bool) -> None:
    page = visit(f"/model?ref={REF}&tab=fit", phone=True, dark=dark)
    choose(page, "RTX 4060 Ti 16")
    expect(page.locator(QUIET)).to_be_visible()
    expect(page.get_by_text("How this was worked out")).to_be_visible()
    main = "document.querySelector('[data-testid=stMain]')"
    assert page.evaluate(f"{main}.scrollWidth - {main}.clientWidth") == 0
