"""How well rows answer the words of a query: by whole ids and names, then by how these begin.

Among equal matches the models of those who publish a family come before what others made of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from catalog.query import WORD, Query
from catalog.store.domain import RowOf, is_in
from catalog.store.encode import Array
from catalog.store.order import RELEVANCE
from catalog.store.parts import Parts
from catalog.store.publishers import led, own
from catalog.store.search import Search, each_once, pasted_ref, squeezed
from catalog.store.words import NULL_CODE
from catalog.vocabulary import SOURCES

_MOST_TEXTS = 24  # orders and readings of the words that are looked up; each costs two bisections
_COPIES = ("adapter", "quantized")  # of one name, what was made from a model comes after it

Look = Callable[[str], Array]
Values = tuple[str, ...]  # of one word, any of which will do


class Relevance:
    """Grades rows for the words of a query."""

    def __init__(self, parts: Parts, search: Search, row_of: RowOf) -> None:
        self._parts = parts
        self._search = search
        self._row_of = row_of

    def grades(self, query: Query, shown: Array, matching: Array, roots: Array | None) -> Array:
        """One number for each row shown, 0 the best; with `roots`, of the best row it stands for.

        0: the word is its id or alias, sign by sign; 1: the words are the whole id or name of a
        publisher's own model, in any rotation, or of a row without an account (a shelf of Ollama)
        where they mean one family; 2 and 3: they have no digit, and the id or name of a publisher's
        own model begins with them, the best liked first; 4 and 5: they are another's whole id or
        name; 6 and 7: some of them are its name and the others its author's; 8 and 9: as 2 and 3,
        with digits; 10: its id or name begins with them; 11 and 12: it is a publisher's own, the
        best liked first; 13: none of these.
        """
        best = self._best(query, matching)
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
        words = _words(query)
        return self._by_kind(self._whole(words))[0] if words else np.empty(0, np.int64)

    def _best(self, query: Query, matching: Array) -> list[Array]:
        """Rows of each grade but the last, ascending."""
        words = _words(query)
        if not words:
            return []
        parts = [
            words[low:high]
            for low, high in itertools.combinations(range(len(words) + 1), 2)
            if high - low < len(words)
        ]
        whole = self._whole(words)
        named = self._rows(self._search.whole, sorted(parts, key=len, reverse=True))
        begun = self._rows(self._search.begun, [words])
        made = self._owned(begun[is_in(begun, matching)])
        theirs = led(self._parts, made)
        nothing = (begun[:0], begun[:0])
        figures = any(map(_has_digit, words))
        return [
            self._ids(words),
            self._owned(whole) if figures else self._known(whole, made),
            *(nothing if figures else theirs),
            *self._by_kind(whole),
            *self._by_kind(named),
            *(theirs if figures else nothing),
            begun,
            *led(self._parts, self._owned(matching)),
        ]

    def _whole(self, words: Sequence[Values]) -> Array:
        """Rows whose id or name the words are, in any rotation or with a version's `v`."""
        turns = [(*words[turn:], *words[:turn]) for turn in range(len(words))]
        return self._rows(self._search.whole, [*turns, tuple(map(_versioned, words))])

    def _known(self, whole: Array, made: Array) -> Array:
        """What is called exactly so by a publisher, or by no account where that is one family."""
        nobody = self._parts.column("author")[whole] == NULL_CODE
        families = np.unique(self._parts.column("family")[made])
        several = np.count_nonzero(families != NULL_CODE) > 1
        called: Array = whole[self._own[whole] | (nobody & (not several))]
        return called

    def _owned(self, rows: Array) -> Array:
        """Those of the rows that are their publisher's own."""
        return rows[self._own[rows]]

    @cached_property
    def _own(self) -> Array:
        return own(self._parts)

    def _ids(self, words: Sequence[Values]) -> Array:
        """Rows whose own id or alias is the one word that is asked for, unless it is letters."""
        values = words[0] if len(words) == 1 else ()
        refs = [ref for value in values if not value.isalpha() for ref in _refs(value)]
        rows = [row for ref in refs if (row := self._row_of(ref)) is not None]
        return np.unique(np.array(rows, np.int64))

    def _rows(self, look: Look, readings: Iterable[Sequence[Values]]) -> Array:
        """What is found for the texts of some readings, each a run of words."""
        texts = itertools.chain.from_iterable(map(_texts, readings))
        found = [look(text) for text in itertools.islice(dict.fromkeys(texts), _MOST_TEXTS)]
        rows = np.concatenate([np.empty(0, np.int64), *found])
        return each_once(rows, self._parts.models.num_rows)

    def _by_kind(self, rows: Array) -> tuple[Array, Array]:
        """The rows that are models of their own, and what was made from such."""
        made = np.isin(self._parts.column("kind")[rows], self._parts.codes("kind", _COPIES))
        return rows[~made], rows[made]


def _words(query: Query) -> list[Values]:
    """The alternatives of each word that is looked for, where the order is that of relevance."""
    if not query.order.startswith(RELEVANCE):
        return []
    return [part.values for part in query.conditions if part.key == WORD and not part.negated]


def _has_digit(values: Values) -> bool:
    return any(char.isdigit() for value in values[:1] for char in value)


def _versioned(values: Values) -> Values:
    """The word as a version is written, too: `1.5` as `v1.5`."""
    return tuple(f"v{value}" if value[:1].isdigit() else value for value in values)


def _texts(words: Sequence[Values]) -> Iterator[str]:
    """The words in one, with each choice of alternatives."""
    for choice in itertools.product(*words):
        yield "".join(map(squeezed, choice))


def _refs(value: str) -> list[str]:
    """The refs that a word can be, with or without its source."""
    pasted = pasted_ref(value)
    return [pasted] if pasted else [f"{source}:{value}" for source in SOURCES]
