"""Which rows are variants of which: the root of every row, and who states whom as a base."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.store.columns import Columns, texts
from catalog.store.encode import Array, expand, flat_lists, written_out
from catalog.store.parts import Parts


def row_of_refs(models: Columns, refs: pa.Array) -> Array:
    """Row of each ref, found by ref or else by alias, -1 where the catalog has none."""
    rows = pc.index_in(refs, texts(models, "ref")).fill_null(-1)
    found: Array = rows.to_numpy(zero_copy_only=False).astype(np.int64)
    offsets, aliases = flat_lists(models.column("aliases"))
    if len(aliases):
        owners = np.repeat(np.arange(models.num_rows), np.diff(offsets))
        aliases = written_out(aliases, pa.string())
        at = pc.index_in(refs, aliases).fill_null(-1).to_numpy(zero_copy_only=False)
        found = np.where((found < 0) & (at >= 0), owners[at], found)
    return found


def roots(models: Columns, offsets: Array, codes: Array, base_rows: Array) -> Array:
    """For each row the row that its variants are counted under.

    The first stated base that the catalog holds leads on, over any number of steps. Where no base
    is held, rows that state the same first base belong together, under the best-ranked of them. A
    merge of several bases stands for itself; a circle stands under its best-ranked member.
    `offsets` and `codes` are the bases of the rows, `base_rows` the row of each code or -1.
    """
    n = models.num_rows
    parent = np.arange(n)
    counts = np.diff(offsets)
    relation = texts(models, "base_model_relation")
    is_merge = pc.equal(relation, "merge").fill_null(False).to_numpy(zero_copy_only=False)
    derived = np.flatnonzero((counts > 0) & ~(is_merge & (counts > 1)))
    owners, at = expand(offsets, derived)
    rows, stated = derived[owners], base_rows[codes[at]]
    held = np.flatnonzero((stated >= 0) & (stated != rows))[::-1]
    parent[rows[held]] = stated[held]  # reversed: the first one written last
    orphans = derived[parent[derived] == derived]
    first_base = codes[offsets[orphans]]
    outside = base_rows[first_base] < 0
    orphans, first_base = orphans[outside], first_base[outside]
    if len(orphans):
        _, first, inverse = np.unique(first_base, return_index=True, return_inverse=True)
        parent[orphans] = orphans[first][inverse]
    return _followed(_without_circles(parent))


def split(parts: Parts, rows: Array, name: str) -> dict[str | None, Array]:
    """The rows by their value of one field of words, each in the order given."""
    codes, values = parts.column(name)[rows], parts.dictionary(name)
    return {values[int(code)].as_py(): rows[codes == code] for code in np.unique(codes)}


def _followed(parent: Array) -> Array:
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return parent
        parent = further


def _without_circles(parent: Array) -> Array:
    landed = parent
    for _ in range(max(1, len(parent).bit_length())):
        landed = landed[landed]
    ends = np.unique(landed)
    waiting = set(ends[parent[ends] != ends].tolist())
    parent = parent.copy()
    while waiting:
        at = start = waiting.pop()
        circle = [start]
        while (at := int(parent[at])) != start:
            circle.append(at)
        waiting.difference_update(circle)
        parent[min(circle)] = min(circle)
    return parent
