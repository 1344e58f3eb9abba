"""From Arrow columns to the fixed-width arrays that a generation is made of, and back.

Null is one value of each kind of array: code 0, the smallest integer, NaN. It stays inside `store`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Array = np.ndarray[Any, Any]

NULL_INT = np.iinfo(np.int64).min
_SEPARATOR = "\x1f"  # between the items of a list while equal lists are looked for


def smallest(size: int) -> type[np.unsignedinteger[Any]]:
    """The narrowest unsigned type that can hold codes 0 .. size - 1."""
    if size <= 1 << 8:
        return np.uint8
    return np.uint16 if size <= 1 << 16 else np.uint32


def plain(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    whole = column.combine_chunks()
    return whole if not isinstance(whole, pa.ChunkedArray) else pa.concat_arrays(whole.chunks)


def text_codes(column: pa.Array, null_word: str | None = None) -> tuple[Array, pa.Array]:
    """Codes of a text column and the sorted dictionary they point into; entry 0 is null.

    `null_word` is the member of an enum that says the same as null ("unknown").
    """
    encoded = pc.dictionary_encode(column)
    values, indices = encoded.dictionary, encoded.indices
    order = pc.sort_indices(values).to_numpy()
    rank = np.empty(len(values) + 1, np.int64)
    rank[order] = np.arange(1, len(values) + 1)
    rank[-1] = 0
    found = indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    codes = rank[found]
    values = values.take(pa.array(order))
    if null_word is not None and (at := values.index(null_word).as_py()) >= 0:
        keep = np.arange(len(values)) != at
        shift = np.concatenate(([0], np.where(keep, np.cumsum(keep), 0)))
        codes, values = shift[codes], values.filter(pa.array(keep))
    dictionary = pa.concat_arrays([pa.nulls(1, pa.string()), values.cast(pa.string())])
    return codes.astype(smallest(len(dictionary))), dictionary


def flat_lists(column: pa.Array) -> tuple[Array, pa.Array]:
    """Offsets and items of a list column; a null list is an empty one, null items are dropped."""
    lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    items = column.flatten()
    if items.null_count:
        owners = np.repeat(np.arange(len(column)), lengths)
        known = items.is_valid().to_numpy(zero_copy_only=False)
        lengths = np.bincount(owners[known], minlength=len(column))
        items = items.drop_null()
    offsets = np.zeros(len(column) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets, items


def list_codes(column: pa.Array) -> tuple[Array, pa.Array]:
    """Codes of a list column, one per distinct list; entry 0 is the empty list."""
    offsets, items = flat_lists(column)
    clean = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items)
    keys = pc.binary_join(clean, _SEPARATOR)
    filled = np.diff(offsets) > 0
    keys = pc.if_else(pa.array(filled), keys, pa.scalar(None, pa.string()))
    encoded = pc.dictionary_encode(keys)
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    first = np.full(len(encoded.dictionary), len(column), np.int64)
    known = np.flatnonzero(indices >= 0)
    np.minimum.at(first, indices[known], known)
    empty = pa.array([[]], pa.list_(pa.string()))
    dictionary = pa.concat_arrays([empty, clean.take(pa.array(first)).cast(empty.type)])
    return (indices + 1).astype(smallest(len(dictionary))), dictionary


def ints(column: pa.Array) -> Array:
    """Whole numbers with NULL_INT for null; dates and times as days and seconds."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("s", tz="UTC")).cast(pa.int64())
    elif pa.types.is_date32(kind):
        column = column.cast(pa.int32()).cast(pa.int64())
    whole: Array = column.fill_null(NULL_INT).to_numpy(zero_copy_only=False)
    return whole.astype(np.int64, copy=False)


def floats(column: pa.Array) -> Array:
    """Numbers with NaN for null."""
    numbers: Array = column.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    return numbers


def csr(keys: Array, values: Array, size: int) -> tuple[Array, Array]:
    """Offsets by key and the values in (key, value) order, every pair once."""
    order = np.lexsort((values, keys))
    keys, values = keys[order], values[order]
    if len(keys):
        new = np.ones(len(keys), bool)
        new[1:] = (keys[1:] != keys[:-1]) | (values[1:] != values[:-1])
        keys, values = keys[new], values[new]
    offsets = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=size), out=offsets[1:])
    return offsets, values


def expand(offsets: Array, keys: Array) -> tuple[Array, Array]:
    """For each key its slice of a CSR: positions into `keys`, positions into the values."""
    starts = offsets[keys].astype(np.int64)
    lengths = offsets[keys + 1].astype(np.int64) - starts
    owners = np.repeat(np.arange(len(keys)), lengths)
    shift = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return owners, np.arange(len(owners)) + shift
