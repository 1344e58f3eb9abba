"""Numbers, sizes and dates of the query language: their canonical text and their exact bounds.

A range is `low..high`, `low..` or `..high`, both ends inclusive and exact (`3B..14B` holds 14.0B
and not 14.8B); three dots or `…` count as two. A range typed backwards is turned round, in the text
too; where one end is relative and the other a date, only when it is asked for.

Numbers have a unit of K M B T (decimal, any case). In `context` they are powers of 1024 and written
`k`, `M`; sizes take KB MB GB TB (K M G T for short), KiB MiB GiB TiB, and B for bytes. A number
without a unit is a whole number, and exact (`likes:100`). A number with one means the value rounded
to the digits given, halves upwards: `8B` is 7.5B up to but not 8.5B, `8.0B` is 7.95B up to 8.05B,
`context:32k` is 31.5 x 1024 up to 32.5 x 1024. `bits` is a fraction without unit, always rounded:
`4` is 3.5 up to 4.5. The digits stay as typed, but for leading zeros.

Dates are `2024`, `2024-05`, `2024-05-17`, meaning the whole of that time in UTC, or so many days
(d), weeks (w), months of 30 days (m) or years of 365 days (y) before today: `90d`. As an end of a
range `90d` is that day; alone it means since that day (`90d` asks what `90d..` asks).
"""

from __future__ import annotations

import math
import re
from calendar import monthrange, timegm
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from catalog.errors import QueryError
from catalog.query.keys import DATE_KEYS, RANGE_KEYS

_COUNT = {"": ("", 1), "k": ("K", 10**3), "m": ("M", 10**6), "b": ("B", 10**9), "t": ("T", 10**12)}
_TOKENS = {"": ("", 1), "k": ("k", 2**10), "m": ("M", 2**20), "b": ("B", 2**30), "t": ("T", 2**40)}
_BYTES = {
    "": ("", 1),
    "b": ("", 1),
    **{short: (f"{short.upper()}B", 10 ** (3 * n)) for n, short in enumerate("kmgt", 1)},
    **{f"{short}b": (f"{short.upper()}B", 10 ** (3 * n)) for n, short in enumerate("kmgt", 1)},
    **{f"{short}ib": (f"{short.upper()}iB", 2 ** (10 * n)) for n, short in enumerate("kmgt", 1)},
}
_UNITS = {"size": _BYTES, "context": _TOKENS, "bits": {"": ("", 1)}}
_EXAMPLES = {"size": "4GB..8GB", "context": "32k..", "bits": "4..5"}
_USUAL_UNIT = {"params": "B", "active": "B", "size": "GB", "context": "k"}

