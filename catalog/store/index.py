"""The facet engine: which rows meet a query, and what is counted under all filters but one's own.

Every filtered key owns one bit. A row's `fail` holds the bits of the keys whose conditions it does
not meet; 0 means that it matches. A facet counts the rows whose bits are a subset of its own. All
conditions on keys without a facet narrow the domain beforehand, so the pass may be over few rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from catalog.fit.limits import RANKS
from catalog.query import Condition, Query
from catalog.store import bins
from catalog.store.domain import Domain, in_ranges, ranges_of
from catalog.store.encode import Array
from catalog.store.filegroups import GROUP_FIELDS, FileGroups
from catalog.store.fits import KEY as FITS
from catalog.store.fits import Asked
from catalog.store.match import Counts, Match, Scan, at, filled, spread
from catalog.store.parts import Parts
from catalog.store.serving import FIELDS, LIST_FIELDS, PATTERN, RANGE_FIELDS, SIZES
from catalog.store.words import LanguageWords, LicenseWords, Words

FACETS = (
    *("source", "modality", "task", "format", "license", "commercial", "quant", "kind", "library"),
    *("lang", "gated", "family", "author", "flag"),
)
RANGES = bins.RANGE_FACETS
ONE_BY_ONE = ("size", "bits", FITS)  # what a table over sets of groups cannot decide
GROUPS = "groups"  # the bit of all positive conditions on file groups together


@dataclass(frozen=True, slots=True)
class _Pack:
    codes: Array
    size: int


class Index:
    """Matches and counts over the arrays of one generation; shared by threads freely."""

    def __init__(self, parts: Parts, domain: Domain) -> None:
        self._parts = parts
        self._domain = domain
        self.n = parts.models.num_rows
        self._packs: list[_Pack] = []
        self._tables: dict[str, tuple[int, Array]] = {}
        for number, members in enumerate(parts.packs):
            tables = {name: parts.array(f"pack.{number}.{name}") for name in members}
            size = len(next(iter(tables.values())))
            self._packs.append(_Pack(parts.column(f"pack.{number}"), size))
            self._tables |= {name: (number, table) for name, table in tables.items()}
        self._groups = FileGroups(parts)
        self.words: dict[str, Words] = {}
        for key, column in FIELDS.items():
            kind = LicenseWords if key == "license" else Words
            self.words[key] = kind(parts.dictionary(column))
        for key in (*LIST_FIELDS, *GROUP_FIELDS):
            words = LanguageWords if key == "lang" else Words
            self.words[key] = words(parts.values(f"{key}.values"))
        self._sizes = {column: self._column_size(column) for column in self._tables}
        self.everything = Match(rows=None, domain=None, fail=None, bits={}, asked=[])

    def match(self, query: Query, today: date, fits: Asked | None = None) -> Match:
        """The rows that meet all conditions of a query; those on `fits` only as `fits` has them."""
        conditions = [one for one in query.conditions if one.key != FITS or fits is not None]
        if not conditions:
            return self.everything
        domain = self._domain.rows(conditions, today)
        by_key: dict[str, list[Condition]] = {}
        asked = []
        for condition in conditions:
            if condition.key in GROUP_FIELDS or condition.key in ONE_BY_ONE:
                if condition.negated:
                    by_key.setdefault(condition.key, []).append(condition)
                else:
                    asked.append(condition)
            elif condition.key in FACETS or condition.key in RANGES:
                by_key.setdefault(condition.key, []).append(condition)
        keys = [*by_key, *([GROUPS] if asked else [])]
        bits = {key: 1 << number for number, key in enumerate(keys)}
        if not bits:
            return Match(rows=domain, domain=None, fail=None, bits={}, asked=[])
        scan = self._scanned(by_key, asked, bits, domain, today, fits)
        rows = scan.at(np.flatnonzero(scan.fail == 0)).astype(np.int32)
        return Match(
            rows=rows, domain=scan.domain, fail=scan.fail, bits=bits, asked=asked, fits=fits
        )

    def counts(self, match: Match, key: str, today: date) -> Counts:
        """Repositories by value code of a facet, or by bar of a histogram."""
        if key not in match.counts:
            if key == FITS:
                counted = filled(self._rank_counts(match, today))
            elif key in GROUP_FIELDS or key == "size":
                counted = filled(self._group_counts(match, key, today))
            else:
                counted = self._column_counts(match, key, match.bits.get(key, 0))
                if key in LIST_FIELDS:
                    offsets, items = self._list(key)
                    counted = filled(spread(counted, offsets, items, len(self.words[key])))
            match.counts[key] = counted
        return match.counts[key]

    def offered(self, rows: Array | None, key: str) -> Counts:
        """Repositories by what they offer of a facet of file groups, whatever a query asks for."""
        alone = Match(rows=rows, domain=None, fail=None, bits={}, asked=[])
        return filled(self._set_counts(alone, key, ()))

    def _list(self, key: str) -> tuple[Array, Array]:
        return self._parts.array(f"{key}.offsets"), self._parts.array(f"{key}.items")

    def _scanned(
        self,
        by_key: dict[str, list[Condition]],
        asked: list[Condition],
        bits: dict[str, int],
        domain: Array | None,
        today: date,
        fits: Asked | None,
    ) -> Scan:
        size = len(bits)
        kind = np.uint8 if size <= 8 else np.uint16 if size <= 16 else np.uint32
        luts: dict[int, Array] = {}

        def reject(column: str, rejected: Array, bit: int) -> None:
            number, table = self._tables[column]
            lut = luts.setdefault(number, np.zeros(self._packs[number].size, kind))
            lut[rejected[table]] |= kind(bit)

        exact: list[tuple[str, int]] = []
        for key, conditions in by_key.items():
            if key in RANGE_FIELDS:
                exact.append((key, bits[key]))
            elif key in GROUP_FIELDS:
                rejected = self._groups.patterns_meeting_any(conditions, self.words)
                reject(PATTERN, rejected, bits[key])
            elif key in FACETS:
                reject(key, ~self._accepted(key, conditions), bits[key])
        if asked:
            possible = self._groups.patterns_meeting_all(asked, self.words)
            reject(PATTERN, ~possible, bits[GROUPS])
            reject(SIZES, ~self._groups.sizes_possible(asked, today), bits[GROUPS])
        fail = np.zeros(self.n if domain is None else len(domain), kind)
        # A facet of file groups ignores two bits at once where its key is negated as well.
        pairs = any(key in GROUP_FIELDS or key in ONE_BY_ONE for key in by_key)
        scan = Scan(domain, fail, may_narrow=not pairs)
        for number, lut in luts.items():
            codes = self._packs[number].codes
            scan.fail |= np.take(lut, codes if scan.domain is None else codes[scan.domain])
            scan.narrow()
        for key, bit in exact:
            self._reject_ranges(key, by_key[key], bit, scan, today)
            scan.narrow()
        if fits is not None:
            self._reject_misfits(by_key.get(FITS, ()), asked, bits, scan, fits)
        self._reject_groups(by_key, asked, bits, scan, today, fits)
        return scan

    def _accepted(self, key: str, conditions: list[Condition]) -> Array:
        """Codes of the column that meet all conditions of the key."""
        words = self.words[key]
        accepted = np.ones(len(words), bool)
        if key in LIST_FIELDS:
            offsets, items = self._list(key)
            accepted = np.ones(len(offsets) - 1, bool)
        for condition in conditions:
            chosen = np.zeros(len(words), bool)
            for value in condition.values:
                chosen[list(words.codes(value))] = True
            if key in LIST_FIELDS:
                chosen = np.logical_or.reduceat(chosen[items], offsets[:-1])
            accepted &= ~chosen if condition.negated else chosen
        return accepted

    def _reject_ranges(
        self,
        key: str,
        conditions: list[Condition],
        bit: int,
        scan: Scan,
        today: date,
    ) -> None:
        values = self._parts.column(RANGE_FIELDS[key])
        values = values if scan.domain is None else values[scan.domain]
        for condition in conditions:
            meets = in_ranges(values, ranges_of(condition, today))
            bad = meets if condition.negated else ~meets
            kind = scan.fail.dtype
            scan.fail |= bad.view(np.uint8).astype(kind, copy=False) * kind.type(bit)

    def _reject_misfits(
        self,
        negated: Sequence[Condition],
        asked: Sequence[Condition],
        bits: dict[str, int],
        scan: Scan,
        fits: Asked,
    ) -> None:
        """Rows none of whose groups fits, and those of which one does where none should."""
        for condition in (*negated, *(one for one in asked if one.key == FITS)):
            met = fits.rows_met(condition, scan.domain)
            bad = met if condition.negated else ~met
            bit = scan.fail.dtype.type(bits[FITS if condition.negated else GROUPS])
            scan.fail |= bad.view(np.uint8).astype(scan.fail.dtype, copy=False) * bit
            scan.narrow()

    def _reject_groups(
        self,
        by_key: dict[str, list[Condition]],
        asked: list[Condition],
        bits: dict[str, int],
        scan: Scan,
        today: date,
        fits: Asked | None,
    ) -> None:
        """Conditions on sizes and bits, which a table over the sets cannot decide."""
        for key in ("size", "bits"):
            for condition in by_key.get(key, ()):
                near = scan.near()
                met = self._groups.rows_meeting(scan.at(near), [condition], self.words, today)
                scan.reject(near[met], bits[key])
        keys = {condition.key for condition in asked}
        if keys & {"size", "bits"} or (FITS in keys and len(keys) > 1):
            near = scan.near(without=bits[GROUPS])
            rows = scan.at(near)
            sure = self._sure(asked, rows, today)
            near, rows = near[~sure], rows[~sure]
            met = self._groups.rows_meeting(rows, asked, self.words, today, fits)
            scan.reject(near[~met], bits[GROUPS])

    def _sure(self, asked: Sequence[Condition], rows: Array, today: date) -> Array:
        """Rows, none of them a misfit, of which one group is sure to meet all conditions."""
        sizes_met, patterns_met = self._groups.certain(asked, self.words, today)
        sure = sizes_met[self._codes(SIZES, rows)] & patterns_met[self._codes(PATTERN, rows)]
        if {"size", FITS} <= {condition.key for condition in asked}:
            sure &= self._groups.lone(rows)  # else another group may be the one that fits
        return sure

    def _codes(self, column: str, rows: Array) -> Array:
        """Codes of one packed column at some rows."""
        number, table = self._tables[column]
        codes: Array = table[self._packs[number].codes[rows]]
        return codes

    def _only(self, match: Match, bit: int) -> Array:
        """Rows that fail in nothing but this one bit."""
        if match.fail is None:
            return np.empty(0, np.int64)
        return at(match.domain, np.flatnonzero(match.fail == match.fail.dtype.type(bit)))

    def _counted(self, number: int, rows: Array | None) -> Counts:
        """Rows by combination of one pack."""
        pack = self._packs[number]
        codes = pack.codes if rows is None else pack.codes[rows]
        if len(codes) < pack.size // 16:
            return Counts(*np.unique(codes, return_counts=True))
        return filled(np.bincount(codes, minlength=pack.size))

    def _column_counts(self, match: Match, column: str, bit: int) -> Counts:
        """Rows by code of one packed column, those that fail only in `bit` included."""
        number, table = self._tables[column]
        if number not in match.packs:
            match.packs[number] = self._counted(number, match.rows)
        parts = [match.packs[number]]
        if bit:
            parts.append(self._counted(number, self._only(match, bit)))
        elif len(self._parts.packs[number]) == 1:
            return parts[0]
        codes = np.concatenate([table[part.codes] for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        if len(codes) < self._sizes[column] // 16:
            distinct, places = np.unique(codes, return_inverse=True)
            return Counts(distinct, np.bincount(places, weights=counts).astype(np.int64))
        return filled(np.bincount(codes, weights=counts).astype(np.int64))

    def _column_size(self, column: str) -> int:
        if column in RANGES:
            return bins.size(column)
        if column in FIELDS:
            return len(self.words[column])
        return len(self._parts.array(f"{column}.offsets")) - 1

    def _group_counts(self, match: Match, key: str, today: date) -> Array:
        others = [condition for condition in match.asked if condition.key != key]
        asks = len(others) < len(match.asked)
        own = match.bits.get(key, 0) | (match.bits[GROUPS] if asks else 0)
        rows = match.rows
        if own and match.fail is not None:
            rest = match.fail & ~match.fail.dtype.type(own)
            rows = at(match.domain, np.flatnonzero(rest == 0))
        exact = {condition.key for condition in others} & {*ONE_BY_ONE}
        if not exact and (key != "size" or not others):
            return self._set_counts(self._under(match, rows), key, others)
        # Most rows are decided by their sets; the groups of the others are looked at one by one.
        whole = np.arange(self.n) if rows is None else rows
        if asks:  # else the rows are known to meet the others
            whole = self._possible(whole, others, match, today)
        sure = self._sure(others, whole, today)
        if key == "size":
            alone = sure & self._groups.lone(whole) if exact == {FITS} else sure & (not exact)
        else:
            alone = self._groups.single[self._codes(PATTERN, whole)]
            if asks:
                alone &= sure
        counted = self._set_counts(self._under(match, whole[alone]), key, ())
        rest = whole[~alone]
        return counted + self._groups.values_meeting(
            rest, key, others, self.words, today, match.fits
        )

    def _possible(
        self, rows: Array, others: Sequence[Condition], match: Match, today: date
    ) -> Array:
        """Those of the rows of which some group may meet all conditions."""
        possible = self._groups.patterns_meeting_all(others, self.words)[self._codes(PATTERN, rows)]
        possible &= self._groups.sizes_possible(others, today)[self._codes(SIZES, rows)]
        rows = rows[possible]
        for condition in others:
            if condition.key == FITS and match.fits is not None:
                rows = rows[match.fits.rows_met(condition, rows)]
        return rows

    def _rank_counts(self, match: Match, today: date) -> Array:
        """Rows by the best grade of their groups that meet all else, as places in RANKS."""
        if match.fits is None:
            return np.zeros(len(RANKS), np.int64)
        others = [condition for condition in match.asked if condition.key != FITS]
        asks = len(others) < len(match.asked)
        own = match.bits.get(FITS, 0) | (match.bits[GROUPS] if asks else 0)
        rest = match.fail & ~match.fail.dtype.type(own) if match.fail is not None else None
        rows = match.rows if rest is None else at(match.domain, np.flatnonzero(rest == 0))
        whole = np.arange(self.n) if rows is None else rows
        if not others:
            all_rows = len(whole) == self.n
            ranks = match.fits.fits.ranks(match.fits.graded, None if all_rows else whole)
            return np.bincount(ranks, minlength=len(RANKS) + 1)[: len(RANKS)]
        whole = self._possible(whole, others, match, today)
        lone = self._groups.lone(whole) & self._sure(others, whole, today)
        ranks = match.fits.fits.ranks(match.fits.graded, whole[lone])
        more = self._groups.best_ranks(whole[~lone], others, self.words, today, match.fits)
        counted = np.bincount(np.concatenate([ranks, more]), minlength=len(RANKS) + 1)
        return counted[: len(RANKS)]

    def _under(self, match: Match, rows: Array | None) -> Match:
        if rows is match.rows:
            return match
        return Match(rows=rows, domain=None, fail=None, bits={}, asked=[])

    def _set_counts(self, match: Match, key: str, others: Sequence[Condition]) -> Array:
        """Rows by value of a facet of file groups, from the sets of values alone."""
        if key == "size":
            return self._groups.bars_of_sets(
                self._column_counts(match, SIZES, 0).dense(self._sizes[SIZES])
            )
        counted = self._column_counts(match, PATTERN, 0).dense(self._sizes[PATTERN])
        return self._groups.values_of_patterns(counted, key, others, self.words)
