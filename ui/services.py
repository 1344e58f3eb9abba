"""The cached doors to the catalog; every answer is keyed by the generation that gave it."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from catalog import settings
from catalog.bootstrap import Cardex, shared_cardex
from catalog.errors import QueryError, UnknownRef
from catalog.fit import hardware
from catalog.fit.answer import FitAnswer
from catalog.fit.hardware import Machine
from catalog.fit.memory import Need
from catalog.query import FitsTerm, Query, parse
from catalog.records import (
    CatalogStatus,
    Change,
    ChangeSummary,
    Facet,
    Found,
    ModelDetail,
    ModelRecord,
    RangeFacet,
    RefreshState,
    Relaxation,
    Runtime,
    SourceRun,
    SourceStatus,
)
from catalog.reports import (
    Correction,
    Coverage,
    FamilyFact,
    FamilySizes,
    LicenseReport,
    LineageReport,
    QuantLadder,
    Similar,
    Tally,
)
from catalog.vocabulary import SOURCES
from ui import admin

PAGE_SIZE = 50
CARD_PAGE_SIZE = 24
FACET_VALUES = 12  # of a facet in the sidebar; the rest is in its dialog
SAMPLE = 500  # marks of a scatter chart that a browser draws at once
_RUNS_READ = 200
_ADDRESSES = {  # per source its settings, each with the address that stands for the source itself
    "huggingface": (("hf_endpoint", "https://huggingface.co"),),
    "civitai": (("civitai_endpoint", "https://civitai.com"),),
    "ollama": (
        ("ollama_library", "https://ollama.com"),
        ("ollama_registry", "https://registry.ollama.ai"),
    ),
}


@st.cache_resource(show_spinner=False)
def _open(folder: str) -> Cardex:
    """The catalog of this data folder, opened once per process; `folder` is the cache key."""
    cardex = shared_cardex(settings.load())
    # Streamlit's own full collection after every rerun is switched off; what was imported and
    # opened up to here lives as long as the process and need not be looked at again.
    gc.collect()
    gc.freeze()
    return cardex


def _cardex() -> Cardex:
    return _open(str(settings.load().catalog_dir))


def generation() -> str:
    """The id of the current generation; it changes when a sync has published."""
    return _cardex().catalog.generation()


def _key() -> tuple[str, str, str]:
    """What an answer depends on besides the question: where, which generation, which day.

    `fits:` takes the names of saved machines, so where includes the state of their file.
    """
    folder = str(settings.load().catalog_dir)
    where = f"{folder} {_cardex().machines.stamp()}"
    return where, generation(), datetime.now(UTC).date().isoformat()


@st.cache_data(max_entries=256, show_spinner=False)
def _found(key: tuple[str, str, str], text: str, page: int, page_size: int) -> Found:
    return _cardex().catalog.search(
        parse(text), page=page, page_size=page_size, values=FACET_VALUES, sample=SAMPLE
    )


def search(query: Query, *, page: int = 1, page_size: int = PAGE_SIZE) -> Found:
    """One page of the result with every facet, histogram and the sample of the charts."""
    return _found(_key(), str(query), page, page_size)


@st.cache_data(max_entries=64, show_spinner=False)
def _values(key: tuple[str, str, str], text: str, facet: str, limit: int, contains: str) -> Facet:
    return _cardex().catalog.facet_values(parse(text), facet, limit=limit, contains=contains)


def facet_values(query: Query, facet: str, *, limit: int = 200, contains: str = "") -> Facet:
    """The values of one facet, more of them and only those that contain a text."""
    return _values(_key(), str(query), facet, limit, contains)


@st.cache_data(max_entries=128, show_spinner=False)
def _detail(key: tuple[str, str, str], ref: str) -> ModelDetail:
    return _cardex().catalog.model(ref)


def model(ref: str) -> ModelDetail:
    """One model with its files and neighbours; UnknownRef names the nearest."""
    return _detail(_key(), ref)


@st.cache_data(max_entries=64, show_spinner=False)
def _lineage(key: tuple[str, str, str], ref: str) -> LineageReport:
    return _cardex().catalog.lineage(ref)


def lineage(ref: str) -> LineageReport:
    """What one model was made from and into, and where else it is; UnknownRef names the nearest."""
    return _lineage(_key(), ref)


@st.cache_data(max_entries=4, show_spinner=False)
def _families(key: tuple[str, str, str]) -> tuple[FamilyFact, ...]:
    return _cardex().catalog.families()


def families() -> tuple[FamilyFact, ...]:
    """The families that have rows, each with the sizes that the catalog holds."""
    return _families(_key())


@st.cache_data(max_entries=128, show_spinner=False)
def _license_report(key: tuple[str, str, str], ref: str) -> LicenseReport:
    return _cardex().catalog.license(ref)


def license_report(ref: str) -> LicenseReport:
    """What one may do with a model, and the chain behind it."""
    return _license_report(_key(), ref)


@st.cache_data(max_entries=128, show_spinner=False)
def _similar(key: tuple[str, str, str], ref: str) -> tuple[Similar, ...]:
    return _cardex().catalog.similar(ref)


def similar(ref: str) -> tuple[Similar, ...]:
    """Models that could stand in for one, better licenses first."""
    return _similar(_key(), ref)


@st.cache_data(max_entries=64, show_spinner=False)
def _relaxations(key: tuple[str, str, str], text: str) -> tuple[Relaxation, ...]:
    return _cardex().catalog.relaxations(parse(text))


def relaxations(query: Query) -> tuple[Relaxation, ...]:
    """Which term to take out of an empty result, the one that gives most back first."""
    return _relaxations(_key(), str(query))


@st.cache_data(max_entries=4, show_spinner=False)
def _status(key: tuple[str, str, str]) -> CatalogStatus:
    return _cardex().catalog.status()


def status() -> CatalogStatus:
    """What the catalog holds, of which source and how fresh."""
    return _status(_key())


@st.cache_data(max_entries=4, show_spinner=False)
def _coverage(key: tuple[str, str, str]) -> tuple[Coverage, ...]:
    return _cardex().catalog.coverage()


def coverage() -> tuple[Coverage, ...]:
    """How complete and sound the rows of each source are, then of all together."""
    return _coverage(_key())


def corrections(ref: str | None = None) -> tuple[Correction, ...]:
    """What was corrected by hand, in all or about one model."""
    return _cardex().catalog.corrections(ref)


def correction_problems() -> tuple[str, ...]:
    """A sentence for each correction that cannot be used."""
    return _cardex().catalog.correction_problems()


def sources() -> tuple[SourceStatus, ...]:
    """Every source there is, those without rows too, each with its newest runs.

    A failed sync publishes nothing, so the runs are read anew and not kept with the generation.
    """
    held = {source.source: source for source in status().sources}
    done = [run for run in runs(limit=_RUNS_READ) if run.scope != "starter"]
    return tuple(_with_runs(held.get(name, _nothing_of(name)), done) for name in SOURCES)


def _nothing_of(source: str) -> SourceStatus:
    return SourceStatus(source=source, models=0, starter_models=0, oldest=None, newest=None)


def _with_runs(source: SourceStatus, done: Sequence[SourceRun]) -> SourceStatus:
    own = [run for run in done if run.source == source.source]
    return replace(
        source,
        last_run=next(iter(own), None),
        last_ok=next((run for run in own if run.ok), None),
    )


@st.cache_data(max_entries=8, ttl=60, show_spinner=False)
def _changes(key: tuple[str, str, str], running: bool, limit: int) -> tuple[ChangeSummary, ...]:
    return _cardex().catalog.changes(limit=limit)


def changes(limit: int = 5) -> tuple[ChangeSummary, ...]:
    """What the last publishes changed, newest first.

    A sync publishes first and tells what that changed a moment later, while it still runs.
    """
    return _changes(_key(), refresh_state().running, limit)


@st.cache_data(max_entries=128, ttl=60, show_spinner=False)
def _history(key: tuple[str, str, str], running: bool, ref: str) -> tuple[Change, ...]:
    return _cardex().catalog.history(ref)


def history(ref: str) -> tuple[Change, ...]:
    """What publishes changed about one model, newest first."""
    return _history(_key(), refresh_state().running, ref)


def known(ref: str) -> ModelRecord | None:
    """The row of a ref, None where the catalog no longer has it."""
    try:
        return model(ref).model
    except UnknownRef:
        return None


def runtimes() -> tuple[Runtime, ...]:
    """Where models are installed, as the last sync of Ollama found it."""
    return _cardex().catalog.runtimes()


def places(source: str) -> tuple[tuple[str, str], ...]:
    """The addresses that a sync of a source reads, each with the one that it is by default."""
    return tuple(
        (str(getattr(settings.load(), name)), default) for name, default in _ADDRESSES[source]
    )


def offline() -> bool:
    """Whether the settings forbid going out."""
    return settings.load().offline


def refresh_state() -> RefreshState:
    """The sync that runs, or how the last one ended; cheap enough to be asked every two seconds."""
    return _cardex().refresher.state()


def start_refresh(sources: Sequence[str], *, full: bool) -> None:
    """Start a sync in a process of its own, for admins; SyncRunning where one runs already."""
    admin.demand()
    _cardex().refresher.start(sources, full=full)


def ask_for_model(ref: str) -> None:
    """Start a sync of one model of the Hub, in full, for admins."""
    admin.demand()
    _cardex().refresher.start(("huggingface",), model=ref)


def stop_refresh() -> None:
    """Let the running sync end after its page, for admins."""
    admin.demand()
    _cardex().refresher.stop()


def runs(limit: int = 20) -> tuple[SourceRun, ...]:
    """The last syncs, the newest first."""
    return _cardex().catalog.runs(limit=limit)


@st.cache_data(max_entries=256, show_spinner=False)
def _charted(key: tuple[str, str, str], text: str, chart: str, *arguments: Any) -> Any:
    return getattr(_cardex().catalog.charts(parse(text)), chart)(*arguments)


def tally(query: Query, chart: str, *arguments: int) -> Tally:
    """One chart of a query: `licenses`, `tasks`, `purposes`, `growth` by months, `families`."""
    counted: Tally = _charted(_key(), str(query), chart, *arguments)
    return counted


def parameter_bars(query: Query) -> RangeFacet:
    """The histogram of the parameters of a result, nothing outside it."""
    counted: RangeFacet = _charted(_key(), str(query), "parameters")
    return counted


def quant_ladder(query: Query) -> QuantLadder:
    """Who of a result offers which quantization."""
    counted: QuantLadder = _charted(_key(), str(query), "quantizations")
    return counted


@st.cache_data(max_entries=64, show_spinner=False)
def _family_sizes(
    key: tuple[str, str, str], text: str, families: tuple[str, ...]
) -> tuple[FamilySizes, ...]:
    return _cardex().catalog.family_sizes(parse(text), families)


def family_sizes(query: Query, families: Sequence[str]) -> tuple[FamilySizes, ...]:
    """Some families in the sizes that the result holds."""
    return _family_sizes(_key(), str(query), tuple(families))


def bits_per_weight(quant_type: str) -> float | None:
    """What a quantization usually comes to."""
    return _cardex().catalog.bits_per_weight(quant_type)


def machines() -> tuple[Machine, ...]:
    """The saved machines, the one that serves the pages, and every device that has a memory."""
    team = _cardex().machines
    return (*team.all(), team.detect(), *hardware.machines())


def machine(text: str) -> Machine:
    """The machine of a name, a slug or a size; QueryError names the nearest."""
    return _cardex().machines.resolve(text)


def save_machine(machine: Machine) -> Machine:
    """Save a machine for everybody under its name; it comes back with the slug it has."""
    return _cardex().machines.save(machine)


def remove_machine(slug: str) -> Machine:
    """Remove a saved machine, and give it back."""
    return _cardex().machines.remove(slug)


def machines_problem() -> str | None:
    """A sentence where the file of the saved machines cannot be used."""
    return _cardex().machines.problem()


def is_device(slug: str) -> bool:
    """Whether a command line knows this name without anything that a team saved."""
    try:
        return hardware.machine(slug).slug == slug
    except QueryError:
        return False


@st.cache_data(max_entries=128, show_spinner=False)
def _fits(
    key: tuple[str, str, str], door: str, ref: str, need: Need, *arguments: Machine | str | None
) -> Any:
    return getattr(_cardex().catalog, door)(ref, need, *arguments)


def fit(
    ref: str, need: Need, machine: Machine | None = None, quant: str | None = None
) -> FitAnswer:
    """Whether a model fits a machine: its largest set of files that does, else the smallest."""
    answer: FitAnswer = _fits(_key(), "fit", ref, need, machine, quant)
    return answer


def fit_ladder(ref: str, need: Need, machine: Machine | None = None) -> tuple[FitAnswer, ...]:
    """The same for each set of files of a model, smallest first."""
    answers: tuple[FitAnswer, ...] = _fits(_key(), "fit_ladder", ref, need, machine)
    return answers


def cheapest(ref: str, need: Need, quant: str | None = None) -> tuple[FitAnswer, ...]:
    """Machines that a model fits as it is asked for, by price."""
    answers: tuple[FitAnswer, ...] = _fits(_key(), "cheapest", ref, need, quant)
    return answers


@st.cache_data(max_entries=16, show_spinner=False)
def _fleet(
    key: tuple[str, str, str], refs: tuple[str, ...], machines: tuple[Machine, ...], need: Need
) -> tuple[tuple[FitAnswer, ...], ...]:
    return _cardex().catalog.fleet(refs, machines, need)


def fleet(
    refs: Sequence[str], machines: Sequence[Machine], need: Need
) -> tuple[tuple[FitAnswer, ...], ...]:
    """A row for each model with an answer for each machine; UnknownRef names the nearest."""
    return _fleet(_key(), tuple(refs), tuple(machines), need)


@st.cache_data(max_entries=32, show_spinner=False)
def _grades(
    key: tuple[str, str, str], refs: tuple[str, ...], need: Need, one: Machine, quant: str | None
) -> tuple[FitAnswer, ...]:
    return _cardex().catalog.grades(refs, need, one, quant)


def fit_badges(term: FitsTerm, refs: Sequence[str]) -> tuple[FitAnswer, ...]:
    """Whether each of these models fits as a `fits:` term asks; QueryError for no such machine."""
    need = Need(context=term.context or Need().context, users=term.users)
    return _grades(_key(), tuple(refs), need, machine(term.device), term.quant)


@st.cache_data(max_entries=64, show_spinner=False)
def _sampled(key: tuple[str, str, str], text: str) -> Found:
    return _cardex().catalog.search(parse(text), page_size=1, facets=(), sample=SAMPLE)


def sample(query: Query) -> Found:
    """A result without its counts: how many, and the marks of the scatter chart."""
    return _sampled(_key(), str(query))


def exporters(query: Query) -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Per format the file name and what makes the bytes when a visitor clicks.

    The name carries generation and query: Streamlit tells two downloads apart by their name and by
    samples of the bytes only.
    """
    catalog = _cardex().catalog
    digest = hashlib.sha256(f"{generation()}\n{query}".encode()).hexdigest()[:8]
    return {
        "CSV": (f"cardex-{digest}.csv", lambda: catalog.export_csv(query)),
        "JSON": (f"cardex-{digest}.json", lambda: catalog.export_json(query)),
    }
