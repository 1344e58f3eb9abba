"""A generation as one file to carry: a zip of two Parquet files, or the models alone as Parquet."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.errors import SchemaMismatch, SnapshotDamaged, StoreUnwritable
from catalog.records import ModelFile, ModelRecord
from catalog.store import bounded, schema
from catalog.store.generation import Generation

MODELS_NAME = "models.parquet"
FILES_NAME = "files.parquet"
BATCH_ROWS = 20_000


def export(generation: Generation, target: Path) -> int:
    """Write the generation to `target`, whole or not at all; gives the number of models.

    A name that ends in .parquet takes the models alone, for DuckDB, Polars or pandas; any other
    name takes a zip that `unpack` brings back.
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


def column_names(source: Path) -> frozenset[str]:
    """The columns of a file of models; raises SnapshotDamaged where it is no such file."""
    if source.is_dir():
        raise SnapshotDamaged(f"{source} is a folder; name a file that was exported.")
    with _telling(source):
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as packed, packed.open(MODELS_NAME) as member:
                member.read(1)  # it is there, and in a form that can be read
            return frozenset(schema.MODELS.names)
        return frozenset(pq.read_schema(source).names)


def holds_files(source: Path) -> bool:
    """Whether a packed catalog has the files of its models, and not their rows alone."""
    with _telling(source):
        return zipfile.is_zipfile(source)


def unpack(source: Path, folder: Path) -> tuple[pa.Table, pa.Table]:
    """The models and files of a packed catalog; models alone give an empty files table.

    The tables are mapped from plain Arrow files in `folder`, which the caller removes when he is
    done with them: their rows need not fit into memory. Columns that this version knows and the
    file does not hold are null; others are left out.
    """
    with _telling(source):
        if not zipfile.is_zipfile(source):
            return _plain(source, source, schema.MODELS, folder), schema.FILES.empty_table()
        with zipfile.ZipFile(source) as packed:
            models, files = (_extracted(packed, name, folder) for name in (MODELS_NAME, FILES_NAME))
        return (
            _plain(models, source, schema.MODELS, folder),
            _plain(files, source, schema.FILES, folder),
        )


def _write_zip(target: Path, models: pa.Table, files: pa.Table) -> None:
    # Stored, not deflated: Parquet is compressed already.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as packed:
        for name, table in ((MODELS_NAME, models), (FILES_NAME, files)):
            with packed.open(name, "w", force_zip64=True) as member:
                pq.write_table(table, member, compression="zstd")


def _extracted(packed: zipfile.ZipFile, name: str, folder: Path) -> Path:
    """One member as a file; its stated size bounds what is written."""
    about = packed.getinfo(name)
    if about.file_size > bounded.MOST_BYTES:
        raise SnapshotDamaged(f"{packed.filename} holds {about.file_size:,} bytes; not unpacked.")
    target = folder / name
    with packed.open(name) as member, target.open("wb") as file:
        shutil.copyfileobj(member, file)
    return target


def _plain(part: Path, source: Path, wanted: pa.Schema, folder: Path) -> pa.Table:
    """The rows of a Parquet file in the form of `wanted`, mapped from an Arrow file."""
    target = folder / f"{'models' if wanted is schema.MODELS else 'files'}.arrow"
    with bounded.opened(source, part=part) as file, pa.ipc.new_file(target, wanted) as writer:
        names = [name for name in file.schema_arrow.names if name in wanted.names]
        for batch in bounded.batches(file, names, BATCH_ROWS, source):
            for piece in _in_form(batch, wanted, source).to_batches():
                writer.write_batch(piece)
    return pa.ipc.open_file(pa.memory_map(str(target))).read_all()


def _in_form(batch: pa.RecordBatch, wanted: pa.Schema, source: Path) -> pa.Table:
    defaults = _defaults(wanted)
    columns = []
    for field in wanted:
        if field.name not in batch.schema.names:
            if field.name not in defaults:
                raise SchemaMismatch(
                    f"{source} has no column {field.name!r}, so it is no catalog of Cardex. Export "
                    "one with `snapshot export`."
                )
            column = pa.nulls(batch.num_rows, field.type)
        else:
            column = _cast(batch.column(field.name), field, source)
        default = defaults.get(field.name)
        columns.append(column if default is None else pc.fill_null(column, default))
    return pa.table(columns, schema=wanted)


def _cast(column: pa.Array, field: pa.Field, source: Path) -> pa.Array:
    try:
        if _fits(column.type, field.type):
            return column.cast(field.type)
    except (pa.ArrowException, NotImplementedError):
        pass  # numbers with fractions, times beyond the calendar, lists of something else
    raise SchemaMismatch(
        f"The column {field.name!r} of {source} holds {column.type} where Cardex has {field.type}. "
        "Export the catalog again, with the version of Cardex that is to read it."
    )


def _fits(kind: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether both are of one sort: a number stays one in any width, a text never becomes one."""
    if pa.types.is_null(kind):
        return True
    if pa.types.is_list(wanted):
        listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return listed and _fits(kind.value_type, wanted.value_type)
    return kind == wanted or any(is_of(kind) and is_of(wanted) for is_of in _SORTS)


_SORTS: tuple[Callable[[pa.DataType], bool], ...] = (
    lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind),
    lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
    lambda kind: pa.types.is_date(kind) or pa.types.is_timestamp(kind),
)


def _defaults(wanted: pa.Schema) -> dict[str, str | None]:
    """What a record has where nobody says otherwise; columns that must be told are not in it."""
    record = ModelRecord if wanted is schema.MODELS else ModelFile
    return {
        field.name: field.default if isinstance(field.default, str) else None
        for field in fields(record)
        if field.default is not MISSING
    }


@contextmanager
def _telling(source: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise SnapshotDamaged(f"There is no file {source}.") from error
    except (OSError, KeyError, pa.ArrowException, zipfile.BadZipFile) as error:
        raise SnapshotDamaged(
            f"{source} is not a catalog that Cardex exported, nor another Parquet file. If it was "
            "cut short, fetch it again."
        ) from error


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
