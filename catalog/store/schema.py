"""The table form of the records: one Arrow schema for staging, generations, starter and export.

The same columns as the records have fields, nulls as nulls, lists as lists. The serving form
(dictionary codes without nulls) is made from it by the generation writer and never leaves `store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import pyarrow as pa

from catalog.records import ModelFile, ModelRecord

SCHEMA_VERSION = 1

_TEXTS = pa.list_(pa.string())
_TIME = pa.timestamp("s", tz="UTC")
_TYPES: dict[str, pa.DataType] = {
    "str": pa.string(),
    "str | None": pa.string(),
    "int | None": pa.int64(),
    "float | None": pa.float64(),
    "bool | None": pa.bool_(),
    "tuple[str, ...]": _TEXTS,
    "date | None": pa.date32(),
    "datetime | None": _TIME,
}


def _schema_of(record: type[ModelRecord] | type[ModelFile]) -> pa.Schema:
    return pa.schema(
        [(name, _TYPES[str(kind)]) for name, kind in record.__annotations__.items()],
    )


MODELS = _schema_of(ModelRecord)
FILES = pa.schema([("ref", pa.string()), *[(f.name, f.type) for f in _schema_of(ModelFile)]])

_LISTS = frozenset(field.name for field in MODELS if field.type == _TEXTS)
_TIMES = frozenset(field.name for field in MODELS if field.type == _TIME)


def models_table(records: Iterable[ModelRecord]) -> pa.Table:
    """The records as a table of schema MODELS."""
    rows = list(records)
    columns = {}
    for field in MODELS:
        values: list[Any] = list(map(attrgetter(field.name), rows))
        if field.name in _TIMES:
            values = [None if value is None else _whole(value) for value in values]
        columns[field.name] = pa.array(values, field.type)
    return pa.table(columns, schema=MODELS)


def files_table(files: Iterable[tuple[str, ModelFile]]) -> pa.Table:
    """Pairs of ref and file as a table of schema FILES."""
    pairs = list(files)
    files_ = [file for _, file in pairs]
    columns = {"ref": pa.array([ref for ref, _ in pairs], pa.string())}
    for name in FILES.names[1:]:
        values = list(map(attrgetter(name), files_))
        columns[name] = pa.array(values, FILES.field(name).type)
    return pa.table(columns, schema=FILES)


def records_of(table: pa.Table) -> Iterator[ModelRecord]:
    """The rows of a table of schema MODELS as records."""
    for row in table.select(MODELS.names).to_pylist():
        yield record_of(row)


def record_of(row: dict[str, Any]) -> ModelRecord:
    """One row of plain Python values as a record."""
    for name in _LISTS:
        row[name] = tuple(row[name] or ())
    for name in _TIMES:
        row[name] = _aware(row[name])
    return ModelRecord(**row)


def files_of(table: pa.Table) -> Iterator[tuple[str, ModelFile]]:
    """The rows of a table of schema FILES as pairs of ref and file."""
    for row in table.select(FILES.names).to_pylist():
        yield row.pop("ref"), ModelFile(**row)


def _whole(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(microsecond=0)


def _aware(value: datetime | None) -> datetime | None:
    return value.astimezone(UTC) if value is not None else None
