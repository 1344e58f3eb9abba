"""DuckDB: tables sorted once, codes of one or two bytes, terms as joins to small flag tables."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
    FacetCounts,
    Question,
    ranked,
)
from bench.tables import Tables

BARS = {key: column for key, column in bins.COLUMNS.items() if key != "size"}
PER_ROW = (*SINGLE, *BARS)
MET = "JOIN met_{key} ON r.{key} = met_{key}.code AND met_{key}.met"


class DuckDB:
    """A database file of its own, read with all cores; what a question shares is a temp table."""

    name = "DuckDB"

    def __init__(self, tables: Tables) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._base = duckdb.connect(Path(self._folder.name) / "peer.duckdb")
        self._texts: dict[str, list[str]] = {}
        self._load("texts", {"row": _row_numbers(tables), **_columns(tables.rows, PAGE_COLUMNS)})
        numbers = {
            "parameter_count": tables.rows["parameter_count"],
            "downloads_30d": tables.rows["downloads_30d"],
            "drawable": pc.and_(
                pc.is_valid(tables.rows["parameter_count"]),
                pc.is_valid(tables.rows["downloads_30d"]),
            ),
        }
        codes = {key: self._codes(key, tables.rows[SINGLE[key]]) for key in SINGLE}
        bars = {key: pa.array(bins.bar_of(key, tables.rows[BARS[key]])) for key in BARS}
        self._load("r", {"row": _row_numbers(tables), **codes, **bars, **numbers})
        groups = tables.groups
        self._load(
            "g",
            {
                "row": groups["row"],
                **{key: self._codes(key, groups[key], fill=False) for key in GROUPED},
                "size": groups["size_bar"],
                "first_quant": _first_of(groups, "quant"),
            },
        )
        languages = tables.languages
        self._load("l", {"row": languages["row"], "lang": self._codes(LANGUAGE, languages["lang"])})
        self._base.execute("CHECKPOINT")

    def close(self) -> None:
        """Gives the file back."""
        self._base.close()
        self._folder.cleanup()

    def ask(self, question: Question, *, values: int | None = TOP) -> Answer:
        """One whole interaction: page, count, all facets, histograms and sample."""
        self._prepare(question)
        return Answer(
            total=self._rows("SELECT count(*) FROM found")[0][0],
            page=self._page(),
            facets={key: self._facet(key, self._counted(question, key), values) for key in FACETS},
            histograms={
                key: bins.bars_of(key, dict(self._rows(self._counted(question, key))))
                for key in HISTOGRAMS
            },
            sample=self._sample(),
        )

    def _prepare(self, question: Question) -> None:
        for key, wanted in (*question.values.items(), ("quant", question.quants)):
            accepted = set(wanted)
            flags = pa.table(
                {
                    "code": pa.array(range(len(self._texts[key])), pa.int32()),
                    "met": [text in accepted for text in self._texts[key]],
                }
            )
            self._temp(f"met_{key}", "SELECT * FROM flags", flags=flags)
        self._temp(
            "met_groups",
            "SELECT DISTINCT row FROM g JOIN met_quant ON g.quant = met_quant.code AND met",
        )
        kept = [f"r.{key}" for key in PER_ROW if key not in {*question.values, "params"}]
        drawn = "r.row, r.drawable, r.parameter_count, r.downloads_30d"
        self._temp("found", f"SELECT {drawn}, {', '.join(kept)} {self._from(question)}")

    def _from(self, question: Question, skip: str = "") -> str:
        """Joins and conditions of a question over the rows, without the term on one key."""
        joins = [MET.format(key=key) for key in question.values if key != skip]
        low, high = question.params
        where = {
            "params": f"r.parameter_count BETWEEN {low} AND {high}",
            "quant": "r.row IN (SELECT row FROM met_groups)",
        }
        conditions = [text for key, text in where.items() if key != skip]
        return f"FROM r {' '.join(joins)} WHERE {' AND '.join(conditions)}"

    def _counted(self, question: Question, key: str) -> str:
        """SQL for the counts of one key under every term but its own."""
        if key == "quant":
            others = f"SELECT r.row {self._from(question, skip=key)}"
            return (
                "SELECT quant AS value, count(*) AS n FROM g"
                f" WHERE first_quant AND row IN ({others}) GROUP BY quant"
            )
        if key in {"format", "size"}:
            met = "g JOIN met_quant ON g.quant = met_quant.code AND met SEMI JOIN found USING (row)"
            return (
                f"SELECT value, count(*) AS n FROM (SELECT DISTINCT row, {key} AS value FROM {met})"
                " GROUP BY value"
            )
        if key == LANGUAGE:
            spoken = "l SEMI JOIN found USING (row)"
            return f"SELECT lang AS value, count(*) AS n FROM {spoken} GROUP BY lang"
        if key in question.values or key == "params":
            of = self._from(question, skip=key)
            return f"SELECT r.{key} AS value, count(*) AS n {of} GROUP BY r.{key}"
        return f"SELECT {key} AS value, count(*) AS n FROM found GROUP BY {key}"

    def _facet(self, key: str, counted: str, values: int | None) -> FacetCounts:
        # Codes are in the order of their texts: ties are settled before anything becomes text.
        cut = "" if values is None else f"LIMIT {values}"
        rows = self._rows(
            f"SELECT value, n, count(*) OVER () FROM ({counted}) WHERE value IS NOT NULL"
            f" ORDER BY n DESC, value {cut}"
        )
        texts = self._texts[key]
        distinct = rows[0][2] if rows else 0
        return distinct, ranked(((texts[code], count) for code, count, _ in rows), values)[1]

    def _page(self) -> tuple[str, ...]:
        first = f"(SELECT row FROM found ORDER BY row LIMIT {PAGE_SIZE})"
        columns = ", ".join(PAGE_COLUMNS)
        page = self._rows(f"SELECT {columns} FROM texts SEMI JOIN {first} USING (row) ORDER BY row")
        return tuple(row[0] for row in page)

    def _sample(self) -> int:
        # Drawn before WHERE unless inside. Marks are named by row: looking many scattered refs
        # up costs this engine more than the rest of a narrow question.
        columns = "row, parameter_count, downloads_30d, commercial"
        drawable = f"(SELECT {columns} FROM found WHERE drawable)"
        return len(self._rows(f"SELECT * FROM {drawable} USING SAMPLE {SAMPLE} ROWS"))

    def _codes(self, key: str, column: pa.ChunkedArray, *, fill: bool = True) -> pa.Array:
        """Codes in the order of the texts, in as few bytes as they need."""
        texts = (pc.fill_null(column, UNKNOWN) if fill else column).combine_chunks()
        self._texts[key] = sorted(text for text in pc.unique(texts).to_pylist() if text is not None)
        size = len(self._texts[key])
        kind = pa.uint8() if size < 256 else pa.uint16() if size < 65_536 else pa.uint32()
        return pc.index_in(texts, pa.array(self._texts[key], pa.string())).cast(kind)

    def _load(self, name: str, columns: dict[str, pa.Array | pa.ChunkedArray]) -> None:
        loaded = pa.table(columns)
        self._base.register("loaded", loaded)
        self._base.execute(f"CREATE TABLE {name} AS SELECT * FROM loaded")
        self._base.unregister("loaded")

    def _temp(self, name: str, select: str, **views: pa.Table) -> None:
        for view, table in views.items():
            self._base.register(view, table)
        self._base.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {select}")

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._base.execute(sql).fetchall()


def _row_numbers(tables: Tables) -> pa.Array:
    return pa.array(np.arange(tables.rows.num_rows, dtype=np.int32))


def _columns(table: pa.Table, names: tuple[str, ...]) -> dict[str, pa.ChunkedArray]:
    """The columns; times in UTC without a zone, which needs no further package to read back."""
    columns = {name: table[name] for name in names}
    zoned = {name: c for name, c in columns.items() if pa.types.is_timestamp(c.type)}
    return columns | {name: column.cast(pa.timestamp("s")) for name, column in zoned.items()}


def _first_of(groups: pa.Table, column: str) -> pa.Array:
    """Only the first of a row's groups with one value counts when no term picks groups."""
    return pa.array(~groups.select(["row", column]).to_pandas().duplicated().to_numpy())
