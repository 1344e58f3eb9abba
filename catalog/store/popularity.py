"""Popularity: how a model's downloads rank among those that can be compared with them."""

from __future__ import annotations

import numpy as np

from catalog.store.columns import Columns
from catalog.store.encode import NULL_INT, Array, ints, plain, text_codes

_EPOCH_YEAR = 1970


def popularity(models: Columns) -> Array:
    """Percentile of each row within its source, window and half-year, 0..1, NaN where unknown.

    Downloads of 30 days and of all time are never compared, nor figures read half a year apart.
    Equal figures share the mean of their ranks. A group of one stands in the middle.
    """
    recent = ints(plain(models.column("downloads_30d")))
    ever = ints(plain(models.column("downloads_total")))
    downloads = np.where(recent != NULL_INT, recent, ever)
    days = ints(plain(models.column("downloads_as_of")))
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    halves = np.where(days == NULL_INT, -1, _EPOCH_YEAR * 2 + months // 6)
    source, _ = text_codes(plain(models.column("source")))
    groups = (source.astype(np.int64) * 2 + (recent != NULL_INT)) * (1 << 20) + (halves + 1)
    result = np.full(len(groups), np.nan)
    known = np.flatnonzero(downloads != NULL_INT)
    if len(known):
        result[known] = _percentiles(groups[known], downloads[known])
    return result


def _percentiles(groups: Array, values: Array) -> Array:
    order = np.lexsort((values, groups))
    groups, values = groups[order], values[order]
    new_group = np.ones(len(order), bool)
    new_group[1:] = groups[1:] != groups[:-1]
    new_value = new_group.copy()
    new_value[1:] |= values[1:] != values[:-1]
    first = np.flatnonzero(new_group)
    sizes = np.diff(np.append(first, len(order)))
    start = np.repeat(first, sizes)
    ties = np.flatnonzero(new_value)
    tie_sizes = np.diff(np.append(ties, len(order)))
    middle = np.repeat(ties + (tie_sizes - 1) / 2, tie_sizes)
    result = np.empty(len(order))
    result[order] = (middle - start + 0.5) / np.repeat(sizes, sizes)
    return result
