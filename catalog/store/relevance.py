"""How well rows answer the words of a query: by whole ids and names, then by how these begin."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from catalog.query import WORD, Condition, Query
from catalog.store.domain import RowOf, is_in
from catalog.store.encode import Array
from catalog.store.order import RELEVANCE
from catalog.store.parts import Parts
from catalog.store.search import Search, each_once, pasted_ref, squeezed
from catalog.vocabulary import SOURCES

_MOST_TEXTS = 24  # orders and readings of the words that are looked up; each costs two bisections
_NAMED = 1  # the grade at which the words name a model of its own
_COPIES = ("adapter", "quantized")  # of one name, what was made from a model comes after it

Look = Callable[[str], Array]


class Relevance:
    """Grades rows for the words of a query."""

    def __init__(self, parts: Parts, search: Search, row_of: RowOf) -> None:
        self._parts = parts
        self._search = search
        self._row_of = row_of

    def grades(self, query: Query, shown: Array, matching: Array, roots: Array | None) -> Array:
        """One number for each row shown, 0 the best; with `roots`, of the best row it stands for.

        0: the word is its id or alias, sign by sign; 1 and 2: the words are its whole id or name,
        in any rotation; 3 and 4: some of them are its name and the others its author's; 5: its id
        or name begins with them; 6: none of these.
        """
        best = self._best(query)
        grades = np.full(len(shown), len(best), np.uint8)
        for grade in reversed(range(len(best))):
            rows = best[grade][is_in(best[grade], matching)]
            if roots is None:
                grades[is_in(shown, rows)] = grade
            else:
                grades[np.isin(roots[shown], roots[rows])] = grade
        return grades

    def named(self, query: Query) -> Array:
        """Models of their own whose whole id or name the words are."""
        best = self._best(query)
        return best[_NAMED] if best else np.empty(0, np.int64)

    def _best(self, query: Query) -> list[Array]:
        """Rows of each grade but the last, ascending."""
        if not query.order.startswith(RELEVANCE):
            return []
        words = [part for part in query.conditions if part.key == WORD and not part.negated]
        if not words:
            return []
        turns = [(*words[turn:], *words[:turn]) for turn in range(len(words))]
        parts = [
            words[low:high]
            for low, high in itertools.combinations(range(len(words) + 1), 2)
            if high - low < len(words)
        ]
        whole = self._rows(self._search.whole, turns)
        named = self._rows(self._search.whole, sorted(parts, key=len, reverse=True))
        begun = self._rows(self._search.begun, [words])
        return [self._ids(words), *self._by_kind(whole), *self._by_kind(named), begun]

    def _ids(self, words: Sequence[Condition]) -> Array:
        """Rows whose own id or alias is the one word that is asked for."""
        values = words[0].values if len(words) == 1 else ()
        refs = [ref for value in values for ref in _refs(value)]
        rows = [row for ref in refs if (row := self._row_of(ref)) is not None]
        return np.unique(np.array(rows, np.int64))

    def _rows(self, look: Look, readings: Iterable[Sequence[Condition]]) -> Array:
        """What is found for the texts of some readings, each a run of words."""
        texts = itertools.chain.from_iterable(map(_texts, readings))
        found = [look(text) for text in itertools.islice(dict.fromkeys(texts), _MOST_TEXTS)]
        rows = np.concatenate([np.empty(0, np.int64), *found])
        return each_once(rows, self._parts.models.num_rows)

    def _by_kind(self, rows: Array) -> tuple[Array, Array]:
        """The rows that are models of their own, and what was made from such."""
        kinds = self._parts.dictionary("kind").to_pylist()
        codes = [code for code, kind in enumerate(kinds) if kind in _COPIES]
        made = np.isin(self._parts.column("kind")[rows], codes)
        return rows[~made], rows[made]


def _texts(words: Sequence[Condition]) -> Iterator[str]:
    """The words in one, with each choice of alternatives."""
    for choice in itertools.product(*(word.values for word in words)):
        yield "".join(map(squeezed, choice))


def _refs(value: str) -> list[str]:
    """The refs that a word can be, with or without its source."""
    pasted = pasted_ref(value)
    return [pasted] if pasted else [f"{source}:{value}" for source in SOURCES]
