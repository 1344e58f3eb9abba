"""Sentences about licenses in the visitor's language; names and what is not known stay."""

from __future__ import annotations

import pytest

from catalog.normalize.license import TERMS, verdict_of
from catalog.normalize.license_table import known_names
from catalog.normalize.license_uses import uses_of
from ui import said_license
from ui.i18n import speaking

LLAMA = "Llama 3 Community License Agreement"
KNOWN = [
    "MIT allows it.",
    "No license is stated.",
    "org/base: MIT allows it.",
    "It derives from org/base: MIT: commercial use is forbidden.",
    "A name says gemma-2, whose terms follow the weights, whatever a copy states: X forbids it.",
    "It says MIT, but org/base, which it derives from, says Apache-2.0.",
    "The text of own-license is not known here.",
    "Selling images is allowed; serving it or building it into a product is not.",
]


def has_chinese(words: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in words)


@pytest.mark.parametrize("text", KNOWN)
def test_a_known_sentence_is_as_it_was_in_english_and_told_in_chinese(text: str) -> None:
    with speaking("en"):
        assert said_license.sentences(text) == text
    with speaking("zh"):
        assert has_chinese(said_license.sentences(text))


def test_names_are_kept_and_each_sentence_of_several_is_told() -> None:
    reasons = verdict_of("LicenseRef-llama3")[1]
    with speaking("zh"):
        told = said_license.sentences(f"It derives from org/Base-8B: {' '.join(reasons)}")
    assert told.startswith(f"其来源 org/Base-8B: {LLAMA}")
    assert "7 亿" in told and "commercial" not in told


def test_every_clause_of_the_table_and_every_verdict_has_its_words() -> None:
    readings = set(known_names().values())
    found = {words for one in readings for _clause, words in one.clauses}
    found |= {words.format(name="MIT") for _verdict, words in TERMS.values()}
    found |= {why for one in readings for use in uses_of(one.license) for why in use.reasons}
    with speaking("zh"):
        silent = [words for words in found if not has_chinese(said_license.sentences(words))]
    assert not silent


@pytest.mark.parametrize("text", ["", "A sentence of tomorrow.", "Tomorrow: another: one."])
def test_what_is_not_known_stays(text: str) -> None:
    with speaking("zh"):
        assert said_license.sentences(text) == text
