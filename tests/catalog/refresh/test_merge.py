"""Upsert by ref, and the guard before it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.refresh import merge
from catalog.refresh.gathering import Catalog, Tables
from catalog.store.columns import table_of
from catalog.store.schema import FILES, MODELS, files_table, models_table

Maker = Callable[..., ModelRecord]
THEN = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2026, 2, 1, tzinfo=UTC)


def tables(*models: ModelRecord, **files: list[str]) -> Tables:
    pairs = [
        (f"huggingface:org/{name}", ModelFile(path=path))
        for name, paths in files.items()
        for path in paths
    ]
    return Tables(models_table(models), files_table(pairs))


def upsert(old: Tables, new: Tables, **how: Any) -> Tables:
    models, files = merge.upsert(Catalog(*old), Catalog(*new), **how)
    return Tables(table_of(models, MODELS), table_of(files, FILES))


def paths(merged: Tables) -> list[tuple[str, str]]:
    rows = merged.files.select(["ref", "path"]).to_pylist()
    return sorted((row["ref"].rpartition("/")[2], row["path"]) for row in rows)


def test_a_fetched_row_replaces_the_old_one_whole(a_model: Maker) -> None:
    old = tables(a_model(repo_id="org/a", likes=5, license="MIT"), a_model(repo_id="org/b"))
    merged = upsert(old, tables(a_model(repo_id="org/a", likes=6)))
    rows = {row["repo_id"]: row for row in merged.models.to_pylist()}
    assert set(rows) == {"org/a", "org/b"}
    assert (rows["org/a"]["likes"], rows["org/a"]["license"]) == (6, None)


def test_a_file_list_that_was_fetched_replaces_the_old_one(a_model: Maker) -> None:
    old = tables(a_model(repo_id="org/a"), a_model(repo_id="org/b"), a=["x", "y"], b=["z"])
    merged = upsert(old, tables(a_model(repo_id="org/a"), a=["new"]))
    assert paths(merged) == [("a", "new"), ("b", "z")]


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ({"revision": "r1"}, {"revision": "r1"}, True),
        ({"revision": "r1"}, {"revision": "r2"}, False),
        (
            {"revision": "r1", "last_modified": THEN},
            {"revision": "r2", "last_modified": THEN},
            False,
        ),
        ({"last_modified": THEN}, {"revision": "r1", "last_modified": THEN}, True),
        ({"last_modified": THEN}, {"last_modified": LATER}, False),
        ({"fetched_at": LATER}, {"last_modified": THEN}, True),
        ({"fetched_at": THEN}, {"last_modified": LATER}, False),
        ({"fetched_at": LATER, "revision": "r1"}, {"last_modified": THEN, "revision": "r2"}, False),
        ({}, {"revision": "r1"}, False),
        ({}, {}, False),
    ],
)
def test_old_files_stay_only_while_the_row_has_not_changed(
    before: dict[str, Any], after: dict[str, Any], stays: bool, a_model: Maker
) -> None:
    old = tables(a_model(repo_id="org/a", **before), a=["x"])
    merged = upsert(old, tables(a_model(repo_id="org/a", **after)))
    assert paths(merged) == ([("a", "x")] if stays else [])


@pytest.mark.parametrize(("changed_at", "size"), [(THEN, 5), (LATER, None)])
def test_sizes_that_a_list_does_not_tell_stay_while_the_model_is_unchanged(
    changed_at: datetime, size: int | None, a_model: Maker
) -> None:
    old_row = a_model(repo_id="org/a", fetched_at=THEN, size_bytes=5, bits_per_weight=4.5)
    old_files = files_table(
        [
            (old_row.ref, ModelFile(path="x", size_bytes=5, sha256="s")),
            (old_row.ref, ModelFile(path="gone", size_bytes=9)),
            ("huggingface:org/b", ModelFile(path="new", size_bytes=7)),
        ]
    )
    new = tables(a_model(repo_id="org/a", last_modified=changed_at, likes=3), a=["x", "new"])
    merged = upsert(Tables(models_table([old_row]), old_files), new)
    sizes = {row["path"]: row["size_bytes"] for row in merged.files.to_pylist()}
    assert sizes == {"x": size, "new": None}
    (row,) = merged.models.to_pylist()
    assert (row["size_bytes"], row["likes"]) == (size, 3)


def test_a_complete_walk_removes_the_rows_of_its_source_alone(a_model: Maker) -> None:
    other = a_model(source="ollama", repo_id="llama3")
    old = tables(a_model(repo_id="org/gone"), other, gone=["x"])
    new = tables(a_model(repo_id="org/new"))
    merged = upsert(old, new, replaced_source="huggingface")
    assert merged.models["ref"].to_pylist() == ["ollama:llama3", "huggingface:org/new"]
    assert merged.files.num_rows == 0


def test_an_empty_catalog_takes_everything(a_model: Maker) -> None:
    merged = upsert(tables(), tables(a_model(repo_id="org/a"), a=["x"]))
    assert merged.models.num_rows == 1 and paths(merged) == [("a", "x")]


def test_what_a_list_leaves_unsaid_stays_while_the_model_is_unchanged(a_model: Maker) -> None:
    facts: dict[str, Any] = {
        "context_length": 131_072,
        "parameter_count": 671_000_000_000,
        "parameter_count_origin": "stated",
        "active_parameter_count": 37_000_000_000,
        "pipeline_tag": "text-generation",
        "pipeline_tag_origin": "stated",
        "modality": "nlp",
    }
    then = {"last_modified": THEN, "fetched_at": THEN}
    counted = {"parameter_count": 1, "parameter_count_origin": "gguf"}
    old = a_model(**facts, **then)
    for fresh, kept in (
        (a_model(**then), facts),
        (a_model(**then, **counted), counted),
        (a_model(last_modified=LATER, fetched_at=LATER), dict.fromkeys(facts)),
    ):
        (row,) = upsert(tables(old), tables(fresh)).models.to_pylist()
        assert {name: row[name] for name in kept} == kept
    doubted = a_model(**facts, **then, flags=("params_disagree",))
    (row,) = upsert(tables(doubted), tables(a_model(**then))).models.to_pylist()
    assert (row["parameter_count"], row["context_length"]) == (None, 131_072)


@pytest.mark.parametrize(
    ("fresh", "kept"),
    [
        ({"revision": "r1"}, True),
        ({"revision": "r1", "base_models": ("huggingface:org/c",)}, False),
        ({"revision": "r2"}, False),
        ({"last_modified": THEN}, False),  # of no known revision: its card may have changed
    ],
)
def test_bases_that_a_list_leaves_out_stay_at_the_same_revision(
    fresh: dict[str, Any], kept: bool, a_model: Maker
) -> None:
    told: dict[str, Any] = {
        "base_models": ("huggingface:org/base", "huggingface:org/other"),
        "base_model_relation": "merge",
    }
    old = tables(
        a_model(repo_id="org/x", revision="r1"),
        a_model(repo_id="org/a", revision="r1", last_modified=THEN, **told),
    )
    new = tables(a_model(repo_id="org/new"), a_model(repo_id="org/a", likes=9, **fresh))
    row = upsert(old, new).models.to_pylist()[-1]
    stated = list(fresh.get("base_models", ()))
    assert row["base_models"] == (list(told["base_models"]) if kept else stated)
    assert row["base_model_relation"] == ("merge" if kept else None)
    assert row["likes"] == 9


def test_what_is_withdrawn_leaves_wherever_it_is(a_model: Maker) -> None:
    old = tables(a_model(repo_id="org/a"), a_model(repo_id="org/b"), a=["x"], b=["y"])
    new = tables(a_model(repo_id="org/c"), a_model(repo_id="org/b"), c=["z"])
    gone = {"huggingface:org/a", "huggingface:org/c", "huggingface:org/never-there"}
    merged = upsert(old, new, withdrawn=gone)
    assert merged.models["repo_id"].to_pylist() == ["org/b"]
    assert paths(merged) == []


@pytest.mark.parametrize(
    ("fresh", "kept"),
    [
        ({}, True),  # the same revision, and its files were not asked for
        ({"revision": "r2"}, False),
        ({"revision": None}, False),
        ({"flags": ("license_missing",)}, False),  # asked, and there is none
        ({"license_raw": "mit", "license": "MIT"}, False),
        ({"size_bytes": 5}, False),
    ],
)
def test_what_only_files_tell_stays_when_they_were_not_asked_for(
    fresh: dict[str, Any], kept: bool, a_model: Maker
) -> None:
    told: dict[str, Any] = {
        "license": "Apache-2.0",
        "license_raw": "Apache License",
        "commercial_use": "yes",
        "license_reasons": ("because",),
        "architecture": "llama",
        "flags": ("params_disagree",),
    }
    old = a_model(revision="r1", size_bytes=7, **told)
    new = a_model(**{"revision": "r1", "parameter_count": 8, **fresh})
    (row,) = upsert(tables(old), tables(new)).models.to_pylist()
    assert (row["architecture"] == "llama") is kept
    if kept:
        assert {name: row[name] for name in told} == {
            name: list(value) if isinstance(value, tuple) else value for name, value in told.items()
        }
        assert row["size_bytes"] == 7 and row["parameter_count"] is None  # as it was
