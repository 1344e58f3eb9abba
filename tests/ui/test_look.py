"""The tokens of the look agree with the vocabulary, the theme and the contrast they promise."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.records import ModelRecord
from catalog.vocabulary import COMMERCIAL_USE
from ui import look

CONFIG = tomllib.loads(
    (Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text("utf-8")
)


def luminance(color: str) -> float:
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_verdicts_are_those_of_the_vocabulary_in_its_order() -> None:
    assert tuple(look.VERDICTS) == COMMERCIAL_USE
    for signals in ("icon", "glyph", "marker", "color"):
        assert len({getattr(token, signals) for token in look.VERDICTS.values()}) == 5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_chart_colors_are_those_of_the_theme(theme: str) -> None:
    palette, given = look.palette(theme), CONFIG["theme"][theme]
    assert palette.page == given["backgroundColor"]
    assert palette.text == given["textColor"]
    assert palette.primary == given["primaryColor"]
    for color, mark in palette.marks.items():
        assert mark == given[f"{color}Color"]
        assert palette.tints[color] == given[f"{color}BackgroundColor"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_can_be_seen(theme: str) -> None:
    palette, given = look.palette(theme), CONFIG["theme"][theme]
    assert contrast(palette.text, palette.page) >= 7
    assert contrast(palette.muted, palette.page) >= 4.5
    for color, mark in palette.marks.items():
        assert contrast(mark, palette.page) >= 3
        assert contrast(given[f"{color}TextColor"], given[f"{color}BackgroundColor"]) >= 4.5


def test_a_badge_escapes_foreign_words() -> None:
    badge = look.verdict_badge("ask", "]![](http://evil.example/x.png)")
    assert "![](" not in badge
    assert badge.startswith(":violet-badge[:material/gavel: Ask legal")


def test_an_unknown_verdict_is_drawn_as_not_stated() -> None:
    assert look.verdict_chip("nonsense") == "? Not stated"


def test_the_shipped_options_suit_every_place() -> None:
    assert CONFIG["browser"] == {"gatherUsageStats": False}
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["toolbarMode"] == "minimal"
    assert CONFIG["runner"]["magicEnabled"] is False
    assert not {"address", "port", "allowedHosts"} & set(CONFIG["server"])


def test_a_license_that_nobody_has_read_is_not_said_to_be_missing() -> None:
    unread = point("ollama:qwen3:8b", source="ollama")
    missing = replace(unread, flags=("license_missing",))
    assert look.verdict_chip(look.verdict_of(unread)) == "? Not read"
    assert look.verdict_of(missing) == "unknown"
    assert look.verdict_of(replace(unread, source="huggingface")) == "unknown"
    assert look.verdict_of(replace(unread, license="MIT", commercial_use="yes")) == "yes"
    assert look.verdict_of(replace(unread, commercial_use="no")) == "no"
    assert "? Not read" in look.verdict_chips()


def point(ref: str, source: str) -> ModelRecord:
    name = ref.partition(":")[2]
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return ModelRecord(ref=ref, source=source, repo_id=name, name=name, fetched_at=now)
