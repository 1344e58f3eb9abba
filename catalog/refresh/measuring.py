"""What a model's own files say when they are divided by its parameters, table to table.

The bits per weight of a quantization's name are those of one reference model; a mixed or dynamic
one (`UD-TQ1_0`) is off by a quarter elsewhere. Bytes and parameters of the very files tell it, and
they give away a part (a vocoder, a projector) that passes for a whole model.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from catalog.refresh.gathering import Tables
from catalog.store.schema import FILES, MODELS

# Of real files TQ1_0 has the fewest, 1.69; models of one bit have about 1.1.
LEAST_BITS = 0.9
_FURTHEST = 1.5  # times the nominal figure; above it the files are not of this count
_DECIMALS = 2  # of sizes that a table gives to two or three digits
_NO_COUNT = pa.scalar(None, pa.int64())


def measured(tables: Tables) -> Tables:
    """The tables with measured bits per weight, and with parts of models told from models."""
    if not tables.files.num_rows:
        return tables
    models, files = _without_parts(tables.models, tables.files)
    total = _counted(models).take(_owner(files, models))
    bits = _bits(_set_size(files), total, files["bits_per_weight"])
    files = _replaced(files, FILES.field("bits_per_weight"), bits)
    return Tables(_with_bits(models, files), files)


def _without_parts(models: pa.Table, files: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Sets of far too few bytes belong to no runnable set, nor are they a model's size."""
    other = pc.or_(pc.equal(models["kind"], "adapter").fill_null(False), _of_versions(models))
    whole = pc.if_else(other, _NO_COUNT, models["parameter_count"])
    quotient = _quotient(_set_size(files), whole.take(_owner(files, models)))
    part = pc.less(quotient, LEAST_BITS).fill_null(False)
    affected = pc.is_in(models["ref"], files["ref"].filter(part).unique())
    for name, value in (("role", "other"), ("group", None), ("bits_per_weight", None)):
        field = FILES.field(name)
        kept = pc.if_else(part, pa.scalar(value, field.type), files[name])
        files = _replaced(files, field, kept)
    size = pc.if_else(affected, _smallest(models, files), models["size_bytes"])
    return _replaced(models, MODELS.field("size_bytes"), size), files


def _set_size(files: pa.Table) -> pa.ChunkedArray:
    """For each file the bytes of its whole set; null for what is in none or not all known."""
    runs = pc.and_(pc.equal(files["role"], "weights"), pc.is_valid(files["group"]))
    key = pc.binary_join_element_wise(files["ref"], files["group"], "\n")
    known = pa.table({"key": key, "size": files["size_bytes"]}).filter(runs.fill_null(False))
    sums = known.group_by("key").aggregate([("size", "sum"), ([], "count_all"), ("size", "count")])
    complete = sums.filter(pc.equal(sums["count_all"], sums["size_count"]))
    at = pc.index_in(key, complete["key"].combine_chunks())
    return complete["size_sum"].take(pc.if_else(runs.fill_null(False), at, None))


def _smallest(models: pa.Table, files: pa.Table) -> pa.ChunkedArray:
    sized = pa.table({"ref": files["ref"], "size": _set_size(files)})
    least = sized.group_by("ref").aggregate([("size", "min")])
    return least["size_min"].take(pc.index_in(models["ref"], least["ref"].combine_chunks()))


def _owner(files: pa.Table, models: pa.Table) -> pa.ChunkedArray:
    return pc.index_in(files["ref"], models["ref"].combine_chunks())


def _with_bits(models: pa.Table, files: pa.Table) -> pa.Table:
    """A model whose smallest set is one of its listed files has the bits of that set."""
    sized = files.filter(pc.is_valid(files["bits_per_weight"]))
    listed = pc.is_in(models["ref"], sized["ref"].unique())
    total = pc.if_else(listed, _counted(models), _NO_COUNT)
    bits = _bits(models["size_bytes"], total, models["bits_per_weight"])
    return _replaced(models, MODELS.field("bits_per_weight"), bits)


def _counted(models: pa.Table) -> pa.ChunkedArray:
    """The parameter counts but those read from a name, which are too round to divide by."""
    counted = pc.not_equal(models["parameter_count_origin"], "name").fill_null(False)
    counted = pc.and_not(counted, _of_versions(models))
    return pc.if_else(counted, models["parameter_count"], _NO_COUNT)


def _of_versions(models: pa.Table) -> pa.ChunkedArray:
    """Rows whose files are of several models: the versions of one can differ in their base."""
    return pc.equal(models["source"], "civitai")


def _quotient(size: pa.ChunkedArray, total: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.divide(pc.multiply(size.cast(pa.float64()), 8.0), total.cast(pa.float64()))


def _bits(
    size: pa.ChunkedArray, total: pa.ChunkedArray, nominal: pa.ChunkedArray
) -> pa.ChunkedArray:
    """8 x size / total where that can be of this model, else the nominal figure.

    It may be far below the nominal one: gpt-oss is MXFP4 in a file that is called F16.
    """
    bits = pc.round(_quotient(size, total), _DECIMALS)
    fits = pc.and_(
        pc.greater_equal(bits, LEAST_BITS), pc.less_equal(bits, pc.multiply(nominal, _FURTHEST))
    )
    return pc.if_else(fits.fill_null(False), bits, nominal)


def _replaced(table: pa.Table, field: pa.Field, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(field.name), field, values)
