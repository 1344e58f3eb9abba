"""The age of the facts turns amber after a week and red after a month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from catalog.records import CatalogStatus, FactsDay, SourceStatus
from ui import freshness

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def source(newest: datetime | None, oldest: datetime | None = None) -> SourceStatus:
    days = [day.date() for day in (newest, oldest) if day is not None]
    return SourceStatus(
        source="huggingface",
        models=5,
        starter_models=0,
        oldest=oldest or newest,
        newest=newest,
        by_day=tuple(FactsDay(day=day, models=5) for day in dict.fromkeys(days)),
    )


def mixed(**models: int) -> freshness.Age:
    """Models by the age of their facts: `mixed(d0=10, d40=90)`."""
    days = {int(name[1:]): number for name, number in models.items()}
    held = SourceStatus(
        source="huggingface",
        models=sum(days.values()),
        starter_models=0,
        oldest=NOW - timedelta(days=max(days)),
        newest=NOW - timedelta(days=min(days)),
        by_day=tuple(
            FactsDay(day=(NOW - timedelta(days=day)).date(), models=number)
            for day, number in days.items()
        ),
    )
    age = freshness.age([held], NOW)
    assert age is not None
    return age


@pytest.mark.parametrize(
    ("days", "color"),
    [(0, "gray"), (7, "gray"), (8, "orange"), (30, "orange"), (31, "red"), (-3, "gray")],
)
def test_color_follows_the_newest_facts(days: int, color: str) -> None:
    age = freshness.age([source(NOW - timedelta(days=days))], NOW)
    assert age is not None
    assert age.color == color
    assert age.days >= 0


@pytest.mark.parametrize(
    ("age", "badge"),
    [
        (
            mixed(d0=1_272, d54=17_109),
            ":red-badge[:material/event_busy: 17,109 of 18,381 older than 30 days: out of date]",
        ),
        (
            mixed(d0=80, d9=15, d40=5),
            ":orange-badge[:material/history: 20 of 100 older than 7 days: ageing]",
        ),
        (
            mixed(d0=90, d7=5, d400=5),
            ":gray-badge[:material/schedule: facts today, the oldest 400 days ago]",
        ),
        (mixed(d0=90, d31=10), ":gray-badge[:material/schedule: facts today, the oldest 31 days "),
        (mixed(d0=89, d31=11), ":red-badge[:material/event_busy: 11 of 100 older than 30 days"),
    ],
)
def test_one_row_of_today_makes_no_fresh_catalog(age: freshness.Age, badge: str) -> None:
    assert age.badge().startswith(badge)


def test_no_facts_have_no_age() -> None:
    assert freshness.age([source(None)], NOW) is None
    assert freshness.age([], NOW) is None


def test_the_sentence_says_how_many_and_from_when() -> None:
    held = source(datetime(2026, 6, 5, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    status = CatalogStatus(generation="g", published_at=NOW, models=5, files=0, sources=(held,))
    assert freshness.sentence(status, NOW) == "5 repositories, facts of 2026-03-01 to 2026-06-05"


def test_words_and_icons_tell_the_age_as_the_colour_does() -> None:
    badges = [
        age.badge()
        for days in (0, 8, 31)
        if (age := freshness.age([source(NOW - timedelta(days=days))], NOW)) is not None
    ]
    assert badges == [
        ":gray-badge[:material/schedule: facts today]",
        ":orange-badge[:material/history: facts 8 days ago: ageing]",
        ":red-badge[:material/event_busy: facts 31 days ago: out of date]",
    ]
