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
_PAIRS = 1 << 22
AT_ONCE = 1 << 20  # items that are worked on together where there may be tens of millions


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


def lean(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece, its text as int32 codes into a dictionary; a null list is empty."""
    column = plain(column)
    if pa.types.is_string(column.type):
        return pc.dictionary_encode(column)
    if pa.types.is_list(column.type) and not (
        column.null_count == column.offset == 0 and pa.types.is_dictionary(column.type.value_type)
    ):
        lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
        offsets = np.zeros(len(column) + 1, np.int32)
        np.cumsum(lengths, out=offsets[1:])
        return pa.ListArray.from_arrays(pa.array(offsets), lean(column.flatten()))
    return column


def written_out(column: pa.ChunkedArray | pa.Array, kind: pa.DataType) -> pa.Array:
    """A column of the type that the schema has for it, without codes."""
    column = plain(column)
    if column.type == kind:
        return column
    if pa.types.is_list(kind):
        column = lean(column)
        return pa.ListArray.from_arrays(column.offsets, written_out(column.values, kind.value_type))
    if pa.types.is_dictionary(column.type):
        column = column.dictionary.take(column.indices)
    return column.cast(kind)


def text_codes(
    column: pa.ChunkedArray | pa.Array, null_word: str | None = None
) -> tuple[Array, pa.Array]:
    """Codes of a text column and the sorted dictionary they point into; entry 0 is null.

    `null_word` is the member of an enum that says the same as null ("unknown").
    """
    encoded = lean(column)
    values, indices = encoded.dictionary, encoded.indices
    if indices.null_count:
        indices = indices.fill_null(len(values))
    found = indices.to_numpy(zero_copy_only=False)
    used = np.zeros(len(values) + 1, bool)
    for begin in range(0, len(found), AT_ONCE):
        used[found[begin : begin + AT_ONCE]] = True
    kept = np.flatnonzero(used[:-1])  # a dictionary may hold more than the column does
    values = values.take(pa.array(kept))
    order = pc.sort_indices(values).to_numpy()
    rank = np.zeros(len(used), np.int64)
    rank[kept[order]] = np.arange(1, len(kept) + 1)
    values = values.take(pa.array(order))
    if null_word is not None and (at := values.index(null_word).as_py()) >= 0:
        keep = np.arange(len(values)) != at
        shift = np.concatenate(([0], np.where(keep, np.cumsum(keep), 0)))
        rank, values = shift[rank], values.filter(pa.array(keep))
    dictionary = pa.concat_arrays([pa.nulls(1, pa.string()), values.cast(pa.string())])
    return gathered(rank.astype(smallest(len(dictionary))), found), dictionary


def gathered(table: Array, places: Array) -> Array:
    """`table[places]`, without the copy of all places that indexing makes."""
    result = np.empty(len(places), table.dtype)
    for begin in range(0, len(places), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        result[part] = table[places[part]]
    return result


def flat_lists(column: pa.ChunkedArray | pa.Array) -> tuple[Array, pa.Array]:
    """Offsets and coded items of a list column; a null list is empty, null items are dropped."""
    column = lean(column)
    offsets, items = column.offsets.to_numpy(), column.values
    items = items.slice(offsets[0], offsets[-1] - offsets[0])
    if not items.null_count:
        return offsets.astype(np.int64) - offsets[0], items
    known = np.concatenate(([0], np.cumsum(items.is_valid().to_numpy(zero_copy_only=False))))
    return known[offsets - offsets[0]], items.drop_null()


def list_codes(column: pa.ChunkedArray | pa.Array) -> tuple[Array, pa.Array]:
    """Codes of a list column, one per distinct list; entry 0 is the empty list."""
    offsets, items = flat_lists(column)
    size = len(offsets) - 1
    # The codes of a list in one piece are its key: bytes, looked at where they lie.
    numbers = np.ascontiguousarray(items.indices.to_numpy())
    places = pa.array(offsets * numbers.itemsize)
    filled = pa.array(np.diff(offsets) > 0)
    keys = pa.Array.from_buffers(
        pa.large_binary(), size, [None, places.buffers()[1], pa.py_buffer(numbers)]
    )
    keys = pc.if_else(filled, keys, pa.scalar(None, keys.type))
    encoded = pc.dictionary_encode(keys)
    indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    first = np.full(len(encoded.dictionary), size, np.int64)
    known = np.flatnonzero(indices >= 0)
    np.minimum.at(first, indices[known], known)
    kind = pa.list_(pa.string())
    clean = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items)
    lists = written_out(clean.take(pa.array(first)), kind)
    dictionary = pa.concat_arrays([pa.array([[]], kind), lists])
    return (indices.astype(np.int64) + 1).astype(smallest(len(dictionary))), dictionary


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


def postings(offsets: Array, codes: Array, size: int) -> tuple[Array, Array]:
    """The rows of each code of a list column as a CSR, every pair once and rows ascending.

    As `csr`, for tens of millions of items: so many codes at a time as have _PAIRS pairs.
    """
    lengths = np.diff(offsets)
    owners = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
    counts = np.zeros(size, np.int64)
    for begin in range(0, len(codes), AT_ONCE):
        counts += np.bincount(codes[begin : begin + AT_ONCE], minlength=size)
    ends = np.cumsum(counts)
    starts, found, low = np.zeros(size + 1, np.int64), [np.empty(0, np.uint32)], 0
    while low < size:
        before = ends[low - 1] if low else 0
        high = max(low + 1, int(np.searchsorted(ends, before + _PAIRS, side="right")))
        chosen = np.flatnonzero((codes >= low) & (codes < high))
        part, rows = csr(codes[chosen] - low, owners[chosen], high - low)
        starts[low + 1 : high + 1] = starts[low] + part[1:]
        found.append(rows)
        low = high
    return starts, np.concatenate(found)


def expand(offsets: Array, keys: Array) -> tuple[Array, Array]:
    """For each key its slice of a CSR: positions into `keys`, positions into the values."""
    starts = offsets[keys].astype(np.int64)
    lengths = offsets[keys + 1].astype(np.int64) - starts
    owners = np.repeat(np.arange(len(keys)), lengths)
    shift = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return owners, np.arange(len(owners)) + shift
