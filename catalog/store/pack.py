"""A generation as one file to carry: a zip of two Parquet files, or the models alone as Parquet."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.errors import SchemaMismatch, SnapshotDamaged, StoreUnwritable
from catalog.store import schema
from catalog.store.generation import Generation

MODELS_NAME = "models.parquet"
FILES_NAME = "files.parquet"


def export(generation: Generation, target: Path) -> int:
    """Write the generation to `target`, whole or not at all; gives the number of models.

    A name that ends in .parquet takes the models alone, for DuckDB, Polars or pandas; any other
    name takes a zip that `read` brings back.
    """
    if not target.name:
        raise StoreUnwritable("Name a file to write the catalog to.")
    models = generation.models_table()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if target.suffix == ".parquet":
            pq.write_table(models, temporary, compression="zstd")
        else:
            _write_zip(temporary, models, generation.files_table())
        temporary.replace(target)
    except OSError as error:
        raise StoreUnwritable(f"{target} could not be written: {_why(error)}.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return int(models.num_rows)


def read(source: Path) -> tuple[pa.Table, pa.Table]:
    """The models and files of a packed catalog; models alone give an empty files table."""
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as packed:
                models = _table(packed.read(MODELS_NAME))
                files = _table(packed.read(FILES_NAME))
        else:
            models, files = pq.read_table(source), schema.FILES.empty_table()
    except FileNotFoundError as error:
        raise SnapshotDamaged(f"There is no file {source}.") from error
    except (OSError, KeyError, pa.ArrowException, zipfile.BadZipFile) as error:
        raise SnapshotDamaged(f"{source} is not a catalog that Cardex exported.") from error
    return _checked(models, schema.MODELS, source), _checked(files, schema.FILES, source)


def _write_zip(target: Path, models: pa.Table, files: pa.Table) -> None:
    # Stored, not deflated: Parquet is compressed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name, table in ((MODELS_NAME, models), (FILES_NAME, files)):
            buffer = io.BytesIO()
            pq.write_table(table, buffer, compression="zstd")
            packed.writestr(name, buffer.getvalue())


def _table(content: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(content))


def _checked(table: pa.Table, wanted: pa.Schema, source: Path) -> pa.Table:
    missing = [name for name in wanted.names if name not in table.column_names]
    if missing:
        raise SchemaMismatch(f"{source} has no column {missing[0]!r}: it is of another version.")
    try:
        return table.select(wanted.names).cast(wanted)
    except pa.ArrowException as error:
        raise SchemaMismatch(f"{source} holds columns of other types than Cardex's.") from error


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
