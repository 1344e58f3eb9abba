"""The table of licenses as data: what each one says, and the spellings, addresses and texts of it.

One row per license in the file beside this one; a row is our reading of the text, never advice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from catalog.normalize.plain import slug
from catalog.vocabulary import CLAUSES

REF = "LicenseRef-"
_HOST = r"https?://(?:[a-z0-9-]+\.)*?"  # addresses in the table begin with the end of a host name


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What we read in one license."""

    license: str | None  # as it is stored: SPDX id, else LicenseRef
    name: str
    terms: str  # a key of license.TERMS
    url: str | None  # of the text, else of a page about it
    version_read: str | None  # which text; None where only its name or a summary was at hand
    clauses: tuple[tuple[str, str], ...]  # vocabulary.CLAUSES in that order, each in words


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = files("catalog.normalize").joinpath("license_table.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=1)
def readings() -> Mapping[str, Reading]:
    """Every license by its own key: the ids of the Hub, then the names of others."""
    rows = {**_data()["hub"], **_data()["others"]}
    return {key: _reading(row) for key, row in rows.items()}


@lru_cache(maxsize=1)
def _by_any_name() -> dict[str, Reading]:
    """Readings by key, by name of the same text, and by stored license; all in lower case."""
    found = dict(readings())
    for name, key in _data()["names"].items():
        found[name] = replace(found[key], license=REF + name)
    for reading in list(found.values()):
        if reading.license is not None:
            found.setdefault(bare(reading.license), reading)
    return found


def _reading(row: Mapping[str, Any]) -> Reading:
    general, own = _data()["clauses"], row.get("clauses", {})
    return Reading(
        license=row["license"],
        name=row["name"],
        terms=row["terms"],
        url=row.get("url"),
        version_read=row.get("version_read"),
        clauses=tuple((key, own[key] or general[key]) for key in CLAUSES if key in own),
    )


def hub_license_ids() -> tuple[str, ...]:
    """The license ids that the Hub knows, `other` and `unknown` among them."""
    return tuple(_data()["hub"])


def known_names() -> Mapping[str, Reading]:
    """Everything that one may call a license of the table."""
    return _by_any_name()


def named(words: str) -> Reading | None:
    """The license that some words name exactly: an id, a slug or a known spelling."""
    table, key = _by_any_name(), bare(words)
    name = slug(key)
    return table.get(key) or table.get(name) or table.get(_data()["spellings"].get(name, ""))


def bare(words: str) -> str:
    """In lower case and without the front of LicenseRef: `LicenseRef-Foo` and `foo` are one."""
    return words.strip().lower().removeprefix(REF.lower())


@lru_cache(maxsize=1)
def _links() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_HOST + pattern), key) for pattern, key in _data()["links"])


@lru_cache(maxsize=20_000)
def linked(address: str) -> Reading | None:
    """The license whose text lies at an address; None for one that is not known here."""
    for pattern, key in _links():
        if (found := pattern.match(address.strip().lower())) is not None:
            return _by_any_name().get(found.expand(key).rstrip(".-"))
    return None


def text_with(sha256: str) -> Reading | None:
    """The license whose text has this digest."""
    key = _data()["texts"].get(sha256)
    return _by_any_name()[key] if key is not None else None
