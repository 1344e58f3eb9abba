"""Rows as files: CSV and JSON, the same from every surface."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from catalog.query import DATE_KEYS
from catalog.records import Facet, Found, ModelRecord, QueryWarning, RangeFacet, to_json

COLUMNS = tuple(field.name for field in fields(ModelRecord))
LIST_SEPARATOR = "|"
# A cell that starts like this is run as a formula by a spreadsheet (CWE-1236).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(models: Iterable[ModelRecord]) -> bytes:
    """CSV with one column per field; lists joined by `|`, empty for null, formulas quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180
    writer.writerow(COLUMNS)
    for model in models:
        row = to_json(model)
        writer.writerow([_cell(row[name]) for name in COLUMNS])
    return out.getvalue().encode("utf-8", errors="replace")


def json_bytes(
    query: str, models: Iterable[ModelRecord], warnings: Sequence[QueryWarning] = ()
) -> bytes:
    """The document of `find --json` with every row of the result."""
    rows = [to_json(model) for model in models]
    return _dumped(find_document(query, len(rows), warnings, rows))


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A small table as CSV, such as the numbers behind a chart: empty for null, formulas quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_cell(name) for name in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8", errors="replace")


def find_document(
    query: str, total: int, warnings: Sequence[QueryWarning], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """`find` as DESIGN section 5 says."""
    return {
        "query": query,
        "total": total,
        "warnings": [warning_json(warning) for warning in warnings],
        "models": rows,
    }


def facets_document(found: Found, warnings: Sequence[QueryWarning]) -> dict[str, Any]:
    """`facets` as DESIGN section 5 says; ranges carry `from`, `to` and `count`."""
    groups: dict[str, list[dict[str, Any]]] = {facet.key: _values(facet) for facet in found.facets}
    groups |= {facet.key: _bins(facet) for facet in found.ranges}
    return {
        "query": found.query,
        "total": found.total,
        "warnings": [warning_json(warning) for warning in warnings],
        "facets": groups,
    }


def warning_json(warning: QueryWarning) -> dict[str, str | None]:
    """A warning as it stands in the documents."""
    return {"term": warning.term, "nearest": warning.nearest}


def dumped(document: dict[str, Any]) -> str:
    """One JSON document, indented, non-ASCII kept."""
    return _dumped(document).decode("utf-8")


def _dumped(document: dict[str, Any]) -> bytes:
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode("utf-8", errors="replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return _harmless(LIST_SEPARATOR.join(str(item) for item in value))
    if isinstance(value, str):
        return _harmless(value)
    return str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _values(facet: Facet) -> list[dict[str, Any]]:
    return [{"value": item.value, "count": item.count} for item in facet.values]


def _bins(facet: RangeFacet) -> list[dict[str, Any]]:
    end = str if facet.key in DATE_KEYS else int
    rows: list[dict[str, Any]] = [
        {"from": end(part.low), "to": end(part.high), "count": part.count}
        for part in facet.bins
        if part.count
    ]
    if facet.unknown:
        rows.append({"value": "unknown", "count": facet.unknown})
    return rows
