"""How many different names have come by, in little memory: there may be millions of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

_AT_ONCE = 100_000  # a set of Python objects takes ten times the room of the array


class Seen:
    """Counts each name once. Two that share a hash of 64 bits count as one; nobody will notice."""

    def __init__(self) -> None:
        self._sorted = np.empty(0, np.int64)
        self._late: set[int] = set()

    def __len__(self) -> int:
        return len(self._sorted) + len(self._late)

    def add(self, names: Iterable[str]) -> None:
        """Note names, some of them perhaps again."""
        new = np.unique(np.fromiter(map(hash, names), np.int64))
        places = np.searchsorted(self._sorted, new)
        inside = places < len(self._sorted)
        known = np.zeros(len(new), bool)
        known[inside] = self._sorted[places[inside]] == new[inside]
        self._late.update(new[~known].tolist())
        if len(self._late) >= _AT_ONCE:
            late = np.fromiter(self._late, np.int64, len(self._late))
            self._sorted = np.sort(np.concatenate([self._sorted, late]))
            self._late = set()
