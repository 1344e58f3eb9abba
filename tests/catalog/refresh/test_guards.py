"""What is refused: runs that would lose many rows or a whole column at a stroke."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.errors import SyncRefused
from catalog.records import SourceRun
from catalog.refresh import guards
from catalog.refresh.guards import Filled

THEN = datetime(2026, 11, 1, tzinfo=UTC)
NONE = Filled(0, {})


def a_run(**changes: Any) -> SourceRun:
    facts = {"source": "huggingface", "scope": "full", "started_at": THEN, "finished_at": THEN}
    return SourceRun(**{**facts, "ok": True, **changes})


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


@pytest.mark.parametrize("source", sorted(guards.GUARDED_COLUMNS))
def test_a_column_that_a_source_fills_must_not_fall_empty(source: str) -> None:
    (name, *_) = guards.guarded(source)
    run, old = a_run(source=source), rows(1_000, **{name: 1_000})
    guards.check(run, rows(100, **{name: 10}), old, [])
    with pytest.raises(SyncRefused, match=f"{source} sent almost no {name} any more"):
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
    assert guards.may_remove(a_run(kept=79), 100, [a_run(kept=79)])
    assert guards.may_remove(a_run(kept=1), 0, [])


def test_a_source_that_is_not_listed_has_its_dates_guarded() -> None:
    assert guards.guarded("another") == ("created_at", "last_modified")
