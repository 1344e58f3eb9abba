"""What the words of a query mean where nothing is found for them as typed: slips of the keys.

Numbers are never changed (8b is not 7b), nor are words that are found. Words of up to four letters
have one slip (a letter too many, missing, wrong, or two swapped), longer ones two; one letter too
many at most, or `pangu` would be `pan`.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow.compute as pc
from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalog.query import WORD, Condition, Query
from catalog.records import QueryWarning
from catalog.store import decode
from catalog.store.aliases import is_name, with_aliases
from catalog.store.domain import Domain
from catalog.store.lru import Lru
from catalog.store.parts import Parts
from catalog.store.search import Search, pasted_page, pasted_ref

_NAMES = 50_000  # whose letters are the words that can be meant: the most popular
_SHORTEST = 3  # letters; fewer can be anything
_SHORT = 4  # letters up to which there is one slip only
_SLIP = 2.0  # a word one slip further off is likelier where it is over 10**this as frequent
_GUESSES = 6  # that are tried for one run of letters
_TRIES = 40  # combinations that are tried for one query
_LONGEST = 60  # letters of a run that are compared
_KEPT = 256  # queries whose meaning is remembered
_LETTERS = re.compile(r"[a-z]+")
_RUNS = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True)
class _Run:
    """Letters in one of the words of a query, and what they could be instead."""

    word: int
    start: int
    end: int
    guesses: tuple[str, ...]
    known: bool  # some token begins with the letters as they are


class Spelling:
    """Reads the words of queries for one generation."""

    def __init__(self, parts: Parts, domain: Domain, search: Search) -> None:
        self._parts = parts
        self._domain = domain
        self._search = search
        self._kept: Lru[Query] = Lru(_KEPT, lambda _: 1)

    def meant(self, query: Query) -> Query:
        """The query with other names of its words allowed and, where needed, slips mended."""
        key = tuple(str(part) for part in query.conditions if part.key == WORD)
        if not key:
            return query
        typed = [part for part in query.conditions if part.key == WORD]
        kept = self._kept.get(key)
        if kept is None:
            kept = self._widened(self._mended(Query(conditions=tuple(typed))))
            self._kept.put(key, kept)
        others = [part for part in query.conditions if part.key != WORD]
        return replace(query, conditions=(*kept.conditions, *others))

    def check(self, query: Query) -> tuple[QueryWarning, ...]:
        """What words were taken for, one warning each."""
        typed = [part for part in query.conditions if _can_slip(part)]
        if not typed:
            return ()
        words = Query(conditions=tuple(part for part in query.conditions if part.key == WORD))
        mended = [part for part in self._mended(words).conditions if _can_slip(part)]
        return tuple(
            QueryWarning(
                term=str(before),
                nearest=str(after),
                message=f"Nothing is called {before}; these are the results for {after}.",
                taken=True,
            )
            for before, after in zip(typed, mended, strict=True)
            if before != after
        )

    def is_lost(self, query: Query) -> bool:
        """Whether no model is called by the words, whatever they are taken for."""
        words = self.meant(Query(conditions=tuple(p for p in query.conditions if p.key == WORD)))
        return not self._found(words)

    @lru_cache(maxsize=_KEPT)  # noqa: B019 - as long-lived as the generation
    def _mended(self, query: Query) -> Query:
        """The query of words whose slips are mended, or itself."""
        typed = [part for part in query.conditions if _can_slip(part)]
        if not typed or self._found(query) or any(map(_is_page, query.conditions)):
            return query
        runs = list(self._runs([part.values[0] for part in typed]))
        for tried in itertools.islice(_choices(runs), _TRIES):
            mended = [part.values[0] for part in typed]
            for run, guess in sorted(tried, key=lambda pair: -pair[0].start):
                word = mended[run.word]
                mended[run.word] = word[: run.start] + guess + word[run.end :]
            if not all(map(self._search.begins, mended)):
                continue
            words = iter(mended)
            parts = [
                replace(part, values=(next(words),)) if _can_slip(part) else part
                for part in query.conditions
            ]
            if len({*parts}) == len(parts) and self._found(Query(conditions=tuple(parts))):
                return Query(conditions=tuple(parts))
        return query

    def _widened(self, query: Query) -> Query:
        """The query with other names of its words, those left out that begin nothing here."""
        parts = [
            part if part in query.conditions else self._beginning(part)
            for part in with_aliases(query).conditions
        ]
        return replace(query, conditions=tuple(parts))

    def _beginning(self, part: Condition) -> Condition:
        """The condition without values that could only be met inside of other words."""
        values = tuple(value for value in part.values if self._search.begins(value))
        return replace(part, values=values or part.values)

    def _found(self, query: Query) -> bool:
        positive = [part for part in self._widened(query).conditions if not part.negated]
        rows = self._domain.words(positive)
        return rows is None or bool(len(rows))

    def _runs(self, words: Sequence[str]) -> Iterator[_Run]:
        for number, word in enumerate(words):
            for run in _RUNS.finditer(word):
                letters = run[0].lower()
                if is_name(letters):
                    continue
                if _SHORTEST <= len(letters) <= _LONGEST and (guesses := self._guesses(letters)):
                    known = self._search.begins(letters)
                    yield _Run(number, run.start(), run.end(), guesses, known)

    @lru_cache(maxsize=_KEPT)  # noqa: B019 - as long-lived as the generation
    def _guesses(self, letters: str) -> tuple[str, ...]:
        """Words that the letters could be, the likeliest first."""
        words = self._vocabulary()
        slips = 1 if len(letters) <= _SHORT else 2
        near = process.extract(
            letters, words.keys(), scorer=OSA.distance, score_cutoff=slips, limit=200
        )
        ranked = sorted(
            (_SLIP * (distance + (word[0] != letters[0])) - math.log10(words[word]), word)
            for word, distance, _ in near
            if distance and _SHORTEST <= len(word) >= len(letters) - 1
        )
        return tuple(word for *_, word in ranked[:_GUESSES])

    @lru_cache(maxsize=1)  # noqa: B019 - as long-lived as the generation
    def _vocabulary(self) -> Counter[str]:
        """Runs of letters in the names, alone and with the next one, and how many there are."""
        models = self._parts.models
        rows = np.arange(min(models.num_rows, _NAMES))
        names = decode.refs(models, rows)
        told = models.column("name").slice(0, len(rows))
        names += [f":{name}" for name in pc.drop_null(told).to_pylist()]
        words: Counter[str] = Counter()
        for name in names:
            runs = _LETTERS.findall(name.partition(":")[2].lower())
            words.update(runs)
            words.update(one + other for one, other in itertools.pairwise(runs))
        return words


def _can_slip(part: Condition) -> bool:
    """A word that is looked for, typed in one way, and no address."""
    return (
        part.key == WORD
        and not part.negated
        and len(part.values) == 1
        and pasted_ref(part.values[0]) is None
    )


def _is_page(part: Condition) -> bool:
    return part.key == WORD and any(map(pasted_page, part.values))


def _choices(runs: Sequence[_Run]) -> Iterator[list[tuple[_Run, str]]]:
    """What to try: all unknown runs mended at once, then one more run, the longest first."""
    unknown = [run for run in runs if not run.known]
    base: list[list[tuple[_Run, str]]] = [[]]
    if unknown:
        combined = itertools.product(*(run.guesses for run in unknown))
        base = [list(zip(unknown, guesses, strict=True)) for guesses in combined][: _TRIES // 2]
        yield from base
    for run in sorted((run for run in runs if run.known), key=lambda run: run.start - run.end):
        for guess in run.guesses:
            yield [*base[0], (run, guess)]
