"""How complete and how sound a generation is: what stands on Sources and what `stats` prints."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize.parameters import disagrees, nominal_parameters
from catalog.reports import Coverage, Share
from catalog.store.columns import Columns
from catalog.store.encode import Array, flat_lists, written_out
from catalog.store.generation import Generation
from catalog.store.lineage import row_of_refs
from catalog.vocabulary import COMMERCIAL_USE, FLAGS, SOURCES, TASKS, UNKNOWN

# Names are read one by one; of a catalog with more rows that many, evenly spread, stand for all.
MOST_NAMES = 100_000
# What reads text has a context; of the others only some are measured in tokens.
_READS = tuple(
    task
    for task, modality in TASKS.items()
    if modality in ("nlp", "multimodal") and task != "table-question-answering"
)
_CODED = (
    "source", "kind", "commercial_use", "pipeline_tag", "family", "parameter_count",
    "size_bytes", "context_length",
)  # fmt: skip


def of(generation: Generation) -> tuple[Coverage, ...]:
    """The coverage of each source that has rows, then of all together."""
    columns = generation.lean()[0]
    table = generation.columns(_CODED)
    facts = _facts(table, {name: columns.column(name) for name in ("license_raw", "quantizations")})
    offsets, flags = flat_lists(columns.column("flags"))
    owners = np.repeat(np.arange(len(generation)), np.diff(offsets))
    flagged = {flag: owners[_is(written_out(flags, pa.string()), flag)] for flag in FLAGS}
    facts["beyond"] = _beyond_base(table, columns)
    facts["checked"], facts["wrong"] = _names(table, columns, flagged["params_disagree"])
    sources = table["source"].combine_chunks()
    held = [name for name in SOURCES if _is(sources, name).any()]
    found = [_coverage(name, _is(sources, name), facts, flagged) for name in held]
    return (*found, _coverage(None, np.ones(len(generation), bool), facts, flagged))


def _coverage(
    source: str | None, rows: Array, facts: Mapping[str, Array], flagged: Mapping[str, Array]
) -> Coverage:
    def share(known: str, among: str | None = None) -> Share:
        could = rows if among is None else rows & facts[among]
        return Share(known=int((could & facts[known]).sum()), of=int(could.sum()))

    counts = [(flag, int(rows[owners].sum())) for flag, owners in flagged.items()]
    return Coverage(
        source=source,
        models=int(rows.sum()),
        license=share("verdict", "states_license"),
        parameters=share("parameter_count", "weighs"),
        quantization=share("quantized", "weighs"),
        task=share("pipeline_tag"),
        family=share("family"),
        size=share("size_bytes", "weighs"),
        context=share("context_length", "reads"),
        flags=tuple((flag, number) for flag, number in counts if number),
        beyond_base=int((rows & facts["beyond"]).sum()),
        names_checked=int((rows & facts["checked"]).sum()),
        names_wrong=int((rows & facts["wrong"]).sum()),
    )


def _facts(table: pa.Table, others: Mapping[str, pa.Array]) -> dict[str, Array]:
    """Masks over all rows: what is known, and which rows could have it."""
    known = {name: _mask(pc.is_valid(table[name])) for name in _CODED}
    lists = pc.list_value_length(others["quantizations"])
    return known | {
        "verdict": ~_is(table["commercial_use"], UNKNOWN),
        "states_license": _mask(pc.is_valid(written_out(others["license_raw"], pa.string()))),
        "quantized": _mask(pc.greater(lists, 0)),
        # An adapter or a part has weights, but nobody compares them by their count.
        "weighs": ~_is(table["kind"], "adapter") & ~_is(table["kind"], "component"),
        "reads": _mask(pc.is_in(table["pipeline_tag"], pa.array(_READS))),
    }


def _mask(values: pa.Array | pa.ChunkedArray) -> Array:
    found: Array = np.asarray(pc.fill_null(values, False)).astype(bool)
    return found


def _is(values: pa.Array | pa.ChunkedArray, word: str) -> Array:
    return _mask(pc.equal(values, word))


def _beyond_base(table: pa.Table, columns: Columns) -> Array:
    """Rows whose verdict is known and milder than that of a base in the catalog."""
    strictness = pc.index_in(table["commercial_use"], pa.array(COMMERCIAL_USE))
    ranks = np.asarray(strictness).astype(np.int64)
    nothing = COMMERCIAL_USE.index(UNKNOWN)
    offsets, stated = flat_lists(columns.column("base_models"))
    beyond = np.zeros(len(ranks), bool)
    if not len(stated):
        return beyond
    owners = np.repeat(np.arange(len(ranks)), np.diff(offsets))
    bases = row_of_refs(columns, written_out(stated, pa.string()))
    own, base = ranks[owners], np.where(bases < 0, nothing, ranks[bases])
    milder = (own != nothing) & (base != nothing) & (own < base)
    beyond[owners[milder]] = True
    return beyond


def _names(table: pa.Table, columns: Columns, flagged: Array) -> tuple[Array, Array]:
    """Rows whose name tells a size beside a known count, and those that contradict it silently."""
    names = written_out(columns.column("name"), pa.string())
    told = _mask(pc.match_substring_regex(names, r"\d[BbMm]"))
    offsets, formats = flat_lists(columns.column("formats"))
    owners = np.repeat(np.arange(len(told)), np.diff(offsets))
    exempt = _is(table["kind"], "adapter")
    exempt[owners[_is(written_out(formats, pa.string()), "gguf")]] = False  # these hold models
    told &= _mask(pc.is_valid(table["parameter_count"])) & ~exempt
    rows = np.flatnonzero(told)
    if len(rows) > MOST_NAMES:
        rows = rows[:: -(-len(rows) // MOST_NAMES)]
    checked, wrong = np.zeros(len(told), bool), np.zeros(len(told), bool)
    counts = table["parameter_count"].take(pa.array(rows)).to_pylist()
    silent = np.ones(len(told), bool)
    silent[flagged] = False
    for row, name, count in zip(
        rows.tolist(), names.take(pa.array(rows)).to_pylist(), counts, strict=True
    ):
        nominal = nominal_parameters(name).total
        if nominal is not None:
            checked[row] = True
            wrong[row] = silent[row] and disagrees(count, nominal)
    return checked, wrong
