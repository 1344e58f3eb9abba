"""Corrections by hand: what a file may say, and what follows from them in a row."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from catalog.normalize import overrides
from catalog.reports import Correction

ENTRY: dict[str, Any] = {
    "ref": "huggingface:org/model",
    "set": {"parameter_count": 7_000_000_000},
    "reason": "The header counts containers.",
    "author": "ops",
    "date": "2026-11-24",
}


def read(*entries: Any) -> overrides.Found:
    return overrides.read(json.dumps({"corrections": entries}).encode(), "a file")


def corrected(row: dict[str, Any], **values: Any) -> dict[str, Any]:
    found, problems = read({**ENTRY, "set": values})
    assert problems == ()
    return overrides.corrected({"flags": [], **row}, found)


def test_an_entry_is_a_correction_for_each_field() -> None:
    found, problems = read({**ENTRY, "set": {"parameter_count": 7, "context_length": None}})
    assert problems == ()
    assert found[0] == Correction(
        ref="huggingface:org/model", field="parameter_count", value=7,
        reason="The header counts containers.", author="ops", date=date(2026, 11, 24),
    )  # fmt: skip
    assert (found[1].field, found[1].value) == ("context_length", None)
    assert read({**ENTRY, "set": {"license": "apache-2.0"}})[0][0].value == "Apache-2.0"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (7, "it is no object"),
        ({**ENTRY, "ref": None}, "its ref is not one of a known source"),
        ({**ENTRY, "ref": "elsewhere:org/model"}, "its ref is not one of a known source"),
        ({**ENTRY, "reason": " "}, "it states no reason or no author"),
        ({**ENTRY, "author": None}, "it states no reason or no author"),
        ({**ENTRY, "date": "yesterday"}, "its date is not of the form 2026-11-24"),
        ({**ENTRY, "set": {}}, "it sets nothing"),
        ({**ENTRY, "set": {"ref": "x"}}, "ref cannot be corrected"),
        ({**ENTRY, "set": {"": "x"}}, "a field cannot be corrected"),
        ({**ENTRY, "set": {"parameter_count": -1}}, "parameter_count is not a number that can be"),
        ({**ENTRY, "set": {"context_length": True}}, "context_length is not a number that can be"),
        ({**ENTRY, "set": {"kind": "great"}}, "kind is not a word of the catalog"),
        ({**ENTRY, "set": {"license": 7}}, "license is not a word of the catalog"),
        ({**ENTRY, "set": {"license": "other"}}, "license is not a word of the catalog"),
    ],
)
def test_a_bad_entry_is_named_and_the_others_stand(entry: Any, said: str) -> None:
    found, problems = read(entry, ENTRY)
    assert len(found) == 1
    assert problems == (f"a file, entry 1: {said}.",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "this is no JSON"),
        (b"\xff", "this is no JSON"),
        (b"[]", "there is no list of corrections"),
        (b'{"corrections": 7}', "there is no list of corrections"),
    ],
)
def test_a_file_that_is_none_is_told(content: bytes, said: str) -> None:
    assert overrides.read(content, "a file") == ((), (f"a file: {said}.",))


def test_the_later_file_has_the_last_word() -> None:
    other = {**ENTRY, "set": {"parameter_count": 8}}
    found, problems = overrides.together(read(ENTRY, 7), read(other))
    assert [one.value for one in found] == [8]
    assert len(problems) == 1


def test_the_bundled_file_is_sound() -> None:
    assert overrides.bundled()[1] == ()


def test_what_follows_from_a_value_follows_at_once() -> None:
    flags = {"flags": ["params_disagree", "remote_code"]}
    row = corrected(flags, parameter_count=7)
    assert (row["parameter_count_origin"], row["flags"]) == ("stated", ["remote_code"])
    row = corrected(flags, parameter_count=None)
    assert (row["parameter_count_origin"], row["flags"]) == (None, flags["flags"])
    row = corrected({}, pipeline_tag="translation")
    assert (row["pipeline_tag_origin"], row["modality"]) == ("stated", "nlp")
    row = corrected({}, pipeline_tag=None)
    assert (row["pipeline_tag_origin"], row["modality"]) == (None, None)
    row = corrected({"flags": ["license_missing"]}, license="apache-2.0")
    assert (row["license"], row["commercial_use"], row["flags"]) == ("Apache-2.0", "yes", [])
    row = corrected({"flags": ["context_suspect"]}, context_length=4096, family="t5")
    assert (row["context_length"], row["family"], row["flags"]) == (4096, "t5", [])
