"""Parts and checkpoint of a run: what they keep, and what a later process makes of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.refresh import staging
from catalog.refresh.gathering import Tables
from catalog.refresh.seen import Seen
from catalog.refresh.staged import Staged
from catalog.refresh.staging import Staging
from catalog.sources import Batch, Rejected
from catalog.store.schema import FILES, MODELS
from tests.catalog.refresh.conftest import NOW

Maker = Callable[..., ModelRecord]


def together(staged: Staged) -> Tables:
    parts = list(staged.parts())
    return Tables(
        pa.concat_tables([MODELS.empty_table(), *(part.models for part in parts)]),
        pa.concat_tables([FILES.empty_table(), *(part.files for part in parts)]),
    )


def begin(root: Path, **changes: Any) -> Staging:
    facts = {"source": "huggingface", "scope": "full", "endpoint": "http://hub", "now": NOW}
    return staging.begin(root, **{**facts, **changes})


def batch_of(*rows: ModelRecord, cursor: str = "next", files: tuple[str, ...] = ()) -> Batch:
    paths = tuple(ModelFile(path=path) for path in files)
    return Batch(cursor=cursor, rows=tuple((row, paths) for row in rows))


def rows_of(stage: Staging) -> Tables:
    return together(Staged(stage))


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
    assert rows_of(stage).models["repo_id"].to_pylist() == ["org/good"]
    assert (stage.checkpoint.rows, stage.checkpoint.rejected) == (1, 2)
    assert all("cannot be stored" in line for line in Staged(stage).aside.lines)


def test_of_a_model_in_two_batches_the_later_row_stays_with_its_files(
    a_model: Maker, tmp_path: Path
) -> None:
    stage = begin(tmp_path)
    stage.add(batch_of(a_model(repo_id="org/a", likes=1), a_model(repo_id="org/b"), files=("old",)))
    stage.add(batch_of(a_model(repo_id="org/a", likes=2), files=("new",)))
    tables = rows_of(stage)
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
    for batch in range(3):
        many = tuple(Rejected(id=f"{batch}-{number}", reason="x") for number in range(6_000))
        stage.add(Batch(cursor="c", rejected=many))
    assert stage.checkpoint.rejected == 18_000
    assert len(Staged(stage).aside.lines) == staging.QUARANTINE_LINES
    assert Staged(stage).rows == 0


def aside(upstream_id: str, reason: str = "no id", *, by_rule: bool = False) -> Rejected:
    return Rejected(id=upstream_id, reason=reason, by_rule=by_rule)


def test_what_two_pages_name_counts_once_and_one_that_came_well_is_not_put_aside(
    a_model: Maker, tmp_path: Path
) -> None:
    stage = begin(tmp_path)
    stage.add(Batch(cursor="1", rejected=(aside("org/a"), aside("org/b"), aside(""))))
    stage.add(batch_of(a_model(repo_id="org/b")))
    stage.add(Batch(cursor="3", rejected=(aside("org/a"), aside("org/c", by_rule=True), aside(""))))
    told = Staged(stage).aside
    assert (told.rows, told.by_rule) == (4, 1)
    assert [(one.text, one.count, one.by_rule) for one in told.reasons] == [
        ("no id", 3, False),
        ("no id", 1, True),
    ]
    assert len(told.lines) == 4


def test_of_many_reasons_the_most_frequent_are_kept(tmp_path: Path) -> None:
    stage = begin(tmp_path)
    rows = [aside(f"{kind}-{row}", f"kind {kind}") for kind in range(30) for row in range(kind)]
    stage.add(Batch(cursor="1", rejected=tuple(rows)))
    reasons = Staged(stage).aside.reasons
    assert [one.count for one in reasons] == list(range(29, 9, -1))


def test_a_withdrawn_row_leaves_unless_it_comes_again_later(a_model: Maker, tmp_path: Path) -> None:
    refs = [f"huggingface:org/{name}" for name in "abcd"]
    stage = begin(tmp_path)
    stage.add(batch_of(*(a_model(repo_id=f"org/{name}") for name in "ab"), files=("x",)))
    stage.add(Batch(cursor="2", withdrawn=(refs[0], refs[2], refs[3])))
    stage.add(batch_of(a_model(repo_id="org/d"), files=("x",)))
    staged = Staged(stage)
    assert staged.rows == 2
    assert staged.withdrawn == {refs[0], refs[2]}
    tables = together(staged)
    assert set(tables.models["ref"].to_pylist()) == {refs[1], refs[3]}
    assert set(tables.files["ref"].to_pylist()) == {refs[1], refs[3]}
    assert staged.filled(("likes", "author")).values == {"likes": 0, "author": 2}


def test_the_time_from_which_on_changes_are_wanted_stays_with_a_run(
    a_model: Maker, tmp_path: Path
) -> None:
    first = begin(tmp_path, scope="changed", since=NOW - timedelta(days=2))
    first.add(batch_of(a_model()))
    later = NOW + timedelta(hours=1)
    again = begin(tmp_path, scope="changed", since=NOW - timedelta(hours=1), now=later)
    assert again.since == NOW - timedelta(days=2)
    assert again.started == NOW


def test_pages_are_counted_and_an_end_is_noted(a_model: Maker, tmp_path: Path) -> None:
    stage = begin(tmp_path)
    stage.add(batch_of(a_model()))
    stage.add(Batch(cursor="2", problem="a listing ended early"))
    assert (stage.checkpoint.batches, stage.checkpoint.pages) == (2, 1)
    assert not begin(tmp_path).checkpoint.ended
    stage.end()
    assert begin(tmp_path).checkpoint.ended


def test_a_model_that_several_answers_name_counts_once_in_every_process(
    a_model: Maker, tmp_path: Path
) -> None:
    stage = begin(tmp_path)
    bad = (Rejected(id="org/bad", reason="no"), Rejected(id="", reason="no id"))
    for number in range(3):
        rows = [a_model(repo_id=f"org/{one}") for one in range(number + 1)]
        stage.add(Batch(cursor=str(number), rows=tuple((row, ()) for row in rows), rejected=bad))
    assert (stage.models, stage.aside) == (3, 4)  # those without an id cannot be told apart
    assert stage.checkpoint.rows == 6
    again = begin(tmp_path)
    assert (again.models, again.aside) == (3, 4)
    again.part(1, staging.REJECTED_PART).write_text("{")
    again.part(3, staging.MODELS_PART).unlink()
    assert begin(tmp_path).models == 2  # publishing will refuse it, counting does not fail


def test_millions_of_names_are_counted_in_little_memory() -> None:
    seen = Seen()
    for begin_at in range(0, 250_000, 1_000):
        seen.add(str(one) for one in range(begin_at, begin_at + 2_000))
    assert len(seen) == 251_000
    assert seen._sorted.nbytes == 8 * len(seen._sorted) and len(seen._sorted) > 100_000
