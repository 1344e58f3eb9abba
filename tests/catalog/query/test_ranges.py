"""Numbers, sizes and dates: canonical text and exact bounds."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from catalog.errors import QueryError
from catalog.query import RANGE_KEYS, Bounds, bounds, parse, read
from catalog.query.ranges import canonical_range, likely_range

TODAY = date(2026, 11, 24)
GIB = 2**30


def at(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def end_of(year: int, month: int = 12, day: int = 31) -> int:
    return at(year, month, day) + 86_399


@pytest.mark.parametrize(
    ("key", "text", "canonical"),
    [
        ("params", "8b", "8B"),
        ("params", "8.0b", "8.0B"),
        ("params", "08B", "8B"),
        ("params", "8.B", "8B"),
        ("params", ".5b", "0.5B"),
        ("params", "000", "0"),
        ("params", "60506624", "60506624"),
        ("params", "1t", "1T"),
        ("params", " 3b .. 14b ", "3B..14B"),
        ("params", "3b...14b", "3B..14B"),
        ("params", "3b…14b", "3B..14B"),
        ("params", "..14b", "..14B"),
        ("params", "3b..", "3B.."),
        ("params", "14B..3B", "3B..14B"),
        ("params", "8B..8B", "8B..8B"),
        ("downloads", "10k..1m", "10K..1M"),
        ("likes", "100", "100"),
        ("context", "32K", "32k"),
        ("context", "1m", "1M"),
        ("context", "32K..128K", "32k..128k"),
        ("size", "5gb", "5GB"),
        ("size", "5g", "5GB"),
        ("size", "500M", "500MB"),
        ("size", "5gib", "5GiB"),
        ("size", "1KB..1TiB", "1KB..1TiB"),
        ("size", "700B", "700"),
        ("size", "6GiB..5GB", "5GB..6GiB"),
        ("bits", "4.50", "4.50"),
        ("bits", "5..4", "4..5"),
        ("updated", "90D..", "90d.."),
        ("updated", "090d", "90d"),
        ("updated", "2w", "2w"),
        ("updated", "6M..1y", "1y..6m"),
        ("updated", "1y..6m", "1y..6m"),
        ("created", "2024-5-1", "2024-05-01"),
        ("created", "2024-5", "2024-05"),
        ("created", "2025..2024", "2024..2025"),
        ("created", "2024-05..2024", "2024-05..2024"),
        ("created", "90d..2020", "90d..2020"),
        ("created", "2024..90d", "2024..90d"),
    ],
)
def test_a_range_has_one_text(key: str, text: str, canonical: str) -> None:
    assert canonical_range(key, text) == canonical
    assert canonical_range(key, canonical) == canonical
    assert str(parse(f'{key}:"{text}"')) == f"{key}:{canonical}"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("params", ".."),
        ("params", "."),
        ("params", "B"),
        ("params", "abc"),
        ("params", "nan"),
        ("params", "inf"),
        ("params", "1e9"),
        ("params", "-8B"),
        ("params", "８B"),
        ("params", "8GB"),
        ("params", "1.5"),
        ("params", "3B..14X"),
        ("params", "3B..4B..5B"),
        ("params", "9" * 5000 + "B"),
        ("params", "99999999T"),
        ("params", "0." + "0" * 5000 + "1B"),
        ("bits", "4B"),
        ("bits", "9" * 20),
        ("size", "5XB"),
        ("size", "1.5B"),
        ("likes", "1e999"),
        ("updated", "yesterday"),
        ("updated", "2024-13"),
        ("updated", "2023-02-29"),
        ("updated", "0000"),
        ("updated", "20240517"),
        ("updated", "9999999d"),
        ("updated", ""),
    ],
)
def test_what_is_no_range_is_refused_in_one_sentence(key: str, text: str) -> None:
    with pytest.raises(QueryError) as refused:
        canonical_range(key, text)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize(
    ("key", "text", "low", "high"),
    [
        ("params", "3B..14B", 3 * 10**9, 14 * 10**9),
        ("params", "..14B", None, 14 * 10**9),
        ("params", "3B..", 3 * 10**9, None),
        ("params", "14B..3B", 3 * 10**9, 14 * 10**9),
        ("params", "8B", 7_500_000_000, 8_499_999_999),
        ("params", "8.0B", 7_950_000_000, 8_049_999_999),
        ("params", "8.03B", 8_025_000_000, 8_034_999_999),
        ("params", "60M", 59_500_000, 60_499_999),
        ("params", "0B", 0, 499_999_999),
        ("params", "1T", 5 * 10**11, 1_499_999_999_999),
        ("params", "60506624", 60_506_624, 60_506_624),
        ("params", "8B..8B", 8 * 10**9, 8 * 10**9),
        ("params", "0.1234567890123456B..0.5B", 123_456_790, 500_000_000),
        ("params", "0.0005K", 1, 0),
        ("downloads", "1.5K..2K", 1500, 2000),
        ("downloads_total", "1K", 500, 1499),
        ("active", "3B", 2_500_000_000, 3_499_999_999),
        ("likes", "100", 100, 100),
        ("context", "32k", 32_256, 33_279),
        ("context", "32k..", 32_768, None),
        ("context", "8192", 8192, 8192),
        ("context", "1M", 2**19, 2**20 + 2**19 - 1),
        ("context", "1.1k..", 1127, None),
        ("context", "..1.1k", None, 1126),
        ("size", "5GB", 4_500_000_000, 5_499_999_999),
        ("size", "5.0GB", 4_950_000_000, 5_049_999_999),
        ("size", "5GiB", 5 * GIB - GIB // 2, 5 * GIB + GIB // 2 - 1),
        ("size", "500MB..1GiB", 500_000_000, GIB),
        ("size", "4MiB..", 4 * 2**20, None),
        ("size", "700", 700, 700),
        ("bits", "4", 3.5, math.nextafter(4.5, 0)),
        ("bits", "4.5", 4.45, math.nextafter(4.55, 0)),
        ("bits", "4..5.5", 4.0, 5.5),
        ("bits", "..4.85", None, 4.85),
        ("bits", "2..", 2.0, None),
        ("updated", "2024", at(2024), end_of(2024)),
        ("updated", "2024-02", at(2024, 2), end_of(2024, 2, 29)),
        ("updated", "2024-05-17", at(2024, 5, 17), end_of(2024, 5, 17)),
        ("updated", "2024..2025", at(2024), end_of(2025)),
        ("updated", "2024-05..2024", at(2024, 5), end_of(2024)),
        ("updated", "..2025-03", None, end_of(2025, 3, 31)),
        ("updated", "90d..", at(2026, 8, 26), None),
        ("updated", "..90d", None, end_of(2026, 8, 26)),
        ("updated", "90d", at(2026, 8, 26), None),
        ("updated", "1d..1d", at(2026, 11, 23), end_of(2026, 11, 23)),
        ("updated", "2w..1w", at(2026, 11, 10), end_of(2026, 11, 17)),
        ("updated", "1w..2w", at(2026, 11, 10), end_of(2026, 11, 17)),
        ("updated", "6m..", at(2026, 5, 28), None),
        ("updated", "1y..", at(2025, 11, 24), None),
        ("updated", "0d", at(2026, 11, 24), None),
        ("created", "90d..2020", at(2020), end_of(2026, 8, 26)),
        ("created", "2024..90d", at(2024), end_of(2026, 8, 26)),
        ("created", "9999-12-31", at(9999, 12, 31), end_of(9999)),
        ("created", "0001-01-01", at(1), end_of(1, 1, 1)),
        ("created", "999999y..", at(1), None),
    ],
)
def test_bounds_are_exact_and_inclusive(
    key: str, text: str, low: float | None, high: float | None
) -> None:
    assert bounds(key, text, TODAY) == Bounds(low=low, high=high)


def test_bounds_of_no_range_are_an_error() -> None:
    with pytest.raises(QueryError, match="takes no ranges"):
        bounds("task", "translation", TODAY)
    with pytest.raises(QueryError, match="Not a number"):
        bounds("params", "unknown", TODAY)


@pytest.mark.parametrize("key", [key for key in RANGE_KEYS if key not in ("updated", "created")])
def test_every_number_stays_a_64_bit_integer(key: str) -> None:
    unit = {"size": "TiB", "bits": ""}.get(key, "T")
    for digits in range(1, 20):
        text = "9" * digits + unit
        if parse(f"{key}:{text}").conditions:
            high = bounds(key, text, TODAY).high
            assert high is not None
            assert high < 2**63


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("params:3B-14B", "params:3B..14B"),
        ("params:3B–14B", "params:3B..14B"),
        ("params:~8B", "params:..8B"),
        ("params:>=8B", "params:8B.."),
        ("params:>8B", "params:8B.."),
        ("-params:<8b", "-params:..8B"),
        ("params:≤8B", "params:..8B"),
        ("params:1.5", "params:1.5B"),
        ("size:1.5..2.5", None),
        ("context:1.5", "context:1.5k"),
        ("updated:>2024", "updated:2024.."),
        ("updated:soon", None),
        ("likes:many", None),
    ],
)
def test_a_mistyped_range_names_the_nearest(typed: str, nearest: str | None) -> None:
    (warning,) = read(typed).warnings
    assert (warning.term, warning.nearest) == (typed, nearest)


def test_a_guess_is_a_range_or_nothing() -> None:
    assert likely_range("bits", "4-5") == "4..5"
    assert likely_range("created", "2024/05") is None
