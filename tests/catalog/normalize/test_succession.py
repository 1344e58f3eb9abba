"""Which rows a newer version replaces, and all that is no such thing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.normalize.succession import Versioned, superseded


def a_row(name: str, day: int | None = None, **changes: Any) -> Versioned:
    facts: dict[str, Any] = {
        "source": "huggingface", "author": "mistralai", "name": name, "kind": None,
        "pipeline_tag": "text-generation", "parameter_count": 7_248_023_552,
        "created_at": datetime(2024, 5, day, tzinfo=UTC) if day else None,
    }  # fmt: skip
    return Versioned(**{**facts, **changes})


def test_the_newest_of_a_line_replaces_the_others() -> None:
    rows = [
        a_row("Mistral-7B-Instruct-v0.2", 2),
        a_row("Mistral-7B-Instruct-v0.10", 9),
        a_row("Mistral-7B-Instruct-V0.3", 3),
        a_row("Mistral-7B-Instruct-v0.1"),  # from before the Hub told dates
    ]
    assert superseded(rows) == [True, False, True, True]


@pytest.mark.parametrize(
    "newer",
    [
        a_row("Mistral-7B-v0.3", 3),
        a_row("Mistral-7B-Instruct-v0.3"),
        a_row("Mistral-7B-Instruct-v0.3", 1),
        a_row("Mistral-7B-Instruct-v0.3", 3, author="another"),
        a_row("Mistral-7B-Instruct-v0.3", 3, author=None),
        a_row("Mistral-7B-Instruct-v0.3", 3, kind="quantized"),
        a_row("Mistral-7B-Instruct-v0.3", 3, pipeline_tag="feature-extraction"),
        a_row("Mistral-7B-Instruct-v0.3", 3, parameter_count=12_000_000_000),
        a_row("Mistral-7B-Instruct-v0.3", 3, parameter_count=None),
        a_row("Mistral-7B-Instruct-v0.3-v2", 3),
        a_row("Mistral-7B-Instruct-v0.3b", 3),
        a_row("Mistral-7B-Instruct-0.3", 3),
    ],
)
def test_what_differs_in_more_than_its_version_replaces_nothing(newer: Versioned) -> None:
    assert superseded([a_row("Mistral-7B-Instruct-v0.2", 2), newer]) == [False, False]


def test_tags_of_the_ollama_library_have_neither_owner_nor_date() -> None:
    facts: dict[str, Any] = {"source": "ollama", "author": None}
    rows = [a_row("mistral:7b-v0.2-q4_0", **facts), a_row("mistral:7b-v0.3-q4_0", **facts)]
    assert superseded(rows) == [True, False]
