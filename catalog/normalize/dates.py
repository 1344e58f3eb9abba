"""Times of upstream as aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

# The Hub has no creation dates from before this moment: all older repositories share it
# (seen as :04 and :05 in real rows), so it says nothing about any of them.
HUB_FLOOR = datetime(2022, 3, 2, 23, 29, 4, tzinfo=UTC)
_FLOOR_WIDTH = timedelta(seconds=2)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def moment(value: object) -> datetime | None:
    """An ISO 8601 text as aware UTC in whole seconds; without an offset it is taken as UTC."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
        aware = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not _FIRST_YEAR <= aware.year < _LAST_YEAR:
        return None
    return aware.replace(microsecond=0)


def hub_created(value: object) -> datetime | None:
    """A creation time of the Hub; None for the date that it gives to everything older."""
    created = moment(value)
    if created is None or HUB_FLOOR <= created < HUB_FLOOR + _FLOOR_WIDTH:
        return None
    return created
