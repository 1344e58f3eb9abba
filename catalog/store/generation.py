"""One generation, open for reading: questions in, records out. It never changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalog import vocabulary
from catalog.fit import hardware
from catalog.fit.architecture import Architecture
from catalog.query import Query
from catalog.records import Facet, Found, ModelFile, ModelRecord, QueryWarning, RangeFacet
from catalog.store import answers, decode, facts, fits, lineage
from catalog.store.charting import Charting
from catalog.store.columns import Columns
from catalog.store.domain import Domain, is_in
from catalog.store.encode import Array
from catalog.store.fits import Asked, Fits, Resolve
from catalog.store.index import FACETS, RANGES, Index
from catalog.store.lru import Lru
from catalog.store.manifest import Manifest
from catalog.store.match import Match
from catalog.store.nearest import Nearest
from catalog.store.order import ordered
from catalog.store.parts import Parts
from catalog.store.relevance import Relevance
from catalog.store.rows import Rows
from catalog.store.search import Search, pasted_ref
from catalog.store.shapes import Shapes
from catalog.store.spelling import Spelling

_MATCH_BYTES = 32_000_000  # memory for the row lists and counts of the last queries
_ANSWERS = 64  # pages of results kept, a few hundred KB each at most
_WORD_PARTS = ("blob", "offsets", "places", "rows")


@dataclass(frozen=True, slots=True)
class _Shown:
    """Rows that can be paged through, ascending, and how many matching rows each stands for."""

    rows: Array
    variants: Array | None  # None: one each


class Generation:
    """Answers questions about one published catalog; threads share it freely."""

    def __init__(self, folder: Path, manifest: Manifest, *, notice: str | None = None) -> None:
        self.id = manifest.id
        self.manifest = manifest
        self.notice = notice
        self._folder = folder
        self._parts = Parts(folder)
        self._rows = Rows(self._parts.models)
        words = {name: self._parts.array(f"words.{name}") for name in _WORD_PARTS}
        self._search = Search({**words, "name_at": self._parts.column("name_at")})
        self._domain = Domain(self._parts, self._search, self.row_of)
        self._index = Index(self._parts, self._domain)
        self._spelling = Spelling(self._parts, self._domain, self._search)
        self._relevance = Relevance(self._parts, self._search, self.row_of)
        self._nearest = Nearest(self._parts, self._index, self._domain, self._search)
        self._matches: Lru[Match] = Lru(_MATCH_BYTES, lambda match: match.nbytes + 1_000)
        self._answers: Lru[Found] = Lru(_ANSWERS, lambda _: 1)
        self._told = folder.parent.parent  # where what models state of themselves is kept
        self._fits_told = lru_cache(maxsize=1)(self._fits_of)
        self._machine: Resolve = hardware.machine

    def __len__(self) -> int:
        return self.manifest.models

    def verify(self) -> None:
        """Read every file again and compare checksums; raises SnapshotDamaged."""
        self.manifest.verify(self._folder)

    def use_machines(self, resolve: Resolve) -> None:
        """How a `fits:` term names machines from now on: those of the team, too."""
        self._machine = resolve

    def ask(
        self,
        query: Query,
        *,
        today: date,
        page: int = 1,
        page_size: int = 50,
        facets: Collection[str] | None = None,
        values: int | None = None,
        sample: int = 0,
    ) -> Found:
        """One page of the result and its counts; a page beyond the last one gives the last one.

        `facets` names the facets and histograms wanted (None: all); `values` cuts each facet to its
        most frequent values, those that the query names being kept.
        """
        wanted = (*FACETS, fits.KEY, *RANGES) if facets is None else tuple(facets)
        asked = self._asked(query)
        key = (str(query), today, page, page_size, wanted, values, sample, _meant(asked))
        found = self._answers.get(key)
        if found is None:
            match = self._match(query, today)
            found = self._answered(query, match, today, page, page_size, wanted, values, sample)
            if match is not self._index.everything:
                match.forget()
            self._answers.put(key, found)
        return found

    def rows(self, query: Query, *, today: date) -> Array:
        """All rows of the result in its order; with collapsed variants the rows that are shown."""
        match = self._match(query, today)
        shown = self._shown(query, match)
        return ordered(self._parts, shown.rows, query.order, self._grades(query, shown, match))

    def charting(self, query: Query, *, today: date) -> Charting:
        """What the charts of a query count; variants that are collapsed are counted, too."""
        rows = self._match(query, today).rows
        return Charting(self._parts, rows, lambda chosen: self._index.offered(chosen, "quant"))

    def records(self, rows: Sequence[int]) -> list[ModelRecord]:
        """Some rows as records, in the order given."""
        return self._rows.records(rows)

    def files(self, row: int) -> list[ModelFile]:
        """The files of one row."""
        return decode.files_of(self._parts.files, row)

    def row_of(self, ref: str) -> int | None:
        """The row that a ref, alias or address means; letter case counts where it can."""
        ref = pasted_ref(ref) or ref
        source, _, own_id = ref.partition(":")
        if source.lower() not in vocabulary.SOURCES:
            return None
        rows = self._search.whole(own_id, names=False)
        if not len(rows):
            return self._row_of_version(ref)
        models = self._rows.records(rows.tolist())
        for fold in (str, str.casefold):
            for row, model in zip(rows.tolist(), models, strict=True):
                if fold(ref) in map(fold, (model.ref, *model.aliases)):
                    return int(row)
        return self._row_of_version(ref)

    def _row_of_version(self, ref: str) -> int | None:
        """The row of `civitai:4384@128713`, when that version is among its files."""
        model, _, version = ref.rpartition("@")
        if not version or "@" in model or not model.lower().startswith("civitai:"):
            return None
        row = self.row_of(model)
        if row is None or all(file.version_id != version for file in self.files(row)):
            return None
        return row

    def nearest_refs(self, text: str, limit: int = 3) -> list[str]:
        """Refs that a text was perhaps meant to be, the likeliest first."""
        return self._nearest.refs(text, limit)

    def vocabulary(self, key: str) -> Sequence[str]:
        """The values that occur for a facet key, the most frequent first."""
        return self._nearest.vocabulary(key)

    def check(self, query: Query) -> tuple[QueryWarning, ...]:
        """Values that no row of this generation has, and terms that are not answered."""
        told = self._spelling.check(query)
        if not told and self._spelling.is_lost(query):
            told = (self._nearest.model(query.words),)
        return (*told, *self._nearest.check(query), *fits.check(query, self._machine))

    def children(self, row: int) -> Array:
        """Rows that state this one as a base, the most popular first."""
        model = self.records([row])[0]
        return self._domain.children((model.ref, *model.aliases))

    def root(self, row: int) -> int:
        """The row that this one is counted under as a variant; its own where it is a base."""
        return int(self._parts.column("root")[row])

    def derived_from(self, base: str) -> Array:
        """Rows that state this ref as a base, whether or not the catalog holds it."""
        return self._domain.children((base,))

    def architecture(self, row: int) -> Architecture | None:
        """The architecture of a row, its own or of what it was made from; None: not known."""
        return self.grading().shapes.architecture(row)

    def split(self, rows: Array, name: str) -> dict[str | None, Array]:
        """Some rows by their value of one field of words, such as `source`."""
        return lineage.split(self._parts, rows, name)

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some coded or numeric columns of all rows, decoded, nulls as nulls."""
        return decode.columns(self._parts.models, names)

    def refs(self) -> pa.Array:
        """The refs of all rows."""
        return decode.all_refs(self._parts.models)

    def models_table(self) -> pa.Table:
        """The whole catalog as a table of schema MODELS."""
        return decode.models_table(self._parts.models)

    def files_table(self) -> pa.Table:
        """All files as a table of schema FILES."""
        return decode.files_table(self._parts.models, self._parts.files)

    def lean(self) -> tuple[Columns, Columns]:
        """Models and files as columns to be read one by one."""
        models = self._parts.models
        return decode.LeanModels(models), decode.LeanFiles(models, self._parts.files)

    def _answered(
        self,
        query: Query,
        match: Match,
        today: date,
        page: int,
        page_size: int,
        wanted: Sequence[str],
        values: int | None,
        sample: int,
    ) -> Found:
        shown = self._shown(query, match)
        total = len(shown.rows)
        page = min(max(page, 1), max(1, -(-total // page_size)))
        grades = self._grades(query, shown, match)
        sorted_rows = ordered(self._parts, shown.rows, query.order, grades, page * page_size)
        on_page = sorted_rows[(page - 1) * page_size :]
        matching = self._matching(match)
        points, points_of = answers.sample(
            self._parts, matching, sample, f"{self.id} {query}" if sample else ""
        )
        return Found(
            generation=self.id,
            query=str(query),
            total=total,
            repositories=len(matching),
            catalog_total=len(self),
            page=page,
            page_size=page_size,
            models=tuple(self.records(on_page.tolist())),
            variants=_variants(shown, on_page),
            facets=tuple(
                self._facet(match, key, query, values, today)
                for key in wanted
                if key in FACETS or (key == fits.KEY and match.fits is not None)
            ),
            ranges=tuple(self._range(match, key, today) for key in wanted if key in RANGES),
            sample=points,
            sample_of=points_of,
        )

    def grading(self) -> Fits:
        """What grades rows on machines; made when it is first asked for."""
        return self._fits_told(facts.stamp(self._told))

    def _fits_of(self, told: tuple[int, int]) -> Fits:
        return Fits(self._parts, Shapes(self._parts, facts.table(self._told)), told)

    def _asked(self, query: Query) -> Asked | None:
        """What the terms on `fits` ask; a value that nobody can answer is met by no row."""
        conditions = [condition for condition in query.conditions if condition.key == fits.KEY]
        if not conditions:
            return None
        wanted = {one: tuple(fits.answerable(one.values, self._machine)) for one in conditions}
        return Asked(self.grading(), wanted)

    def _match(self, query: Query, today: date) -> Match:
        asked = self._asked(query)
        key = (tuple(map(str, query.conditions)), today, _meant(asked))
        match = self._matches.get(key)
        if match is None:
            match = self._index.match(self._spelling.meant(query), today, asked)
            self._matches.put(key, match)
        return match

    def _matching(self, match: Match) -> Array:
        return np.arange(len(self)) if match.rows is None else match.rows

    def _shown(self, query: Query, match: Match) -> _Shown:
        rows = self._matching(match)
        if query.variants == "all":
            return _Shown(rows, None)
        roots = self._parts.column("root")
        named = self._relevance.named(self._spelling.meant(query))
        shown = answers.collapsed(rows, roots)
        return _Shown(*answers.named(*shown, roots, named[is_in(named, rows)]))

    def _grades(self, query: Query, shown: _Shown, match: Match) -> Array:
        roots = None if shown.variants is None else self._parts.column("root")
        meant = self._spelling.meant(query)
        return self._relevance.grades(meant, shown.rows, self._matching(match), roots)

    def _facet(
        self, match: Match, key: str, query: Query, values: int | None, today: date
    ) -> Facet:
        counted = self._index.counts(match, key, today)
        if key == fits.KEY:
            return answers.grades(counted)
        return answers.facet(key, counted, self._index.words[key], values, query.chosen(key))

    def _range(self, match: Match, key: str, today: date) -> RangeFacet:
        return answers.histogram(key, self._index.counts(match, key, today))


def _meant(asked: Asked | None) -> object:
    """What tells two questions of one text apart: machines and facts may have changed."""
    return None if asked is None else (asked.fits.told, tuple(asked.wanted.values()))


def _variants(shown: _Shown, on_page: Array) -> tuple[int, ...]:
    if shown.variants is None:
        return (1,) * len(on_page)
    counts: list[int] = shown.variants[np.searchsorted(shown.rows, on_page)].tolist()
    return tuple(counts)
