"""What the catalog hands out: frozen records in our own words.

`None` means that the source did not say. Never 0, "", the present time or a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

JsonValue = str | int | float | bool | list[Any] | dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One model of one source; `ref` is its key. Sizes are bytes, times are aware UTC."""

    ref: str  # "huggingface:Qwen/Qwen3-8B"
    source: str  # vocabulary.SOURCES
    repo_id: str  # the source's own id
    name: str  # the id without its owner
    author: str | None = None
    url: str | None = None  # where a person reads about it
    revision: str | None = None  # commit sha, version id, digest
    aliases: tuple[str, ...] = ()  # other refs that mean this row
    kind: str | None = None  # vocabulary.KINDS
    pipeline_tag: str | None = None  # vocabulary.TASKS
    pipeline_tag_origin: str | None = None  # stated, base, architecture
    modality: str | None = None  # vocabulary.MODALITIES
    library_name: str | None = None
    formats: tuple[str, ...] = ()  # vocabulary.FORMATS
    license: str | None = None  # SPDX id or LicenseRef-<slug>: what the row itself states
    license_raw: str | None = None  # the source's own words
    commercial_use: str = "unknown"  # vocabulary.COMMERCIAL_USE, the strictest along the lineage
    license_reasons: tuple[str, ...] = ()  # why, in English sentences
    gated: str = "unknown"  # vocabulary.GATED
    parameter_count: int | None = None
    active_parameter_count: int | None = None  # mixtures of experts only
    parameter_count_origin: str | None = None  # vocabulary.PARAMETER_COUNT_ORIGINS
    context_length: int | None = None  # tokens, what the weights were made for
    architecture: str | None = None
    quantizations: tuple[str, ...] = ()  # quant_type values of its own files
    bits_per_weight: float | None = None  # of the smallest complete file set
    size_bytes: int | None = None  # of the smallest complete file set that runs
    base_models: tuple[str, ...] = ()  # refs
    base_label: str | None = None  # the upstream's own word, "SD 1.5"
    base_model_relation: str | None = None  # vocabulary.RELATIONS
    family: str | None = None  # lower-case slug
    languages: tuple[str, ...] = ()  # ISO 639-1 where there is one
    tags: tuple[str, ...] = ()
    downloads_30d: int | None = None
    downloads_total: int | None = None
    downloads_as_of: date | None = None
    likes: int | None = None
    trending: float | None = None
    popularity: float | None = None  # 0..1, percentile within source, window and half-year
    created_at: datetime | None = None
    last_modified: datetime | None = None
    fetched_at: datetime | None = None  # the day its facts are from
    origin: str = "sync"  # vocabulary.ORIGINS
    nsfw: bool | None = None
    flags: tuple[str, ...] = ()  # vocabulary.FLAGS


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file of a model; files of one `group` are needed together to run it."""

    path: str
    version_id: str | None = None
    size_bytes: int | None = None
    format: str | None = None  # vocabulary.FORMATS
    quant_type: str | None = None
    bits_per_weight: float | None = None
    dtype: str | None = None  # as safetensors writes it
    sha256: str | None = None
    group: str | None = None  # e.g. "Q4_K_M"; None for what belongs to no runnable set
    role: str | None = None  # vocabulary.FILE_ROLES
    scan: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetValue:
    """One value of a facet, as one types it in a query, and how many repositories carry it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeBin:
    """One bar of a histogram; `low..high`, both inclusive, typed as a term gives the same count."""

    low: str
    high: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """Counts of one key under every filter but its own; the most frequent first, then by value."""

    key: str
    values: tuple[FacetValue, ...] = ()
    distinct: int = 0  # how many values have rows, `values` may be cut short


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeFacet:
    """Histogram of one number or date under every filter but its own; ends in ascending order."""

    key: str
    bins: tuple[RangeBin, ...] = ()
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryWarning:
    """A term that was left out, or that can match nothing; `nearest` is what was perhaps meant."""

    term: str
    nearest: str | None = None
    message: str = ""
    taken: bool = False  # the results are those of `nearest`, nothing being found for `term`
    absent: bool = False  # the term is a pasted address of a model that this catalog has not


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePoint:
    """One mark of the downloads-against-parameters chart."""

    ref: str
    parameter_count: int
    downloads_30d: int
    commercial_use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to one query on one generation: one page of rows and everything counted."""

    generation: str
    query: str  # canonical text
    total: int  # rows that can be paged through (bases when variants are collapsed)
    repositories: int  # rows that match; what the facets count
    catalog_total: int  # rows of the whole generation
    page: int
    page_size: int
    models: tuple[ModelRecord, ...] = ()
    variants: tuple[int, ...] = ()  # per model of the page: matching rows that it stands for
    facets: tuple[Facet, ...] = ()
    ranges: tuple[RangeFacet, ...] = ()
    sample: tuple[SamplePoint, ...] = ()
    sample_of: int = 0  # rows that could have been in the sample
    warnings: tuple[QueryWarning, ...] = ()

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // self.page_size))

    def facet(self, key: str) -> Facet:
        """The facet of `key`, empty when it was not asked for."""
        return next((facet for facet in self.facets if facet.key == key), Facet(key=key))

    def range(self, key: str) -> RangeFacet:
        """The histogram of `key`, empty when it was not asked for."""
        return next((facet for facet in self.ranges if facet.key == key), RangeFacet(key=key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """One term of a query, the query without it, and how many rows that gives."""

    term: str
    query: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDetail:
    """One model with its files and neighbours in the catalog."""

    generation: str
    model: ModelRecord
    files: tuple[ModelFile, ...] = ()
    bases: tuple[ModelRecord, ...] = ()  # those of its base_models that the catalog holds
    children: tuple[ModelRecord, ...] = ()  # the most popular ones
    children_total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What an upstream last said of the requests that it allows."""

    remaining: int
    limit: int | None
    resets_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why rows were put aside, and how many for that reason."""

    text: str
    count: int
    by_rule: bool = False  # well formed, but nothing that the catalog shows


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """How the last sync of one source went."""

    source: str
    scope: str  # "default:N", "changed", "top:N", "full", "starter", "import"
    started_at: datetime | None
    finished_at: datetime | None
    ok: bool
    fetched: int = 0  # rows in
    kept: int = 0
    quarantined: int = 0  # fetched = kept + quarantined
    by_rule: int = 0  # of the quarantined: well formed, but nothing that the catalog shows
    error: str | None = None  # the sentence a visitor reads
    endpoint: str | None = None  # where it was read from
    pages: int = 0  # answers of the upstream
    quota: Quota | None = None  # as last told in the run
    reasons: tuple[Reason, ...] = ()  # of the quarantined, the most frequent first
    stopped: bool = False  # somebody asked it to end; no fault, and never `ok`
    published: bool | None = None  # whether rows of it are in the catalog; None: nobody noted it
    resumed_at: datetime | None = None  # when a later process went on with what was begun before
    doubted: bool = False  # it came to its end and saw far fewer rows than the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProgress:
    """Where the running sync of one source stands."""

    source: str
    scope: str
    rows: int = 0  # kept so far
    quarantined: int = 0
    rate: float = 0.0  # rows a second
    eta_seconds: float | None = None  # None when nobody knows
    waits_until: datetime | None = None  # the upstream asked for a pause
    note: str | None = None  # the last thing that was said
    done: bool = False
    ok: bool | None = None  # of a source that is done
    stopped: bool = False  # done because somebody asked the sync to end


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshState:
    """The sync of this catalog, running or just over."""

    running: bool
    started_at: datetime | None = None
    updated_at: datetime | None = None  # of the last sign of life
    owner: str | None = None  # who runs it, in words
    phase: str = "fetch"  # fetch, publish, done, stopped, failed
    sources: tuple[SourceProgress, ...] = ()
    message: str | None = None  # how it ended, one sentence
    elsewhere: str | None = None  # the machine it runs on where that is another; ended only there


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that a publish changed about one model."""

    ref: str
    kind: str  # vocabulary.CHANGES
    before: str | None = None  # as typed in a query; None when not stated
    after: str | None = None
    generation: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSummary:
    """What one publish changed against the generation before it."""

    generation: str
    previous: str | None
    published_at: datetime
    added: int = 0
    removed: int = 0
    license: int = 0
    base: int = 0
    size: int = 0
    sources: tuple[str, ...] = ()  # whose rows it touched
    examples: tuple[Change, ...] = ()  # the most popular ones of each kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One model that an Ollama on this network, or its folder, holds."""

    name: str  # as the runtime writes it, "llama3.1:8b"
    ref: str | None  # the row of the catalog that it is, where there is one
    digest: str | None  # of its manifest, 64 hex digits
    size_bytes: int | None
    modified_at: datetime | None
    update: str = "unknown"  # current, available, unknown: its digest against the library's
    parameter_size: str | None = None  # as the runtime writes it
    quant_type: str | None = None
    context_length: int | None = None
    loaded: bool = False  # in memory when it was asked
    remote: bool = False  # runs in the vendor's cloud, not here
    layers: tuple[str, ...] = ()  # sha256 of its weights, the model itself first
    complete: bool = True  # every layer of it is there


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """One place where models are installed: an Ollama server or a folder of its."""

    where: str  # address or folder
    kind: str  # ollama, folder
    here: bool = True  # on this machine
    seen_at: datetime | None = None  # of the last good answer
    version: str | None = None
    error: str | None = None  # why it could not be asked the last time, one sentence
    notice: str | None = None  # what whoever runs it should know, one sentence
    unfinished: int = 0  # downloads that broke off or are still running
    models: tuple[Installed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step on the way to an upstream, as `doctor` found it."""

    target: str  # "huggingface", "disk"
    hop: str  # vocabulary.HOPS
    ok: bool | None  # None: not reached, an earlier one failed
    words: str  # what was found; what to do when it is not ok
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsDay:
    """How many models have their facts from one day."""

    day: date
    models: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """What the catalog holds of one source and how fresh it is."""

    source: str
    models: int
    starter_models: int
    oldest: datetime | None  # of fetched_at
    newest: datetime | None
    by_day: tuple[FactsDay, ...] = ()  # of fetched_at, the newest first
    last_run: SourceRun | None = None
    last_ok: SourceRun | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogStatus:
    """One generation as a whole."""

    generation: str
    published_at: datetime | None
    models: int
    files: int
    sources: tuple[SourceStatus, ...] = ()
    notice: str | None = None  # e.g. "the current generation is damaged, the previous one is shown"


def to_json(record: Any) -> dict[str, JsonValue]:
    """A record as JSON values: every field present, tuples as lists, times as ISO 8601 UTC."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: Any) -> JsonValue:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return to_json(value)
    return value  # type: ignore[no-any-return]
