"""What a sync walks: what was asked for, else what changed, and everything now and then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.records import ModelFile, ModelRecord, SourceRun
from catalog.refresh import lock, scopes
from catalog.refresh.scopes import OVERLAP, Choice
from catalog.sources import Selection
from catalog.store import snapshot
from catalog.store.schema import files_table, models_table

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WANTED = Selection(top=20)


def a_run(scope: str, days_ago: float, **changes: Any) -> SourceRun:
    time = NOW - timedelta(days=days_ago)
    facts = {"source": "huggingface", "endpoint": "http://hub", "ok": True}
    return SourceRun(
        **{**facts, "scope": scope, "started_at": time, "finished_at": time, **changes}
    )


def choose(*past: SourceRun, **changes: Any) -> Choice:
    given = {"held": NOW, "full_days": 30, "now": NOW, **changes}
    return scopes.chosen(given.pop("wanted", WANTED), past, **given)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days) - OVERLAP


def test_without_a_full_walk_the_default_selection_is_walked() -> None:
    assert choose() == Choice(selection=WANTED)
    past = (a_run("default:20", 1), a_run("changed", 2), a_run("full", 3, ok=False))
    assert choose(*past).selection.scope == "default:20"


def test_after_a_full_walk_changes_are_enough_from_an_hour_before_it_began() -> None:
    choice = choose(a_run("default:20", 1), a_run("full", 3), a_run("full", 9))
    assert choice == Choice(selection=Selection(top=20, since=ago(3)))
    assert choice.selection.scope == "changed"


def test_each_good_walk_of_changes_moves_the_time_on() -> None:
    past = [a_run("changed", 1, ok=False), a_run("changed", 2), a_run("changed", 3)]
    assert choose(*past, a_run("full", 4)).selection.since == ago(2)


def test_what_was_asked_for_is_walked() -> None:
    past = a_run("full", 3)
    for wanted in (Selection(limit=5), Selection(full=True)):
        assert choose(past, wanted=wanted) == Choice(selection=wanted)


def test_a_full_walk_that_is_old_is_walked_again_and_said_so() -> None:
    past = (a_run("changed", 1), a_run("full", 30.5))
    choice = choose(*past)
    assert choice.selection.full and choice.selection.scope == "full"
    assert choice.note == "walks everything: the last full walk was 30 days ago"
    assert not choose(*past, full_days=31).selection.full
    assert not choose(*past, full_days=0).selection.full


def test_runs_that_the_catalog_does_not_hold_do_not_count() -> None:
    past = (a_run("changed", 1), a_run("changed", 2), a_run("full", 3))
    # A generation was damaged and the one before it, of two days ago, answers.
    assert choose(*past, held=NOW - timedelta(days=2)).selection.since == ago(2)
    assert choose(*past, held=NOW - timedelta(days=9)).selection == WANTED
    assert choose(*past, held=None).selection == WANTED


@pytest.mark.parametrize("scope", ["starter", "import"])
def test_after_the_catalog_was_replaced_a_walk_before_says_nothing(scope: str) -> None:
    assert choose(a_run(scope, 1, ok=False), a_run("full", 3)).selection == WANTED
    assert choose(a_run("full", 1), a_run(scope, 2)).selection.since == ago(1)


def test_only_runs_of_the_source_at_its_address_count() -> None:
    imported = a_run("import", 2, endpoint=None)
    own = a_run("full", 1)
    runs = [
        own,
        a_run("full", 1, source="civitai"),
        a_run("full", 1, endpoint="http://mirror"),
        a_run("full", 1, endpoint=None),
        imported,
    ]
    assert scopes.at("http://hub", "huggingface", runs) == [own, imported]


def test_the_revision_of_a_row_is_known_where_its_files_are_exact(
    tmp_path: Path, a_model: Callable[..., ModelRecord], a_file: Callable[..., ModelFile]
) -> None:
    rows = [
        a_model(source="ollama", repo_id=f"model:{tag}", name=f"model:{tag}", revision=tag * 12)
        for tag in "abc"
    ]
    rows[0] = a_model(**{**_facts(rows[0]), "aliases": ("ollama:model",)})
    files = [
        (rows[0].ref, a_file(path="1", sha256="0" * 64)),
        (rows[1].ref, a_file(path="1", sha256="0" * 64)),
        (rows[1].ref, a_file(path="2")),
    ]
    with lock.held(tmp_path, NOW):
        snapshot.publish(tmp_path, models_table(rows), files_table(files), runs=(), now=NOW)
    known = scopes.known_revisions(snapshot.open_current(tmp_path))
    assert known("ollama:model:a") == known("ollama:model") == "a" * 12
    assert known("ollama:model:b") is None  # one of its files is not exact
    assert known("ollama:model:c") is None
    assert known("ollama:model:d") is None


def _facts(record: ModelRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in ("source", "repo_id", "name", "revision")}
