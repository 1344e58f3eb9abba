"""Conditions on keys without a facet: words, tags, bases and further numbers, as lists of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from catalog import vocabulary
from catalog.query import WORD, Condition, bounds
from catalog.store.encode import NULL_INT, Array, expand
from catalog.store.groups import HIDDEN_INT
from catalog.store.parts import Parts
from catalog.store.search import Search, each_once, pasted_page, pasted_ref
from catalog.store.words import NULL_CODE, Words
from catalog.vocabulary import UNKNOWN

FIELDS = {
    "active": "active_parameter_count",
    "created": "created_at",
    "likes": "likes",
    "downloads_total": "downloads_total",
}
_LOWEST, _HIGHEST = HIDDEN_INT + 1, np.iinfo(np.int64).max

RowOf = Callable[[str], "int | None"]  # row of a ref
_FEW = 4_096  # below, searching is faster than ticking off in a table of all rows
Span = tuple[float, float] | tuple[int, int] | None  # inclusive; None is null


def ranges_of(condition: Condition, today: date) -> list[Span]:
    """What the values of a condition on a number or date allow."""
    spans: list[Span] = []
    for value in condition.values:
        if value == UNKNOWN:
            spans.append(None)
            continue
        limits = bounds(condition.key, value, today)
        low = _LOWEST if limits.low is None else max(limits.low, _LOWEST)
        high = _HIGHEST if limits.high is None else min(limits.high, _HIGHEST)
        spans.append((low, high))
    return spans


def in_ranges(values: Array, spans: Sequence[Span]) -> Array:
    """Which values lie in one of the spans; null lies in the span None alone, hidden in none."""
    met = np.zeros(len(values), bool)
    for span in spans:
        if span is None:
            met |= np.isnan(values) if values.dtype.kind == "f" else values == NULL_INT
        else:
            met |= (values >= span[0]) & (values <= span[1])
    return met


class Domain:
    """Finds the rows that meet all conditions on words, tag, base, active, created, likes, ..."""

    def __init__(self, parts: Parts, search: Search, row_of: RowOf) -> None:
        self._parts = parts
        self._search = search
        self._row_of = row_of
        self._n = parts.models.num_rows
        self.tags = Words(parts.dictionary("tags"))
        self.bases = Words(parts.dictionary("base_models"))
        self.labels = Words(parts.dictionary("base_label"))

    def rows(self, conditions: Sequence[Condition], today: date) -> Array | None:
        """The rows, ascending; None where no such condition is among them."""
        rows: Array | None = None
        rest = []
        for condition in conditions:
            if condition.key in (WORD, "tag", "base"):
                found = self._found(condition)
                if not condition.negated:
                    rows = found if rows is None else common(rows, found)
                else:
                    rest.append((condition, found))
            elif condition.key in FIELDS:
                rest.append((condition, np.empty(0, np.int64)))
        for condition, found in rest:
            if condition.key in FIELDS:
                values = self._parts.column(FIELDS[condition.key])
                met = in_ranges(
                    values if rows is None else values[rows], ranges_of(condition, today)
                )
                kept = np.flatnonzero(~met if condition.negated else met)
                rows = kept if rows is None else rows[kept]
            else:
                rows = without(np.arange(self._n) if rows is None else rows, found)
        return rows

    def words(self, conditions: Sequence[Condition]) -> Array | None:
        """The rows that meet conditions on words, ascending; None where there are none."""
        rows: Array | None = None
        for condition in conditions:
            found = self._found(condition)
            rows = found if rows is None else common(rows, found)
            if not len(rows):
                break
        return rows

    def base_codes(self, text: str) -> list[int]:
        """Codes of the stated bases that a value of `base:` means."""
        pasted = pasted_ref(text)
        spellings = [text, *([pasted] if pasted else [])]
        spellings += [f"{source}:{text}" for source in vocabulary.SOURCES]
        exact = [code for one in spellings if (code := self.bases.exact(one)) is not None]
        return exact or sorted({code for one in spellings for code in self.bases.folded(one)})

    def children(self, refs: Sequence[str]) -> Array:
        """Rows that state one of these refs as a base, ascending."""
        codes = [code for ref in refs if (code := self.bases.exact(ref)) is not None]
        return self._posted("base", codes)

    def _found(self, condition: Condition) -> Array:
        lists = [self._rows_of(condition.key, value) for value in condition.values]
        if len(lists) == 1:
            return lists[0]
        return each_once(np.concatenate(lists), self._n)

    def _rows_of(self, key: str, value: str) -> Array:
        if key == WORD:
            pasted = pasted_ref(value)
            row = self._row_of(pasted) if pasted else None
            if row is not None:
                return np.array([row])
            if pasted_page(value):
                return np.empty(0, np.int64)
            return self._search.rows(pasted.partition(":")[2] if pasted else value)
        if key == "tag":
            if value.lower() == UNKNOWN:
                return self._empty("tags")
            return self._posted("tag", self.tags.codes(value))
        labels = self._parts.column("base_label")
        if value.lower() == UNKNOWN:
            without_base = self._empty("base_models")
            unlabelled: Array = without_base[labels[without_base] == NULL_CODE]
            return unlabelled
        found = [self._posted("base", self.base_codes(value))]
        found += [np.flatnonzero(labels == code) for code in self.labels.codes(value)]
        return np.unique(np.concatenate(found))

    def _posted(self, key: str, codes: Sequence[int]) -> Array:
        """Rows listed under any of the codes, ascending."""
        if not codes:
            return np.empty(0, np.int64)
        offsets, rows = self._parts.array(f"{key}.offsets"), self._parts.array(f"{key}.rows")
        _, at = expand(offsets, np.array(codes))
        found = rows[at].astype(np.int64)
        return found if len(codes) == 1 else np.unique(found)

    def _empty(self, field: str) -> Array:
        offsets = self._parts.models.column(field).offsets.to_numpy()
        return np.flatnonzero(offsets[1:] == offsets[:-1])


def common(one: Array, other: Array) -> Array:
    """Rows in both of two ascending lists."""
    short, long = sorted((one, other), key=len)
    return short[is_in(short, long)]


def without(rows: Array, dropped: Array) -> Array:
    """The rows of an ascending list that are not in another one."""
    return rows[~is_in(rows, dropped)]


def is_in(rows: Array, others: Array) -> Array:
    """For each row of an ascending list whether it is in another one."""
    if not len(others) or not len(rows):
        return np.zeros(len(rows), bool)
    if len(rows) > _FEW:
        listed = np.zeros(max(int(rows[-1]), int(others[-1])) + 1, bool)
        listed[others] = True
        there: Array = listed[rows]
        return there
    places = np.minimum(np.searchsorted(others, rows), len(others) - 1)
    found: Array = others[places] == rows
    return found
