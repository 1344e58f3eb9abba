"""Query and Condition: one search, always in canonical form, whoever makes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalog.errors import QueryError
from catalog.query.fits import canonical_fits
from catalog.query.keys import CLOSED, KEYS, RANGE_KEYS, WORD
from catalog.query.ranges import canonical_range
from catalog.query.text import clean, listed
from catalog.vocabulary import UNKNOWN, VARIANTS

_CONDITION_KEYS = (WORD, *(key for key in KEYS if key not in ("variants", "sort")))
_ALL_VARIANTS = VARIANTS[0]


def canonical_value(key: str, value: str) -> str:
    """The one text of a value of `key`; QueryError, in one sentence, when it cannot be one.

    Closed values and families are lower case, quantizations upper case; all other open values keep
    their case. `unknown` in any case is null, for every key but `source`, `fits` and words.
    """
    value = clean(value)
    lower = value.lower()
    if not value:
        raise QueryError("A value is missing after the colon." if key else "A word is empty.")
    if key in CLOSED:
        if lower not in CLOSED[key]:
            raise QueryError(f"{key} has no value called {_short(value)}.")
        return lower
    if key == "fits":
        return canonical_fits(value)
    if key == WORD:
        return value
    if lower == UNKNOWN:
        return UNKNOWN
    if key in RANGE_KEYS:
        return canonical_range(key, value)
    if key == "quant":
        return value.upper()
    return lower if key == "family" else value


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One term: a model meets it when it has any of the values (none of them, when negated).

    Values are made canonical, sorted (`unknown` last) and unique; of licenses that differ in case
    only one is kept. QueryError when the key or a value is not one of the language.
    """

    key: str
    values: tuple[str, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        if self.key not in _CONDITION_KEYS:
            raise QueryError(f"There is no filter called {_short(self.key)}.")
        if not self.values:
            raise QueryError(f"{self.key or 'A word'} has no value.")
        values = sorted({canonical_value(self.key, value) for value in self.values}, key=_rank)
        if self.key == "license":
            values = list({value.casefold(): value for value in reversed(values)}.values())[::-1]
        object.__setattr__(self, "values", tuple(values))

    def __str__(self) -> str:
        sign = "-" if self.negated else ""
        key = f"{self.key}:" if self.key else ""
        return f"{sign}{key}{listed(self.key, self.values)}"

    def holds(self, value: str) -> bool:
        """Whether one of the values is this one."""
        value = canonical_value(self.key, value)
        if self.key == "license":
            return value.casefold() in (own.casefold() for own in self.values)
        return value in self.values


def _rank(value: str) -> tuple[bool, str, str]:
    return value == UNKNOWN, value.casefold(), value


def _place(condition: Condition) -> tuple[int, bool, str]:
    if condition.key == WORD:
        return -1, False, ""  # words stay in the order typed
    return KEYS.index(condition.key), condition.negated, str(condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One search: every condition must be met. `str()` is its one text, `parse` reads it back.

    Conditions are put in canonical order and made unique: words as typed, then by key in the order
    of KEYS, positive before negated. Editing gives a new query, or QueryError for a value that the
    key cannot have.
    """

    conditions: tuple[Condition, ...] = ()
    sort: str | None = None  # None is the default, see `order`
    variants: str = _ALL_VARIANTS

    def __post_init__(self) -> None:
        unique = dict.fromkeys(self.conditions)
        object.__setattr__(self, "conditions", tuple(sorted(unique, key=_place)))
        if self.sort is not None:
            object.__setattr__(self, "sort", canonical_value("sort", self.sort))
        object.__setattr__(self, "variants", canonical_value("variants", self.variants))

    def __str__(self) -> str:
        return " ".join(self.terms())

    def terms(self) -> tuple[str, ...]:
        """The canonical text of each part that is not a default: the chips."""
        return (
            *map(str, self.conditions),
            *([f"variants:{self.variants}"] if self.variants != _ALL_VARIANTS else []),
            *([f"sort:{self.sort}"] if self.sort else []),
        )

    @property
    def order(self) -> str:
        """The sort in force: by default relevance where there are words, else popularity."""
        words = any(part.key == WORD and not part.negated for part in self.conditions)
        return self.sort or ("relevance" if words else "popularity")

    @property
    def words(self) -> str:
        """The words alone, as one types them."""
        return " ".join(str(part) for part in self.conditions if part.key == WORD)

    def chosen(self, key: str) -> tuple[str, ...]:
        """The values of the positive conditions of `key`."""
        values = (value for part in self.conditions if _asks(part, key) for value in part.values)
        return tuple(dict.fromkeys(values))

    def excluded(self, key: str) -> tuple[str, ...]:
        """The values of the negated conditions of `key`."""
        negated = (part for part in self.conditions if part.key == key and part.negated)
        return tuple(dict.fromkeys(value for part in negated for value in part.values))

    def with_value(self, key: str, value: str) -> Query:
        """Also allows `value`: in the first positive condition of `key`, else in a new one."""
        first = next((part for part in self.conditions if _asks(part, key)), None)
        if first is None:
            return self._with((*self.conditions, Condition(key=key, values=(value,))))
        if first.holds(value):
            return self
        wider = Condition(key=key, values=(*first.values, value))
        return self._with(wider if part is first else part for part in self.conditions)

    def without_value(self, key: str, value: str) -> Query:
        """No longer asks for `value`; a condition that is left without values goes."""
        kept: list[Condition] = []
        for part in self.conditions:
            if not _asks(part, key) or not part.holds(value):
                kept.append(part)
                continue
            one = Condition(key=key, values=(value,))
            if rest := tuple(own for own in part.values if not one.holds(own)):
                kept.append(Condition(key=key, values=rest))
        return self._with(kept)

    def toggled(self, key: str, value: str) -> Query:
        """Without `value` where it is chosen, else with it."""
        if any(_asks(part, key) and part.holds(value) for part in self.conditions):
            return self.without_value(key, value)
        return self.with_value(key, value)

    def with_range(self, key: str, text: str | None) -> Query:
        """Asks of `key` for these ranges only (commas are OR), for nothing when None or empty."""
        kept = [part for part in self.conditions if not _asks(part, key)]
        if values := tuple(value for value in (text or "").split(",") if value.strip()):
            kept.append(Condition(key=key, values=values))
        return self._with(kept)

    def without(self, condition: Condition) -> Query:
        """The query without this condition."""
        return self._with(part for part in self.conditions if part != condition)

    def without_term(self, text: str) -> Query:
        """The query without the part that `terms` gives as `text`."""
        text = text.strip()
        return Query(
            conditions=tuple(part for part in self.conditions if str(part) != text),
            sort=None if text == f"sort:{self.sort}" else self.sort,
            variants=_ALL_VARIANTS if text == f"variants:{self.variants}" else self.variants,
        )

    def with_sort(self, sort: str | None) -> Query:
        """The same rows in another order, None for the default."""
        return replace(self, sort=sort)

    def with_variants(self, variants: str) -> Query:
        """With `all` variants listed, or `collapsed` into one row a base."""
        return replace(self, variants=variants)

    def joined(self, other: Query) -> Query:
        """Both at once; where `other` states a sort or variants, they hold."""
        return Query(
            conditions=self.conditions + other.conditions,
            sort=other.sort or self.sort,
            variants=self.variants if other.variants == _ALL_VARIANTS else other.variants,
        )

    def _with(self, conditions: Iterable[Condition]) -> Query:
        return replace(self, conditions=tuple(conditions))


def _asks(condition: Condition, key: str) -> bool:
    return condition.key == key and not condition.negated
