"""Polars at its best found here: enums, rows sorted once, one mask for each term, one collect."""

from __future__ import annotations

import polars as pl

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
    ranked,
)
from bench.tables import Tables

SCATTER = ["ref", "parameter_count", "downloads_30d", "commercial_use"]

PER_ROW = (*SINGLE, *(key for key in HISTOGRAMS if key != "size"))


class PolarsShared:
    """Enum columns and bar numbers per row; a question makes one mask per term and shares them."""

    name = "polars, shared masks"

    def __init__(self, tables: Tables) -> None:
        rows = pl.DataFrame(tables.rows)
        known = {column: pl.col(column).fill_null(UNKNOWN) for column in SINGLE.values()}
        rows = rows.with_columns(**known)
        rows = rows.with_columns(
            *(pl.col(column).cast(_enum(rows[column])) for column in SINGLE.values()),
            *(
                pl.Series(f"{key}_bar", bins.bar_of(key, tables.rows[column]))
                for key, column in bins.COLUMNS.items()
                if key != "size"
            ),
        )
        self._rows = rows.rechunk()
        self._drawable = self._rows.select(
            pl.all_horizontal(pl.col(SCATTER[1:3]).is_not_null())
        ).to_series()
        groups = pl.DataFrame(tables.groups).with_columns(pl.col("row").cast(pl.UInt32))
        groups = groups.with_columns(
            *(pl.col(column).cast(_enum(groups[column])) for column in GROUPED),
            *(
                # Only the first of a row's groups with one value counts when no term picks groups.
                pl.struct("row", column).is_first_distinct().alias(f"first_{column}")
                for column in (*GROUPED, "size_bar")
            ),
            alone=~pl.col("row").is_duplicated(),
        )
        self._groups = groups.rechunk()
        languages = pl.DataFrame(tables.languages).with_columns(pl.col("row").cast(pl.UInt32))
        self._languages = languages.with_columns(
            pl.col("lang").cast(_enum(languages["lang"]))
        ).rechunk()

    def ask(self, question: Question, *, values: int | None = TOP) -> Answer:
        """One whole interaction: page, count, all facets, histograms and sample."""
        masks, met = self._masks(question)
        every = _and(masks)
        # Texts of all the rows found are never gathered: only those of the page and the sample.
        found = self._rows.select(map(_column, PER_ROW)).filter(every)
        wanted = {
            **{
                key: self._single(found, masks, key)
                for key in (*SINGLE, *HISTOGRAMS)
                if key != "size"
            },
            LANGUAGE: _counts(self._languages.filter(every.gather(self._languages["row"])), "lang"),
            **self._grouped(masks, every, met),
        }
        counts = dict(zip(wanted, pl.collect_all(wanted.values()), strict=True))
        page = self._rows.select(PAGE_COLUMNS)[every.arg_true().head(PAGE_SIZE)].to_dicts()
        drawable = (every & self._drawable).arg_true()
        sample = self._rows.select(SCATTER)[drawable.sample(min(SAMPLE, len(drawable)))]
        return Answer(
            total=len(found),
            page=tuple(row["ref"] for row in page),
            facets={key: _top(counts[key], values) for key in FACETS},
            histograms={
                key: bins.bars_of(key, dict(counts[key].iter_rows())) for key in HISTOGRAMS
            },
            sample=len(sample.rows()),
        )

    def _masks(self, question: Question) -> tuple[dict[str, pl.Series], pl.Series]:
        conditions = [
            pl.col(SINGLE[key]).is_in(_known(self._rows[SINGLE[key]], wanted)).alias(key)
            for key, wanted in question.values.items()
        ]
        low, high = question.params
        between = pl.col("parameter_count").is_between(low, high).fill_null(False)
        masks = self._rows.select(*conditions, between.alias("params"))
        quants = self._groups["quant"]
        met = quants.is_in(_known(quants, question.quants)).fill_null(False)
        some = pl.repeat(False, len(self._rows), dtype=pl.Boolean, eager=True)
        some = some.scatter(self._groups["row"].filter(met), True)
        return {mask.name: mask for mask in masks} | {"quant": some}, met

    def _single(self, found: pl.DataFrame, masks: dict[str, pl.Series], key: str) -> pl.LazyFrame:
        column = _column(key)
        if key not in masks:
            return _counts(found, column)
        return _counts(self._rows.select(column).filter(_but(masks, key)), column)

    def _grouped(
        self, masks: dict[str, pl.Series], every: pl.Series, met: pl.Series
    ) -> dict[str, pl.LazyFrame]:
        groups = self._groups
        row = groups["row"]
        picked = groups.select("row", "format", "size_bar", "alone").filter(met & every.gather(row))
        others = groups.select("quant").filter(
            groups["first_quant"] & _but(masks, "quant").gather(row)
        )
        return {
            "quant": _counts(others, "quant"),
            "format": _counts(_once_a_row(picked, "format"), "format"),
            "size": _counts(_once_a_row(picked, "size_bar"), "size_bar"),
        }


def _column(key: str) -> str:
    return SINGLE.get(key, f"{key}_bar")


def _enum(column: pl.Series) -> pl.Enum:
    return pl.Enum(column.drop_nulls().unique().sort())


def _known(column: pl.Series, wanted: tuple[str, ...]) -> pl.Series:
    """The wanted values that the column can have; an enum refuses the others."""
    categories = column.dtype.categories
    return categories.filter(categories.is_in(list(wanted))).cast(column.dtype).implode()


def _once_a_row(groups: pl.DataFrame, column: str) -> pl.DataFrame:
    """Each value once for each row; most rows have one group and need no comparing."""
    several = groups.filter(~groups["alone"]).unique(["row", column])
    return pl.concat([groups.filter(groups["alone"]).select(column), several.select(column)])


def _counts(frame: pl.DataFrame, column: str) -> pl.LazyFrame:
    return frame.lazy().select(column).drop_nulls().group_by(column).len()


def _and(masks: dict[str, pl.Series]) -> pl.Series:
    first, *others = masks.values()
    for mask in others:
        first = first & mask
    return first


def _but(masks: dict[str, pl.Series], key: str) -> pl.Series:
    """Rows that meet every term but the one on `key`."""
    return _and({other: mask for other, mask in masks.items() if other != key})


def _top(counts: pl.DataFrame, values: int | None) -> tuple[int, tuple[tuple[str, int], ...]]:
    value, length = counts.columns
    text = counts if values is None else counts.filter(_reaches(counts[length], values))
    rows = text.with_columns(pl.col(value).cast(pl.String)).iter_rows()
    return len(counts), ranked(rows, values)[1]


def _reaches(counts: pl.Series, values: int) -> pl.Series:
    """Those that can be among the first `values`; equal counts at the edge all stay."""
    edge = counts.top_k(min(values, len(counts))).min()
    return counts >= (0 if edge is None else edge)
