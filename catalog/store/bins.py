"""The fixed bars of the histograms; both ends of a bar can be typed, and both are inclusive."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isqrt

import numpy as np

from catalog.store.encode import NULL_INT, Array

UNKNOWN_BIN = 0
_LAST_DECADE = 18  # 10**18 is the last power of ten in 63 bits
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_LARGEST_TYPED = 9 * 10**18  # the query language takes no larger number


def _quarter_decades() -> list[int]:
    """ceil(10**(k/4)) without a rounding error: the fourth root of 10**k, rounded up."""
    edges = []
    for k in range(4 * _LAST_DECADE + 1):
        root = isqrt(isqrt(10**k))
        edges.append(root if root**4 == 10**k else root + 1)
    return edges


def _years() -> list[int]:
    years = range(_FIRST_YEAR, _LAST_YEAR + 1)
    return [int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in years]


# Lower edges of bars 1, 2, ...; a bar ends one below the next edge. The first bar of a number is 0
# alone, since a logarithm has none. Bars of dates are calendar years.
_DECADES = np.array([0, *_quarter_decades()], np.int64)
_POWERS = np.array([0, *(1 << k for k in range(62))], np.int64)
_CALENDAR = np.array(_years(), np.int64)
EDGES: dict[str, Array] = {
    "params": _DECADES,
    "size": _DECADES,
    "context": _POWERS,
    "downloads": _DECADES,
    "updated": _CALENDAR,
}
RANGE_FACETS = tuple(EDGES)


def bin_codes(key: str, values: Array) -> Array:
    """Bar of each value, UNKNOWN_BIN for null; what lies below all edges is in the first bar."""
    codes = np.searchsorted(EDGES[key], values, side="right")
    np.maximum(codes, 1, out=codes)
    codes[values == NULL_INT] = UNKNOWN_BIN
    return codes.astype(np.uint8)


def size(key: str) -> int:
    """Number of bar codes of a histogram, the one for unknown included."""
    return len(EDGES[key]) + 1


def limits(key: str) -> tuple[Array, Array]:
    """Lower and upper ends of bars 1, 2, ..."""
    edges = EDGES[key]
    return edges, np.append(edges[1:] - 1, np.iinfo(np.int64).max)


def ends(key: str, code: int) -> tuple[str, str]:
    """Both ends of a bar as one types them; the last bar's upper end is the last that fits."""
    if key == "updated":
        year = _FIRST_YEAR + code - 1
        return f"{year}-01-01", f"{year}-12-31"
    edges = EDGES[key]
    low = int(edges[code - 1])
    high = int(edges[code]) - 1 if code < len(edges) else _LARGEST_TYPED
    return str(low), str(high)
