"""Syncs of what changed, between full walks, over a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.records import SourceRun
from catalog.refresh import Progress, RefreshReport
from catalog.store import runs, snapshot
from tests.catalog.refresh.conftest import NOW
from tests.replay import server as replay
from tests.replay.server import Server

Sync = Callable[..., RefreshReport]
Refs = Callable[[], set[str]]


TOP_PAGES = 4  # of ten rows: the 20 most downloaded, and the 20 that trend most


def rows(number: int) -> list[dict[str, Any]]:
    """Rows of which each one changed an hour before the one above it."""
    return [
        {
            "id": f"org/model-{hours:03d}",
            "lastModified": (NOW - timedelta(hours=hours)).isoformat(),
            "createdAt": "2025-01-01T00:00:00Z",
            "downloads": hours,
            "likes": 1,
        }
        for hours in range(number)
    ]


def pages_of_changes(hub: Server) -> int:
    """How often it was asked what changed; the most downloaded rows are asked for besides."""
    return [asked.params["sort"] for asked in hub.asked].count(["lastModified"])


def at(**passed: float) -> Callable[[], Any]:
    return lambda: NOW + timedelta(**passed)


@pytest.fixture
def walked(sync: Sync) -> Any:
    """A Hub that was walked in full at NOW."""
    with Server(rows(100), page_rows=10) as hub:
        assert sync(hub, full=True).exit_code == 0
        hub.asked.clear()
        yield hub


def test_a_default_sync_after_a_full_one_fetches_what_changed(
    walked: Server, sync: Sync, refs: Refs
) -> None:
    before = refs()
    changed = {"lastModified": at(hours=1)().isoformat(), "createdAt": "2026-11-24T13:00:00Z"}
    walked.rows += [{"id": "org/new", "likes": 1, "downloads": 1, **changed}]
    report = sync(walked, now=at(hours=2))
    (run,) = report.runs
    assert (run.ok, run.scope) == (True, "changed")
    assert run.endpoint == walked.url and run.pages == len(walked.asked) == 2 + TOP_PAGES
    assert pages_of_changes(walked) == 2  # of eleven
    assert refs() == before | {"huggingface:org/new"}


def test_few_changes_are_no_collapse_and_remove_nothing(
    walked: Server, sync: Sync, refs: Refs
) -> None:
    before = refs()
    assert sync(walked, now=at(hours=1)).runs[0].kept == 40  # changed lately, or downloaded most
    walked.rows = rows(3)
    report = sync(walked, now=at(hours=2))
    assert (report.exit_code, report.runs[0].kept) == (0, 3)
    assert refs() == before


def test_the_next_sync_looks_back_to_the_last_good_one(walked: Server, sync: Sync) -> None:
    assert sync(walked, now=at(hours=5)).exit_code == 0
    walked.asked.clear()
    walked.faults = dict.fromkeys(range(9), replay.raw(b"{}"))
    assert sync(walked, now=at(hours=50)).exit_code == 1
    walked.faults, walked.rows = {}, moved(rows(100), hours=90)
    walked.asked.clear()
    (run,) = sync(walked, now=at(hours=100)).runs
    # From four hours after NOW on: pages of ten hours each, down to the first older one.
    assert run.ok
    assert pages_of_changes(walked) == 10


def moved(found: list[dict[str, Any]], hours: float) -> list[dict[str, Any]]:
    return [
        {**row, "lastModified": at(hours=hours - index)().isoformat()}
        for index, row in enumerate(found)
    ]


def test_a_walk_of_changes_that_was_cut_short_goes_on_with_its_own_time(
    walked: Server, sync: Sync, root: Path
) -> None:
    walked.rows = moved(rows(100), hours=90)
    walked.faults = dict.fromkeys(range(4, 24), replay.status(503))
    first = sync(walked, now=at(hours=90))
    assert "goes on from there" in (first.runs[0].error or "")
    walked.faults = {}
    walked.asked.clear()
    (run,) = sync(walked, now=at(hours=91)).runs
    assert (run.ok, run.scope, run.pages, run.kept) == (True, "changed", 10 + TOP_PAGES, 100)
    assert pages_of_changes(walked) == 6
    assert run.started_at == at(hours=90)()  # the next one looks back to where this one began
    assert runs.history(root)[0].started_at == run.started_at


def test_a_full_walk_that_goes_on_leaves_what_was_fetched_since_as_it_is(
    walked: Server, sync: Sync, refs: Refs, root: Path
) -> None:
    walked.faults = dict.fromkeys(range(4, 24), replay.status(503))
    first = sync(walked, now=at(hours=1), full=True)
    assert "goes on from there" in (first.runs[0].error or "")
    walked.faults = {}
    # What the walk has passed by: a model changes, another one becomes public, a third one goes.
    since = at(hours=2)().isoformat()
    public = {"id": "org/public", "createdAt": "2024-01-01T00:00:00Z", "lastModified": since}
    changed = {**walked.rows[0], "likes": 7, "lastModified": since}
    walked.rows = [changed, *walked.rows[1:-1], {**public, "downloads": 1, "likes": 1}]
    assert sync(walked, now=at(hours=3)).runs[0].scope == "changed"
    (run,) = sync(walked, now=at(hours=4), full=True).runs
    assert (run.ok, run.scope, run.started_at) == (True, "full", at(hours=1)())
    assert "huggingface:org/public" in refs()
    assert likes(root, walked.rows[0]["id"]) == 7
    assert sync(walked, now=at(hours=5), full=True).exit_code == 0
    assert refs() == {f"huggingface:{row['id']}" for row in walked.rows}


def test_a_clock_that_was_ahead_keeps_no_row(walked: Server, sync: Sync, refs: Refs) -> None:
    assert sync(walked, now=at(days=200), full=True).exit_code == 0
    walked.rows = [{**row, "likes": 9} for row in walked.rows[:90]]
    assert sync(walked, now=at(hours=1), full=True).exit_code == 0
    assert len(refs()) == 90


def likes(root: Path, name: str) -> int | None:
    found = snapshot.open_current(root)
    row = found.row_of(f"huggingface:{name}")
    assert row is not None
    return found.records([row])[0].likes


def test_everything_is_walked_again_after_a_month(walked: Server, sync: Sync, refs: Refs) -> None:
    told: list[Progress] = []
    walked.rows = rows(90)
    report = sync(walked, now=at(days=31), progress=told.append)
    assert [one.note for one in told if one.note] == [
        "walks everything: the last full walk was 31 days ago"
    ]
    assert report.runs[0].scope == "full"
    assert len(refs()) == 90  # what is gone is noticed


def test_a_month_may_be_another_number_of_days_or_never(walked: Server, sync: Sync) -> None:
    later = at(days=31)
    assert sync(walked, now=later, settings={"full_days": 0}).runs[0].scope == "changed"
    assert sync(walked, now=later, settings={"full_days": 40}).runs[0].scope == "changed"


def test_another_mirror_is_not_read_by_changes_alone(walked: Server, sync: Sync) -> None:
    with Server(rows(10)) as mirror:
        (run,) = sync(mirror, now=at(hours=1)).runs
    assert (run.scope, run.endpoint) == ("default:20", mirror.url)


def test_a_list_of_changes_without_times_is_a_failure_and_moves_nothing_on(
    walked: Server, sync: Sync, root: Path
) -> None:
    walked.always = replay.page_of([])
    report = sync(walked, now=at(hours=3))
    assert report.exit_code == 1
    assert "time of its last change" in (report.runs[0].error or "")
    good = [run for run in runs.history(root) if run.ok]
    assert [(run.scope, run.started_at) for run in good] == [("full", NOW)]
    assert isinstance(good[0], SourceRun) and good[0].pages == 10
