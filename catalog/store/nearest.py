"""What was perhaps meant: values and refs of one generation that are most like a text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from catalog.query import Condition, Query
from catalog.records import QueryWarning
from catalog.store import decode
from catalog.store.domain import Domain
from catalog.store.index import Index
from catalog.store.match import Counts, filled
from catalog.store.parts import Parts
from catalog.store.search import Search, pasted_page, squeezed
from catalog.store.words import NULL_CODE, Words
from catalog.vocabulary import SOURCES, UNKNOWN

_COMPARED = 50_000  # values or names that a text is compared with: the most frequent, most popular
_BEGINNING = 4  # letters by which further names are found
_LIKENESS = 65  # of 100; below it "did you mean" is noise
_LONGEST = 200
OPEN_KEYS = ("author", "tag", "family", "base", "license", "library", "lang", "quant")


class Nearest:
    """Answers "did you mean" for one generation."""

    def __init__(self, parts: Parts, index: Index, domain: Domain, search: Search) -> None:
        self._parts = parts
        self._index = index
        self._domain = domain
        self._search = search

    def check(self, query: Query) -> tuple[QueryWarning, ...]:
        """One warning for each value that no row has."""
        warnings = []
        for condition in query.conditions:
            if condition.key not in OPEN_KEYS:
                continue
            warnings += [
                self._warning(condition.key, value)
                for value in condition.values
                if value != UNKNOWN and not self._occurs(condition.key, value)
            ]
        return tuple(warnings)

    def vocabulary(self, key: str, limit: int | None = None) -> tuple[str, ...]:
        """The values that occur for a key, the most frequent first, `unknown` left out."""
        words, counted = self._counted(key)
        known = counted.codes != NULL_CODE
        codes, counts = counted.codes[known], counted.counts[known]
        return tuple(words.texts(codes[np.lexsort((codes, -counts))][:limit]))

    def model(self, words: str) -> QueryWarning:
        """What to tell where no model is called by the words: the one that is called most alike."""
        term = words[:_LONGEST]
        page = next(filter(None, map(pasted_page, words.split())), None)
        if page:
            nearest = None if page.startswith("civitai:") else next(iter(self.refs(page, 1)), None)
            message = f"{page[:_LONGEST]} is not in this catalog."
            return QueryWarning(term=term, nearest=nearest, message=message, absent=True)
        nearest = next(iter(self.refs(words, 1)), None)
        return QueryWarning(term=term, nearest=nearest, message=f"No model is called {term}.")

    def refs(self, text: str, limit: int) -> list[str]:
        """The refs of the names that are most like a text."""
        source, _, rest = text.partition(":")
        if source.lower() in SOURCES or "/" in rest:  # else `llama3.1:8b`, which is all name
            text = rest
        wanted = squeezed(text)[:_LONGEST]
        if not wanted:
            return []
        rows = np.arange(min(self._parts.models.num_rows, _COMPARED))
        further = self._search.rows(wanted[:_BEGINNING])[:_COMPARED]
        rows = np.union1d(rows, further)
        refs = decode.refs(self._parts.models, rows)
        names = [ref.partition(":")[2].lower() for ref in refs]
        text = text.lower()[:_LONGEST]
        if "/" not in text:  # an id without its owner is compared with such
            names = [name.rpartition("/")[2] for name in names]
        best = process.extract(text, names, scorer=fuzz.ratio, limit=limit, score_cutoff=_LIKENESS)
        return [refs[place] for _, _, place in best]

    def _occurs(self, key: str, value: str) -> bool:
        if key == "base":
            return bool(self._domain.base_codes(value) or self._domain.labels.codes(value))
        return bool(self._words(key).codes(value))

    def _words(self, key: str) -> Words:
        return self._domain.tags if key == "tag" else self._index.words[key]

    def _warning(self, key: str, value: str) -> QueryWarning:
        names = self._compared(key)
        bare = value.lower().removeprefix("huggingface:")[:_LONGEST]
        lowered = [name.lower().removeprefix("huggingface:") for name in names]
        best = process.extractOne(bare, lowered, scorer=fuzz.ratio, score_cutoff=_LIKENESS)
        term = str(Condition(key=key, values=(value,)))
        nearest = str(Condition(key=key, values=(names[best[2]],))) if best else None
        message = f"No model of this catalog has {term}."
        return QueryWarning(term=term, nearest=nearest, message=message)

    @lru_cache(maxsize=16)  # noqa: B019 - as long-lived as the generation
    def _compared(self, key: str) -> Sequence[str]:
        return self.vocabulary(key, _COMPARED)

    def _counted(self, key: str) -> tuple[Words, Counts]:
        if key == "tag":
            return self._domain.tags, filled(np.diff(self._parts.array("tag.offsets")))
        if key == "base":
            return self._domain.bases, filled(np.diff(self._parts.array("base.offsets")))
        index = self._index
        return index.words[key], index.counts(index.everything, key, date.min)
