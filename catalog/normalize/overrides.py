"""Corrections by hand: which values replace what a source says, who said so, when and why.

A file of them is JSON: `{"corrections": [{"ref": ..., "set": {field: value}, "reason": ...,
"author": ..., "date": "2026-11-24"}]}`. What cannot be used is told in a sentence and left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Any

from catalog.normalize.license import from_hub
from catalog.normalize.parameters import MOST_PARAMETERS
from catalog.normalize.plain import MAX_INT, text
from catalog.normalize.task import modality_of
from catalog.reports import Correction
from catalog.vocabulary import KINDS, SOURCES, TASKS

NAME = "overrides.json"  # beside this module, and in the data folder of an admin
_LONGEST = 300  # characters of a reason
_NUMBERS = {
    "parameter_count": MOST_PARAMETERS,
    "active_parameter_count": MOST_PARAMETERS,
    "context_length": 100_000_000,
    "size_bytes": MAX_INT,
}
_WORDS: dict[str, Sequence[str] | None] = {
    "kind": KINDS,
    "pipeline_tag": tuple(TASKS),
    "license": None,  # an id or name as the Hub writes it
    "family": None,
}
FIELDS = (*_NUMBERS, *_WORDS)
# Doubts that a correction of a field settles.
_SETTLES = {
    "parameter_count": "params_disagree",
    "context_length": "context_suspect",
    "license": "license_missing",
}
Found = tuple[tuple[Correction, ...], tuple[str, ...]]


def bundled() -> Found:
    """The corrections that come with the program."""
    return read(files("catalog.normalize").joinpath(NAME).read_bytes(), "the bundled corrections")


def read(content: bytes, where: str) -> Found:
    """The corrections of one file, and a sentence for each entry that cannot be used."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return (), (f"{where}: this is no JSON.",)
    entries = document.get("corrections") if isinstance(document, Mapping) else None
    if not isinstance(entries, list):
        return (), (f"{where}: there is no list of corrections.",)
    found: list[Correction] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            found += _corrections(entry)
        except ValueError as error:
            problems.append(f"{where}, entry {number}: {error}.")
    return tuple(found), tuple(problems)


def together(*several: Found) -> Found:
    """Corrections of several files; of two of one field the later file's stands."""
    kept = {(one.ref, one.field): one for found, _ in several for one in found}
    return tuple(kept.values()), tuple(problem for _, told in several for problem in told)


def _corrections(entry: object) -> Iterator[Correction]:
    if not isinstance(entry, Mapping):
        raise ValueError("it is no object")  # noqa: TRY004  told like every other problem
    ref = text(entry.get("ref"), 300)
    if ref is None or ref.partition(":")[0] not in SOURCES:
        raise ValueError("its ref is not one of a known source")
    reason, author = text(entry.get("reason"), _LONGEST), text(entry.get("author"), 100)
    if reason is None or author is None:
        raise ValueError("it states no reason or no author")
    try:
        made = date.fromisoformat(str(entry.get("date")))
    except ValueError:
        raise ValueError("its date is not of the form 2026-11-24") from None
    values = entry.get("set")
    if not isinstance(values, Mapping) or not values:
        raise ValueError("it sets nothing")
    checked = {field: _value(field, value) for field, value in values.items()}
    for field, value in checked.items():
        yield Correction(ref=ref, field=field, value=value, reason=reason, author=author, date=made)


def _value(field: object, value: object) -> str | int | None:
    if field not in FIELDS:
        raise ValueError(f"{text(field, 60) or 'a field'} cannot be corrected")
    if value is None:
        return None
    if field in _NUMBERS:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and 0 < value <= _NUMBERS[str(field)]:  # type: ignore[operator]
            return int(value)  # type: ignore[call-overload, no-any-return]
        raise ValueError(f"{field} is not a number that can be")
    allowed, word = _WORDS[str(field)], text(value, 200)
    if field == "license":
        word = from_hub(word).license if word is not None else None
    if word is None or (allowed is not None and word not in allowed):
        raise ValueError(f"{field} is not a word of the catalog")
    return word


def corrected(row: Mapping[str, Any], corrections: Sequence[Correction]) -> dict[str, Any]:
    """The values of one row with its corrections, and with all that follows from these at once.

    What bases and derivatives take over follows later, when rows are settled.
    """
    values = dict(row)
    for one in corrections:
        values[one.field] = one.value
        if one.field == "parameter_count":
            values["parameter_count_origin"] = None if one.value is None else "stated"
        elif one.field == "pipeline_tag":
            values["pipeline_tag_origin"] = None if one.value is None else "stated"
            values["modality"] = modality_of(values["pipeline_tag"])
        elif one.field == "license":
            fact = from_hub(one.value)
            values |= {
                "license": fact.license,
                "license_raw": fact.license_raw,
                "commercial_use": fact.commercial_use,
                "license_reasons": list(fact.reasons),
            }
        gone = _SETTLES.get(one.field) if one.value is not None else None
        values["flags"] = [flag for flag in values["flags"] if flag != gone]
    return values
