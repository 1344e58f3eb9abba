"""Parts and checkpoint of a run: what they keep, and what a later process makes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.refresh import staging
from catalog.refresh.staging import Staging
from catalog.sources import Batch, Rejected
from tests.catalog.refresh.conftest import NOW

Maker = Callable[..., ModelRecord]


def begin(root: Path, **changes: Any) -> Staging:
    facts = {"source": "huggingface", "scope": "full", "endpoint": "http://hub", "now": NOW}
    return staging.begin(root, **{**facts, **changes})


def batch_of(*rows: ModelRecord, cursor: str = "next", files: tuple[str, ...] = ()) -> Batch:
    paths = tuple(ModelFile(path=path) for path in files)
    return Batch(cursor=cursor, rows=tuple((row, paths) for row in rows))


def test_a_value_that_no_column_holds_puts_its_row_aside_and_no_other(
    a_model: Maker, tmp_path: Path
) -> None:
    stage = begin(tmp_path)
    stage.add(
        batch_of(
            a_model(repo_id="org/good"),
            a_model(repo_id="org/huge", likes=2**70),
            a_model(repo_id="org/half-a-pair", tags=("\ud800",)),
        )
    )
    assert stage.tables().models["repo_id"].to_pylist() == ["org/good"]
    assert (stage.checkpoint.rows, stage.checkpoint.rejected) == (1, 2)
    assert all("cannot be stored" in line for line in stage.rejections())


def test_of_a_model_in_two_batches_the_later_row_stays_with_its_files(
    a_model: Maker, tmp_path: Path
) -> None:
    stage = begin(tmp_path)
    stage.add(batch_of(a_model(repo_id="org/a", likes=1), a_model(repo_id="org/b"), files=("old",)))
    stage.add(batch_of(a_model(repo_id="org/a", likes=2), files=("new",)))
    tables = stage.tables()
    assert tables.models.select(["repo_id", "likes"]).to_pylist() == [
        {"repo_id": "org/b", "likes": None},
        {"repo_id": "org/a", "likes": 2},
    ]
    assert sorted(zip(*tables.files.select(["ref", "path"]).to_pydict().values(), strict=True)) == [
        ("huggingface:org/a", "new"),
        ("huggingface:org/b", "old"),
    ]


def test_a_later_process_goes_on_after_the_checkpoint_and_drops_what_came_after_it(
    a_model: Maker, tmp_path: Path
) -> None:
    stage = begin(tmp_path)
    stage.add(batch_of(a_model(repo_id="org/a"), cursor="after one"))
    (stage.folder / "part-000002.models.parquet").write_bytes(b"half")
    (stage.folder / ".part-000002.files.parquet.tmp").write_bytes(b"half")
    again = begin(tmp_path, now=NOW + timedelta(hours=23))
    assert again.checkpoint == stage.checkpoint
    assert again.checkpoint.cursor == "after one"
    assert sorted(path.name for path in again.folder.iterdir()) == [
        "checkpoint.json",
        "part-000001.models.parquet",
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "top:5"},
        {"source": "ollama"},
        {"endpoint": "http://mirror"},
        {"now": NOW + timedelta(hours=25)},
    ],
)
def test_another_run_begins_anew(change: dict[str, Any], a_model: Maker, tmp_path: Path) -> None:
    begin(tmp_path).add(batch_of(a_model()))
    assert not begin(tmp_path, **change).holds_rows


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"run": 1}', '{"started": "2026-11-24T12:00:00"}']
)
def test_a_folder_without_a_checkpoint_that_can_be_read_is_removed(
    text: str, tmp_path: Path
) -> None:
    broken = tmp_path / "staging" / "huggingface-full-1"
    broken.mkdir(parents=True)
    (broken / "checkpoint.json").write_text(text)
    assert not begin(tmp_path).holds_rows
    assert not broken.exists()


def test_of_two_runs_that_could_go_on_the_newest_does(a_model: Maker, tmp_path: Path) -> None:
    first = begin(tmp_path)
    first.add(batch_of(a_model()))
    copy = tmp_path / "staging" / "zz-newer"
    copy.mkdir()
    (copy / "checkpoint.json").write_bytes((first.folder / "checkpoint.json").read_bytes())
    assert begin(tmp_path).folder == copy
    assert not first.folder.exists()


def test_the_list_of_rejections_is_cut_where_it_is_long(tmp_path: Path) -> None:
    stage = begin(tmp_path)
    many = tuple(Rejected(id=str(number), reason="x") for number in range(6_000))
    for _ in range(3):
        stage.add(Batch(cursor="c", rejected=many))
    assert stage.checkpoint.rejected == 18_000
    assert len(stage.rejections()) == staging.QUARANTINE_LINES
    assert stage.tables().models.num_rows == 0
