"""What rows do not say of themselves: corrections by hand, and that a newer version is there."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize import overrides
from catalog.normalize.succession import Versioned, superseded
from catalog.reports import Correction
from catalog.store.columns import Chosen, Columns, Filler, Patched, Shelf, table_of, texts
from catalog.store.corrections import corrections
from catalog.store.encode import Array
from catalog.store.schema import MODELS

_FLAGS = pa.schema([MODELS.field("flags")])


def corrected(models: Columns, root: Path, shelf: Shelf) -> Columns:
    """The table with the corrections in it; those of refs that it lacks wait for them."""
    by_ref: defaultdict[str, list[Correction]] = defaultdict(list)
    for one in corrections(root)[0]:
        by_ref[one.ref].append(one)
    if not by_ref:
        return models
    found = pc.index_in(pa.array(by_ref, pa.string()), texts(models, "ref"))
    rows: Array = np.sort(found.drop_null().to_numpy(zero_copy_only=False).astype(np.int64))
    if not len(rows):
        return models
    before = table_of(Chosen(models, rows, MODELS), MODELS).to_pylist()
    after = [overrides.corrected(row, by_ref[row["ref"]]) for row in before]
    return _patched(models, rows, pa.Table.from_pylist(after, schema=MODELS), MODELS, shelf)


def succeeded(models: Columns, shelf: Shelf) -> Columns:
    """The table with the flag on every row that a newer version replaces."""
    versioned = pc.match_substring_regex(texts(models, "name"), r"[vV]\d").fill_null(False)
    versioned = pc.and_(versioned, pc.not_equal(texts(models, "source"), "civitai"))
    rows: Array = np.flatnonzero(versioned.to_numpy(zero_copy_only=False))
    if not len(rows):
        return models
    part = Chosen(models, rows, MODELS)
    names = (*Versioned._fields, "flags")
    table = table_of(part, pa.schema([MODELS.field(name) for name in names])).to_pydict()
    facts = map(Versioned._make, zip(*(table[name] for name in Versioned._fields), strict=True))
    replaced = np.array(superseded(facts)) & np.array(
        ["superseded" not in flags for flags in table["flags"]]
    )
    if not replaced.any():
        return models
    flags = [
        sorted([*before, "superseded"])
        for before, new in zip(table["flags"], replaced.tolist(), strict=True)
        if new
    ]
    return _patched(models, rows[replaced], pa.table({"flags": flags}, _FLAGS), _FLAGS, shelf)


def _patched(
    models: Columns, rows: Array, values: pa.Table, schema: pa.Schema, shelf: Shelf
) -> Columns:
    patch = Filler(shelf, schema)
    patch.add(values)
    return Patched(models, rows, patch.done(), MODELS)
