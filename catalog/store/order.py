"""The order of rows: popularity is the order in which they are stored, all others are sorted by."""

from __future__ import annotations

import numpy as np

from catalog.store.encode import NULL_INT, Array
from catalog.store.parts import Parts

# The fields of a sort, the first one first. Popularity is here for `popularity-asc`.
_FIELDS = {
    "popularity": ("popularity",),
    "downloads": ("downloads_30d", "downloads_total"),
    "likes": ("likes",),
    "updated": ("last_modified",),
    "created": ("created_at",),
    "params": ("parameter_count",),
    "size": ("size_bytes",),
    "name": ("name_rank",),
}
_UPWARDS = frozenset({"name"})  # from A to Z with or without -asc: nobody asks for Z first
STORED = "popularity"
RELEVANCE = "relevance"


def ordered(parts: Parts, rows: Array, sort: str, grades: Array, first: int | None = None) -> Array:
    """The rows, given ascending, in the order of a sort; only the first ones where `first` is set.

    Unknown is last in either direction; equal rows stay in the stored order. `grades`, one
    for each row, say how well it answers the words, 0 the best.
    """
    name, _, ascending = sort.partition("-")
    if sort in (STORED, RELEVANCE) and not (sort == RELEVANCE and np.any(grades)):
        return rows if first is None else rows[:first]
    if name == RELEVANCE:
        keys = [grades.max(initial=0) - grades if ascending else grades]
    else:
        upwards = bool(ascending) or name in _UPWARDS
        keys = [_key(parts.column(field)[rows], upwards) for field in _FIELDS[name]]
    places = np.arange(len(rows))
    if first is not None and first < len(rows) // 4:
        limit = np.partition(keys[0], first - 1)[first - 1]
        places = np.flatnonzero(keys[0] <= limit)
        keys = [key[places] for key in keys]
    found = rows[places[np.lexsort(keys[::-1])]]
    return found if first is None else found[:first]


def _key(values: Array, ascending: bool) -> Array:
    """Numbers that sort as wanted from low to high."""
    if values.dtype.kind == "f":
        signed = values if ascending else -values
        return np.where(np.isnan(values), np.inf, signed)
    wide = values.astype(np.int64)
    signed = wide if ascending else -wide
    return np.where(wide == NULL_INT, np.iinfo(np.int64).max, signed)
