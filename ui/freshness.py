"""How old the facts are, and when that should worry a visitor; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from catalog.records import CatalogStatus, SourceStatus
from ui import wording
from ui.i18n import _

AMBER_DAYS = 7
RED_DAYS = 30
SHARE = 0.1  # of the models; where more are old, whoever opens one would soon be misled


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Days since the facts are from, and the colour of the theme that says so.

    One row of today makes no fresh catalog: the colour follows how many models are old.
    """

    days: int  # of the newest
    oldest_days: int
    newest: datetime
    oldest: datetime
    models: int  # of which the day is known
    ageing: int  # models with facts older than AMBER_DAYS, those older than RED_DAYS included
    old: int  # older than RED_DAYS

    @property
    def color(self) -> str:
        """`gray` while fresh, then `orange`, then `red`."""
        if self.old > SHARE * self.models:
            return "red"
        return "orange" if self.ageing > SHARE * self.models else "gray"

    @property
    def icon(self) -> str:
        """A second signal beside the colour."""
        return {"gray": "schedule", "orange": "history", "red": "event_busy"}[self.color]

    @property
    def limit(self) -> tuple[int, int]:
        """How many models are older than what, for the colour that they give."""
        return (self.old, RED_DAYS) if self.color == "red" else (self.ageing, AMBER_DAYS)

    def badge(self) -> str:
        """The age as a Markdown badge; words say what the colour says."""
        words = self._of_one_day() if self.days == self.oldest_days else self._of_several()
        return f":{self.color}-badge[:material/{self.icon}: {words}]"

    def _of_one_day(self) -> str:
        told = {
            "gray": _("facts {age}"),
            "orange": _("facts {age}: ageing"),
            "red": _("facts {age}: out of date"),
        }
        return told[self.color].format(age=wording.days_ago(self.days))

    def _of_several(self) -> str:
        if self.color == "gray":
            return _("facts {age}, the oldest {oldest}").format(
                age=wording.days_ago(self.days), oldest=wording.days_ago(self.oldest_days)
            )
        told = {
            "orange": _("{number} of {all} older than {days} days: ageing"),
            "red": _("{number} of {all} older than {days} days: out of date"),
        }
        number, days = self.limit
        return told[self.color].format(
            number=wording.whole(number), all=wording.whole(self.models), days=days
        )


def age(sources: Iterable[SourceStatus], now: datetime) -> Age | None:
    """The age of the facts of these sources, None when none has any."""
    known = [source for source in sources if source.newest is not None]
    newest = max((source.newest for source in known if source.newest), default=None)
    oldest = min((source.oldest for source in known if source.oldest), default=newest)
    if newest is None or oldest is None:
        return None
    counted = [one for source in known for one in source.by_day]
    today = now.astimezone(UTC).date()

    def older_than(days: int) -> int:
        return sum(one.models for one in counted if (today - one.day).days > days)

    return Age(
        days=_days(newest, now),
        oldest_days=_days(oldest, now),
        newest=newest,
        oldest=oldest,
        models=sum(one.models for one in counted),
        ageing=older_than(AMBER_DAYS),
        old=older_than(RED_DAYS),
    )


def _days(moment: datetime, now: datetime) -> int:
    return max(0, (now.astimezone(UTC).date() - moment.astimezone(UTC).date()).days)


def sentence(status: CatalogStatus, now: datetime) -> str:
    """One line for the foot of every page: how many, from when."""
    held = age(status.sources, now)
    total = wording.repositories(status.models)
    if held is None:
        return total
    first, last = wording.day(held.oldest), wording.day(held.newest)
    if first == last:
        return _("{models}, facts of {day}").format(models=total, day=last)
    return _("{models}, facts of {first} to {last}").format(models=total, first=first, last=last)
