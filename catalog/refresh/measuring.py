"""Bits per weight as they come out of a model's own files, table to table.

The figure of a quantization's name is that of one reference model; a mixed or dynamic one
(`UD-TQ1_0`) is off by a quarter elsewhere. Bytes and parameters of the very files tell it.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from catalog.refresh.staging import Tables
from catalog.store.schema import FILES, MODELS

# A quotient further from the nominal figure is of files that the count does not mean.
_FURTHEST = 1.5
_DECIMALS = 2  # of sizes that a table gives to two or three digits


def measured(tables: Tables) -> Tables:
    """The tables with measured bits per weight wherever size and a counted total are known."""
    if not tables.files.num_rows:
        return tables
    files = _files(tables.models, tables.files)
    return Tables(_models(tables.models, files), files)


def _files(models: pa.Table, files: pa.Table) -> pa.Table:
    runs = pc.and_(pc.equal(files["role"], "weights"), pc.is_valid(files["group"]))
    key = pc.binary_join_element_wise(files["ref"], files["group"], "\n")
    known = pa.table({"key": key, "size": files["size_bytes"]}).filter(runs.fill_null(False))
    sums = known.group_by("key").aggregate([("size", "sum"), ([], "count_all"), ("size", "count")])
    complete = sums.filter(pc.equal(sums["count_all"], sums["size_count"]))
    size = complete["size_sum"].take(pc.index_in(key, complete["key"].combine_chunks()))
    total = _counted(models).take(pc.index_in(files["ref"], models["ref"].combine_chunks()))
    bits = _bits(size, total, files["bits_per_weight"])
    return _replaced(files, FILES.field("bits_per_weight"), bits)


def _models(models: pa.Table, files: pa.Table) -> pa.Table:
    """A model whose smallest set is one of its listed files has the bits of that set."""
    sized = files.filter(pc.is_valid(files["bits_per_weight"]))
    listed = pc.is_in(models["ref"], sized["ref"].unique())
    total = pc.if_else(listed, _counted(models), pa.scalar(None, pa.int64()))
    bits = _bits(models["size_bytes"], total, models["bits_per_weight"])
    return _replaced(models, MODELS.field("bits_per_weight"), bits)


def _counted(models: pa.Table) -> pa.ChunkedArray:
    """The parameter counts but those read from a name, which are too round to divide by."""
    counted = pc.not_equal(models["parameter_count_origin"], "name").fill_null(False)
    return pc.if_else(counted, models["parameter_count"], pa.scalar(None, pa.int64()))


def _bits(
    size: pa.ChunkedArray, total: pa.ChunkedArray, nominal: pa.ChunkedArray
) -> pa.ChunkedArray:
    """8 x size / total where it is near the nominal figure, else that figure."""
    quotient = pc.divide(pc.multiply(size.cast(pa.float64()), 8.0), total.cast(pa.float64()))
    quotient = pc.round(quotient, _DECIMALS)
    ratio = pc.divide(quotient, nominal)
    near = pc.and_(pc.less_equal(ratio, _FURTHEST), pc.greater_equal(ratio, 1 / _FURTHEST))
    return pc.if_else(near.fill_null(False), quotient, nominal)


def _replaced(table: pa.Table, field: pa.Field, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(field.name), field, values)
