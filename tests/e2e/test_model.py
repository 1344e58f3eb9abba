"""The model page in a browser: a link to a tab, turning to another, back, and what is copied."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.insisting import insist

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Page]
REF = "huggingface%3AQwen%2FQwen3-8B-GGUF"


def test_a_link_names_a_tab_and_a_click_names_another(visit: Visit) -> None:
    page = visit(f"/model?ref={REF}&tab=run")
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    expect(page.get_by_role("tab", name="How to run")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_text("llama-cli -hf Qwen/Qwen3-8B-GGUF:Q4_K_M")).to_be_visible()
    page.get_by_role("tab", name="License").click()
    page.wait_for_url(re.compile("tab=license"))
    expect(page.get_by_text("not legal advice")).to_be_visible()
    expect(page.get_by_text("llama-cli -hf")).to_have_count(0)
    page.get_by_role("tab", name="Lineage").click()
    page.wait_for_url(re.compile("tab=lineage"))
    page.get_by_role("button", name=re.compile(r"Qwen3-8B\s")).first.click()
    page.wait_for_url(re.compile("Qwen3-8B(&|$)"))
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")
    page.go_back()
    page.wait_for_url(re.compile("Qwen3-8B-GGUF"))
    expect(page.get_by_role("heading", name="Qwen3-8B-GGUF")).to_be_visible()
    assert [text for text in said if "404" not in text] == []


def test_the_ref_can_be_copied(visit: Visit) -> None:
    page = visit(f"/model?ref={REF}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    expect(page.locator("[data-test-script-state=notRunning]")).to_be_visible()
    code = page.get_by_test_id("stCode").filter(has_text="huggingface:Qwen/Qwen3-8B-GGUF").first
    button = code.get_by_role("button", name="Copy to clipboard")

    def copy(milliseconds: int) -> None:
        code.hover()
        button.click(timeout=milliseconds)

    insist(copy)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "huggingface:Qwen/Qwen3-8B-GGUF"
