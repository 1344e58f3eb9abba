"""Licenses: what a row states as an SPDX id, and what that id says about commercial use.

The table beside this file holds the 83 ids of the Hub and the license names of its `other` rows
whose text we know. A verdict is our reading, never legal advice, and never more permissive than
the text: a name that is not in the table is `ask`, one that calls itself non-commercial is `no`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from catalog.normalize.plain import slug, text, texts
from catalog.vocabulary import COMMERCIAL_USE, UNKNOWN

REF = "LicenseRef-"
_STRICTNESS = {verdict: rank for rank, verdict in enumerate(COMMERCIAL_USE[:4])}

# What the terms of a license mean for commercial use, and the sentence that says so.
TERMS: dict[str, tuple[str, str]] = {
    "notice": ("yes", "{name}: commercial use is allowed, at most with attribution and notices."),
    "use": ("conditions", "{name}: commercial use is allowed within its use restrictions."),
    "share": ("conditions", "{name}: commercial use is allowed; what is made from it keeps the "
                            "license."),
    "copyleft": ("conditions", "{name}: commercial use is allowed; what is built on it may have to "
                               "be published under the same license."),
    "naming": ("conditions", "{name}: commercial use is allowed, with rules on names or "
                             "redistribution."),
    "nd": ("conditions", "{name}: commercial use is allowed, but not sharing a changed version."),
    "llama": ("conditions", "{name}: commercial use is allowed below 700 million monthly users, "
                            "with naming and use rules."),
    "cap": ("conditions", "{name}: commercial use is allowed up to a size of company or audience, "
                          "or with added duties."),
    "registration": ("conditions", "{name}: commercial use is allowed once registered or granted."),
    "nc": ("no", "{name}: commercial use is forbidden."),
    "research": ("no", "{name}: research or other non-commercial use only."),
    "family": ("ask", "{name}: a family of licenses that differ about commercial use."),
    "unread": ("ask", "A license of its own is stated whose text is not known here."),
    "unstated": (UNKNOWN, "No license is stated."),
}  # fmt: skip

# Words in the name of an unknown license that promise nothing good.
# Families whose license follows the weights (Llama 2 to 4, Gemma 1 to 3) as names say them; not
# `tinyllama`, not `llama-3b`, where 3 is a size. Without lookaround: Arrow's RE2 reads it too.
NAMED_TERMS = (
    r"(?:^|[^a-z])(llama[-_ ]?(?:[234]|3\.[123])|gemma[-_ ]?(?:2b|7b|1\.1|[23]))(?:[^0-9.b]|$)"
)
_NAMED_TERMS = re.compile(NAMED_TERMS)
_SAYS_NO = re.compile(
    r"non-?commercial|(?:^|-)nc(?:-|$)|research|academic|personal-use|proprietary|evaluation"
    r"|no-?commercial|all-rights-reserved"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseFact:
    """What one row states about its license; nothing of any base model."""

    license: str | None
    license_raw: str | None
    commercial_use: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    license: str | None
    name: str
    terms: str


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, _Entry], dict[str, str]]:
    """Entries by stored license and by what one may type; spellings by slug."""
    data = json.loads(files("catalog.normalize").joinpath("license_table.json").read_text("utf-8"))
    entries: dict[str, _Entry] = {}
    for hub_id, row in data["hub"].items():
        entries[hub_id] = _Entry(row["license"], row["name"], row["terms"])
    for name, row in data["names"].items():
        entries[name] = _Entry(REF + name, row["name"], row["terms"])
    for entry in list(entries.values()):
        if entry.license is not None:
            entries.setdefault(entry.license.lower().removeprefix(REF.lower()), entry)
    return entries, data["spellings"]


def hub_license_ids() -> tuple[str, ...]:
    """The license ids that the Hub knows, `other` and `unknown` among them."""
    data = json.loads(files("catalog.normalize").joinpath("license_table.json").read_text("utf-8"))
    return tuple(data["hub"])


def from_hub(stated: object, name: object = None) -> LicenseFact:
    """The license of a Hub row: `license` (an id, rarely a list) and, for `other`, its name."""
    ids = texts(stated, most=10)
    own_name = text(name)
    if not ids and own_name is None:
        return LicenseFact(
            license=None, license_raw=None, commercial_use=UNKNOWN, reasons=verdict_of(None)[1]
        )
    choices = [_license_of(one, own_name) for one in ids or ("other",)]
    # Of several the strictest stands: a visitor may rely on it whichever one is meant.
    chosen = max(choices, key=lambda license: _rank(verdict_of(license, "stated")[0]))
    raw = ", ".join(ids) if ids else ""
    if own_name is not None:
        raw = f"{raw} ({own_name})" if raw else own_name
    verdict, reasons = verdict_of(chosen, raw)
    return LicenseFact(license=chosen, license_raw=raw, commercial_use=verdict, reasons=reasons)


def _license_of(stated: str, name: str | None) -> str | None:
    if stated.lower() == "other":
        return spdx_of(name) if name is not None else None
    return spdx_of(stated)


@lru_cache(maxsize=50_000)
def spdx_of(words: str) -> str | None:
    """The stored form of a license as typed or stated: SPDX id, Hub id, slug or free name."""
    entries, spellings = _table()
    # Only a front of LicenseRef- is taken off: `LicenseRef-Foo` and `foo` are one license.
    key = words.strip().lower().removeprefix(REF.lower())
    name = slug(key)
    for one in (key, name, spellings.get(name, "")):
        if one in entries:
            return entries[one].license
    return REF + name if name else None


@lru_cache(maxsize=50_000)
def verdict_of(
    license_id: str | None, license_raw: str | None = None
) -> tuple[str, tuple[str, ...]]:
    """Commercial use of a stored license, and why in sentences.

    Without an id the source's own words tell "a license, but nobody here has read it" from
    "nothing stated".
    """
    if license_id is None:
        said = license_raw is not None and slug(license_raw) not in ("", UNKNOWN, "none")
        return _sentence("unread" if said else "unstated", "")
    entries, _ = _table()
    key = license_id.lower().removeprefix(REF.lower())
    entry = entries.get(key)
    if entry is not None:
        return _sentence(entry.terms, entry.name)
    if _SAYS_NO.search(key):
        return "no", (f"The license calls itself {key}, which reads as non-commercial.",)
    return "ask", (f"The text of {key} is not known here.",)


def _sentence(terms: str, name: str) -> tuple[str, tuple[str, ...]]:
    verdict, sentence = TERMS[terms]
    return verdict, (sentence.format(name=name),)


def _rank(verdict: str) -> int:
    return _STRICTNESS.get(verdict, -1)


def strictest(verdicts: Iterable[str]) -> str:
    """The strictest of the known verdicts; `unknown` when none is known."""
    return max(verdicts, key=_rank, default=UNKNOWN)


def more_permissive(one: str, other: str) -> bool:
    """Whether the first verdict allows more than the second; never so when either is unknown."""
    return one in _STRICTNESS and other in _STRICTNESS and _rank(one) < _rank(other)


def named_terms(name: str) -> str | None:
    """The family whose own terms bind every copy, where a model's name says that it is of it."""
    match = _NAMED_TERMS.search(name.lower())
    return match[1] if match else None


@lru_cache(maxsize=4096)
def contradicts_itself(license_raw: str | None) -> bool:
    """Whether a row states a known id and the name of another license beside it."""
    match = re.fullmatch(r"(.+) \((.+)\)", license_raw or "")
    if match is None or match[1].lower() == "other":
        return False
    first, second = spdx_of(match[1]), spdx_of(match[2])
    return first != second and verdict_of(first)[0] != verdict_of(second)[0]
