"""The catalog's door: every question that a page, a command or a route may ask about models."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from catalog.errors import NoCatalog, QueryError, UnknownRef
from catalog.fit import hardware
from catalog.fit.answer import FitAnswer
from catalog.fit.hardware import Machine
from catalog.fit.memory import Need
from catalog.normalize.quantization import nominal_bits
from catalog.query import Query
from catalog.records import (
    CatalogStatus,
    Change,
    ChangeSummary,
    Facet,
    Found,
    Installed,
    ModelDetail,
    ModelRecord,
    QueryWarning,
    Relaxation,
    Runtime,
    SourceRun,
)
from catalog.reports import (
    Correction,
    Coverage,
    FamilyFact,
    FamilySizes,
    LicenseReport,
    LineageReport,
    Similar,
)
from catalog.services import charts, exports, families, fitting, licensing, lineage, quality, status
from catalog.services.installed import InstalledModels
from catalog.services.similar import similar
from catalog.store import changes, pack, runs, snapshot
from catalog.store.charting import Charting
from catalog.store.corrections import corrections
from catalog.store.generation import Generation

PAGE_SIZE = 50
CHILDREN_SHOWN = 12
EXPORT_BATCH = 1_000


def _utc_today() -> date:
    return datetime.now(UTC).date()


class CatalogService:
    """Answers questions from the current generation; follows the pointer when a sync publishes.

    Safe to share between threads: a generation never changes, and one that is being read stays
    open until its last reader lets go of it.
    """

    def __init__(
        self,
        root: Path,
        *,
        today: Callable[[], date] = _utc_today,
        notice: str | None = None,
        machine: Callable[[str], Machine] = hardware.machine,
    ) -> None:
        self._root = root
        self._machine = machine
        self._today = today
        self._notice = notice
        self._lock = threading.Lock()
        self._open: Generation | None = None
        self._pointed_at: str | None = None
        self._installed = InstalledModels(root)

    def generation(self) -> str:
        """Id of the generation that answers now; raises NoCatalog when there is none."""
        return self._current().id

    def search(
        self,
        query: Query,
        *,
        page: int = 1,
        page_size: int = PAGE_SIZE,
        facets: Collection[str] | None = None,
        values: int | None = 12,
        sample: int = 0,
    ) -> Found:
        """One page of the result with its counts; a page beyond the last one gives the last one.

        `facets` names the facets and histograms wanted (None: all), `values` how many values of
        each, `sample` how many marks of the scatter chart.
        """
        if page < 1 or page_size < 1:
            raise QueryError("Pages are counted from 1.")
        generation = self._current()
        found = generation.ask(
            query,
            today=self._today(),
            page=page,
            page_size=page_size,
            facets=facets,
            values=values,
            sample=sample,
        )
        return replace(found, warnings=generation.check(query))

    def facet_values(
        self, query: Query, key: str, *, limit: int | None = None, contains: str = ""
    ) -> Facet:
        """All values of one facet under the other filters, those that contain a text."""
        found = self._current().ask(
            query, today=self._today(), page=1, page_size=1, facets=(key,), values=None
        )
        facet = found.facet(key)
        wanted = contains.casefold().strip()
        values = tuple(value for value in facet.values if wanted in value.value.casefold())
        return Facet(key=key, values=values[:limit], distinct=len(values))

    def model(self, ref: str) -> ModelDetail:
        """One model by ref or alias, with its files and neighbours; raises UnknownRef."""
        generation = self._current()
        row = generation.row_of(ref.strip())
        if row is None:
            raise UnknownRef(ref, tuple(generation.nearest_refs(ref)))
        model = generation.records([row])[0]
        base_rows = [generation.row_of(base) for base in model.base_models]
        children = generation.children(row)
        return ModelDetail(
            generation=generation.id,
            model=model,
            files=tuple(generation.files(row)),
            bases=tuple(generation.records([base for base in base_rows if base is not None])),
            children=tuple(generation.records(children[:CHILDREN_SHOWN].tolist())),
            children_total=len(children),
        )

    def lineage(self, ref: str) -> LineageReport:
        """What one model was made from and into, and where else it is; raises UnknownRef."""
        return lineage.of(self._current(), ref)

    def families(self) -> tuple[FamilyFact, ...]:
        """The families that have rows, each with the sizes that the catalog holds."""
        return families.of(self._current(), self._today())

    def similar(self, ref: str) -> tuple[Similar, ...]:
        """Models that could stand in for one, better licenses first; none for unknown sizes."""
        generation = self._current()
        row = generation.row_of(ref.strip())
        if row is None:
            raise UnknownRef(ref, tuple(generation.nearest_refs(ref)))
        return similar(generation, row, today=self._today())

    def fit(
        self, ref: str, need: Need, machine: Machine | None = None, quant: str | None = None
    ) -> FitAnswer:
        """Whether a model fits, by its best files or as if converted; raises UnknownRef."""
        return fitting.fit(self._current(), ref, need, machine, quant)

    def fit_ladder(
        self, ref: str, need: Need, machine: Machine | None = None
    ) -> tuple[FitAnswer, ...]:
        """Whether each set of files of a model fits, smallest first; raises UnknownRef."""
        return fitting.fit_ladder(self._current(), ref, need, machine)

    def fleet(
        self, refs: Iterable[str], machines: Sequence[Machine], need: Need
    ) -> tuple[tuple[FitAnswer, ...], ...]:
        """A row for each model, in it an answer for each machine; raises UnknownRef."""
        return fitting.fleet(self._current(), refs, machines, need)

    def grades(
        self, refs: Iterable[str], need: Need, machine: Machine, quant: str | None = None
    ) -> tuple[FitAnswer, ...]:
        """Whether each model fits, without how far it goes: for lists; raises UnknownRef."""
        return fitting.grades(self._current(), refs, need, machine, quant)

    def cheapest(self, ref: str, need: Need, quant: str | None = None) -> tuple[FitAnswer, ...]:
        """Machines of known price that a model fits, cheapest first; raises UnknownRef."""
        return fitting.cheapest(self._current(), ref, need, quant)

    def license(self, ref: str) -> LicenseReport:
        """The license question about one model, use by use; raises UnknownRef."""
        generation = self._current()
        row = generation.row_of(ref.strip())
        if row is None:
            raise UnknownRef(ref, tuple(generation.nearest_refs(ref)))
        return licensing.of(generation, row)

    def relaxations(self, query: Query) -> tuple[Relaxation, ...]:
        """What each removal of one filter would give back, the most first, nothing for 0 rows."""
        generation, today = self._current(), self._today()
        found = []
        for condition in query.conditions:
            wider = query.without(condition)
            answer = generation.ask(wider, today=today, page=1, page_size=1, facets=())
            if answer.total:
                relaxed = Relaxation(term=str(condition), query=str(wider), total=answer.total)
                found.append(relaxed)
        return tuple(sorted(found, key=lambda item: (-item.total, item.term)))

    def charts(self, query: Query) -> Charting:
        """What the charts of a query count; each is counted when it is asked for."""
        return self._current().charting(query, today=self._today())

    def family_sizes(self, query: Query, wanted: Iterable[str]) -> tuple[FamilySizes, ...]:
        """Some families in the sizes that the result of a query holds."""
        return charts.family_sizes(self._current(), query, self._today(), wanted)

    def bits_per_weight(self, quant_type: str) -> float | None:
        """What a quantization usually comes to, None where nobody here knows."""
        return nominal_bits(quant_type)

    def warnings(self, query: Query) -> tuple[QueryWarning, ...]:
        """Values of open vocabularies that no row has, with the nearest one that some row has."""
        return self._current().check(query)

    def models(self, query: Query) -> Iterator[ModelRecord]:
        """Every row of the result in its order."""
        generation = self._current()
        rows = generation.rows(query, today=self._today())
        for start in range(0, len(rows), EXPORT_BATCH):
            yield from generation.records(rows[start : start + EXPORT_BATCH].tolist())

    def export_csv(self, query: Query) -> bytes:
        """The whole result as CSV: UTF-8, lists joined by `|`, formulas made harmless."""
        return exports.csv_bytes(self.models(query))

    def export_json(self, query: Query) -> bytes:
        """The whole result as the JSON document that `find --json` prints."""
        return exports.json_bytes(str(query), self.models(query), self.warnings(query))

    def notice(self) -> str | None:
        """What is wrong with what is shown, e.g. that an older generation answers; else None."""
        told = (self._notice, self._current().notice)
        return " ".join(notice for notice in told if notice) or None

    def status(self) -> CatalogStatus:
        """What the current generation holds of each source and how fresh it is."""
        return status.of(self._current(), runs.history(self._root), notice=self.notice())

    def coverage(self) -> tuple[Coverage, ...]:
        """How complete and sound the rows of each source are, then of all together."""
        return quality.of(self._current())

    def corrections(self, ref: str | None = None) -> tuple[Correction, ...]:
        """What was corrected by hand, in all or about one model; files are read anew each time."""
        found = corrections(self._root)[0]
        return tuple(one for one in found if ref is None or one.ref == ref)

    def correction_problems(self) -> tuple[str, ...]:
        """A sentence for each entry of these files that cannot be used."""
        return corrections(self._root)[1]

    def runs(self, limit: int = 20) -> tuple[SourceRun, ...]:
        """The last syncs, newest first."""
        return runs.history(self._root, limit)

    def changes(self, limit: int = 10) -> tuple[ChangeSummary, ...]:
        """What the last publishes changed, newest first; the very first one changed nothing."""
        return changes.feed(self._root, limit)

    def history(self, ref: str) -> tuple[Change, ...]:
        """What publishes changed about one model, newest first; it may have left the catalog.

        Raises UnknownRef for what the catalog neither holds nor has let go of.
        """
        generation, text = self._current(), ref.strip()
        row = generation.row_of(text)
        if row is not None:
            model = generation.records([row])[0]
            return changes.history(self._root, model.ref, *model.aliases)
        told = changes.history(self._root, text)
        if not told:
            raise UnknownRef(ref, tuple(generation.nearest_refs(ref)))
        return told

    def runtimes(self) -> tuple[Runtime, ...]:
        """Where models are installed, as the last sync saw it; each model with its ref."""
        return self._installed.runtimes(self._current(), self._today())

    def installed(self, ref: str) -> tuple[Installed, ...]:
        """The copies of one model on this machine and network; none for an unknown ref."""
        return self._installed.of(self._current(), self._today(), ref)

    def generations(self) -> tuple[str, ...]:
        """Ids of the generations that are kept, newest first."""
        return tuple(snapshot.generations(self._root))

    def pack(self, target: Path) -> int:
        """Write the current generation as one file to carry; gives the number of models."""
        return pack.export(self._current(), target)

    def _current(self) -> Generation:
        pointed_at = snapshot.current_id(self._root)
        opened = self._open
        if opened is not None and pointed_at == self._pointed_at:
            return opened
        with self._lock:
            if self._open is None or pointed_at != self._pointed_at:
                self._open = self._reopened(pointed_at)
                self._open.use_machines(self._machine)
                self._pointed_at = pointed_at
            return self._open

    def _reopened(self, pointed_at: str | None) -> Generation:
        try:
            return snapshot.open_current(self._root)
        except NoCatalog:
            # A folder that vanished under a running server: what is mapped can still be read.
            if self._open is not None and pointed_at is None:
                return self._open
            raise
