"""What a model's own files say when they are divided by its parameters, column by column.

The bits per weight of a quantization's name are those of one reference model; a mixed or dynamic
one (`UD-TQ1_0`) is off by a quarter elsewhere. Bytes and parameters of the very files tell it, and
they give away a part (a vocoder, a projector) that passes for a whole model.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.refresh.gathering import Catalog
from catalog.store.columns import Columns, Replaced, texts
from catalog.store.encode import NULL_INT, Array, floats, ints, lean, plain, text_codes
from catalog.store.serving import owners

# Of real files TQ1_0 has the fewest, 1.69; models of one bit have about 1.1.
LEAST_BITS = 0.9
_FURTHEST = 1.5  # times the nominal figure; above it the files are not of this count
_LEAST_SHARE = 0.5  # of the nominal figure; below it the files are of less than the whole model
_FLOATS = ("F16", "BF16", "F32")  # a file that is called so may hold experts in four bits
_DECIMALS = 2  # of sizes that a table gives to two or three digits
_SMALL_KINDS = ("adapter", "component")  # their files are not of the count of what they belong to


def measured(catalog: Catalog) -> Catalog:
    """The catalog with measured bits per weight, and with parts of models told from models."""
    models, files = catalog
    if not files.num_rows:
        return catalog
    owner = owners(files, texts(models, "ref"))
    count = _own_counts(models)
    size = _set_sizes(files, owner)
    own = _quotient(size, _of_owner(_whole(models, count), owner))
    part = (own < LEAST_BITS) | (own < _LEAST_SHARE * _quantized_bits(files))
    size[part] = NULL_INT
    files = _without_parts(files, part)
    exact = np.where(_is_one_of(models, "parameter_count_origin", ("name", None)), NULL_INT, count)
    models = _sized(models, owner, size, part, exact)
    bits = _bits(size, _of_owner(exact, owner), floats(plain(files.column("bits_per_weight"))))
    files = Replaced(files, {"bits_per_weight": pa.array(bits, mask=np.isnan(bits))})
    return Catalog(_with_bits(models, owner[~np.isnan(bits)], exact), files)


def _quantized_bits(files: Columns) -> Array:
    """Nominal bits of each file whose name says how it is quantized, else NaN."""
    bits = floats(plain(files.column("bits_per_weight"))).copy()
    bits[_is_one_of(files, "quant_type", (*_FLOATS, None))] = np.nan
    return bits


def _own_counts(models: Columns) -> Array:
    """Parameter counts by which the files of a row can be judged.

    The files of a row of CivitAI are of several models: its versions can differ in their base.
    """
    count = ints(plain(models.column("parameter_count"))).copy()
    count[_is_one_of(models, "source", ("civitai",))] = NULL_INT
    return count


def _whole(models: Columns, count: Array) -> Array:
    """The count of the whole model, where the files must hold as many.

    A count taken over from a base is that of a quantized copy's files; other files may be of less.
    """
    small = _is_one_of(models, "kind", _SMALL_KINDS)
    taken_over = _is_one_of(models, "parameter_count_origin", ("base",))
    copied = _is_one_of(models, "base_model_relation", ("quantized",))
    return np.where(small | (taken_over & ~copied), NULL_INT, count)


def _is_one_of(table: Columns, name: str, values: tuple[str | None, ...]) -> Array:
    found = pc.is_in(texts(table, name), pa.array(values, pa.string()))
    result: Array = found.to_numpy(zero_copy_only=False)
    return result


def _of_owner(values: Array, owner: Array) -> Array:
    """For each file the value of its row, null where the catalog has none."""
    return np.append(values, NULL_INT)[owner]  # -1 is the last one


def _set_sizes(files: Columns, owner: Array) -> Array:
    """For each file the bytes of its whole set; null for what is in none or not all known."""
    runs = pc.equal(texts(files, "role"), "weights").fill_null(False)
    runs = pc.and_(runs, plain(files.column("group")).is_valid())
    at = np.flatnonzero(runs.to_numpy(zero_copy_only=False) & (owner >= 0))
    result = np.full(files.num_rows, NULL_INT)
    if not len(at):
        return result
    places = pa.array(at)
    names = (lean(files.column(name)).take(places) for name in ("version_id", "group"))
    keys = [owner[at], *(text_codes(name)[0] for name in names)]
    order = np.lexsort(keys)
    new = np.ones(len(at), bool)
    new[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    first = np.flatnonzero(new)
    sizes = ints(plain(files.column("size_bytes")))[at[order]]
    total = np.add.reduceat(np.where(sizes == NULL_INT, 0, sizes), first)
    total[np.logical_or.reduceat(sizes == NULL_INT, first)] = NULL_INT
    result[at[order]] = np.repeat(total, np.diff(np.append(first, len(at))))
    return result


def _quotient(size: Array, total: Array) -> Array:
    """Bits per parameter, NaN where either is not known."""
    known = (size != NULL_INT) & (total != NULL_INT)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known, size * 8.0 / total, np.nan)


def _without_parts(files: Columns, part: Array) -> Columns:
    """Sets of far too few bytes belong to no runnable set."""
    if not part.any():
        return files
    is_part = pa.array(part)
    values: dict[str, pa.Array] = {}
    for name, value in (("role", "other"), ("group", None)):
        given = pa.scalar(value, pa.string())
        values[name] = pc.if_else(is_part, given, texts(files, name))
    bits = plain(files.column("bits_per_weight"))
    values["bits_per_weight"] = pc.if_else(is_part, pa.scalar(None, bits.type), bits)
    return Replaced(files, values)


def _sized(models: Columns, owner: Array, size: Array, part: Array, count: Array) -> Columns:
    """Rows that lost a part have the size of the smallest set that is left, and its bits."""
    affected = np.unique(owner[part])
    if not len(affected):
        return models
    sizes = ints(plain(models.column("size_bytes"))).copy()
    most = np.iinfo(np.int64).max
    least = np.full(models.num_rows, most)
    known = size != NULL_INT
    np.minimum.at(least, owner[known], size[known])
    sizes[affected] = np.where(least[affected] == most, NULL_INT, least[affected])
    bits = floats(plain(models.column("bits_per_weight"))).copy()
    bits[affected] = np.round(_quotient(sizes, count)[affected], _DECIMALS)
    return Replaced(
        models,
        {
            "size_bytes": pa.array(sizes, mask=sizes == NULL_INT),
            "bits_per_weight": pa.array(bits, mask=np.isnan(bits)),
        },
    )


def _with_bits(models: Columns, listed: Array, count: Array) -> Columns:
    """A model whose smallest set is one of its listed files has the bits of that set."""
    has = np.zeros(models.num_rows, bool)
    has[listed[listed >= 0]] = True
    size = ints(plain(models.column("size_bytes")))
    nominal = floats(plain(models.column("bits_per_weight")))
    bits = _bits(size, np.where(has, count, NULL_INT), nominal)
    return Replaced(models, {"bits_per_weight": pa.array(bits, mask=np.isnan(bits))})


def _bits(size: Array, total: Array, nominal: Array) -> Array:
    """8 x size / total where that can be of this model, else the nominal figure.

    It may be far below the nominal one: gpt-oss is MXFP4 in a file that is called F16.
    """
    bits = pc.round(pa.array(_quotient(size, total)), _DECIMALS).to_numpy()
    fits = (bits >= LEAST_BITS) & (bits <= nominal * _FURTHEST)  # NaN fits nothing
    return np.where(fits, bits, nominal)
