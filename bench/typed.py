"""Search as people type it: queries written by hand, each asked once, page and count."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

QUERIES = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "search" / "queries.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """Wall milliseconds of queries that were asked once each, in the order of `queries`."""

    queries: tuple[str, ...]
    milliseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.milliseconds)

    @property
    def most(self) -> float:
        """What 95 % of them are within."""
        return quantiles(self.milliseconds, n=20, method="inclusive")[-1]

    @property
    def slowest(self) -> tuple[str, float]:
        """The query that took longest, and how long."""
        took, query = max(zip(self.milliseconds, self.queries, strict=True))
        return query, took


def written_by_hand() -> tuple[str, ...]:
    """The queries of the search tests: ids, typos, other scripts, parts of names, authors."""
    kinds = json.loads(QUERIES.read_text("utf-8"))
    return tuple(one["query"] for queries in kinds.values() for one in queries)


def typed(ask: Callable[[str], object], queries: Sequence[str]) -> Typed:
    """Each query once, as a visitor types it: nothing of it was asked before."""
    took = []
    gc.collect()
    gc.disable()
    try:
        for query in queries:
            start = time.perf_counter()
            ask(query)
            took.append((time.perf_counter() - start) * 1_000)
    finally:
        gc.enable()
    return Typed(queries=tuple(queries), milliseconds=tuple(took))
