"""What a sync has staged, read back: every row once, as it was fetched last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.errors import SyncRefused
from catalog.store.schema import FILES, MODELS


class Tables(NamedTuple):
    """Models and their files in the form of catalog.store.schema."""

    models: pa.Table
    files: pa.Table


class Parted(Protocol):
    """Rows that come in parts of a page or so, because there may be millions."""

    def parts(self) -> Iterator[Tables]:
        """Models with their files, part by part; a ref is in one part only."""
        ...


def together(rows: Tables | Parted) -> Tables:
    """All parts as one."""
    if isinstance(rows, Tables):
        return rows
    parts = list(rows.parts())
    return Tables(
        pa.concat_tables([MODELS.empty_table(), *(one.models for one in parts)]),
        pa.concat_tables([FILES.empty_table(), *(one.files for one in parts)]),
    )


def part(folder: Path, number: int, name: str) -> Path:
    """Where a staged batch keeps its models, files or rejections."""
    return folder / f"part-{number:06d}.{name}"


def gather(folder: Path, batches: int) -> Tables:
    """The rows of the first `batches` batches of a run."""
    models, model_batches = _read(folder, batches, "models", MODELS)
    files, file_batches = _read(folder, batches, "files", FILES)
    refs = models["ref"].combine_chunks().dictionary_encode()
    codes = refs.indices.to_numpy()
    _, last = np.unique(codes[::-1], return_index=True)
    kept = np.sort(len(codes) - 1 - last)
    # A file belongs to the batch of the row that was kept, else a renamed one would stay.
    batch_of = np.full(len(refs.dictionary) + 1, -1)
    batch_of[codes[kept]] = model_batches[kept]
    owners = pc.index_in(files["ref"], refs.dictionary).fill_null(len(batch_of) - 1)
    current = batch_of[owners.to_numpy()] == file_batches
    return Tables(models.take(pa.array(kept)), files.filter(pa.array(current)))


def _read(folder: Path, batches: int, name: str, schema: pa.Schema) -> tuple[pa.Table, np.ndarray]:
    tables, numbers = [schema.empty_table()], []
    for number in range(1, batches + 1):
        path = part(folder, number, f"{name}.parquet")
        if path.exists():
            tables.append(_part_table(path, schema))
            numbers.append(np.full(tables[-1].num_rows, number))
    return pa.concat_tables(tables), np.concatenate([np.empty(0, np.int64), *numbers])


def _part_table(path: Path, schema: pa.Schema) -> pa.Table:
    try:
        return pq.read_table(path, schema=schema)
    except (OSError, pa.ArrowException) as error:
        raise SyncRefused(
            "What an interrupted sync had fetched cannot be read; the next one starts anew."
        ) from error
