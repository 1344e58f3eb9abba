"""Files into the catalog: what Cardex exported, and tables of the Hub's models."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog import settings as settings_module
from catalog.errors import (
    CatalogError,
    SchemaMismatch,
    StoreUnwritable,
    SyncRefused,
    SyncRunning,
)
from catalog.normalize import hub_row
from catalog.records import ModelRecord
from catalog.refresh import carry, hub_file, lock, staging
from catalog.refresh.carry import Imported, import_file
from catalog.refresh.progress import Progress
from catalog.refresh.staged import Staged
from catalog.store import changes, pack, runs, snapshot
from catalog.store.schema import FILES, files_table, models_table, records_of
from tests.replay.server import fixture_rows

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AModel = Callable[..., ModelRecord]
Rows = Sequence[dict[str, Any]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.parquet"


def table(path: Path, rows: Rows, *, groups: int = 3) -> Path:
    """Rows of the API as a hub-stats style file: cards as JSON text, all else as it comes."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    for name, values in columns.items():
        if name in ("cardData", "config", "gguf", "model-index"):
            columns[name] = [None if value is None else json.dumps(value) for value in values]
        elif name == "gated":
            columns[name] = [None if value is None else str(value) for value in values]
    pq.write_table(pa.table(columns), path, row_group_size=-(-len(rows) // groups))
    return path


def imported(path: Path, **options: Any) -> Imported:
    return import_file(settings_module.load(), path, **options)


def published(root: Path) -> dict[str, ModelRecord]:
    return {model.ref: model for model in records_of(snapshot.open_current(root).models_table())}


def staged(root: Path, path: Path) -> tuple[Staged, hub_file.Survey]:
    about = hub_file.survey(path, snapshot.open_current(root), as_of=None, now=NOW)
    stage = staging.begin(root, source="huggingface", scope="import", endpoint="x", now=NOW)
    hub_file.stage(path, about, stage, lambda _: None)
    return Staged(stage), about


def assert_same_as_the_api(root: Path, path: Path, rows: Rows) -> None:
    """The staged rows are what `hub_row` makes of the rows of the API."""
    table(path, rows)
    found, about = staged(root, path)
    expected = {}
    for row in rows:
        record, files = hub_row.to_record(row, fetched_at=about.fetched_at)
        expected[record.ref] = record, files
    parts = list(found.parts())
    models = pa.concat_tables([part.models for part in parts])
    files = pa.concat_tables([part.files for part in parts])
    wanted = models_table(record for record, _ in expected.values())
    assert models.sort_by("ref").equals(wanted.sort_by("ref"))
    pairs = [(ref, file) for ref, (_, listed) in expected.items() for file in listed]
    by = [("ref", "ascending"), ("path", "ascending")]
    assert files.sort_by(by).equals(files_table(pairs).sort_by(by))
    assert found.rows == len(expected) and found.aside.rows == 0


# -- what Cardex exported ----------------------------------------------------------------------


def test_a_catalog_takes_the_place_of_the_one_before(
    root: Path, tmp_path: Path, a_model: AModel
) -> None:
    before = snapshot.current_id(root)
    old = published(root)
    stays = old["huggingface:old/model-1"]
    new = [stays, a_model(source="civitai", repo_id="4384"), a_model(license="MIT")]
    pq.write_table(models_table(new), tmp_path / "models.parquet")
    done = imported(tmp_path / "models.parquet")
    assert (done.models, done.dropped, done.generation) == (3, 2, snapshot.current_id(root))
    assert before in snapshot.generations(root)
    assert set(published(root)) == {model.ref for model in new}
    told = [(run.source, run.scope, run.ok, run.fetched, run.kept) for run in done.runs]
    assert told == [("civitai", "import", True, 1, 1), ("huggingface", "import", True, 2, 2)]
    assert runs.history(root) == done.runs
    (entry, first) = changes.feed(root, 5)
    assert (entry.previous, entry.added, entry.removed) == (before, 2, 2)
    assert first.previous is None
    assert list((root / staging.FOLDER).iterdir()) == []


def test_an_export_comes_back_whole_on_another_machine(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = snapshot.open_current(root)
    pack.export(here, tmp_path / "catalog.cardex")
    monkeypatch.setenv("CARDEX_DATA_DIR", str(tmp_path / "other"))
    done = imported(tmp_path / "catalog.cardex")
    there = snapshot.open_current(tmp_path / "other" / "catalog")
    assert there.models_table().equals(here.models_table())
    assert done.dropped == 0  # no bundled catalog was put there first
    assert len(changes.feed(tmp_path / "other" / "catalog", 5)) == 1


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([], SyncRefused, "no model"),
        ([{}, {}], SchemaMismatch, ".* two of one"),
        ([{"name": None}], SchemaMismatch, "rows without a name"),
        ([{"source": "elsewhere"}], SchemaMismatch, "models of 'elsewhere', a source"),
    ],
)
def test_a_catalog_that_cannot_be_one_is_refused(
    root: Path,
    path: Path,
    a_model: AModel,
    rows: list[dict[str, Any]],
    error: type[Exception],
    words: str,
) -> None:
    pq.write_table(models_table(replace(a_model(), **facts) for facts in rows), path)
    before = snapshot.generations(root)
    with pytest.raises(error, match=rf"models\.parquet holds {words}"):
        imported(path)
    assert snapshot.generations(root) == before and runs.history(root) == ()
    assert list((root / staging.FOLDER).iterdir()) == []


def test_a_table_of_something_else_is_refused(root: Path, path: Path) -> None:
    pq.write_table(pa.table({"name": ["x"]}), path)
    with pytest.raises(SchemaMismatch, match=r"models\.parquet has neither the columns"):
        imported(path)
    with pytest.raises(CatalogError, match="There is no file"):
        imported(path.with_name("gone"))


def test_an_import_waits_for_no_sync(root: Path, path: Path) -> None:
    table(path, [{"id": "org/name"}])
    with lock.held(root, NOW), pytest.raises(SyncRunning):
        imported(path, as_of=date(2026, 1, 1))


def test_a_folder_that_cannot_be_written_is_a_sentence(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table(path, [{"id": "org/name"}])
    (tmp_path / "taken").write_text("a file")
    monkeypatch.setenv("CARDEX_DATA_DIR", str(tmp_path / "taken"))
    with pytest.raises(StoreUnwritable, match="cannot be written"):
        imported(path, as_of=date(2026, 1, 1))


# -- tables of the Hub -------------------------------------------------------------------------


def test_a_table_of_the_hub_gives_the_records_of_its_api(root: Path, path: Path) -> None:
    assert_same_as_the_api(root, path, fixture_rows())


@pytest.mark.shared
def test_real_rows_give_the_records_of_the_api(root: Path, path: Path, shared_data: Path) -> None:
    with gzip.open(shared_data / "huggingface" / "list_rows.jsonl.gz", "rt", "utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) > 2_000
    assert_same_as_the_api(root, path, rows)


def test_a_table_joins_the_catalog(root: Path, path: Path) -> None:
    rows = [
        {"id": "old/model-1", "likes": 3, "lastModified": "2026-05-20T10:11:12.000Z"},
        {"id": "org/new", "likes": 4, "lastModified": "2026-05-19T10:11:12.000Z"},
        {"id": "org/new", "likes": 5, "lastModified": "2026-05-19T10:11:12.000Z"},
        {"id": "not an id", "likes": 5, "lastModified": None},
        {"id": None, "likes": 5, "lastModified": None},
    ]
    told: list[Progress] = []
    done = imported(table(path, rows), progress=told.append)
    assert (done.models, done.dropped) == (4, 0)
    models = published(root)
    assert {ref: model.likes for ref, model in models.items()} == {
        "huggingface:old/model-0": None,
        "huggingface:old/model-1": 3,
        "huggingface:old/model-2": None,
        "huggingface:org/new": 5,
    }
    assert models["huggingface:org/new"].fetched_at == datetime(2026, 5, 20, 10, 11, 12, tzinfo=UTC)
    assert models["huggingface:old/model-1"].origin == "sync"
    (run,) = done.runs
    assert (run.source, run.scope, run.endpoint, run.ok) == (
        "huggingface",
        "import",
        "models.parquet",
        True,
    )
    assert (run.fetched, run.kept, run.quarantined, run.by_rule) == (4, 2, 2, 0)
    assert {reason.text: reason.count for reason in run.reasons} == {
        "the id is not of the form owner/name": 1,
        "no id": 1,
    }
    assert runs.history(root) == (run,)
    aside = (root / staging.FOLDER / "quarantine-import.jsonl").read_text("utf-8").splitlines()
    assert len(aside) == 2
    assert told[-1].left == 0
    assert changes.feed(root, 1)[0].added == 1


def test_a_later_fact_is_never_replaced(root: Path, path: Path, a_model: AModel) -> None:
    days = {"before": 19, "same-day": 20, "after": 21}
    held = [
        a_model(
            repo_id=f"org/{name}",
            likes=1,
            fetched_at=datetime(2026, 5, day, 23, 59, tzinfo=UTC),
        )
        for name, day in days.items()
    ]
    snapshot.publish(root, models_table(held), FILES.empty_table(), runs=(), now=NOW)
    rows = [{"id": f"org/{name}", "likes": 2} for name in (*days, "unknown")]
    rows[0]["lastModified"] = "2026-05-20"
    done = imported(table(path, rows))
    likes = {ref.rpartition("/")[2]: model.likes for ref, model in published(root).items()}
    assert likes == {"before": 2, "same-day": 2, "after": 1, "unknown": 2}
    (run,) = done.runs
    assert (run.fetched, run.kept, run.quarantined, run.by_rule) == (4, 3, 1, 1)
    assert [(reason.text, reason.count) for reason in run.reasons] == [(carry.NEWER, 1)]
    only = table(path, [{"id": "org/after", "likes": 3, "lastModified": "2026-05-20"}])
    with pytest.raises(SyncRefused, match="holds a later fact of each"):
        imported(only)


@pytest.mark.parametrize(
    ("columns", "day"),
    [
        ({"lastModified": ["2024-05-06T07:08:09.123Z"]}, "2024-05-06T07:08:09"),
        ({"lastModified": ["2024-05-06"], "createdAt": ["2025-01-01"]}, "2025-01-01T00:00:00"),
        (
            {"createdAt": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns"))},
            "2023-11-14T22:13:20",
        ),
        (
            {"createdAt": pa.array([1_700_000_000], pa.timestamp("s", "Asia/Tokyo"))},
            "2023-11-14T22:13:20",
        ),
        ({"lastModified": pa.array([19_000], pa.date32())}, "2022-01-08T00:00:00"),
        ({"lastModified": ["soon"], "createdAt": ["2099-01-01T00:00:00Z"]}, None),
        ({"lastModified": pa.array([7_000_000_000], pa.timestamp("s"))}, None),
        ({"lastModified": [1.5]}, None),
        ({}, None),
    ],
)
def test_the_day_of_a_table_is_its_newest_time(
    root: Path, path: Path, columns: dict[str, Any], day: str | None
) -> None:
    pq.write_table(pa.table({"id": ["org/name"], **columns}), path)
    if day is None:
        with pytest.raises(SchemaMismatch, match="--as-of"):
            imported(path)
        imported(path, as_of=date(2020, 2, 3))
        day = "2020-02-03T00:00:00"
    else:
        imported(path)
    fetched_at = published(root)["huggingface:org/name"].fetched_at
    assert fetched_at == datetime.fromisoformat(day).replace(tzinfo=UTC)


def test_a_table_without_a_usable_row_changes_nothing(root: Path, path: Path) -> None:
    rows = [{"id": "org/a", "private": True}, {"id": "org/b", "private": True}, {"id": "no id"}]
    before = snapshot.generations(root)
    with pytest.raises(SyncRefused, match=r"gave no usable row; .* reason: private\."):
        imported(table(path, rows), as_of=date(2026, 1, 1))
    assert snapshot.generations(root) == before
    assert not list((root / staging.FOLDER).glob("*/"))
    pq.write_table(pa.table({"id": pa.array([], pa.string())}), path)
    with pytest.raises(SyncRefused):
        imported(path, as_of=date(2026, 1, 1))


def test_a_row_that_breaks_the_reader_is_put_aside(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(row: Any, **options: Any) -> Any:
        if row["id"] in errors:
            raise errors[row["id"]]
        return to_record(row, **options)

    errors = {"org/a": RecursionError(), "org/b": KeyError("x")}
    to_record = hub_row.to_record
    monkeypatch.setattr(hub_row, "to_record", breaking)
    (run,) = imported(
        table(path, [{"id": f"org/{name}"} for name in "abc"]), as_of=date(2026, 1, 1)
    ).runs
    texts = {reason.text for reason in run.reasons}
    assert texts == {"nested too deeply", "unexpected shape: KeyError"}
    assert (run.kept, run.quarantined) == (1, 2)


def test_no_damage_to_a_table_is_more_than_a_sentence(root: Path, path: Path) -> None:
    """100 files with bytes changed or cut: rows of the Hub, or an error that names the file."""
    rows = [{"id": f"org/m{n}", "tags": ["a", f"b{n}"], "cardData": {"n": n}} for n in range(60)]
    whole = table(path, rows).read_bytes()
    held = snapshot.open_current(root)
    dice = random.Random(5)
    for number in range(100):
        content = bytearray(whole)
        at = dice.randrange(len(content))
        if number % 3:
            content[at] ^= dice.randrange(1, 256)
        else:
            del content[at : at + dice.randint(1, 300)]
        path.write_bytes(content)
        try:
            if "id" not in pack.column_names(path):
                continue
            about = hub_file.survey(path, held, as_of=date(2026, 1, 1), now=NOW)
            for _, found in hub_file._rows(path):
                hub_file._batch(found, about.fetched_at, cursor="")
        except CatalogError as error:
            assert "models.parquet" in str(error)


def test_the_first_import_joins_the_bundled_catalog(own_data_dir: Path, path: Path) -> None:
    done = imported(table(path, [{"id": "org/new"}]), as_of=date(2026, 1, 1))
    assert done.models > 10_000
    assert changes.feed(own_data_dir / "catalog", 1)[0].added == 1


def test_an_import_that_was_stopped_goes_on(
    root: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_file, "BATCH_ROWS", 10)
    table(path, [{"id": f"org/m{n}", "likes": n} for n in range(95)], groups=1)

    def stopped(progress: Progress) -> None:
        if progress.rows == 40:
            raise KeyboardInterrupt

    day = date(2026, 1, 1)
    with pytest.raises(KeyboardInterrupt):
        imported(path, as_of=day, progress=stopped)
    assert len(published(root)) == 3
    told: list[Progress] = []
    done = imported(path, as_of=day, progress=told.append)
    assert [progress.rows for progress in told] == [50, 60, 70, 80, 90, 95]
    assert told[0].fresh_rows == 10
    assert done.models == 98 and done.runs[0].kept == 95
    likes = [published(root)[f"huggingface:org/m{n}"].likes for n in range(95)]
    assert likes == list(range(95))
    table(path, [{"id": "org/other"}])  # another file of the same name begins anew
    assert imported(path, as_of=day).runs[0].kept == 1


STAGED = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from catalog.refresh import hub_file, staging
now, path, rows = datetime.now(UTC), Path(sys.argv[1]), int(sys.argv[2])
stage = staging.begin(path.parent / path.stem, source="huggingface", scope="import",
                      endpoint="x", now=now)
hub_file.stage(path, hub_file.Survey(rows=rows, fetched_at=now), stage, lambda _: None)
assert stage.checkpoint.rows == rows
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.nightly
def test_memory_does_not_grow_with_a_table(tmp_path: Path) -> None:
    rows = [
        {**row, "id": f"{row['id']}-{number}"}
        for number in range(100)
        for row in fixture_rows()
        if "model-index" not in row
    ]
    peaks = []
    for times in (2, 12):
        path = table(tmp_path / f"x{times}.parquet", rows)
        whole = pq.read_table(path)
        at = whole.schema.get_field_index("id")
        with pq.ParquetWriter(path, whole.schema) as writer:
            for number in range(times):
                ids = [f"{name}-{number}" for name in whole["id"].to_pylist()]
                writer.write_table(whole.set_column(at, "id", [ids]))
        script = [sys.executable, "-c", STAGED, str(path), str(times * len(rows))]
        done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.stderr == ""
        peaks.append(int(done.stdout) / 1024)
    few, many = peaks
    assert many < few + 60, f"{few:.0f} MB, then {many:.0f} MB for six times the rows"
