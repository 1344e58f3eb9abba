"""From the mapped batches of a generation back to the table form."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.records import ModelFile
from catalog.store import schema
from catalog.store.encode import NULL_INT, Array, lean
from catalog.store.serving import FEW_NUMBERS, LISTS_BY_ITEM, TEXTS, UNKNOWN_IS_NULL, derived


def models_table(batch: pa.RecordBatch, rows: Sequence[int] | Array | None = None) -> pa.Table:
    """Rows of `models.arrow` as a table of schema MODELS, in the order of `rows`; None: all."""
    names = [*schema.MODELS.names]
    part = batch.select(names)
    if rows is not None:
        part = part.take(pa.array(np.asarray(rows, np.int64)))
    columns = {
        name: _decoded(name, part.column(name), schema.MODELS.field(name).type)
        for name in names
        if name not in TEXTS or name in {"repo_id", "revision"}
    }
    for name in ("ref", "name"):
        columns[name] = pc.coalesce(part.column(name), derived(name, columns))
    url = part.column("url")
    columns["url"] = pc.if_else(pc.equal(url, ""), derived("url", columns), url)
    return pa.table([columns[name] for name in names], schema=schema.MODELS)


def columns(batch: pa.RecordBatch, names: Sequence[str]) -> pa.Table:
    """Some columns of `models.arrow`, as in schema MODELS; derived texts are not among them."""
    fields = [schema.MODELS.field(name) for name in names]
    arrays = [_decoded(field.name, batch.column(field.name), field.type) for field in fields]
    return pa.table(arrays, schema=pa.schema(fields))


class LeanModels:
    """`models.arrow` as columns of schema MODELS, decoded no further than to codes of their own."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch
        self.num_rows = batch.num_rows

    def column(self, name: str, /) -> pa.Array:
        """One column, lean."""
        column = self._batch.column(name)
        if name == "ref":
            return all_refs(self._batch)
        if name in TEXTS:
            return _text(name, column, self._batch.column("repo_id"))
        kind = schema.MODELS.field(name).type
        if name in LISTS_BY_ITEM:
            items = column.values
            # No item has the code of null, and dictionaries with a null cannot be joined.
            words = items.dictionary.fill_null("")
            coded = pa.DictionaryArray.from_arrays(items.indices.view(pa.int32()), words)
            return pa.ListArray.from_arrays(column.offsets, coded)
        if pa.types.is_list(kind):
            return lean(column.dictionary).take(column.indices)
        if pa.types.is_string(kind) and name not in UNKNOWN_IS_NULL:
            codes = column.indices.to_numpy().astype(np.int32) - 1
            return pa.DictionaryArray.from_arrays(
                pa.array(codes, mask=codes < 0), column.dictionary.slice(1)
            )
        return _decoded(name, column, kind)


class LeanFiles:
    """`files.arrow` as columns of schema FILES."""

    def __init__(self, models: pa.RecordBatch, files: pa.RecordBatch) -> None:
        self._models = models
        self._files = files
        self.num_rows = files.num_rows

    def column(self, name: str, /) -> pa.Array:
        """One column; the refs as codes."""
        if name != "ref":
            return self._files.column(name)
        distinct, places = np.unique(self._files.column("row").to_numpy(), return_inverse=True)
        names = pa.array(refs(self._models, distinct), pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), names)


def _text(name: str, column: pa.Array, ids: pa.Array) -> pa.Array:
    if name == "name":
        return pc.coalesce(column, derived(name, {"repo_id": ids}))
    if name == "url":
        return pc.if_else(pc.equal(column, ""), derived(name, {"repo_id": ids}), column)
    return column


def refs(batch: pa.RecordBatch, rows: Array) -> list[str]:
    """The refs of some rows."""
    places = pa.array(np.asarray(rows, np.int64))
    part = {name: batch.column(name).take(places) for name in ("ref", "repo_id")}
    source = batch.column("source").take(places)
    part["source"] = _values_of(source)
    result: list[str] = pc.coalesce(part["ref"], derived("ref", part)).to_pylist()
    return result


def all_refs(batch: pa.RecordBatch) -> pa.Array:
    """The refs of all rows as one Arrow column."""
    ids = {"repo_id": batch.column("repo_id"), "source": _values_of(batch.column("source"))}
    return pc.coalesce(batch.column("ref"), derived("ref", ids))


def files_table(models: pa.RecordBatch, files: pa.RecordBatch) -> pa.Table:
    """`files.arrow` as a table of schema FILES."""
    rows = files.column("row").to_numpy()
    distinct, places = np.unique(rows, return_inverse=True)
    names = pa.array(refs(models, distinct), pa.string()).take(pa.array(places))
    columns = [names, *(files.column(name) for name in schema.FILES.names[1:])]
    return pa.table(columns, schema=schema.FILES)


def files_of(files: pa.RecordBatch, row: int) -> list[ModelFile]:
    """The files of one row in their order."""
    rows = files.column("row").to_numpy()
    low, high = np.searchsorted(rows, [row, row + 1])
    part = files.slice(int(low), int(high - low)).select(schema.FILES.names[1:])
    return [ModelFile(**values) for values in part.to_pylist()]


def _values_of(column: pa.DictionaryArray) -> pa.Array:
    return column.dictionary.take(column.indices)


def _decoded(name: str, column: pa.Array, kind: pa.DataType) -> pa.Array:
    if name in LISTS_BY_ITEM:
        return pa.ListArray.from_arrays(column.offsets, _values_of(column.values))
    if name in FEW_NUMBERS:
        column = _values_of(column)
    elif pa.types.is_dictionary(column.type):
        values = _values_of(column)
        return pc.fill_null(values, "unknown") if name in UNKNOWN_IS_NULL else values
    if pa.types.is_string(kind):
        return column
    numbers = column.to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(kind):
        return pa.array(numbers == 2, mask=numbers == 0)
    if pa.types.is_floating(kind):
        return pa.array(numbers, mask=np.isnan(numbers))
    unknown = numbers == NULL_INT
    whole = pa.array(np.where(unknown, 0, numbers), mask=unknown)
    if pa.types.is_date32(kind):
        return whole.cast(pa.int32()).cast(kind)
    return whole.cast(kind)
