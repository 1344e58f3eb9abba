"""Conditions that one and the same file group must meet, and the facets of file groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from catalog.query import Condition
from catalog.store import bins
from catalog.store.domain import in_ranges, ranges_of
from catalog.store.encode import Array, expand
from catalog.store.fits import KEY as FITS
from catalog.store.fits import Asked
from catalog.store.parts import Parts
from catalog.store.words import Words

GROUP_FIELDS = ("format", "quant")
_AT_ONCE = 1 << 16  # rows whose values are ticked off together


class FileGroups:
    """The groups of all rows, and the distinct sets of format and quant, and of size bars.

    A condition on format and quant alone is decided for each set of them that occurs (a pattern).
    Sizes and bits need the groups of the rows themselves.
    """

    def __init__(self, parts: Parts) -> None:
        self._offsets = parts.array("groups.offsets")
        self._columns = {
            key: parts.array(f"groups.{key}") for key in (*GROUP_FIELDS, "size", "bits")
        }
        self._bars = parts.array("groups.bar")
        self._pattern_offsets = parts.array("pattern.offsets")
        pairs = parts.array("pattern.items").astype(np.int64)
        quants = len(parts.values("quant.values")) + 1
        self._pattern_columns = {"format": pairs // quants, "quant": pairs % quants}
        # Items stand by format within a pattern; this is their order by quant.
        self._by_quant = parts.array("pattern.by_quant")
        self.single = np.diff(self._pattern_offsets) == 1
        self._size_offsets = parts.array("sizes.offsets")
        self._size_items = parts.array("sizes.items").astype(np.int64)

    def patterns_meeting_all(self, asked: Sequence[Condition], words: Mapping[str, Words]) -> Array:
        """Patterns with a group that meets all conditions on format and quant."""
        met = self._pairs_meeting(asked, words)
        reduced: Array = np.logical_or.reduceat(met, self._pattern_offsets[:-1])
        return reduced

    def patterns_meeting_any(
        self, conditions: Sequence[Condition], words: Mapping[str, Words]
    ) -> Array:
        """Patterns with a group that meets one of the conditions, negations aside."""
        met = np.zeros(len(self._pattern_columns["quant"]), bool)
        for condition in conditions:
            met |= self._pairs_meeting([condition], words)
        reduced: Array = np.logical_or.reduceat(met, self._pattern_offsets[:-1])
        return reduced

    def sizes_possible(self, asked: Sequence[Condition], today: date) -> Array:
        """Sets of size bars in which some size may meet the conditions on size."""
        possible = np.ones(len(self._size_items), bool)
        for condition in asked:
            if condition.key == "size":
                possible &= _bars_touched(condition, today)[self._size_items]
        reduced: Array = np.logical_or.reduceat(possible, self._size_offsets[:-1])
        return reduced

    def lone(self, rows: Array) -> Array:
        """Which rows have one group alone."""
        alone: Array = self._offsets[rows + 1] - self._offsets[rows] == 1
        return alone

    def rows_meeting(
        self,
        rows: Array,
        conditions: Sequence[Condition],
        words: Mapping[str, Words],
        today: date,
        fits: Asked | None = None,
    ) -> Array:
        """For each row whether one of its groups meets all conditions, negations aside."""
        owners, at = expand(self._offsets, rows)
        met = np.zeros(len(rows), bool)
        met[owners[self._meeting(rows, owners, at, conditions, words, today, fits)]] = True
        return met

    def best_ranks(
        self,
        rows: Array,
        conditions: Sequence[Condition],
        words: Mapping[str, Words],
        today: date,
        fits: Asked,
    ) -> Array:
        """The best rank on the machines asked for of the groups that meet all conditions.

        Where none does it is 255.
        """
        owners, at = expand(self._offsets, rows)
        met = np.flatnonzero(self._meeting(rows, owners, at, conditions, words, today, fits))
        ranks = fits.fits.group_ranks(fits.graded, rows, owners[met], at[met])
        best = np.full(len(rows), 255, np.uint8)
        np.minimum.at(best, owners[met], ranks)
        return best

    def certain(
        self, asked: Sequence[Condition], words: Mapping[str, Words], today: date
    ) -> tuple[Array, Array]:
        """Sets of size bars, and patterns, of which a row that has both is sure to meet all."""
        sizes = np.ones(len(self._size_items), bool)
        pairs = self._pairs_meeting(asked, words)
        for condition in asked:
            if condition.key == "size":
                sizes &= _bars_inside(condition, today)[self._size_items]
        patterns = np.logical_and.reduceat(pairs, self._pattern_offsets[:-1])
        if any(condition.key == "bits" for condition in asked):
            patterns[:] = False
        return np.logical_or.reduceat(sizes, self._size_offsets[:-1]), patterns

    def values_meeting(
        self,
        rows: Array,
        key: str,
        others: Sequence[Condition],
        words: Mapping[str, Words],
        today: date,
        fits: Asked | None = None,
    ) -> Array:
        """Rows by value, or by size bar, of the groups that meet all of `others`."""
        size = bins.size("size") if key == "size" else len(words[key])
        column = self._bars if key == "size" else self._columns[key]
        counted = np.zeros(size + 1, np.int64)
        for begin in range(0, len(rows), _AT_ONCE):
            part = rows[begin : begin + _AT_ONCE]
            owners, at = expand(self._offsets, part)
            met = self._meeting(part, owners, at, others, words, today, fits)
            owners, values = owners[met], column[at[met]]
            seen = np.zeros(len(part) * (size + 1), bool)
            seen[owners * (size + 1) + values] = True
            counted += np.bincount(np.flatnonzero(seen) % (size + 1), minlength=size + 1)
        return counted[:-1]

    def values_of_patterns(
        self,
        counted: Array,
        key: str,
        others: Sequence[Condition],
        words: Mapping[str, Words],
    ) -> Array:
        """Rows by value, from rows by pattern, of the groups that meet all of `others`."""
        met = self._pairs_meeting(others, words)
        patterns = np.repeat(np.arange(len(counted)), np.diff(self._pattern_offsets))
        codes = self._pattern_columns[key]
        if key == "quant":
            met, patterns, codes = met[self._by_quant], patterns, codes[self._by_quant]
        keep = np.flatnonzero(met & (counted[patterns] > 0))
        patterns, codes = patterns[keep], codes[keep]
        new = np.ones(len(keep), bool)  # equal values of a pattern are neighbours
        new[1:] = (codes[1:] != codes[:-1]) | (patterns[1:] != patterns[:-1])
        size = len(words[key]) + 1
        values = np.bincount(codes[new], weights=counted[patterns[new]], minlength=size)
        return values[:-1].astype(np.int64)

    def bars_of_sets(self, counted: Array) -> Array:
        """Rows by size bar, from rows by set of bars."""
        weights = np.repeat(counted, np.diff(self._size_offsets))
        bars = np.bincount(self._size_items, weights=weights, minlength=bins.size("size") + 1)
        return bars[:-1].astype(np.int64)

    def _pairs_meeting(self, conditions: Sequence[Condition], words: Mapping[str, Words]) -> Array:
        met = np.ones(len(self._pattern_columns["quant"]), bool)
        for condition in conditions:
            if condition.key in GROUP_FIELDS:
                met &= _chosen(condition, words)[self._pattern_columns[condition.key]]
        return met

    def _meeting(
        self,
        rows: Array,
        owners: Array,
        at: Array,
        conditions: Sequence[Condition],
        words: Mapping[str, Words],
        today: date,
        fits: Asked | None,
    ) -> Array:
        met = np.ones(len(at), bool)
        for condition in conditions:
            if condition.key == FITS:
                if fits is not None:
                    met &= fits.groups_met(condition, rows, owners, at)
                continue
            values = self._columns[condition.key][at]
            if condition.key in GROUP_FIELDS:
                met &= _chosen(condition, words)[values]
            else:
                met &= in_ranges(values, ranges_of(condition, today))
        return met


def _chosen(condition: Condition, words: Mapping[str, Words]) -> Array:
    """True for the codes that a condition names; the last code, hidden, never is."""
    chosen = np.zeros(len(words[condition.key]) + 1, bool)
    for value in condition.values:
        chosen[list(words[condition.key].codes(value))] = True
    return chosen


def _bars_touched(condition: Condition, today: date) -> Array:
    """Size bars of which some value meets a condition; the last one is of hidden sizes."""
    touched = np.zeros(bins.size("size") + 1, bool)
    for span in ranges_of(condition, today):
        if span is None:
            touched[bins.UNKNOWN_BIN] = True
            continue
        low, high = bins.bin_codes("size", np.clip(np.array(span), 0, None).astype(np.int64))
        touched[low : high + 1] = True
    return touched


def _bars_inside(condition: Condition, today: date) -> Array:
    """Size bars of which every value meets a condition."""
    inside = np.zeros(bins.size("size") + 1, bool)
    for span in ranges_of(condition, today):
        if span is None:
            inside[bins.UNKNOWN_BIN] = True
            continue
        limits = bins.limits("size")
        inside[1:-1] |= (limits[0] >= span[0]) & (limits[1] <= span[1])
    return inside
