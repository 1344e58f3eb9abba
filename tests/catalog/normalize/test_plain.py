from __future__ import annotations

import math

import pytest

from catalog.normalize.plain import MAX_INT, count, mapping, number, slug, text, texts


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("  Qwen  ", "Qwen"),
        ("a\x00b\nc", "a b c"),
        ("\ud800lone", "lone"),
        ("模型 🤗", "模型 🤗"),
        ("", None),
        (" \t", None),
        (7, None),
        (["a"], None),
    ],
)
def test_text_is_cleaned_or_none(value: object, cleaned: str | None) -> None:
    assert text(value) == cleaned


def test_a_megabyte_of_text_is_cut() -> None:
    assert text("x" * 10**6, 50) == "x" * 50


def test_texts_takes_a_string_or_a_list_and_skips_what_is_no_text() -> None:
    assert texts("en") == ("en",)
    assert texts(["en", None, ["fr"], "en", "de"]) == ("en", "de")
    assert texts({"en": 1}) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, 0),
        (3.0, 3),
        (MAX_INT, MAX_INT),
        (MAX_INT + 1, None),
        (-1, None),
        (2.5, None),
        (True, None),
        ("7", None),
        (math.nan, None),
        (math.inf, None),
    ],
)
def test_count_is_a_whole_number_that_a_column_holds(value: object, expected: int | None) -> None:
    assert count(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2, 2.0), (1.5, 1.5), (True, None), (math.nan, None), (10**400, None), ("1", None)],
)
def test_number_is_finite(value: object, expected: float | None) -> None:
    assert number(value) == expected


def test_mapping_of_anything_else_is_empty() -> None:
    assert mapping({"a": 1}) == {"a": 1}
    assert mapping([1]) == {}


@pytest.mark.parametrize(
    ("words", "expected"),
    [("openrail++", "openrail-plus-plus"), ("Llama 3.1!", "llama-3.1"), ("许可", "")],
)
def test_slug(words: str, expected: str) -> None:
    assert slug(words) == expected
