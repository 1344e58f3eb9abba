"""New rows into the catalog: by ref, guarded against losing much at once."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import SyncRefused
from catalog.records import SourceRun
from catalog.refresh.staging import Tables

LEAST_SHARE = 0.8  # of the rows of the last good run of the same scope
NULL_ROWS = 50  # fewer rows say nothing about a column
NULL_BEFORE = 0.5  # share of nulls under which a column counts as filled ...
NULL_NOW = 0.95  # ... and over which it counts as lost
GUARDED_COLUMNS = ("downloads_30d", "likes", "last_modified")


def upsert(old: Tables, new: Tables, *, replaced_source: str | None = None) -> Tables:
    """`old` with every row of `new` in the place of the one with its ref.

    A fetched row replaces the old one whole. Its old files stay only where the fetch brought no
    file list and the row is at the same revision, or failing that at the same modification time.
    All other rows of `replaced_source` are left out: its walk was complete and did not see them.
    """
    fetched = pc.is_in(old.models["ref"], new.models["ref"].combine_chunks())
    gone = fetched
    if replaced_source is not None:
        gone = pc.or_(fetched, pc.equal(old.models["source"], replaced_source))
    kept = old.models.filter(pc.invert(gone))
    owners = pa.chunked_array([*kept["ref"].chunks, *_with_old_files(old, new).chunks], pa.string())
    files = old.files.filter(pc.is_in(old.files["ref"], owners.combine_chunks()))
    return Tables(
        pa.concat_tables([kept, new.models]),
        pa.concat_tables([files, new.files]),
    )


def _with_old_files(old: Tables, new: Tables) -> pa.ChunkedArray:
    """Refs of fetched rows that told no files and have not changed since their old files."""
    told = pc.is_in(new.models["ref"], new.files["ref"].combine_chunks())
    silent = new.models.filter(pc.invert(told))
    at = pc.index_in(silent["ref"], old.models["ref"].combine_chunks())
    before = old.models.take(at.combine_chunks()) if old.models.num_rows else silent.slice(0, 0)
    if not before.num_rows:
        return silent["ref"].slice(0, 0)
    # A null on either side compares to null: then the time decides, and a null there is no.
    same = pc.coalesce(
        pc.equal(before["revision"], silent["revision"]),
        pc.equal(before["last_modified"], silent["last_modified"]),
    )
    return silent["ref"].filter(same.fill_null(False))


def guard(run: SourceRun, rows: pa.Table, old: pa.Table, history: Sequence[SourceRun]) -> None:
    """Raise SyncRefused when publishing these rows would make the catalog worse at a stroke."""
    kept = rows.num_rows
    if kept == 0:
        raise SyncRefused(f"{run.source} gave no usable row; the last good rows stay.")
    last = next(
        (
            past
            for past in history
            if past.ok and (past.source, past.scope) == (run.source, run.scope)
        ),
        None,
    )
    if last is not None and kept < LEAST_SHARE * last.kept:
        raise SyncRefused(
            f"{run.source} gave {kept:,} rows where the last good run had {last.kept:,}; "
            "the last good rows stay. If that is right, sync with another --limit or --full."
        )
    if kept >= NULL_ROWS:
        _guard_columns(run, rows, old.filter(pc.equal(old["source"], run.source)))


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
