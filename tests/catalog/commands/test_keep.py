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
from catalog.records import ModelFile, ModelRecord
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


def test_an_export_says_what_it_holds_and_writes_over_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, table = tmp_path / "all.cardex", tmp_path / "rows.parquet"
    for path, words in ((whole, "2 models and their files."), (table, "without their files.")):
        assert commands.main(["snapshot", "export", str(path)]) == 0
        assert words in capsys.readouterr().err
        path.write_bytes(b"mine")
        assert commands.main(["snapshot", "export", str(path)]) == 1
        assert "is there already" in capsys.readouterr().err
        assert path.read_bytes() == b"mine"
        assert commands.main(["snapshot", "export", str(path), "--force"]) == 0
        assert path.read_bytes() != b"mine"
    with pytest.raises(SystemExit):
        commands.main(["snapshot", "export", "--help"])
    assert "without their files" in " ".join(capsys.readouterr().out.split())


def test_models_alone_keep_the_files_of_the_revision_that_is_held(
    own_data_dir: Path,
    tmp_path: Path,
    write: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    a_model: Callable[..., ModelRecord],
    a_file: Callable[..., ModelFile],
) -> None:
    rows = [
        a_model(repo_id="org/same", revision="a" * 40),
        a_model(repo_id="org/other", revision="b" * 40),
        a_model(repo_id="org/bare", revision=None),
    ]
    files = schema.files_table((row.ref, a_file(path="w.safetensors")) for row in rows)
    root = own_data_dir / "catalog"
    snapshot.publish(root, schema.models_table(rows), files, runs=(), now=NOW)
    rows[1] = a_model(repo_id="org/other", revision="c" * 40)
    assert imported(write(schema.models_table(rows))) == 0
    assert (
        "has models without their files: 1 of the catalog before keep theirs, 2 lose theirs."
        in capsys.readouterr().err
    )
    held = snapshot.open_current(root).files_table()
    assert held["ref"].to_pylist() == ["huggingface:org/same"]


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
