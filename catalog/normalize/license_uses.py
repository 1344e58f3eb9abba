"""What a license means for each use that a team may put a model to. Our reading, never advice.

A verdict per use follows from the clauses of the license by one small table, and along a chain of
models from the strictest of them. `commercial_use` of a row is the stricter of `serve` and `embed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from catalog.normalize.license import (
    more_permissive,
    reading_of,
    strictest,
    verdict_of,
)
from catalog.normalize.license_spdx import evaluated
from catalog.normalize.license_table import Reading
from catalog.reports import Clause, UseVerdict
from catalog.vocabulary import CLAUSES, COMMERCIAL_USE, UNKNOWN, USES

Uses = tuple[UseVerdict, ...]  # one per vocabulary.USES, in that order

_ALWAYS = ("conditions",) * len(USES)
_NEVER = ("no",) * len(USES)
# Per clause the verdict on each of USES: internal, serve, embed, redistribute, train_outputs.
# Whether what a model puts out falls under a copyleft is not settled anywhere: ask.
RULES: dict[str, tuple[str, ...]] = {
    "attribution": ("yes",) * len(USES),
    "notice": ("yes",) * len(USES),
    "naming": ("yes", "conditions", "conditions", "conditions", "conditions"),
    "share_alike": ("yes", "conditions", "conditions", "conditions", "ask"),
    "no_derivatives": ("yes", "conditions", "conditions", "no", "ask"),
    "non_commercial": _NEVER,
    "research_only": _NEVER,
    "user_cap": _ALWAYS,
    "revenue_cap": _ALWAYS,
    "registration": _ALWAYS,
    "acceptable_use": _ALWAYS,
    "no_training_on_outputs": ("yes", "yes", "yes", "yes", "no"),
    "region_limits": _ALWAYS,
}
# Clauses that lower no verdict and are told where somebody else gets the model or sees it.
_TOLD = {"attribution": ("serve", "embed", "redistribute"), "notice": ("embed", "redistribute")}
_SAID = {
    "yes": "{name} allows it.",
    "conditions": "{name} allows it on conditions.",
    "ask": "{name} leaves it open.",
    "no": "{name} forbids it.",
}
_STRICT = {verdict: rank for rank, verdict in enumerate(COMMERCIAL_USE[:4])}
_MOST_BASES = 4  # told per use
_OPEN_TERMS = ("family", "unread", "unstated")


@lru_cache(maxsize=20_000)
def uses_of(license_id: str | None, license_raw: str | None = None) -> Uses:
    """The verdict of a stored license on every use, of this license alone."""
    reading = reading_of(license_id) if license_id is not None else None
    if reading is not None and reading.terms not in _OPEN_TERMS:
        return tuple(_by_clauses(reading, use) for use in USES)
    several = evaluated(license_id, uses_of, _either, _both) if license_id is not None else None
    return several or same_for_all(*verdict_of(license_id, license_raw))


def same_for_all(verdict: str, reasons: tuple[str, ...]) -> Uses:
    """One verdict for every use, where nothing tells them apart."""
    return tuple(UseVerdict(use=use, verdict=verdict, reasons=reasons) for use in USES)


def _by_clauses(reading: Reading, use: str) -> UseVerdict:
    at = USES.index(use)
    verdicts = {clause: RULES[clause][at] for clause, _ in reading.clauses}
    verdict = max(verdicts.values(), key=_STRICT.__getitem__, default="yes")
    told = [
        (clause, words)
        for clause, words in reading.clauses
        if verdicts[clause] != "yes" or use in _TOLD.get(clause, ())
    ]
    reasons = [words for clause, words in told if verdicts[clause] == verdict]
    return UseVerdict(
        use=use,
        verdict=verdict,
        reasons=(_SAID[verdict].format(name=reading.name), *reasons),
        clauses=tuple(clause for clause, _ in told),
    )


def _either(several: Sequence[Uses]) -> Uses:
    """Whoever may choose takes, for each use, the license that allows the most."""
    return tuple(min(choices, key=_rank) for choices in zip(*several, strict=True))


def _both(several: Sequence[Uses]) -> Uses:
    return tuple(_together(choices) for choices in zip(*several, strict=True))


def _rank(one: UseVerdict) -> int:
    return _STRICT.get(one.verdict, -1)


def _together(several: Sequence[UseVerdict]) -> UseVerdict:
    """All of them at once: the strictest, with the reasons of those that are as strict."""
    verdict = strictest(one.verdict for one in several)
    reasons = (why for one in several if one.verdict == verdict for why in one.reasons)
    return UseVerdict(
        use=several[0].use,
        verdict=verdict,
        reasons=tuple(dict.fromkeys(reasons)),
        clauses=in_order(clause for one in several for clause in one.clauses),
    )


def in_order(clauses: Iterable[str]) -> tuple[str, ...]:
    """Each clause once, in the order in which they are shown."""
    found = set(clauses)
    return tuple(clause for clause in CLAUSES if clause in found)


def clauses_of(license_id: str | None) -> tuple[Clause, ...]:
    """What a stored license asks or forbids, in words; nothing where nobody here read it."""
    reading = reading_of(license_id) if license_id is not None else None
    if reading is not None:
        return tuple(Clause(key=key, words=words) for key, words in reading.clauses)
    parts = evaluated(license_id, clauses_of, _joined, _joined) if license_id is not None else None
    return parts or ()


def _joined(several: Sequence[tuple[Clause, ...]]) -> tuple[Clause, ...]:
    found = dict.fromkeys(clause for part in several for clause in part)
    return tuple(sorted(found, key=lambda clause: CLAUSES.index(clause.key)))


def all_clauses(parts: Sequence[tuple[Clause, ...]]) -> tuple[Clause, ...]:
    """The clauses of a whole chain, each wording once."""
    return _joined(parts)


def inherited(own: Uses, above: Sequence[tuple[str, Uses]]) -> Uses:
    """The verdicts of a model under the licenses of everything above it, by the name of each.

    A model that states nothing promises nothing: only a base that forbids changes what it says.
    """
    return tuple(
        _under(mine, [(name, uses[at]) for name, uses in above]) for at, mine in enumerate(own)
    )


def _under(own: UseVerdict, above: Sequence[tuple[str, UseVerdict]]) -> UseVerdict:
    stricter = [
        one
        for _, one in above
        if own.verdict == UNKNOWN or more_permissive(own.verdict, one.verdict)
    ]
    worst = strictest(one.verdict for one in stricter)
    settled = worst if worst == "no" or (UNKNOWN not in (own.verdict, worst)) else own.verdict
    told = worst if settled == UNKNOWN else settled
    binding = [
        (name, one.reasons)
        for name, one in above
        if one.verdict == told and told not in (UNKNOWN, "yes") and one.reasons != own.reasons
    ]
    reasons = [
        words
        for name, (first, *rest) in binding[:_MOST_BASES]
        for words in (f"{name}: {first}", *rest)
    ]
    return UseVerdict(
        use=own.use,
        verdict=settled,
        reasons=tuple(dict.fromkeys((*own.reasons, *reasons))),
        clauses=in_order([*own.clauses, *(key for _, one in above for key in one.clauses)]),
    )


def commercial(uses: Uses) -> str:
    """What the verdicts come to as `commercial_use`: the stricter of serving and embedding."""
    by_use = {one.use: one.verdict for one in uses}
    both = (by_use["serve"], by_use["embed"])
    return UNKNOWN if UNKNOWN in both and "no" not in both else strictest(both)
