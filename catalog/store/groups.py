"""File groups: what a model can be run from, as arrays sorted by row.

A group is the weights of one runnable set: the files of one group name, or, for a row without such
files, each of its formats with each of its quantizations, all of the row's own size and bits. Every
row has at least one. A value that is null although another group of the row has one is HIDDEN: it
meets no term, while null in all groups of a row is what `unknown` finds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.store.columns import Columns, texts
from catalog.store.encode import (
    NULL_INT,
    Array,
    csr,
    expand,
    flat_lists,
    floats,
    ints,
    lean,
    list_codes,
    plain,
    smallest,
    text_codes,
)

HIDDEN_INT = NULL_INT + 1
HIDDEN_BITS = -np.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Groups of all rows; `offsets` has one entry per row and one more."""

    offsets: Array
    formats: Array  # codes, 0 unknown, len(format_values) hidden
    quants: Array
    sizes: Array
    bits: Array
    format_values: pa.Array
    quant_values: pa.Array


def build(models: Columns, files: Columns, file_rows: Array) -> Groups:
    """Groups of the rows of `models`; `file_rows` is the row of each file."""
    wanted = pc.and_(
        pc.equal(texts(files, "role"), "weights").fill_null(False),
        plain(files.column("group")).is_valid(),
    ).to_numpy(zero_copy_only=False)
    at = np.flatnonzero(wanted)
    file_rows = file_rows[at]
    made = _of_files(files, at, file_rows)
    has_files = np.zeros(models.num_rows, bool)
    has_files[file_rows] = True
    own = _of_rows(models, np.flatnonzero(~has_files))
    formats, format_values = text_codes(pa.concat_arrays([made[1], own[1]]))
    quants, quant_values = text_codes(pa.concat_arrays([made[2], own[2]]))
    rows = np.concatenate([made[0], own[0]])
    sizes = np.concatenate([made[3], own[3]])
    # By size within a row: equal sizes stand together wherever some of the groups are left out.
    order = np.lexsort((quants, formats, sizes, rows))
    rows = rows[order]
    offsets = np.zeros(models.num_rows + 1, np.int64)
    np.cumsum(np.bincount(rows, minlength=models.num_rows), out=offsets[1:])
    return Groups(
        offsets=offsets,
        formats=_hidden(rows, formats[order], 0, len(format_values)),
        quants=_hidden(rows, quants[order], 0, len(quant_values)),
        sizes=_hidden(rows, sizes[order], NULL_INT, HIDDEN_INT),
        bits=_hidden(rows, np.concatenate([made[4], own[4]])[order], np.nan, HIDDEN_BITS),
        format_values=format_values,
        quant_values=quant_values,
    )


def sets(offsets: Array, items: Array) -> tuple[Array, Array, Array]:
    """One code per distinct set of items of a row, and the sets as a CSR. No row may be empty."""
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    offsets, items = csr(rows, items, len(offsets) - 1)
    mixed = _mixed(items.astype(np.uint64))
    hashes = np.add.reduceat(mixed, offsets[:-1]) if len(items) else np.empty(0, np.uint64)
    _, first, codes = np.unique(hashes, return_index=True, return_inverse=True)
    owners, at = expand(offsets, first)
    set_offsets = np.zeros(len(first) + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=len(first)), out=set_offsets[1:])
    return codes.astype(smallest(len(first))), set_offsets, items[at]


