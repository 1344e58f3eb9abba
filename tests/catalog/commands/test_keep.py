"""snapshot import: what it takes, and what it says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog import commands
from catalog.records import ModelRecord
from catalog.store import schema, snapshot

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HUB_ROWS = {"id": ["org/new", "org/hidden", "no name"], "private": [False, True, False]}


@pytest.fixture(autouse=True)
def published(own_data_dir: Path, a_model: Callable[..., ModelRecord]) -> None:
    models = schema.models_table([a_model(), a_model(repo_id="org/other")])
    files = schema.FILES.empty_table()
    snapshot.publish(own_data_dir / "catalog", models, files, runs=(), now=NOW)


def imported(path: Path, *options: str) -> int:
    return commands.main(["snapshot", "import", str(path), *options])


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(columns: dict[str, Any] | pa.Table) -> Path:
        path = tmp_path / "models.parquet"
        pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(columns), path)
        return path

    return write


def test_a_table_of_the_hub_joins_the_catalog(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(write(HUB_ROWS), "--as-of", "2026-05-20") == 0
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert "Put aside 1: private." in lines
    assert "Put aside 1: the id is not of the form owner/name." in lines
    assert lines[-1].endswith(": 3 models.")


def test_a_catalog_tells_what_it_drops(
    write: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    a_model: Callable[..., ModelRecord],
) -> None:
    assert imported(write(schema.models_table([a_model()]))) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "Gone with the catalog before: 1. That catalog stays on disk."
    assert lines[-1].endswith(": 1 models.")


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "2999-01-01"])
def test_a_day_that_cannot_be_is_bad_usage(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str], day: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        imported(write(HUB_ROWS), "--as-of", day)
    assert stopped.value.code == 2
    assert day in capsys.readouterr().err


def test_a_table_without_a_day_says_what_to_do(
    write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert imported(write(HUB_ROWS)) == 1
    error = capsys.readouterr().err
    assert error.startswith("cardex: ") and "models.parquet" in error and "--as-of" in error
