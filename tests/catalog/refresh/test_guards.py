"""What is refused: runs that would lose many rows or a whole column at a stroke."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.errors import SyncDoubted, SyncRefused
from catalog.records import SourceRun
from catalog.refresh import guards
from catalog.refresh.guards import Filled

THEN = datetime(2026, 11, 1, tzinfo=UTC)
NONE = Filled(0, {})


def a_run(**changes: Any) -> SourceRun:
    facts = {"source": "huggingface", "scope": "full", "started_at": THEN, "finished_at": THEN}
    return SourceRun(**{**facts, "ok": True, **changes})


def doubted(kept: int, **changes: Any) -> SourceRun:
    return a_run(**{"kept": kept, "ok": False, "doubted": True, **changes})


def rows(number: int, **values: int) -> Filled:
    return Filled(number, values)


def test_a_run_is_compared_with_the_last_good_one_of_its_scope() -> None:
    history = [
        a_run(ok=False, kept=5),
        a_run(scope="top:9", kept=900),
        a_run(source="ollama", kept=900),
        a_run(kept=100),
        a_run(kept=900),
    ]
    guards.check(a_run(), rows(80), NONE, history)
    with pytest.raises(SyncRefused, match="79 rows where the last good run had 100"):
        guards.check(a_run(), rows(79), NONE, history)
    with pytest.raises(SyncRefused, match="no usable row"):
        guards.check(a_run(), rows(0), NONE, [])


def test_a_walk_of_changes_is_of_any_length_but_not_of_bad_rows_alone() -> None:
    changed = a_run(scope="changed")
    guards.check(changed, rows(1), NONE, [a_run(scope="changed", kept=9_000)])
    guards.check(changed, rows(0), NONE, [])
    guards.check(a_run(scope="changed", quarantined=3, by_rule=3), rows(0), NONE, [])
    with pytest.raises(SyncRefused, match="no usable row"):
        guards.check(a_run(scope="changed", quarantined=3, by_rule=2), rows(0), NONE, [])


def test_a_run_of_nothing_but_rows_left_out_by_rule_says_so() -> None:
    run = a_run(source="civitai", fetched=1_200, quarantined=1_200, by_rule=1_200)
    with pytest.raises(SyncRefused, match="All 1,200 rows that CivitAI gave are left out by rule"):
        guards.check(run, rows(0), NONE, [])
    with pytest.raises(SyncRefused, match="CivitAI gave no usable row"):
        guards.check(a_run(source="civitai", quarantined=3, by_rule=2), rows(0), NONE, [])


@pytest.mark.parametrize("source", sorted(guards.GUARDED_COLUMNS))
def test_a_column_that_a_source_fills_must_not_fall_empty(source: str) -> None:
    (name, *_) = guards.guarded(source)
    run, old = a_run(source=source), rows(1_000, **{name: 1_000})
    guards.check(run, rows(100, **{name: 10}), old, [])
    with pytest.raises(SyncRefused, match=f" sent almost no {name} any more"):
        guards.check(run, rows(100, **{name: 9}), old, [])


def test_a_column_that_few_rows_fill_is_held_against_what_to_expect() -> None:
    # Only the default tag of each Ollama model has its pulls.
    run, old = a_run(source="ollama"), rows(5_000, downloads_total=250)
    guards.check(run, rows(300, downloads_total=0), old, [])  # 15 to be expected: chance
    guards.check(run, rows(4_000, downloads_total=20), old, [])
    with pytest.raises(SyncRefused, match="almost no downloads_total"):
        guards.check(run, rows(4_000, downloads_total=19), old, [])


def test_few_rows_say_nothing_about_a_column() -> None:
    old = rows(1_000, likes=1_000)
    guards.check(a_run(), rows(guards.NULL_ROWS - 1, likes=0), old, [])
    guards.check(a_run(), rows(1_000, likes=0), rows(guards.NULL_ROWS - 1, likes=49), [])
    guards.check(a_run(), rows(1_000, likes=0), rows(1_000, likes=0), [])


def test_a_first_full_walk_that_saw_much_less_removes_nothing() -> None:
    assert guards.may_remove(a_run(kept=80), 100, [])
    assert not guards.may_remove(a_run(kept=79), 100, [a_run(kept=79, ok=False)])
    assert guards.may_remove(a_run(kept=79), 100, [doubted(79)])
    assert not guards.may_remove(a_run(kept=79), 100, [doubted(60)])
    assert guards.may_remove(a_run(kept=79), 100, [a_run(kept=79)])
    assert guards.may_remove(a_run(kept=1), 0, [])


def test_a_source_that_shrank_is_published_by_the_second_run_and_cut_by_the_third() -> None:
    good, failed = a_run(kept=1_000), a_run(kept=3, ok=False)
    with pytest.raises(SyncDoubted, match="--full again: a second run that lists as many"):
        guards.check(a_run(kept=400), rows(400), NONE, [good])
    history = [failed, doubted(400), failed, good]
    guards.check(a_run(kept=410), rows(410), NONE, history)
    assert not guards.may_remove(a_run(kept=410), 1_000, history)
    history = [doubted(410), *history]
    guards.check(a_run(kept=390), rows(390), NONE, history)
    assert guards.may_remove(a_run(kept=390), 1_000, history)


def test_a_doubted_run_is_not_backed_by_one_that_saw_another_number() -> None:
    history = [doubted(400), doubted(390), a_run(kept=1_000)]
    with pytest.raises(SyncDoubted):
        guards.check(a_run(kept=250), rows(250), NONE, history)
    with pytest.raises(SyncDoubted):
        guards.check(a_run(kept=250), rows(250), NONE, [doubted(400), doubted(250), *history])


@pytest.mark.parametrize("other", [{"endpoint": "https://mirror"}, {"scope": "top:9"}])
def test_only_runs_of_the_same_scope_and_address_are_compared(other: dict[str, Any]) -> None:
    history = [a_run(kept=1_000, **other)]
    guards.check(a_run(kept=10), rows(10), NONE, history)
    assert not guards.may_remove(a_run(kept=10), 1_000, [doubted(10, **other), *history])
    with pytest.raises(SyncDoubted):
        guards.check(a_run(kept=10), rows(10), NONE, [doubted(10, **other), a_run(kept=1_000)])


def test_what_is_sure_to_be_wrong_is_refused_however_often_it_comes() -> None:
    history = [doubted(0), doubted(0), a_run(kept=100)]
    with pytest.raises(SyncRefused, match="no usable row") as told:
        guards.check(a_run(), rows(0), NONE, history)
    assert not isinstance(told.value, SyncDoubted)


def test_a_source_that_is_not_listed_has_its_dates_guarded() -> None:
    assert guards.guarded("another") == ("created_at", "last_modified")
