"""Licenses: what a row states as an SPDX id, and what that id says about commercial use.

The table (`license_table`) holds the 83 ids of the Hub and the license names of its `other` rows
whose text we know. A verdict is our reading, never legal advice, and never more permissive than
the text: a name that is not in the table is `ask`, one that calls itself non-commercial is `no`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from catalog.normalize.license_spdx import base_of, evaluated, expression_of, spdx_id
from catalog.normalize.license_table import (
    REF,
    Reading,
    bare,
    known_names,
    linked,
    named,
)
from catalog.normalize.plain import slug, text, texts
from catalog.vocabulary import COMMERCIAL_USE, UNKNOWN

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
    "llama": ("conditions", "{name}: commercial use is allowed within naming and use rules "
                            "and up to a number of users."),
    "cap": ("conditions", "{name}: commercial use is allowed up to a size of company or audience, "
                          "or with added duties."),
    "registration": ("conditions", "{name}: commercial use is allowed once registered or granted."),
    "nc": ("no", "{name}: commercial use is forbidden."),
    "research": ("no", "{name}: research or other non-commercial use only."),
    "family": ("ask", "{name}: a family of licenses that differ about commercial use."),
    "unread": ("ask", "A license of its own is stated whose text is not known here."),
    "unstated": (UNKNOWN, "No license is stated."),
}  # fmt: skip

# What a reader must be told beside the sentence.
_LIMITS = ("user_cap", "revenue_cap", "registration", "region_limits")
_NO_NAMES = ("license", "license.md", "license.txt", "licence", "other", "custom", "see-license")
_SHORT, _LONG = 6, 14  # characters of a name in which one slip, or two, may be
_TAIL = re.compile(r"-(?:license|agreement|license-agreement)$")
# Families whose license follows the weights (Llama 2 to 4, Gemma 1 to 3) as names say them, and
# those made of them; not `tinyllama`, not `llama-3b`, where 3 is a size. Without lookaround:
# Arrow's RE2 reads it too.
NAMED_TERMS = (
    r"(?:^|[^a-z])(llama[-_ ]?(?:[234]|3\.[123])|gemma[-_ ]?(?:2b|7b|1\.1|[23])"
    r"|distill[-_ ]llama(?:[-_ ]70b)?|llama[-_ ]distill|(?:col)?paligemma2?|colpali)"
    r"(?:[^0-9.b]|$)"
)
_NAMED_TERMS = re.compile(NAMED_TERMS)
# Words in the name of an unknown license that promise nothing good.
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


def from_hub(stated: object, name: object = None, link: object = None) -> LicenseFact:
    """The license of a Hub row: `license` (an id, rarely a list), for `other` its name and link."""
    ids = texts(stated, most=10)
    own_name, address = text(name), text(link)
    if not ids and own_name is None and (address is None or linked(address) is None):
        return LicenseFact(
            license=None, license_raw=None, commercial_use=UNKNOWN, reasons=verdict_of(None)[1]
        )
    choices = [_license_of(one, own_name, address) for one in ids or ("other",)]
    # Of several the strictest stands: a visitor may rely on it whichever one is meant.
    chosen = max(choices, key=lambda license: _rank(verdict_of(license, "stated")[0]))
    raw = ", ".join(ids) if ids else ""
    by_link = (
        chosen is not None and raw.lower() in ("", "other") and chosen != spdx_of(own_name or "")
    )
    beside = ", ".join(filter(None, (own_name, address if by_link else None)))
    if beside:
        raw = f"{raw} ({beside})" if raw else beside
    verdict, reasons = verdict_of(chosen, raw)
    return LicenseFact(license=chosen, license_raw=raw, commercial_use=verdict, reasons=reasons)


def _license_of(stated: str, name: str | None, address: str | None) -> str | None:
    if stated.lower() != "other":
        return spdx_of(stated)
    own = spdx_of(name) if name is not None else None
    at = linked(address) if address is not None else None
    if at is None or at.license is None:
        return own
    if own is None or slug(name or "") in _NO_NAMES:
        return at.license
    # A name that nobody here has read is not made better by where its text lies, only worse.
    return at.license if more_permissive(verdict_of(own)[0], verdict_of(at.license)[0]) else own


@lru_cache(maxsize=50_000)
def spdx_of(words: str) -> str | None:
    """The stored form of a license as typed or stated: SPDX id, expression, Hub id or slug."""
    reading = named(words)
    if reading is not None:
        return reading.license
    # Only a front of LicenseRef- is taken off: `LicenseRef-Foo` and `foo` are one license.
    name = slug(bare(words))
    return spdx_id(words) or expression_of(words) or (REF + name if name else None)


@lru_cache(maxsize=50_000)
def reading_of(license_id: str) -> Reading | None:
    """What we read in a stored license that is a single one; None where nobody here read it."""
    key = bare(license_id)
    return _exactly(key) or _meant(slug(key))


def _exactly(key: str) -> Reading | None:
    shorter = base_of(key)
    return named(key) or (named(shorter) if shorter is not None else None)


def _meant(name: str) -> Reading | None:
    """The license of which this name is a slip of the pen; never one that allows everything.

    Figures have to agree, for versions differ by them, and long names may differ more.
    """
    plain = _TAIL.sub("", name.replace("licence", "license"))
    slips = 2 if len(plain) >= _LONG else 1 if len(plain) >= _SHORT else 0
    alike = [
        reading
        for known, reading in _to_be_meant().get(_figures(name), ())
        if Levenshtein.distance(plain, known, score_cutoff=slips) <= slips
    ]
    return alike[0] if len({(one.name, one.clauses) for one in alike}) == 1 else None


@lru_cache(maxsize=1)
def _to_be_meant() -> dict[tuple[str, ...], list[tuple[str, Reading]]]:
    """Names that a slip may have been meant for, by their figures."""
    found: dict[tuple[str, ...], list[tuple[str, Reading]]] = {}
    for key, reading in known_names().items():
        if TERMS[reading.terms][0] in ("conditions", "no"):
            known = _TAIL.sub("", key)
            found.setdefault(_figures(known), []).append((known, reading))
    return found


def _figures(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\d+", name))


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
    reading = reading_of(license_id)
    if reading is not None:
        verdict, sentences = _sentence(reading.terms, reading.name)
        limits = [words for clause, words in reading.clauses if clause in _LIMITS]
        if _exactly(bare(license_id)) is None:
            limits.append(f"{bare(license_id)} is taken for another spelling of its name.")
        return verdict, (*sentences, *limits)
    several = evaluated(license_id, verdict_of, _freest, _all_of)
    if several is not None:
        return several
    key = bare(license_id)
    if says_no(key):
        return "no", (f"The license calls itself {key}, which reads as non-commercial.",)
    return "ask", (f"The text of {key} is not known here.",)


def says_no(name: str) -> bool:
    """Whether the name of a license alone promises nothing good."""
    return _SAYS_NO.search(name) is not None


def _freest(several: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, tuple[str, ...]]:
    verdict, reasons = min(several, key=lambda one: _rank(one[0]))
    return verdict, ("One of several licenses may be chosen.", *reasons)


def _all_of(several: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[str, tuple[str, ...]]:
    worst = strictest(verdict for verdict, _ in several)
    return worst, tuple(why for verdict, reasons in several if verdict == worst for why in reasons)


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
