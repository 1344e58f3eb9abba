"""Fits in a real browser: the block of Explore, and the grid of models on machines."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.insisting import insist

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
THREE = "huggingface:Qwen/Qwen3-8B,huggingface:openai/gpt-oss-20b,huggingface:google/gemma-3-27b-it"


def choose(page: Page, label: str, typed: str) -> None:
    """Type a part of a name into a menu and take the first that has it."""
    menu = page.get_by_role("combobox", name=label)

    def open_it(milliseconds: int) -> None:
        menu.click()
        menu.fill(typed)
        page.get_by_role("option").first.wait_for(timeout=milliseconds)

    insist(open_it)
    page.keyboard.press("Enter")


def line(page: Page, text: str) -> None:
    expect(page.get_by_label("Search", exact=True)).to_have_value(text)


def test_a_machine_is_chosen_used_and_taken_out_again(visit: Visit) -> None:
    page = visit("/explore?q=task:text-generation")
    choose(page, "Fits a machine", "RTX 4090 ·")
    line(page, "task:text-generation fits:rtx-4090")
    expect(page.get_by_text("Fits RTX 4090")).to_be_visible()
    users = page.get_by_role("spinbutton", name="Users at once")
    users.fill("5")
    users.press("Enter")
    line(page, "task:text-generation fits:rtx-4090@8kx5")
    page.go_back()
    line(page, "task:text-generation fits:rtx-4090")
    page.get_by_text("fits:rtx-4090").first.click()
    line(page, "task:text-generation")
    expect(page.get_by_role("combobox", name="Fits a machine")).to_have_value("")


def test_the_best_that_one_can_run_is_asked_for_a_machine_and_shown(visit: Visit) -> None:
    page = visit("/explore")
    page.get_by_role("button", name="What is the best I can run?").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    dialog.get_by_role("combobox").fill("24GiB")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Show them").click()
    line(page, "task:text-generation fits:24gib variants:collapsed")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_grid_has_a_row_for_each_model_and_a_column_for_each_machine(visit: Visit) -> None:
    page = visit(f"/compare?refs={THREE}")
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("table").get_by_role("columnheader")).to_have_count(5)
    expect(
        page.get_by_text("is the smallest of these that holds all of the models")
    ).to_be_visible()
    page.get_by_text("gpt-oss-20b").first.click()  # its pill
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
    assert "gpt-oss" not in page.url
    choose(page, "Machines", "2x-rtx-3090")
    expect(page.get_by_role("table").get_by_role("columnheader")).to_have_count(6)


def test_a_model_is_found_and_added_and_the_numbers_can_be_taken_away(visit: Visit) -> None:
    page = visit("/compare")
    expect(page.get_by_text("No model is compared yet")).to_be_visible()
    page.get_by_role("textbox", name="Models").or_(
        page.get_by_role("searchbox", name="Models")
    ).press_sequentially("Qwen3-8B")
    page.get_by_role("button", name="Qwen/Qwen3-8B · 8.19B").click()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(2)
    assert "refs=huggingface" in page.url
    page.get_by_text("The numbers as a table").click()
    with page.expect_download() as download:
        page.locator(".st-key-compare-csv button").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    assert lines[0].startswith("ref,machine,memory_bytes")
    assert len(lines) == 5


def test_a_machine_of_the_team_is_saved_shown_removed_and_brought_back(visit: Visit) -> None:
    page = visit(f"/compare?refs={THREE}")
    page.get_by_text("Machines of the team").click()
    page.get_by_role("textbox", name="Name").fill("Lab [server](x)")
    choose(page, "Device", "RTX 4090 ·")
    page.get_by_role("button", name="Save this machine").click()
    shown = page.get_by_role("table").get_by_text("Lab [server](x)")
    expect(shown).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(shown).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(shown).to_be_visible()
    page.get_by_role("button", name="Remove").click()


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("path", [f"/compare?refs={THREE}", "/compare",
                                  "/explore?q=fits:rtx-4090@32kx5"])  # fmt: skip
def test_nothing_is_wider_than_the_page_and_nothing_leaves_the_host(
    visit: Visit, path: str, phone: bool
) -> None:
    page = visit("/sources", phone=phone)
    home = page.url.split("/sources")[0]
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home + path)
    page.wait_for_selector("[data-testid=stMain] h2, [data-testid=stMain] h4")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    assert [text for text in said if "404" not in text] == []  # of Streamlit's first questions
    ours = (home, home.replace("http", "ws"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(ours)] == []
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
