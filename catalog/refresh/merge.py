"""New rows into the catalog: by ref, guarded against losing much at once."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import SyncRefused
from catalog.records import SourceRun
from catalog.refresh.gathering import Tables

LEAST_SHARE = 0.8  # of the rows of the last good run of the same scope
NULL_ROWS = 50  # fewer rows say nothing about a column
NULL_BEFORE = 0.5  # share of nulls under which a column counts as filled ...
NULL_NOW = 0.95  # ... and over which it counts as lost
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
GUARDED_COLUMNS = ("downloads_30d", "likes", "last_modified")


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
    return Tables(
        pa.concat_tables([kept, _filled(new.models, known_rows, _KEPT_OF_A_MODEL)]),
        pa.concat_tables([files, _with_known_sizes(new.files, sized)]),
    )


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


def guard(run: SourceRun, rows: pa.Table, old: pa.Table, history: Sequence[SourceRun]) -> None:
    """Raise SyncRefused when publishing these rows would make the catalog worse at a stroke."""
    kept = rows.num_rows
    if kept == 0:
        raise SyncRefused(f"{run.source} gave no usable row; the last good rows stay.")
    last = _last_good(run, history)
    if last is not None and kept < LEAST_SHARE * last.kept:
        raise SyncRefused(
            f"{run.source} gave {kept:,} rows where the last good run had {last.kept:,}; "
            "the last good rows stay. If that is right, sync with another --limit or --full."
        )
    if kept >= NULL_ROWS:
        _guard_columns(run, rows, old.filter(pc.equal(old["source"], run.source)))


def may_remove(run: SourceRun, old: pa.Table, history: Sequence[SourceRun]) -> bool:
    """Whether the models that a full walk did not see may go.

    A list that was cut short looks like a small one. Where a walk saw much less than the catalog
    holds of the source, it takes a second one that saw as much.
    """
    held = pc.sum(pc.equal(old["source"], run.source)).as_py() or 0
    return run.kept >= LEAST_SHARE * held or _last_good(run, history) is not None


def _last_good(run: SourceRun, history: Sequence[SourceRun]) -> SourceRun | None:
    same = (past for past in history if (past.source, past.scope) == (run.source, run.scope))
    return next((past for past in same if past.ok), None)


def _guard_columns(run: SourceRun, rows: pa.Table, old: pa.Table) -> None:
    if old.num_rows < NULL_ROWS:
        return
    for name in GUARDED_COLUMNS:
        if _nulls(old[name]) < NULL_BEFORE and _nulls(rows[name]) > NULL_NOW:
            raise SyncRefused(
                f"{run.source} sent almost no {name} any more; the last good rows stay."
            )


def _nulls(column: pa.ChunkedArray) -> float:
    return float(column.null_count) / len(column)
