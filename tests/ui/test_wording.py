"""Numbers, sizes and dates in words; what nobody stated is never a number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from catalog import vocabulary
from ui import wording
from ui.i18n import speaking


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, "not stated"),
        (0, "0"),
        (999, "999"),
        (999_500, "1M"),
        (60_506_624, "60.5M"),
        (737_668_096, "738M"),
        (11_300_000_000, "11.3B"),
        (1_000_000_000_000, "1T"),
    ],
)
def test_counts_are_told_in_three_digits(number: int | None, words: str) -> None:
    assert wording.short(number) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, "not stated"),
        (5 * 2**30, "5 GiB"),
        (5_027_783_488, "4.68 GiB"),
        (90 * 2**20, "90 MiB"),
        (1024, "1.0 KiB"),
    ],
)
def test_sizes_are_gib_of_two_to_the_thirtieth(size: int | None, words: str) -> None:
    assert wording.gib(size) == words


def test_days_are_iso_dates_in_utc() -> None:
    late = datetime(2026, 6, 5, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert wording.day(late) == "2026-06-06"
    assert wording.day(date(2026, 6, 5)) == "2026-06-05"
    assert wording.day(None) == "not stated"
    assert wording.minute(datetime(2026, 6, 5, 9, 7, tzinfo=UTC)) == "2026-06-05 09:07 UTC"


def test_ages_have_their_plural() -> None:
    assert [wording.days_ago(days) for days in (0, 1, 2)] == ["today", "1 day ago", "2 days ago"]


def test_every_word_of_our_vocabularies_is_told() -> None:
    for words, names in (
        (wording.kind, vocabulary.KINDS),
        (wording.gated, vocabulary.GATED),
        (wording.modality, vocabulary.MODALITIES),
        (wording.flag, vocabulary.FLAGS),
        (wording.source, vocabulary.SOURCES),
        (wording.parameter_origin, vocabulary.PARAMETER_COUNT_ORIGINS),
        (wording.task_origin, vocabulary.PIPELINE_TAG_ORIGINS),
        (wording.relation, vocabulary.RELATIONS),
        (wording.change, vocabulary.CHANGES),
    ):
        for name in names:
            assert words(name) not in {name, wording.not_stated()} or name == "unknown"


def test_a_value_of_a_facet_is_plain_text() -> None:
    assert wording.value("author", "a\u202eb") == "a\ufffdb"
    assert wording.value("license", "LicenseRef-gemma") == "gemma"
    assert wording.value("lang", "unknown") == "Not stated"


def test_chinese_counts_models() -> None:
    with speaking("zh"):
        assert wording.models(1073) == "1,073 个模型"


def test_a_clock_names_the_day_when_it_is_another() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert wording.clock(now + timedelta(minutes=40), now) == "12:40 UTC"
    assert wording.clock(now - timedelta(days=1), now) == "2026-11-23 12:00 UTC"
    assert wording.clock(None, now) == "not stated"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (40, "40 s"), (89.6, "90 s"), (200, "3 min"), (7800, "2 h 10 min")],
)
def test_a_duration_is_as_exact_as_an_estimate(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("changed", "what has changed"),
        ("full", "everything"),
        ("default:1000", "default selection"),
        ("top:5000", "the 5,000 most downloaded"),
        ("top:x", "the most downloaded"),
        ("import", "imported file"),
        ("x:1", "x:1"),
    ],
)
def test_a_scope_in_words(scope: str, words: str) -> None:
    assert wording.scope(scope) == words


def test_paid_and_early_access_are_told_apart() -> None:
    assert wording.access("yes", ("early-access",)) == "Early access"
    assert wording.access("yes", ("paid-access", "early-access")) == "Paid access"
    assert wording.access("yes", ()) == "Login needed"
    assert wording.access("no", ("early-access",)) == "Open to all"


def test_a_share_never_rounds_to_nothing_or_to_all() -> None:
    assert wording.share(1, 1000) == "<1%"
    assert wording.share(999, 1000) == ">99%"
    assert wording.share(0, 10) == "0%"
    assert wording.share(10, 10) == "100%"
    assert wording.share(54, 100) == "54%"
    assert wording.share(0, 0) == "not stated"


def test_periods_and_bits_are_short() -> None:
    assert wording.period("2024-04", 1) == "2024-04"
    assert wording.period("2024-04", 3) == "2024 Q2"
    assert wording.period("2024-01", 12) == "2024"
    assert wording.bits(4.8944) == "4.89"
    assert wording.bits(None) == "–"
    assert wording.others(1) == "1 other"
