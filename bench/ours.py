"""Our engine behind the same door as its peers."""

from __future__ import annotations

from datetime import date

from catalog.store.generation import Generation

from bench.question import FACETS, HISTOGRAMS, PAGE_SIZE, SAMPLE, TOP, Answer, Bars, Question
from catalog.query import Bounds, bounds, parse
from catalog.records import Found, RangeFacet

TODAY = date(2026, 11, 24)


class Ours:
    """A generation as the app asks it; the page comes as full records, not as some columns."""

    name = "Cardex"

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

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
            parse(text),
            today=TODAY,
            page=1,
            page_size=PAGE_SIZE,
            facets=(*FACETS, *HISTOGRAMS),
            values=values,
            sample=SAMPLE,
        )

    def listed(self, text: str) -> Found:
        """Page and count alone: what a search box asks while someone types."""
        return self._generation.ask(
            parse(text), today=TODAY, page=1, page_size=PAGE_SIZE, facets=()
        )


def _counts(found: Found, key: str) -> tuple[int, tuple[tuple[str, int], ...]]:
    facet = found.facet(key)
    return facet.distinct, tuple((item.value, item.count) for item in facet.values)


def _bars(key: str, facet: RangeFacet) -> Bars:
    """Bars by their low ends, read from the text that one would type to get them."""
    low_ends = [(_low(bounds(key, f"{bar.low}..{bar.high}", TODAY)), bar) for bar in facet.bars]
    return tuple((low, bar.count) for low, bar in low_ends if bar.count), facet.unknown


def _low(ends: Bounds) -> int:
    return int(ends.low or 0)
