"""Whether a version can be had by anybody, only by those who pay, or only later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from catalog.normalize import dates
from catalog.normalize.plain import text

EARLY, PAID, NOT_OFFERED = "early-access", "paid-access", "not-downloadable"


class Access(NamedTuple):
    """One of vocabulary.GATED, and the tag that says why."""

    gated: str
    tag: str | None = None


def access_of(version: Mapping[str, Any], now: datetime, *, of_model: object = None) -> Access:
    """Access to a version at a time; `of_model` is the availability that its model states.

    `paidAccess` is the gate since July 2026, whatever `availability` says beside it; the fields
    of early access are older. An object without an end is paid: one of 1,660 was like that.
    """
    gate = version.get("paidAccess")
    if isinstance(gate, Mapping):
        if gate.get("permanent") is True or not text(gate.get("endsAt"), 60):
            return Access("yes", PAID)
        if _is_over(gate.get("endsAt"), now) is not True:
            return Access("yes", EARLY)
    availability = text(version.get("availability"), 20) or text(of_model, 20)
    ends = version.get("earlyAccessEndsAt"), version.get("earlyAccessDeadline")
    if availability == "EarlyAccess" or any(_is_over(end, now) is False for end in ends):
        return Access("yes", EARLY)
    if text(version.get("usageControl"), 40) not in (None, "Download"):
        return Access("unknown", NOT_OFFERED)  # runs on the site alone
    public = availability == "Public" or "paidAccess" in version
    return Access("no" if public else "unknown")


def _is_over(end: object, now: datetime) -> bool | None:
    until = dates.moment(end)
    return None if until is None else until <= now
