"""A Parquet file of the Hub's models (hub-stats and its kin), read into staged rows.

The file is read twice: once for ids and times alone, to learn what day it is from, and once row by
row. Neither reading holds more of it than a piece, whatever its size.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.errors import BadRow, SchemaMismatch
from catalog.normalize import dates, hub_row, hub_stats
from catalog.refresh.progress import Progress, Report
from catalog.refresh.staging import Staging
from catalog.sources.base import Batch, rejected
from catalog.store import bounded
from catalog.store.generation import Generation

SOURCE = hub_row.SOURCE
BATCH_ROWS = 5_000  # about 50 MB as Python objects
SURVEY_ROWS = 100_000
_TIMES = ("lastModified", "createdAt")
_IS_TIME = r"^20\d\d-[01]\d-[0-3]\d(?:[T ]|$)"
# What a parser of foreign rows may stumble over; such a row is put aside like any bad one.
_SHAPE_ERRORS = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a file is about: its facts are from `fetched_at`, some rows are known better."""

    rows: int
    fetched_at: datetime
    older: np.ndarray[Any, Any] | None = None  # of the rows: the catalog holds a later fact

    @property
    def left_out(self) -> int:
        """How many rows the catalog knows better."""
        return 0 if self.older is None else int(np.count_nonzero(self.older))


def survey(source: Path, held: Generation, *, as_of: date | None, now: datetime) -> Survey:
    """The rows of a file, and the day that its facts are from.

    That is the day given, else the newest time of a change or creation in it: no fact is older
    than the file, and no file is older than what it tells. Times of the future are left aside.
    """
    with bounded.opened(source) as file:
        names = file.schema_arrow.names
        if as_of is None:
            fetched_at = _newest(file, [name for name in _TIMES if name in names], source, now)
            if fetched_at is None:
                raise SchemaMismatch(
                    f"{source} does not tell what day its facts are from; say it with "
                    "--as-of YYYY-MM-DD."
                )
        else:
            fetched_at = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        known_better = _later(held, fetched_at)
        older = _known(file, source, known_better) if len(known_better) else None
        return Survey(rows=file.metadata.num_rows, fetched_at=fetched_at, older=older)


def stage(source: Path, about: Survey, into: Staging, report: Report) -> None:
    """Turn the rows of a file into records; what another run has staged of it is not read again."""
    begun, start = time.monotonic(), int(into.checkpoint.cursor or 0)
    for first, rows in _rows(source):
        end = first + len(rows)
        if end <= start:
            continue
        if about.older is not None:
            chosen = ~about.older[first:end]
            rows = [row for row, wanted in zip(rows, chosen.tolist(), strict=True) if wanted]
        into.add(_batch(rows, about.fetched_at, cursor=str(end)))
        report(
            Progress(
                source=source.name,
                rows=into.models,
                rejected=into.aside,
                fresh_rows=end - start,
                left=about.rows - end,
                seconds=time.monotonic() - begun,
            )
        )


def _rows(source: Path) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows of the file in pieces, each with the number of its first row."""
    first = 0
    with bounded.opened(source) as file:
        names = [name for name in file.schema_arrow.names if name in hub_stats.COLUMNS]
        for batch in bounded.batches(file, names, BATCH_ROWS, source):
            columns = [_in_seconds(column) for column in batch.columns]
            yield first, pa.record_batch(columns, names=batch.schema.names).to_pylist()
            first += batch.num_rows


def _batch(rows: list[dict[str, Any]], fetched_at: datetime, *, cursor: str) -> Batch:
    kept, bad = [], []
    for row in rows:
        try:
            wire = hub_stats.wire_row(row)
            kept.append(hub_row.to_record(wire, fetched_at=fetched_at))
        except BadRow as error:
            bad.append(rejected(row.get("id"), error.reason))
        except RecursionError:
            bad.append(rejected(row.get("id"), "nested too deeply"))
        except _SHAPE_ERRORS as error:
            bad.append(rejected(row.get("id"), f"unexpected shape: {type(error).__name__}"))
    return Batch(cursor=cursor, rows=tuple(kept), rejected=tuple(bad))


def _newest(file: pq.ParquetFile, names: list[str], source: Path, now: datetime) -> datetime | None:
    found: list[datetime] = []
    for batch in bounded.batches(file, names, SURVEY_ROWS, source) if names else ():
        for column in batch.columns:
            newest = _newest_of(_in_seconds(column), now)
            if newest is not None:
                found.append(newest)
    return max(found, default=None)


def _newest_of(column: pa.Array, now: datetime) -> datetime | None:
    kind = column.type
    if pa.types.is_timestamp(kind):
        past = column.filter(pc.less_equal(column, pa.scalar(now, kind)))
        newest = pc.max(past).as_py()
        return newest.replace(tzinfo=UTC) if newest is not None else None
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    # Compared as text: the times of one file are written in one way.
    past = column.filter(pc.match_substring_regex(column, _IS_TIME).fill_null(False))
    past = past.filter(pc.less(past, (now + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")))
    return dates.moment(pc.max(past).as_py())


def _in_seconds(column: pa.Array) -> pa.Array:
    """Times without fractions, in UTC: Python has no nanoseconds."""
    if pa.types.is_date(column.type):
        return column.cast(pa.timestamp("s"))
    if not pa.types.is_timestamp(column.type):
        return column
    whole = pa.timestamp("s", "UTC" if column.type.tz else None)
    return column.cast(pa.timestamp(column.type.unit, whole.tz)).cast(whole, safe=False)


def _later(held: Generation, fetched_at: datetime) -> pa.Array:
    """The ids of the Hub's models whose facts are from a later day than those of the file."""
    day = fetched_at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    facts = held.columns(("source", "fetched_at"))
    later = pc.and_(
        pc.equal(facts["source"], SOURCE), pc.greater_equal(facts["fetched_at"], pa.scalar(day))
    )
    refs = held.refs().filter(later.combine_chunks().fill_null(False))
    return pc.utf8_slice_codeunits(refs, len(SOURCE) + 1)


def _known(file: pq.ParquetFile, source: Path, ids: pa.Array) -> np.ndarray[Any, Any]:
    pieces = [batch.column(0) for batch in bounded.batches(file, ["id"], SURVEY_ROWS, source)]
    column = pa.chunked_array([piece.cast(pa.string()) for piece in pieces], pa.string())
    mask: np.ndarray[Any, Any] = pc.is_in(column, value_set=ids).to_numpy()
    return mask
