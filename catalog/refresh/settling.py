"""Lets every model take over from its bases what `normalize.settle` says, table to table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize.license import NAMED_TERMS
from catalog.normalize.parameters import measured_bits
from catalog.normalize.settle import Lineage, Settled, settle
from catalog.normalize.task import modality_of
from catalog.store.schema import MODELS

_COPIED = (
    "commercial_use",
    "license_reasons",
    "pipeline_tag",
    "pipeline_tag_origin",
    "parameter_count",
    "parameter_count_origin",
    "family",
)


def settled(models: pa.Table) -> pa.Table:
    """The table with the rows that state or name a base settled; others and the order stay."""
    stated = pc.greater(pc.list_value_length(models["base_models"]), 0).fill_null(False)
    named = pc.match_substring_regex(models["name"], NAMED_TERMS, ignore_case=True)
    # What creators on CivitAI permit is no license; its verdict is complete when it is read.
    named = pc.and_(named.fill_null(False), pc.not_equal(models["source"], "civitai"))
    derived = pc.or_(stated, named)
    named_as_base = pc.is_in(models["ref"], pc.list_flatten(models["base_models"]).unique())
    # Only rows that derive and rows that are derived from become Python objects.
    involved = models.filter(pc.or_(derived, named_as_base)).select(["ref", *Lineage._fields])
    outcome = settle({row.pop("ref"): _lineage(row) for row in involved.to_pylist()})
    rows = np.flatnonzero(derived.to_numpy())
    at = pa.array(rows)
    found = [outcome[ref] for ref in models["ref"].take(at).to_pylist()]
    for name in _COPIED:
        values = [getattr(one, name) for one in found]
        models = _with_values(models, name, rows, values)
    modalities = [modality_of(one.pipeline_tag) for one in found]
    models = _with_values(models, "modality", rows, modalities)
    models = _with_values(models, "bits_per_weight", rows, _bits(models.take(at), found))
    flags = models["flags"].take(at).to_pylist()
    changed = [_flags(before or [], one) for before, one in zip(flags, found, strict=True)]
    return _with_values(models, "flags", rows, changed)


def _bits(derived: pa.Table, found: Sequence[Settled]) -> list[float | None]:
    """Bits per weight follow from the size and a count that a base gave; else they stay."""
    sizes = derived["size_bytes"].to_pylist()
    before = derived["bits_per_weight"].to_pylist()
    return [
        measured_bits(size, one.parameter_count, one.parameter_count_origin) or stated
        for size, one, stated in zip(sizes, found, before, strict=True)
    ]


def _lineage(row: dict[str, Any]) -> Lineage:
    return Lineage(**{**row, "base_models": tuple(row["base_models"] or ())})


def _flags(before: Sequence[str], one: Settled) -> list[str]:
    # A disagreement with the name was found when the row was read, and is not for us to take back.
    kept = [flag for flag in before if flag != "license_conflict"]
    if one.license_conflict:
        kept.append("license_conflict")
    if one.params_disagree and "params_disagree" not in kept:
        kept.append("params_disagree")
    return sorted(kept)


def _with_values(
    models: pa.Table, name: str, rows: np.ndarray[Any, Any], values: Sequence[Any]
) -> pa.Table:
    """The table with `values` at `rows` of one column, whatever its type."""
    old = models[name]
    new = pa.array(values, MODELS.field(name).type)
    source = np.arange(len(old))
    source[rows] = len(old) + np.arange(len(rows))
    column = pa.chunked_array([*old.chunks, new]).take(pa.array(source))
    return models.set_column(MODELS.get_field_index(name), MODELS.field(name), column)
