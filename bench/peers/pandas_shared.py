"""Pandas written well: sorted once, categories instead of texts, every mask made once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bench import bins
from bench.question import (
    FACETS,
    GROUPED,
    HISTOGRAMS,
    LANGUAGE,
    PAGE_COLUMNS,
    PAGE_SIZE,
    SAMPLE,
    SINGLE,
    TOP,
    UNKNOWN,
    Answer,
    Question,
    leaders,
)
from bench.tables import Tables

SCATTER = ["ref", "parameter_count", "downloads_30d", "commercial_use"]


class PandasShared:
    """Categories and bar numbers per row; a question makes one mask per term and shares them."""

    name = "pandas, shared masks"

    def __init__(self, tables: Tables) -> None:
        self._random = np.random.default_rng(1)
        rows = tables.rows.to_pandas()
        for column in SINGLE.values():
            rows[column] = rows[column].fillna(UNKNOWN).astype("category")
        for key, column in bins.COLUMNS.items():
            if key != "size":
                bars = bins.bar_of(key, tables.rows[column])
                rows[f"{key}_bar"] = pd.Categorical(bars)
        self._rows = rows
        self._drawable = rows[SCATTER[1:3]].notna().all(axis=1).to_numpy()
        groups = tables.groups.to_pandas()
        for column in (*GROUPED, "size_bar"):
            # Only the first of a row's groups with one value counts when no term picks groups.
            groups[f"first_{column}"] = ~groups.duplicated(["row", column])
            groups[column] = groups[column].astype("category")
        groups["alone"] = ~groups["row"].duplicated(keep=False)
        self._groups = groups
        languages = tables.languages.to_pandas()
        self._languages = languages.assign(lang=languages["lang"].astype("category"))

    def ask(self, question: Question, *, values: int | None = TOP) -> Answer:
        """One whole interaction: page, count, all facets, histograms and sample."""
        masks, met = self._masks(question)
        every = np.logical_and.reduce(list(masks.values()))
        counts = {key: self._counts(masks, every, key) for key in (*FACETS, *HISTOGRAMS)}
        counts |= self._grouped(masks, every, met)
        told = self._languages["lang"][every[self._languages["row"].to_numpy()]]
        counts[LANGUAGE] = told.value_counts(sort=False)
        # Texts of all the rows found are never gathered: only those of the page and the sample.
        found = np.flatnonzero(every)
        page = self._rows[list(PAGE_COLUMNS)].iloc[found[:PAGE_SIZE]].to_dict("records")
        drawable = np.flatnonzero(every & self._drawable)
        drawn = self._random.choice(drawable, min(SAMPLE, len(drawable)), replace=False)
        sample = self._rows[SCATTER].iloc[drawn].to_dict("records")
        return Answer(
            total=len(found),
            page=tuple(row["ref"] for row in page),
            facets={key: leaders(counts[key], values) for key in FACETS},
            histograms={key: bins.bars_of(key, counts[key].to_dict()) for key in HISTOGRAMS},
            sample=len(sample),
        )

    def _masks(self, question: Question) -> tuple[dict[str, np.ndarray], np.ndarray]:
        rows = self._rows
        masks = {
            key: rows[SINGLE[key]].isin(wanted).to_numpy()
            for key, wanted in question.values.items()
        }
        masks["params"] = rows["parameter_count"].between(*question.params).to_numpy()
        met = self._groups["quant"].isin(question.quants).to_numpy()
        masks["quant"] = np.zeros(len(rows), dtype=bool)
        masks["quant"][self._groups["row"].to_numpy()[met]] = True
        return masks, met

    def _counts(self, masks: dict[str, np.ndarray], every: np.ndarray, key: str) -> pd.Series:
        if key in (LANGUAGE, "size", *GROUPED):
            return pd.Series(dtype="int64")
        column = SINGLE.get(key, f"{key}_bar")
        picked = _but(masks, key) if key in masks else every
        return self._rows[column][picked].value_counts(sort=False)

    def _grouped(
        self, masks: dict[str, np.ndarray], every: np.ndarray, met: np.ndarray
    ) -> dict[str, pd.Series]:
        groups = self._groups
        row_of = groups["row"].to_numpy()
        picked = met & every[row_of]
        others = _but(masks, "quant")[row_of] & groups["first_quant"].to_numpy()
        # Most rows have one group; only the others can show a value twice.
        alone = groups[picked & groups["alone"].to_numpy()]
        several = groups[picked & ~groups["alone"].to_numpy()]

        def once_a_row(column: str) -> pd.Series:
            values = several.drop_duplicates(["row", column])[column]
            return alone[column].value_counts(sort=False) + values.value_counts(sort=False)

        return {
            "quant": groups["quant"][others].value_counts(sort=False),
            "format": once_a_row("format"),
            "size": once_a_row("size_bar"),
        }


def _but(masks: dict[str, np.ndarray], key: str) -> np.ndarray:
    """Rows that meet every term but the one on `key`."""
    return np.logical_and.reduce([mask for other, mask in masks.items() if other != key])
