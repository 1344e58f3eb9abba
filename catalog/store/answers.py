"""From counts and rows to the records of an answer."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from catalog.fit.limits import RANKS
from catalog.records import Facet, FacetValue, RangeBin, RangeFacet, SamplePoint
from catalog.store import bins, decode
from catalog.store.encode import Array
from catalog.store.match import Counts
from catalog.store.parts import Parts
from catalog.store.words import Words
from catalog.vocabulary import UNKNOWN

_FEW = 32  # below this part of all rows, sorting is faster than a table of all rows


def facet(
    key: str, counted: Counts, words: Words, limit: int | None, chosen: Sequence[str]
) -> Facet:
    """A facet cut to its most frequent values, the chosen ones kept, at zero too."""
    named: dict[str, int] = {}
    for value in chosen:
        found = words.codes(value)
        named |= {words.text(code): counted.of(code) for code in found} or {value: 0}
    codes, counts = counted.codes, counted.counts
    if limit is not None and 0 < limit < len(codes):
        least = np.partition(counts, -limit)[-limit]
        codes, counts = codes[counts >= least], counts[counts >= least]
    pairs = sorted(zip(words.texts(codes), counts.tolist(), strict=True), key=_rank)[:limit]
    pairs = sorted({**dict(pairs), **named}.items(), key=_rank)
    values = tuple(FacetValue(value=text, count=count) for text, count in pairs)
    return Facet(key=key, values=values, distinct=len(counted.codes))


def grades(counted: Counts) -> Facet:
    """The facet of `fits`: rows by grade on the machine that is asked for."""
    pairs = [(RANKS[code], counted.of(code)) for code in counted.codes.tolist()]
    values = tuple(FacetValue(value=text, count=count) for text, count in sorted(pairs, key=_rank))
    return Facet(key="fits", values=values, distinct=len(values))


def _rank(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def histogram(key: str, counted: Counts) -> RangeFacet:
    """The bars from the first filled one to the last filled one, those between at zero too."""
    counts = counted.dense(bins.size(key)).tolist()
    known = [bar for bar, count in enumerate(counts) if count and bar != bins.UNKNOWN_BIN]
    found = []
    for bar in range(known[0], known[-1] + 1) if known else ():
        low, high = bins.ends(key, bar)
        found.append(RangeBin(low=low, high=high, count=counts[bar]))
    return RangeFacet(key=key, bins=tuple(found), unknown=counts[bins.UNKNOWN_BIN])


def collapsed(rows: Array, roots: Array) -> tuple[Array, Array]:
    """One row per root, ascending, and the number of matching rows that each stands for.

    The root stands for its variants where it matches, else the best-ranked matching one does.
    """
    n = len(roots)
    if len(rows) < n // _FEW:
        found, first, places = np.unique(roots[rows], return_index=True, return_inverse=True)
        counts = np.bincount(places)
        standing = rows[first].astype(np.int64)
        own = np.isin(found, rows, assume_unique=True)
        standing[own] = found[own]
        order = np.argsort(standing)
        return standing[order], counts[order]
    of_rows = roots[rows]
    by_root = np.bincount(of_rows, minlength=n)
    shown = np.zeros(n, np.int32)
    shown[of_rows[::-1]] = rows[::-1]  # reversed: the first one written last
    own = rows[of_rows == rows]
    shown[own] = own
    stands = np.zeros(n, bool)
    stands[shown[of_rows]] = True
    standing = np.flatnonzero(stands)
    return standing, by_root[roots[standing]]


def named(standing: Array, counts: Array, roots: Array, rows: Array) -> tuple[Array, Array]:
    """The same groups, but one of these matching rows, which the words name, stands for its own.

    Of several in one group that is the root, else the best-ranked one.
    """
    if not len(rows):
        return standing, counts
    standing, groups = standing.astype(np.int64), roots[standing]
    found, first = np.unique(roots[rows], return_index=True)
    best = rows[first].astype(np.int64)
    own = np.isin(found, rows)
    best[own] = found[own]
    at = np.flatnonzero(np.isin(groups, found))
    standing[at] = best[np.searchsorted(found, groups[at])]
    order = np.argsort(standing)
    return standing[order], counts[order]


def sample(parts: Parts, rows: Array, limit: int, seed: str) -> tuple[tuple[SamplePoint, ...], int]:
    """Up to `limit` random rows of known parameters and downloads, and how many there are.

    The same seed gives the same rows.
    """
    if not limit:
        return (), 0
    params, downloads = parts.column("parameter_count"), parts.column("downloads_30d")
    usable = rows[parts.column("drawn")[rows].view(bool)]
    of = len(usable)
    if of > limit:
        digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
        generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        usable = np.sort(generator.choice(usable, limit, replace=False))
    verdicts = parts.dictionary("commercial_use").to_pylist()
    codes = parts.column("commercial_use")[usable].tolist()
    columns = (
        decode.refs(parts.models, usable),
        params[usable].tolist(),
        downloads[usable].tolist(),
        [verdicts[code] or UNKNOWN for code in codes],
    )
    points = tuple(
        SamplePoint(ref=ref, parameter_count=count, downloads_30d=pulls, commercial_use=verdict)
        for ref, count, pulls, verdict in zip(*columns, strict=True)
    )
    return points, of
