"""New rows into the catalog: by ref, keeping what a list cannot say."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from catalog.refresh.gathering import Tables

_SIZES_OF_A_FILE = ("size_bytes", "sha256")
_KEPT_OF_A_MODEL = (
    "size_bytes",
    "bits_per_weight",
    "context_length",
    "parameter_count",
    "parameter_count_origin",
    "active_parameter_count",
    "pipeline_tag",
    "pipeline_tag_origin",
    "modality",
)
# What only a model's own files tell. A row that brings none of it did not ask for them.
_TOLD_WITH_FILES = (
    "kind",
    "formats",
    "license",
    "license_raw",
    "commercial_use",
    "license_reasons",
    "parameter_count",
    "parameter_count_origin",
    "active_parameter_count",
    "architecture",
    "quantizations",
    "family",
    "flags",
)


def upsert(old: Tables, new: Tables, *, replaced_source: str | None = None) -> Tables:
    """`old` with every row of `new` in the place of the one with its ref.

    A fetched row replaces the old one whole, but for what a list answer cannot say. It names files
    without sizes or names none at all, and has neither context nor the count of a repository
    without a header: what the old row knew of these stays as long as the model has not changed
    since, by revision or else by time of modification.
    All other rows of `replaced_source` are left out: its walk was complete and did not see them.
    """
    fetched = pc.is_in(old.models["ref"], new.models["ref"].combine_chunks())
    gone = fetched
    if replaced_source is not None:
        gone = pc.or_(fetched, pc.equal(old.models["source"], replaced_source))
    kept = old.models.filter(pc.invert(gone))
    at, same = _unchanged(old.models, new.models)
    told = pc.is_in(new.models["ref"], new.files["ref"].combine_chunks())
    silent = new.models["ref"].filter(pc.and_(same, pc.invert(told)))
    owners = pa.chunked_array([*kept["ref"].chunks, *silent.chunks], pa.string())
    files = old.files.filter(pc.is_in(old.files["ref"], owners.combine_chunks()))
    sized = old.files.filter(pc.is_in(old.files["ref"], new.models["ref"].filter(same).unique()))
    known_rows = _known(old.models).take(pc.if_else(same, at, pa.scalar(None, at.type)))
    before = old.models.take(at)
    unasked = _unasked(new.models, before["revision"], told)
    models = _filled(new.models, known_rows, _KEPT_OF_A_MODEL)
    return Tables(
        pa.concat_tables([kept, _as_before(models, before, unasked)]),
        pa.concat_tables([files, _with_known_sizes(new.files, sized)]),
    )


def _unasked(new: pa.Table, revision: pa.ChunkedArray, told: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows of the very revision we have whose files were left alone: no license, none missed."""
    same = pc.equal(new["revision"], revision).fill_null(False)
    flags = pc.binary_join(new["flags"].cast(pa.list_(pa.string())), "|")
    missing = pc.match_substring(flags, "license_missing").fill_null(False)
    nothing = pc.and_(pc.is_null(new["size_bytes"]), pc.is_null(new["license_raw"]))
    return pc.and_(pc.and_(same, nothing), pc.invert(pc.or_(told, missing)))


def _as_before(new: pa.Table, old: pa.Table, rows: pa.ChunkedArray) -> pa.Table:
    """`new` with what files tell taken from the same row of `old` where `rows` says so."""
    if not pc.any(rows).as_py():
        return new
    for name in _TOLD_WITH_FILES:
        at = new.schema.get_field_index(name)
        chosen = pc.if_else(rows, old[name], new[name])
        new = new.set_column(at, new.field(name), chosen)
    return new


def _known(old: pa.Table) -> pa.Table:
    """What a fetch may leave unsaid; a count in doubt is not carried, its flag would be lost."""
    flags = pc.binary_join(old["flags"].cast(pa.list_(pa.string())), "|")
    doubted = pc.match_substring(flags, "params_disagree").fill_null(False)
    known = old.select(_KEPT_OF_A_MODEL)
    for name in ("parameter_count", "parameter_count_origin", "active_parameter_count"):
        field = known.schema.field(name)
        sure = pc.if_else(doubted, pa.scalar(None, field.type), known[name])
        known = known.set_column(known.schema.get_field_index(name), field, sure)
    return known


def _unchanged(old: pa.Table, new: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """For each new row its old one, and whether the model is surely the same as then."""
    at = pc.index_in(new["ref"], old["ref"].combine_chunks())
    before = old.select(["revision", "last_modified", "fetched_at"]).take(at)
    changed_at = new["last_modified"]
    since = pc.or_kleene(
        pc.equal(before["last_modified"], changed_at),
        pc.less_equal(changed_at, before["fetched_at"]),
    )
    # A null on either side compares to null: then the time decides, and a null there is no.
    same = pc.coalesce(pc.equal(before["revision"], new["revision"]), since)
    return at, same.fill_null(False)


def _with_known_sizes(new: pa.Table, old: pa.Table) -> pa.Table:
    at = pc.index_in(_file_key(new), _file_key(old).combine_chunks())
    return _filled(new, old.take(at), _SIZES_OF_A_FILE)


def _file_key(files: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(files["ref"], files["path"], "\n")


def _filled(new: pa.Table, known: pa.Table, names: Sequence[str]) -> pa.Table:
    """`new` with what is null in these columns taken from the same row of `known`."""
    for name in names:
        at = new.schema.get_field_index(name)
        new = new.set_column(at, new.field(name), pc.coalesce(new[name], known[name]))
    return new
