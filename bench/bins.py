"""Bars of the histograms: quarter decades, powers of two and calendar years, by their low ends."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NO_BAR = -1  # a value that the source did not state

# A logarithm has no place for 0: it has a bar of its own.
QUARTER_DECADES = np.array([0, *(math.ceil(10 ** (k / 4)) for k in range(73))], dtype=np.int64)
POWERS_OF_TWO = np.array([0, *(2**k for k in range(62))], dtype=np.int64)
YEARS = np.array(
    [int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in range(1970, 2101)],
    dtype=np.int64,
)
EDGES = {
    "params": QUARTER_DECADES,
    "size": QUARTER_DECADES,
    "context": POWERS_OF_TWO,
    "updated": YEARS,
}
COLUMNS = {
    "params": "parameter_count",
    "size": "size_bytes",
    "context": "context_length",
    "updated": "last_modified",
}


def bar_of(key: str, column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Number of the bar of every value, NO_BAR where there is none."""
    numbers = column
    if pa.types.is_timestamp(numbers.type):
        numbers = numbers.cast(pa.timestamp("s", tz="UTC")).cast(pa.int64())
    known = np.asarray(pc.is_valid(numbers).to_numpy(zero_copy_only=False))
    values = np.asarray(pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False))
    bars = np.searchsorted(EDGES[key], values, side="right") - 1
    return np.where(known, bars, NO_BAR).astype(np.int16)


def bars_of(key: str, counts: dict[int, int]) -> tuple[tuple[tuple[int, int], ...], int]:
    """Counts by number of the bar as (low end, rows) pairs and the rows without a value."""
    known = sorted((bar, count) for bar, count in counts.items() if bar != NO_BAR and count)
    bars = tuple((int(EDGES[key][bar]), int(count)) for bar, count in known)
    return bars, int(counts.get(NO_BAR, 0))