def _mixed(numbers: Array) -> Array:
    """Well spread 64-bit hashes (the finaliser of SplitMix64), to be added up per set."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Array = numbers ^ (numbers >> np.uint64(31))
    return mixed


_Parts = tuple[Array, pa.Array, pa.Array, Array, Array]


def _of_files(files: Columns, at: Array, rows: Array) -> _Parts:
    """Row, format, quant, size and bits of each group of files; size is null when one file's is."""
    if not len(rows):
        nothing = lean(pa.nulls(0, pa.string()))
        return rows, nothing, nothing, ints_none(), floats_none()
    places = pa.array(at)
    versions, _ = text_codes(plain(files.column("version_id")).take(places))
    names, _ = text_codes(plain(files.column("group")).take(places))
    order = np.lexsort((names, versions, rows))
    new = np.ones(len(order), bool)
    keys = (rows[order], versions[order], names[order])
    new[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
    first = np.flatnonzero(new)
    sizes = ints(plain(files.column("size_bytes")))[at[order]]
    total = np.add.reduceat(np.where(sizes == NULL_INT, 0, sizes), first)
    total[np.logical_or.reduceat(sizes == NULL_INT, first)] = NULL_INT

    def stated(name: str) -> pa.Array:
        column = lean(files.column(name)).take(pa.array(at[order]))
        known = column.is_valid().to_numpy(zero_copy_only=False)
        place = np.minimum.reduceat(np.where(known, np.arange(len(order)), len(order)), first)
        return column.take(pa.array(place, mask=place == len(order)))

    bits = floats(stated("bits_per_weight"))
    return keys[0][first], stated("format"), stated("quant_type"), total, bits


def ints_none() -> Array:
    """No whole numbers."""
    return np.empty(0, np.int64)


def floats_none() -> Array:
    """No numbers."""
    return np.empty(0, np.float64)


def _of_rows(models: Columns, rows: Array) -> _Parts:
    """Formats x quantizations of rows without files, each with the row's own size and bits."""
    chosen = pa.array(rows)
    formats, format_lists = list_codes(lean(models.column("formats")).take(chosen))
    quants, quant_lists = list_codes(lean(models.column("quantizations")).take(chosen))
    pairs, codes = np.unique(
        formats.astype(np.int64) * len(quant_lists) + quants, return_inverse=True
    )
    offsets = [0]
    all_formats: list[str | None] = []
    all_quants: list[str | None] = []
    for pair in pairs.tolist():
        for name in format_lists[pair // len(quant_lists)].as_py() or [None]:
            for quant in quant_lists[pair % len(quant_lists)].as_py() or [None]:
                all_formats.append(name)
                all_quants.append(quant)
        offsets.append(len(all_formats))
    owners, at = expand(np.array(offsets, np.int64), codes)
    sizes = ints(plain(models.column("size_bytes")))[rows[owners]]
    bits = floats(plain(models.column("bits_per_weight")))[rows[owners]]
    place = pa.array(at)
    return (
        rows[owners],
        lean(pa.array(all_formats, pa.string())).take(place),
        lean(pa.array(all_quants, pa.string())).take(place),
        sizes,
        bits,
    )


def _hidden(rows: Array, values: Array, null: float, hidden: float) -> Array:
    """The values with nulls hidden in rows where another group has a value."""
    is_null = np.isnan(values) if isinstance(null, float) and np.isnan(null) else values == null
    if values.dtype.kind == "u":
        values = values.astype(smallest(int(hidden) + 1))
    if not len(rows):
        return values
    first = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))
    sizes = np.diff(np.append(first, len(rows)))
    some_known = np.repeat(np.logical_or.reduceat(~is_null, first), sizes)
    result = values.copy()
    result[is_null & some_known] = hidden
    return result


def item_sets(column: pa.Array) -> tuple[Array, pa.Array, Array, Array]:
    """Codes of a list column, its sorted values, and the value codes of each list as a CSR.

    Value code 0 is what an empty list has: null.
    """
    codes, lists = list_codes(column)
    offsets, items = flat_lists(lists)
    item_codes, values = text_codes(items)
    owners = np.repeat(np.arange(len(lists)), np.diff(offsets))
    empty = np.flatnonzero(np.diff(offsets) == 0)
    owners = np.concatenate([owners, empty])
    item_codes = np.concatenate([item_codes.astype(np.int64), np.zeros(len(empty), np.int64)])
    set_offsets, set_items = csr(owners, item_codes, len(lists))
    return codes, values, set_offsets, set_items
