"""Pandas as a first version of such an app has it: text columns, a fresh mask for every figure."""

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
    Bars,
    FacetCounts,
    Question,
    leaders,
)
from bench.tables import Tables

SCATTER = ["ref", "parameter_count", "downloads_30d", "commercial_use"]


class PandasNaive:
    """Unsorted rows with text columns; every number on the page filters again."""

    name = "pandas, naive"

    def __init__(self, tables: Tables) -> None:
        rows = tables.rows.to_pandas(types_mapper=_nullable)
        rows["row"] = np.arange(len(rows))
        self._rows = rows.sample(frac=1, random_state=1).reset_index(drop=True)
        self._groups = tables.groups.to_pandas()
        self._languages = tables.languages.to_pandas()

    def ask(self, question: Question, *, values: int | None = TOP) -> Answer:
        """One whole interaction: page, count, all facets, histograms and sample."""
        return Answer(
            total=int(self._mask(question).sum()),
            page=self._page(question),
            facets={key: self._facet(question, key, values) for key in FACETS},
            histograms={key: self._histogram(question, key) for key in HISTOGRAMS},
            sample=self._sample(question),
        )

    def _mask(self, question: Question, skip: str = "") -> pd.Series:
        rows = self._rows
        mask = pd.Series(True, index=rows.index)
        for key, wanted in question.values.items():
            if key != skip:
                column = rows[SINGLE[key]]
                met = column.isin(wanted)
                mask &= met | column.isna() if UNKNOWN in wanted else met
        if skip != "params":
            mask &= rows["parameter_count"].between(*question.params).fillna(False).astype(bool)
        if skip != "quant":
            met_by = self._groups.loc[self._groups["quant"].isin(question.quants), "row"]
            mask &= rows["row"].isin(met_by)
        return mask

    def _page(self, question: Question) -> tuple[str, ...]:
        found = self._rows[self._mask(question)]
        downloads = found["downloads_30d"].fillna(found["downloads_total"])
        ordered = found.assign(downloads=downloads).sort_values(
            ["popularity", "downloads", "ref"], ascending=[False, False, True]
        )
        page = ordered.head(PAGE_SIZE)[list(PAGE_COLUMNS)].to_dict("records")
        return tuple(row["ref"] for row in page)

    def _facet(self, question: Question, key: str, values: int | None) -> FacetCounts:
        mask = self._mask(question, skip=key)
        if key == LANGUAGE:
            told = self._languages
            counts = told.loc[told["row"].isin(self._rows.loc[mask, "row"]), "lang"].value_counts()
        elif key in GROUPED:
            counts = self._groups_of(question, key, mask)[key].value_counts()
        else:
            counts = self._rows.loc[mask, SINGLE[key]].fillna(UNKNOWN).value_counts()
        return leaders(counts, values)

    def _groups_of(self, question: Question, column: str, mask: pd.Series) -> pd.DataFrame:
        """Groups of the rows found that meet the terms on groups, one per row and value."""
        groups = self._groups
        if column != "quant":
            groups = groups[groups["quant"].isin(question.quants)]
        found = groups[groups["row"].isin(self._rows.loc[mask, "row"])]
        return found.drop_duplicates(["row", column])

    def _histogram(self, question: Question, key: str) -> Bars:
        mask = self._mask(question, skip=key)
        if key == "size":
            counts = self._groups_of(question, "size_bar", mask)["size_bar"].value_counts()
        else:
            numbers = self._rows.loc[mask, bins.COLUMNS[key]]
            if key == "updated":
                # Times without zone compare in UTC; the edges are the new years.
                numbers = numbers.dt.tz_localize(None).astype("datetime64[s]")
                numbers = numbers.astype("int64").where(numbers.notna())
            edges = np.append(bins.EDGES[key].astype(float), np.inf)
            bars = pd.cut(numbers.astype(float), edges, right=False, labels=False)
            counts = bars.fillna(bins.NO_BAR).astype(int).value_counts()
        return bins.bars_of(key, counts.to_dict())

    def _sample(self, question: Question) -> int:
        found = self._rows.loc[self._mask(question), SCATTER].dropna()
        return len(found.sample(min(SAMPLE, len(found))).to_dict("records"))


def _nullable(kind: object) -> object:
    """Whole numbers with gaps stay whole numbers."""
    return pd.Int64Dtype() if str(kind) == "int64" else None
