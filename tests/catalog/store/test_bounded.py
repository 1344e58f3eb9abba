"""Foreign Parquet files: read as they are, and never more of them than a bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.errors import SnapshotDamaged
from catalog.store import bounded

TABLE = pa.table(
    {
        "id": ["a", "b", None],
        "tags": [["x", "y"], None, ["x", None]],
        "large": pa.array([["x"], [], None], pa.large_list(pa.large_string())),
        "struct": [{"deep": {"n": 1, "text": "q"}}, None, {"deep": None}],
        "map": pa.array([[("k", "v")], None, []], pa.map_(pa.string(), pa.string())),
        "bytes": [b"1", None, b""],
        "number": [1.5, None, 2.0],
        "dictionary": pa.array(["u", "v", "u"]).dictionary_encode(),
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.parquet"


def rows_of(path: Path, rows: int = 2) -> list[dict[str, Any]]:
    with bounded.opened(path) as file:
        pieces = list(bounded.batches(file, file.schema_arrow.names, rows, path))
    assert all(piece.num_rows <= rows for piece in pieces)
    return [row for piece in pieces for row in piece.to_pylist()]


def test_every_kind_of_column_comes_as_it_was(path: Path) -> None:
    pq.write_table(TABLE, path, row_group_size=2)
    assert rows_of(path) == TABLE.to_pylist()


def test_a_file_without_rows_has_none(path: Path) -> None:
    pq.write_table(TABLE.slice(0, 0), path)
    assert rows_of(path) == []


LONG = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), ["x" * 100_000])
HALVES = pa.array([0, 10_000, 20_000], pa.int32())


@pytest.mark.parametrize(
    "column",
    [
        LONG,
        pa.ListArray.from_arrays(HALVES, LONG),
        pa.StructArray.from_arrays([LONG], ["text"]),
        pa.MapArray.from_arrays(HALVES, pa.array(["k"] * 20_000), LONG),
    ],
)
def test_one_text_many_times_is_refused_before_it_is_decoded(path: Path, column: pa.Array) -> None:
    pq.write_table(pa.table({"column": column}), path, compression="zstd")
    assert path.stat().st_size < 20_000
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    with pytest.raises(SnapshotDamaged, match=r"2,000,0\d0,000 bytes of text"):
        rows_of(path, rows=20_000)
    assert pool.bytes_allocated() - before < 50_000_000


@pytest.mark.parametrize(("bound", "most"), [("ROWS", 2), ("VALUES", 3), ("BYTES", 20)])
def test_a_file_beyond_a_bound_is_not_read(
    path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, most: int
) -> None:
    pq.write_table(TABLE, path)
    monkeypatch.setattr(bounded, f"MOST_{bound}", most)
    with pytest.raises(SnapshotDamaged, match=r"table\.parquet says that it holds 3 rows"):
        rows_of(path)


def test_a_text_that_is_no_text_is_refused(path: Path) -> None:
    wrong = pa.array([b"\xff\xfe"]).view(pa.string())
    pq.write_table(pa.table({"id": wrong}), path)
    with pytest.raises(
        SnapshotDamaged, match=r"table\.parquet is no Parquet file that can be read"
    ):
        rows_of(path)


def test_something_else_is_refused(path: Path) -> None:
    path.write_bytes(b"PAR1 and nothing more PAR1")
    with pytest.raises(SnapshotDamaged, match=r"table\.parquet is no Parquet file"):
        rows_of(path)
