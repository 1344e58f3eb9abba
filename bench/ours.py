"""Our engine behind the same door as its peers."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from bench.question import FACETS, HISTOGRAMS, PAGE_SIZE, SAMPLE, TOP, Answer, Bars, Question
from catalog.query import Query, bounds, parse
from catalog.records import Found, RangeFacet
from catalog.store.generation import Generation

TODAY = date(2026, 11, 24)


class Ours:
    """A generation as the app asks it; the page comes as full records, not as some columns.

    A generation keeps its last answers under query and day. Every question here is asked on a day
    of its own, which changes nothing in the answer and finds nothing kept.
    """

    name = "Cardex"

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._day = TODAY

    def ask(self, question: Question, *, values: int | None = TOP) -> Answer:
        """One whole interaction: page, count, all facets, histograms and sample."""
        found = self.found(question.text, values=values)
        return Answer(
            total=found.total,
            page=tuple(model.ref for model in found.models),
            facets={key: _counts(found, key) for key in FACETS},
            histograms={key: _bars(key, found.range(key)) for key in HISTOGRAMS},
            sample=len(found.sample),
        )

    def found(self, text: str, *, values: int | None = TOP) -> Found:
        """The same interaction in the form in which the app gets it."""
        return self._generation.ask(
            _query(text),
            today=self._next_day(),
            page=1,
            page_size=PAGE_SIZE,
            facets=(*FACETS, *HISTOGRAMS),
            values=values,
            sample=SAMPLE,
        )

    def listed(self, text: str) -> Found:
        """Page and count alone: what a search box asks while someone types."""
        return self._generation.ask(
            _query(text), today=self._next_day(), page=1, page_size=PAGE_SIZE, facets=()
        )

    def _next_day(self) -> date:
        self._day += timedelta(days=1)
        return self._day


def _counts(found: Found, key: str) -> tuple[int, tuple[tuple[str, int], ...]]:
    facet = found.facet(key)
    return facet.distinct, tuple((item.value, item.count) for item in facet.values if item.count)


def _bars(key: str, facet: RangeFacet) -> Bars:
    """Bars by their low ends, read from the text that one would type to get them."""
    bars = tuple((_low_end(key, bar.low), bar.count) for bar in facet.bins if bar.count)
    return bars, facet.unknown


@cache
def _low_end(key: str, text: str) -> int:
    return int(bounds(key, f"{text}..", TODAY).low or 0)


@cache
def _query(text: str) -> Query:
    """Read once: the app has the Query at hand, too."""
    return parse(text)
