"""What meets a query: the rows, what each of the others fails, and how often values occur."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from catalog.query import Condition
from catalog.store.encode import Array, expand
from catalog.store.fits import Asked

_LARGE = 10_000  # values whose counts are not kept once they have been shown


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each code occurs: the codes that do, ascending, and the number of rows of each."""

    codes: Array
    counts: Array

    def of(self, code: int) -> int:
        """The number of rows of one code."""
        place = int(np.searchsorted(self.codes, code))
        found = place < len(self.codes) and self.codes[place] == code
        return int(self.counts[place]) if found else 0

    def dense(self, size: int) -> Array:
        """The number of rows of every code below `size`."""
        counts = np.zeros(size, np.int64)
        counts[self.codes] = self.counts
        return counts


@dataclass(slots=True)
class Match:
    """The rows that meet a query; counts are added as they are asked for."""

    rows: Array | None  # ascending; None: every row of the generation
    domain: Array | None  # rows that `fail` is about; None: all
    fail: Array | None
    bits: dict[str, int]
    asked: list[Condition]  # positive conditions on file groups
    fits: Asked | None = None
    counts: dict[str, Counts] = field(default_factory=dict)
    packs: dict[int, Counts] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Memory that keeping it costs, small counts aside."""
        arrays = (self.rows, self.domain, self.fail)
        return sum(array.nbytes for array in arrays if array is not None)

    def forget(self) -> None:
        """Let go of what only the counting needed, and of counts of very many values."""
        self.packs.clear()
        large = [key for key, counted in self.counts.items() if len(counted.codes) > _LARGE]
        for key in large:
            self.counts.pop(key, None)


@dataclass(slots=True)
class Scan:
    """Rows under consideration and, for each, the bits of the keys that it fails."""

    domain: Array | None  # None: all rows
    fail: Array
    may_narrow: bool

    def at(self, places: Array) -> Array:
        """The rows at some places of the scan."""
        return at(self.domain, places)

    def near(self, without: int = 0) -> Array:
        """Places that fail at most one bit, and not the one of `without`."""
        chosen = self._at_most_one()
        if without:
            chosen &= self.fail & self.fail.dtype.type(without) == 0
        return np.flatnonzero(chosen)

    def reject(self, places: Array, bit: int) -> None:
        """The places fail the bit, too."""
        self.fail[places] |= self.fail.dtype.type(bit)

    def narrow(self) -> None:
        """Leave out what fails two bits, which no facet counts, where that is most of the rows."""
        if not self.may_narrow:
            return
        chosen = self._at_most_one()
        if np.count_nonzero(chosen) < len(chosen) // 2:
            places = np.flatnonzero(chosen)
            self.domain, self.fail = self.at(places).astype(np.int32), self.fail[places]

    def _at_most_one(self) -> Array:
        chosen: Array = self.fail & (self.fail - self.fail.dtype.type(1)) == 0
        return chosen


def filled(counted: Array) -> Counts:
    """The codes that occur."""
    codes = np.flatnonzero(counted).astype(np.int32)
    return Counts(codes, counted[codes])


def spread(counted: Counts, offsets: Array, items: Array, size: int) -> Array:
    """Counts of sets added up by the items that each set holds."""
    owners, at = expand(offsets, counted.codes)
    weights = counted.counts[owners]
    return np.bincount(items[at], weights=weights, minlength=size).astype(np.int64)


def at(domain: Array | None, places: Array) -> Array:
    """The rows at some places of a domain, which is None where it is all rows."""
    return places if domain is None else domain[places]
