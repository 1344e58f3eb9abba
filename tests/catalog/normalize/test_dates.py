from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalog.normalize.dates import hub_created, moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-05-20T13:37:12.345Z", datetime(2025, 5, 20, 13, 37, 12, tzinfo=UTC)),
        ("2025-05-20T13:37:12+02:00", datetime(2025, 5, 20, 11, 37, 12, tzinfo=UTC)),
        ("2025-05-20", datetime(2025, 5, 20, tzinfo=UTC)),
    ],
)
def test_an_iso_text_becomes_aware_utc_in_seconds(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    "value",
    [None, 1716212232, "", "yesterday", "2025-13-01", "0001-01-01T00:00:00+10:00",
     "9999-12-31T23:59:59-10:00", "1970-01-01T00:00:00Z", "2" * 1000],
)  # fmt: skip
def test_nonsense_is_none(value: object) -> None:
    assert moment(value) is None


@pytest.mark.parametrize("text", ["2022-03-02T23:29:04.000Z", "2022-03-02T23:29:05.000Z"])
def test_the_floor_of_the_hub_says_nothing(text: str) -> None:
    assert hub_created(text) is None
    assert moment(text) is not None


def test_other_creation_dates_are_kept() -> None:
    assert hub_created("2022-03-02T23:29:06Z") == datetime(2022, 3, 2, 23, 29, 6, tzinfo=UTC)
    assert hub_created(None) is None
