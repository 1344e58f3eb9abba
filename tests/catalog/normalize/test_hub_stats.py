"""Rows of a Parquet table of the Hub against the rows of its API."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.normalize import hub_row
from catalog.normalize.hub_stats import COLUMNS, wire_row

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "huggingface" / "list_rows.json"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROWS: list[dict[str, Any]] = json.loads(FIXTURES.read_text("utf-8"))
NESTED = ("tags", "cardData", "config", "safetensors", "gguf", "siblings", "baseModels")

as_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        | st.lists(st.tuples(st.text(max_size=3) | st.integers(), inner), max_size=2)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("cardData", '{"license": "mit"}', {"license": "mit"}),
        ("cardData", {"license": "mit", "language": None}, {"license": "mit"}),
        ("cardData", "license: mit", None),
        ("cardData", '"mit"', None),
        ("cardData", "[" * 100_000, None),
        ("cardData", "", None),
        ("tags", '["gguf"]', ["gguf"]),
        ("tags", ["gguf", None], ["gguf", None]),
        ("tags", [], []),
        ("siblings", ["a.gguf", {"rfilename": "b"}], [{"rfilename": "a.gguf"}, {"rfilename": "b"}]),
        ("siblings", '[{"rfilename": "a"}]', [{"rfilename": "a"}]),
        (
            "baseModels",
            {"relation": "finetune", "models": ["org/a", {"id": "org/b", "_id": None}]},
            {"relation": "finetune", "models": [{"id": "org/a"}, {"id": "org/b"}]},
        ),
        (
            "safetensors",
            {"parameters": {"BF16": 3, "miku": None}, "total": 3},
            {"parameters": {"BF16": 3}, "total": 3},
        ),
        ("safetensors", {"parameters": [("BF16", 3), (7, 3)]}, {"parameters": {"BF16": 3}}),
        ("gated", "auto", "auto"),
        ("gated", "False", False),
        ("private", "true", True),
        ("gated", False, False),
        ("createdAt", datetime(2024, 5, 6, 7, tzinfo=UTC), "2024-05-06T07:00:00+00:00"),
        ("lastModified", datetime(2024, 5, 6, 7), "2024-05-06T07:00:00"),
        ("lastModified", date(2024, 5, 6), "2024-05-06"),
        ("likes", 3, 3),
        ("likes", None, None),
        ("trendingScore", 1.5, 1.5),
        ("author", b"bytes", None),
        ("downloads", Decimal(3), None),
        ("_id", "65a0", None),
        ("widgetData", "{}", None),
    ],
)
def test_a_value_becomes_what_the_api_sends(name: str, value: Any, read: Any) -> None:
    assert wire_row({name: value}) == ({} if read is None else {name: read})


def test_a_value_nested_too_deeply_is_left_out() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"a": deep}
    assert wire_row({"id": "org/name", "cardData": deep}) == {"id": "org/name"}


@pytest.mark.parametrize("as_text", [(), ("cardData", "gguf"), NESTED])
def test_a_table_gives_the_records_of_the_api(as_text: tuple[str, ...]) -> None:
    """Through Arrow: every row gets the fields of all, and what it lacks is null."""
    columns = {name: [row.get(name) for row in ROWS] for name in COLUMNS}
    for name in {*as_text, "cardData"}:  # cards differ too much for one struct
        values = columns[name]
        columns[name] = [None if value is None else json.dumps(value) for value in values]
    columns["gated"] = [None if value is None else str(value) for value in columns["gated"]]
    table = pa.table(columns).to_pylist()
    for row, own in zip(table, ROWS, strict=True):
        expected = hub_row.to_record(own, fetched_at=NOW)
        assert hub_row.to_record(wire_row(row), fetched_at=NOW) == expected


@given(st.dictionaries(st.sampled_from(COLUMNS), as_json))
def test_whatever_a_table_holds_is_json_or_left_out(row: dict[str, Any]) -> None:
    json.dumps(wire_row(row))
