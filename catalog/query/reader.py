"""From any text to a query, and what had to be left out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as changed

from catalog.errors import QueryError
from catalog.query.keys import CLOSED, RANGE_KEYS, WORD, is_likely, nearest_key, nearest_value
from catalog.query.model import Condition, Query, canonical_value
from catalog.query.ranges import likely_range
from catalog.query.text import Term, clean, quote, terms
from catalog.records import QueryWarning
from catalog.vocabulary import VARIANTS

LONGEST_TEXT = 20_000  # characters that are read, and that a canonical text may have
MOST_TERMS = 100  # conditions that are kept; each one costs a pass over the catalog
_MOST_WARNINGS = 20  # of terms; more tell a visitor nothing
_SHOWN = 120  # characters of a term that a warning repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a text asks, and a warning for everything in it that was left out."""

    query: Query
    warnings: tuple[QueryWarning, ...] = ()


def parse(text: str) -> Query:
    """The query that a text asks; what cannot be understood is left out. Never raises."""
    return read(text).query


def read(text: str) -> Parsed:
    """The query that a text asks, with warnings. Never raises.

    A key that is misspelt, and a value that a closed key or a range does not have, is left out; the
    rest of the text, and of the term, holds. Of several sorts, or variants, the last one holds.
    """
    reader = _Reader()
    for term in terms(text[:LONGEST_TEXT]):
        reader.take(term)
    del reader.warnings[_MOST_WARNINGS:]
    if len(text) > LONGEST_TEXT:
        reader.warn(text, f"Only the first {LONGEST_TEXT:,} characters of the query are read.")
    whole = Query(conditions=tuple(reader.conditions), sort=reader.sort, variants=reader.variants)
    query = _bounded(whole)
    for condition in whole.conditions[len(query.conditions) :][:1]:
        reader.warn(
            str(condition), f"This and what follows is too much: {MOST_TERMS} terms are enough."
        )
    return Parsed(query=query, warnings=tuple(reader.warnings))


def _bounded(query: Query) -> Query:
    """The query with so many of its conditions that its text can be read back whole."""
    rest = str(changed(query, conditions=()))
    room = LONGEST_TEXT - (len(rest) if rest else -1)
    kept = []
    for condition in query.conditions[:MOST_TERMS]:
        room -= len(str(condition)) + 1
        if room < 0:
            break
        kept.append(condition)
    return changed(query, conditions=tuple(kept))


@dataclass(slots=True)
class _Reader:
    """Gathers what the terms of one text come to."""

    conditions: list[Condition] = field(default_factory=list)
    sort: str | None = None
    variants: str = VARIANTS[0]
    warnings: list[QueryWarning] = field(default_factory=list)

    def take(self, term: Term) -> None:
        """Adds one term, or a warning that says why not."""
        key = nearest_key(term.key)
        if term.key == WORD or key is None:
            self.conditions.append(Condition(key=WORD, values=term.values, negated=term.negated))
        elif key != term.key.lower():
            meant = _Reader()
            meant.take(changed(term, key=key))
            likely = meant.likely() if is_likely(term.key, key) else None
            self.warn(term.typed, f"There is no filter called {_shown(term.key)}.", likely)
        elif not term.values:
            self.warn(term.typed, f"{key} needs a value after the colon.")
        elif key in ("sort", "variants") and term.negated:
            meant = _Reader()
            meant.take(changed(term, negated=False))
            self.warn(term.typed, f"{key} cannot be negated.", meant.likely())
        else:
            self._take_values(key, term)

    def _take_values(self, key: str, term: Term) -> None:
        values = []
        for value in term.values:
            try:
                values.append(canonical_value(key, value))
            except QueryError as error:
                typed = f"{'-' if term.negated else ''}{term.key}:{quote(value)}"
                self.warn(typed, str(error), _likely_term(key, value, term.negated))
        if not values:
            return
        if key == "sort":
            self.sort = values[-1]
        elif key == "variants":
            self.variants = values[-1]
        else:
            self.conditions.append(Condition(key=key, values=tuple(values), negated=term.negated))

    def likely(self) -> str | None:
        """The first term that was understood, else what the first warning proposes."""
        query = Query(conditions=tuple(self.conditions), sort=self.sort, variants=self.variants)
        proposed = (*query.terms(), *(warning.nearest for warning in self.warnings))
        return next(iter(proposed), None)

    def warn(self, term: str, message: str, nearest: str | None = None) -> None:
        """Notes that a term was left out."""
        self.warnings.append(QueryWarning(term=_shown(term), nearest=nearest, message=message))


def _likely_term(key: str, value: str, negated: bool) -> str | None:
    """The term that was perhaps meant by one with a value that `key` does not have."""
    if key in CLOSED:
        likely = nearest_value(key, value)
    else:
        likely = likely_range(key, value) if key in RANGE_KEYS else None
    return f"{'-' if negated else ''}{key}:{likely}" if likely else None


def _shown(text: str) -> str:
    text = clean(text[: 2 * _SHOWN])
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