_NUMBER = re.compile(r"([0-9]*)(?:\.([0-9]*))?([a-z]*)", re.IGNORECASE | re.ASCII)
_LARGEST = 9 * 10**18  # with half a unit more it still is a 64-bit integer
_MOST_DIGITS = 20
_AGO = re.compile(r"([0-9]{1,6})([dwmy])", re.IGNORECASE | re.ASCII)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_DOTS = re.compile(r"\.{2,}|…")
_HYPHENS = re.compile("[-–—~～]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The values that a range allows, both ends inclusive; dates are UTC epoch seconds."""

    low: int | float | None = None
    high: int | float | None = None


@dataclass(frozen=True, slots=True)
class _Number:
    text: str
    value: Fraction
    step: Fraction | None  # what the last digit is worth; None where the number is exact

    def is_after(self, other: _Number) -> bool:
        return self.value > other.value


@dataclass(frozen=True, slots=True)
class _Date:
    text: str
    ago: int | None = None  # days before today, or:
    first: date = date.min
    last: date = date.max

    def on(self, today: date) -> _Date:
        """The same as days of the calendar."""
        if self.ago is None:
            return self
        day = date.fromordinal(max(1, today.toordinal() - self.ago))
        return _Date(self.text, None, day, day)

    def is_after(self, other: _Date) -> bool:
        if self.ago is not None and other.ago is not None:
            return self.ago < other.ago
        if self.ago is None and other.ago is None:
            return self.first > other.last
        return False  # who knows before the day on which it is asked


_End = TypeVar("_End", _Number, _Date)


def canonical_range(key: str, text: str) -> str:
    """The one text of a range, or of a single value, of `key`; QueryError when it is neither."""
    if key in DATE_KEYS:
        return _text(*_ends(text, _date))
    return _text(*_ends(text, lambda end: _number(key, end)))


def likely_range(key: str, text: str) -> str | None:
    """What a text that is no range was perhaps meant to be: `3B-14B`, `>=3B`, `1.5` of params."""
    unit = _USUAL_UNIT.get(key, "")
    guesses = [f"{text}{unit}"]
    if text[:1] in "<≤":
        guesses.append(f"..{text.lstrip('<≤=')}")
    if text[:1] in ">≥":
        guesses.append(f"{text.lstrip('>≥=')}..")
    if key not in DATE_KEYS:
        guesses.append(_HYPHENS.sub("..", text, count=1))
    for guess in guesses:
        try:
            return canonical_range(key, guess)
        except QueryError:
            continue
    return None


def bounds(key: str, text: str, today: date) -> Bounds:
    """What one range text of `key` allows; `low` above `high` means that nothing can match."""
    if key not in RANGE_KEYS:
        raise QueryError(f"{key!r} takes no ranges.")
    if key in DATE_KEYS:
        return _date_bounds(*_ends(text, _date), today)
    return _number_bounds(key, *_ends(text, lambda end: _number(key, end)))


def _date_bounds(low: _Date | None, high: _Date | None, single: bool, today: date) -> Bounds:
    if single and low and low.ago is not None:
        high = None
    low = low.on(today) if low else None
    high = high.on(today) if high else None
    if low and high and low.is_after(high):
        low, high = high, low
    return Bounds(
        low=timegm(low.first.timetuple()) if low else None,
        high=timegm(high.last.timetuple()) + 86_399 if high else None,
    )


def _number_bounds(key: str, low: _Number | None, high: _Number | None, single: bool) -> Bounds:
    bottom = low.value if low else None
    top = high.value if high else None
    rounded = single and low is not None and low.step is not None
    if rounded and low and low.step:
        bottom, top = max(Fraction(0), low.value - low.step / 2), low.value + low.step / 2
    if key == "bits":
        end = None if top is None else float(top)
        return Bounds(
            low=None if bottom is None else float(bottom),
            high=math.nextafter(end, 0) if rounded and end is not None else end,
        )
    end = None if top is None else math.ceil(top) - 1 if rounded else math.floor(top)
    return Bounds(low=None if bottom is None else math.ceil(bottom), high=end)


def _text(low: _Number | _Date | None, high: _Number | _Date | None, single: bool) -> str:
    first = low.text if low else ""
    return first if single else f"{first}..{high.text if high else ''}"


def _ends(text: str, read: Callable[[str], _End]) -> tuple[_End | None, _End | None, bool]:
    """Both ends in order, None where open, and whether the text is a single value instead."""
    first, *rest = (part.strip() for part in _DOTS.split(text.strip(), maxsplit=1))
    if not rest:
        value = read(first)
        return value, value, True
    low = read(first) if first else None
    high = read(rest[0]) if rest[0] else None
    if low is None and high is None:
        raise QueryError("A range needs at least one end.")
    if low and high and low.is_after(high):
        return high, low, False
    return low, high, False


def _number(key: str, text: str) -> _Number:
    parts = _NUMBER.fullmatch(text)
    unit = _UNITS.get(key, _COUNT).get(parts[3].lower()) if parts else None
    if parts is None or unit is None or not (parts[1] or parts[2]):
        raise QueryError(f"Not a number: type one like {_EXAMPLES.get(key, '3B..14B')}.")
    whole, fraction = parts[1].lstrip("0") or "0", parts[2] or ""
    suffix, factor = unit
    if len(whole) + len(fraction) > _MOST_DIGITS:
        raise QueryError("A number of so many digits cannot be meant.")
    step = Fraction(factor, 10 ** len(fraction))
    value = int(whole + fraction) * step
    if value > _LARGEST:
        raise QueryError("So large a number cannot be meant.")
    if fraction and not suffix and key != "bits":
        raise QueryError(f"A fraction needs a unit: type it like {_EXAMPLES.get(key, '1.5B')}.")
    exact = not suffix and key != "bits"
    return _Number(
        f"{whole}.{fraction}{suffix}" if fraction else f"{whole}{suffix}",
        value,
        None if exact else step,
    )


def _date(text: str) -> _Date:
    if ago := _AGO.fullmatch(text):
        count, unit = int(ago[1]), ago[2].lower()
        return _Date(f"{count}{unit}", count * _DAYS[unit])
    iso = _ISO.fullmatch(text)
    if iso is None:
        raise QueryError("Not a date: type one like 2026-05-17, 2026-05, 2026 or 90d.")
    year, month, day = (int(part) if part else None for part in iso.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError as error:
        raise QueryError("There is no such day in the calendar.") from error
    if day:
        return _Date(first.isoformat(), None, first, first)
    if month:
        end = first.replace(day=monthrange(first.year, month)[1])
        return _Date(f"{first.year:04}-{month:02}", None, first, end)
    return _Date(f"{first.year:04}", None, first, date(first.year, 12, 31))
