"""Long walks of the Hub: what changed since a time, and everything within a quota."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.sources import Batch, Clock, Selection, huggingface
from tests.catalog.sources.conftest import NOW, QUICK
from tests.replay import server as replay
from tests.replay.server import Handler, Server

Fetched = Callable[..., list[Batch]]
SourceAt = Callable[..., huggingface.HuggingFace]
WHOLE_HUB = 3_118  # pages of 1,000 in October 2026
QUOTA, WINDOW = 500, 300.0  # requests, seconds; of an anonymous client


def changed_rows(number: int) -> list[dict[str, Any]]:
    """Rows of which each one changed an hour before the one above it."""
    return [
        {
            "id": f"org/model-{hours:03d}",
            "lastModified": (NOW - timedelta(hours=hours)).isoformat(),
            "downloads": hours,
        }
        for hours in range(number)
    ]


def ids(batches: list[Batch]) -> list[str]:
    return [record.repo_id for batch in batches for record, _ in batch.rows]


def since(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def test_what_changed_is_walked_newest_first_until_a_whole_page_is_older(fetched: Fetched) -> None:
    with Server(changed_rows(100), page_rows=10) as hub:
        batches = fetched(hub, since=since(34.5), top=10)
        assert [asked.params["sort"][0] for asked in hub.asked] == [
            *["lastModified"] * 5,
            "downloads",
            "trendingScore",
        ]
    # the fourth page has rows of both sides; the fifth has none that are wanted and is kept too
    assert ids(batches[:5]) == [f"org/model-{hours:03d}" for hours in range(50)]
    # Downloads move on where nothing else changes.
    assert ids(batches[5:6]) == [f"org/model-{hours:03d}" for hours in range(99, 89, -1)]
    assert all(batch.problem is None for batch in batches)
    assert [batch.left for batch in batches] == [None] * 4 + [20, 10, 0]


def test_a_walk_of_changes_goes_on_from_its_cursor(source_at: SourceAt) -> None:
    with Server(changed_rows(100), page_rows=10) as hub:
        wanted = Selection(since=since(34.5), top=10)
        first = next(iter(source_at(hub.url).fetch(wanted)))
        rest = list(source_at(hub.url).fetch(wanted, first.cursor))
        assert len(hub.asked) == 7
    assert len(ids([first, *rest])) == 70


def test_a_walk_of_changes_ends_with_the_list(fetched: Fetched) -> None:
    with Server(changed_rows(25), page_rows=10) as hub:
        assert len(ids(fetched(hub, since=since(1_000), top=10))) == 25 + 20
        assert len(hub.asked) == 3 + 2


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"id": "org/a"}],
        [{"id": "org/a", "lastModified": "yesterday"}],
        list(reversed(changed_rows(5))),
        [7],
    ],
)
def test_a_mirror_that_does_not_sort_by_change_is_a_problem_and_no_end(
    rows: list[Any], fetched: Fetched
) -> None:
    with Server([], always=replay.page_of(rows)) as hub:
        batch = fetched(hub, since=since(2), top=10)[0]
    assert batch.problem is not None and "change" in batch.problem


def test_a_row_that_is_private_now_leaves_the_catalog(fetched: Fetched) -> None:
    rows = changed_rows(4)
    rows[1]["private"], rows[2]["disabled"] = True, True
    rows[3].update(private=True, id=None)
    with Server(rows) as hub:
        (batch,) = fetched(hub, limit=4)
    assert batch.withdrawn == ("huggingface:org/model-002", "huggingface:org/model-001")
    assert all(row.by_rule for row in batch.rejected) and len(batch.rejected) == 3


@dataclass
class Time:
    """A clock on which only sleeping and requests take time."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(
            now=lambda: NOW + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Quota:
    """Pages of one row each, and the fixed window of the Hub's rate limit on a clock of our own."""

    time: Time
    pages: int = WHOLE_HUB
    request_seconds: float = 0.2
    others: int = 0  # requests that the rest of the office makes for each one of ours
    window_from: float = 0.0
    used: int = 0
    refused: int = 0

    def __call__(self, handler: Handler) -> None:
        self.time.seconds += self.request_seconds
        if self.time.seconds - self.window_from >= WINDOW:
            self.window_from, self.used = self.time.seconds, 0
        self.used += 1 + self.others
        left = max(0, QUOTA - self.used)
        reset = round(self.window_from + WINDOW - self.time.seconds)
        headers = {
            "RateLimit": f'"api";r={left};t={reset}',
            "RateLimit-Policy": f'"fixed window";"api";q={QUOTA};w={round(WINDOW)}',
        }
        if self.used > QUOTA:
            self.refused += 1
            handler.send(429, {"error": "too many requests"}, headers)
            return
        number = int(handler.params.get("cursor", ["0"])[0])
        if number + 1 < self.pages:
            link = f"{handler.hub.url}/api/models?cursor={number + 1}"
            headers["Link"] = f'<{link}>; rel="next"'
        handler.send(200, [{"id": f"org/model-{number:04d}"}], headers)


def walked(time: Time, quota: Quota) -> list[Batch]:
    with Server([], always=quota) as hub:
        settings = replace(settings_module.load(), hf_endpoint=hub.url)
        source = huggingface.make(settings, time.clock(), QUICK)
        return list(source.fetch(Selection(full=True)))


@pytest.mark.slow
def test_the_whole_hub_is_walked_within_the_anonymous_quota() -> None:
    time = Time()
    quota = Quota(time)
    batches = walked(time, quota)
    assert ids(batches) == [f"org/model-{number:04d}" for number in range(WHOLE_HUB)]
    assert quota.refused == 0
    # Nine tenths of each window are used, then the next one is waited for.
    windows = WHOLE_HUB // (QUOTA * 9 // 10)
    assert len(time.slept) == windows == 6
    asking = WHOLE_HUB * quota.request_seconds
    in_a_window = QUOTA * 0.9 * quota.request_seconds
    assert sum(time.slept) == pytest.approx(windows * (WINDOW - in_a_window + 1), abs=windows)
    assert time.seconds == pytest.approx(asking + sum(time.slept))
    assert time.seconds < 33 * 60
    assert batches[-1].quota is not None and batches[-1].quota.limit == QUOTA


def test_a_quota_that_others_use_up_costs_waits_and_no_row() -> None:
    time = Time()
    quota = Quota(time, pages=15, others=129)  # the fourth request of each window
    batches = walked(time, quota)
    assert ids(batches) == [f"org/model-{number:04d}" for number in range(15)]
    assert quota.refused == 4
    assert all(0 < seconds <= 300 for seconds in time.slept)
    assert all(batch.problem is None for batch in batches)
