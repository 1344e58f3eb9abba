"""Parquet files that come from elsewhere, read in pieces of a bounded size.

A few bytes of Parquet can stand for any number of rows, and one long text in a dictionary for any
number of copies of it. What is read here is counted before it is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.errors import SnapshotDamaged

# The whole Hub is 3.1M models with 20 tags each, some GB as plain values; ten times as much passes.
MOST_ROWS = 40_000_000
MOST_VALUES = 200_000_000  # of one column of lists in one group of rows
MOST_BYTES = 32 * 2**30  # of the whole file, uncompressed and still encoded
MOST_BATCH_BYTES = 2**30  # of the texts of one piece, decoded


@contextmanager
def opened(source: Path, *, part: Path | None = None) -> Iterator[pq.ParquetFile]:
    """The file, its texts to be read as codes; raises SnapshotDamaged for one beyond all bounds.

    `part` is where it lies, if it was taken out of `source`.
    """
    path = part or source
    try:
        about = pq.read_metadata(path)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(source) from error
    # A table of the Hub may have thousands of groups and a column for each dtype ever stated.
    columns = [about.schema.column(at) for at in range(about.num_columns)]
    lists = [at for at, column in enumerate(columns) if column.max_repetition_level]
    size, values = 0, 0
    for group in map(about.row_group, range(about.num_row_groups)):
        size += group.total_byte_size
        values = max([values, *(group.column(at).num_values for at in lists)])
    if about.num_rows > MOST_ROWS or size > MOST_BYTES or values > MOST_VALUES:
        raise SnapshotDamaged(
            f"{source} says that it holds {about.num_rows:,} rows in {size:,} bytes, more than any "
            "catalog of models; nothing was read."
        )
    texts = {column.path for column in columns if column.physical_type == "BYTE_ARRAY"}
    with pq.ParquetFile(path, memory_map=True, read_dictionary=sorted(texts)) as file:
        yield file


def batches(
    file: pq.ParquetFile, names: Sequence[str], rows: int, source: Path
) -> Iterator[pa.RecordBatch]:
    """The columns in pieces of so many rows at most, as plain values."""
    try:
        for batch in _coded(file, names, rows):
            size = sum(map(_decoded_bytes, batch.columns))
            if size > MOST_BATCH_BYTES:
                raise SnapshotDamaged(
                    f"{source} holds {size:,} bytes of text in {batch.num_rows:,} rows, more than "
                    "any models have; nothing was changed."
                )
            columns = [column.cast(plain_type(column.type)) for column in batch.columns]
            piece = pa.record_batch(columns, names=batch.schema.names)
            piece.validate(full=True)
            yield piece
    except (OSError, pa.ArrowException) as error:
        raise _damaged(source) from error


def _damaged(source: Path) -> SnapshotDamaged:
    return SnapshotDamaged(
        f"{source} is no Parquet file that can be read to its end; fetch it again. "
        "Nothing was changed."
    )


def _coded(file: pq.ParquetFile, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    # One group at a time: Arrow cannot join nested codes of two groups.
    for group in range(file.num_row_groups):
        yield from file.iter_batches(rows, row_groups=[group], columns=list(names))


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type without dictionaries, at any depth."""
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        made = pa.list_ if pa.types.is_list(kind) else pa.large_list
        return made(kind.value_field.with_type(plain_type(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(plain_type(field.type)) for field in kind])
    return kind


def _decoded_bytes(column: pa.Array) -> int:
    kind = column.type
    if pa.types.is_dictionary(kind):
        lengths = pc.binary_length(column.dictionary).take(column.indices)
        return pc.sum(lengths.cast(pa.int64())).as_py() or 0
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _decoded_bytes(column.flatten())
    if pa.types.is_struct(kind):
        return sum(map(_decoded_bytes, column.flatten()))
    if pa.types.is_map(kind):
        return _decoded_bytes(column.keys) + _decoded_bytes(column.items)
    return 0
