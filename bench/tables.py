"""The catalog as plain tables that any peer can load: rows, their languages, their file groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bench import bins
from bench.question import PAGE_COLUMNS, SINGLE, UNKNOWN

ROW_COLUMNS = tuple(
    dict.fromkeys(
        (*PAGE_COLUMNS, *SINGLE.values(), "context_length", "downloads_total", "popularity")
    )
)


@dataclass(frozen=True, slots=True)
class Tables:
    """Rows in the default order; `row` of the other two is the position in `rows`."""

    rows: pa.Table
    languages: pa.Table  # row, lang
    groups: pa.Table  # row, format, quant, size_bar; see `_groups`


def from_catalog(models: pa.Table, files: pa.Table) -> Tables:
    """The tables of a catalog whose models already have their popularity."""
    order = _default_order(models)
    models = models.take(pa.array(order))
    rows = models.select(ROW_COLUMNS).combine_chunks()
    return Tables(rows, _languages(models), _groups(models, files))


def _default_order(models: pa.Table) -> np.ndarray:
    downloads = pc.coalesce(models["downloads_30d"], models["downloads_total"])
    # Refs are compared as bytes of UTF-8, as every engine here does.
    keys = pa.table(
        {"p": models["popularity"], "d": downloads, "r": models["ref"]},
    )
    chosen = pc.sort_indices(
        keys, sort_keys=[("p", "descending"), ("d", "descending"), ("r", "ascending")]
    )
    return np.asarray(chosen.to_numpy())


def _languages(models: pa.Table) -> pa.Table:
    lists = models["languages"].combine_chunks()
    table = pa.table(
        {
            "row": pc.list_parent_indices(lists).cast(pa.int32()),
            "lang": pc.list_flatten(lists),
        }
    )
    told = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    silent = np.flatnonzero(told == 0).astype(np.int32)
    unknown = pa.table({"row": silent, "lang": pa.array([UNKNOWN] * len(silent), pa.string())})
    return pa.concat_tables([table, unknown]).sort_by("row").combine_chunks()


def _groups(models: pa.Table, files: pa.Table) -> pa.Table:
    """File groups of every row.

    A value is `unknown` (NO_BAR for sizes) when no group of the row has it, and null (-2) when
    just this group has not: such a group meets neither a value nor `unknown`.
    """
    groups = pd.concat([_of_files(models, files), _of_rows(models, files)], ignore_index=True)
    groups = groups.sort_values(["row", "format", "quant", "size_bytes"], kind="stable")
    size_bar = bins.bar_of("size", pa.array(groups["size_bytes"].astype("Int64"), pa.int64()))
    columns: dict[str, pa.Array] = {"row": pa.array(groups["row"].to_numpy(np.int32))}
    for name in ("format", "quant"):
        silent = groups[name].isna() & ~_some_known(groups, groups[name].notna())
        columns[name] = pa.array(groups[name].mask(silent, UNKNOWN), pa.string(), from_pandas=True)
    partly = (size_bar == bins.NO_BAR) & _some_known(groups, pd.Series(size_bar >= 0, groups.index))
    columns["size_bar"] = pa.array(np.where(partly, bins.NO_BAR - 1, size_bar).astype(np.int16))
    return pa.table(columns)


def _some_known(groups: pd.DataFrame, known: pd.Series) -> np.ndarray:
    rows = groups["row"].to_numpy()
    some = np.zeros(int(rows.max()) + 1, dtype=bool)
    some[rows[known.to_numpy()]] = True
    return some[rows]


def _of_files(models: pa.Table, files: pa.Table) -> pd.DataFrame:
    weights = files.filter(
        pc.and_(pc.equal(files["role"], "weights").fill_null(False), pc.is_valid(files["group"]))
    )
    frame = weights.select(
        ["ref", "version_id", "group", "format", "quant_type", "size_bytes"]
    ).to_pandas()
    frame["row"] = pc.index_in(
        pa.array(frame["ref"]), value_set=models["ref"].combine_chunks()
    ).to_numpy(zero_copy_only=False)
    by_group = frame.groupby(["row", "version_id", "group"], sort=False, dropna=False)
    grouped = by_group.agg(
        format=("format", "first"),
        quant=("quant_type", "first"),
        size_bytes=("size_bytes", "sum"),
        sized=("size_bytes", "count"),
        members=("ref", "size"),
    ).reset_index()
    grouped.loc[grouped["sized"] < grouped["members"], "size_bytes"] = np.nan
    return grouped[["row", "format", "quant", "size_bytes"]]


def _of_rows(models: pa.Table, files: pa.Table) -> pd.DataFrame:
    """Rows without weight files in a group: their own formats times their own quantizations."""
    weights = files.filter(
        pc.and_(pc.equal(files["role"], "weights").fill_null(False), pc.is_valid(files["group"]))
    )
    grouped = pc.is_in(models["ref"], weights["ref"].combine_chunks())
    own = models.select(["formats", "quantizations", "size_bytes"])
    own = own.append_column("row", pa.array(np.arange(len(models), dtype=np.int32)))
    frame = own.filter(pc.invert(grouped)).to_pandas()
    frame = frame.explode("formats").explode("quantizations")
    return frame.rename(columns={"formats": "format", "quantizations": "quant"})[
        ["row", "format", "quant", "size_bytes"]
    ]
