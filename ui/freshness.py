"""How old the facts are, and when that should worry a visitor; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from catalog.records import CatalogStatus, SourceStatus
from ui import wording
from ui.i18n import _

AMBER_DAYS = 7
RED_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Days since the newest facts, and the colour of the theme that says so."""

    days: int
    newest: datetime
    oldest: datetime

    @property
    def color(self) -> str:
        """`gray` while fresh, then `orange`, then `red`."""
        if self.days > RED_DAYS:
            return "red"
        return "orange" if self.days > AMBER_DAYS else "gray"

    @property
    def icon(self) -> str:
        """A second signal beside the colour."""
        return {"gray": "schedule", "orange": "history", "red": "event_busy"}[self.color]

    def badge(self) -> str:
        """The age as a Markdown badge; words say what the colour says."""
        told = {
            "gray": _("facts {age}"),
            "orange": _("facts {age}: ageing"),
            "red": _("facts {age}: out of date"),
        }
        words = told[self.color].format(age=wording.days_ago(self.days))
        return f":{self.color}-badge[:material/{self.icon}: {words}]"


def age(sources: Iterable[SourceStatus], now: datetime) -> Age | None:
    """The age of the newest facts of these sources, None when none has any."""
    known = [source for source in sources if source.newest is not None]
    newest = max((source.newest for source in known if source.newest), default=None)
    oldest = min((source.oldest for source in known if source.oldest), default=newest)
    if newest is None or oldest is None:
        return None
    return Age(days=max(0, (now - newest).days), newest=newest, oldest=oldest)


def sentence(status: CatalogStatus, now: datetime) -> str:
    """One line for the foot of every page: how many, from when."""
    held = age(status.sources, now)
    total = wording.models(status.models)
    if held is None:
        return total
    first, last = wording.day(held.oldest), wording.day(held.newest)
    if first == last:
        return _("{models}, facts of {day}").format(models=total, day=last)
    return _("{models}, facts of {first} to {last}").format(models=total, first=first, last=last)
