"""The lists of the Hub that are walked: what is asked of each, and where one has told all.

The addresses are query strings; `huggingface` walks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from catalog.errors import SourceChanged
from catalog.normalize import dates
from catalog.sources.base import Selection
from catalog.vocabulary import TASKS

WHO = "Hugging Face"
PAGE_ROWS = 1_000  # the most that the list endpoint gives at once

# What a record needs. Never asked for: what makes rows large and says nothing about the model
# (widgetData, spaces, transformersInfo), and usedStorage, which counts every revision.
EXPAND = (
    "author",
    "baseModels",
    "cardData",
    "config",
    "createdAt",
    "disabled",
    "downloads",
    "downloadsAllTime",
    "gated",
    "gguf",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "private",
    "safetensors",
    "sha",
    "siblings",
    "tags",
    "trendingScore",
)
# Answered with 400 by some versions of the Hub and by mirrors; left out in this order.
_REFUSED_FIRST = frozenset({"baseModels"})
_REFUSED_NEXT = _REFUSED_FIRST | {"config", "disabled", "downloadsAllTime", "gguf", "siblings"}
FALLBACKS: tuple[frozenset[str], ...] = (frozenset(), _REFUSED_FIRST, _REFUSED_NEXT)

# Tasks that no model page shows: hidden by the Hub, or retired.
UNLISTED_TASKS = frozenset(
    {
        "conversational",
        "multiple-choice",
        "other",
        "table-to-text",
        "tabular-to-text",
        "text-retrieval",
        "text2text-generation",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One ordered list of models that the Hub keeps, and how much of it is wanted."""

    name: str
    params: tuple[tuple[str, str], ...]
    rows: int | None = None
    since: datetime | None = None  # it is sorted by change, and older rows are not wanted

    def first_query(self, left_out: frozenset[str]) -> str:
        """The query of its first page."""
        size = PAGE_ROWS if self.rows is None else min(self.rows, PAGE_ROWS)
        expand = [("expand", name) for name in EXPAND if name not in left_out]
        return urlencode([*self.params, ("limit", str(size)), *expand])


def listings_of(selection: Selection) -> tuple[Listing, ...]:
    """The lists that a selection is read from."""
    top = selection.top
    if selection.models:
        return ()
    if selection.limit is not None:
        return (_by("downloads", rows=selection.limit),)
    if selection.full:
        # In the order of creation a walk of an hour misses nothing and sees nothing twice.
        by_creation = (("sort", "createdAt"), ("direction", "1"))
        return (Listing(name="everything", params=by_creation),)
    if selection.since is not None:
        # Downloads and trends move on where nothing else changes.
        by_change = Listing(
            name="what changed", params=(("sort", "lastModified"),), since=selection.since
        )
        return (by_change, _by("downloads", rows=top), _by("trendingScore", rows=top))
    tasks = [
        Listing(name=task, params=(("pipeline_tag", task), ("sort", "downloads")), rows=top)
        for task in TASKS
        if task not in UNLISTED_TASKS
    ]
    # The overall list holds what states no task, as flan-t5 does.
    return (*tasks, _by("downloads", rows=top), _by("trendingScore", rows=top))


def older(rows: list[Any], since: datetime) -> bool:
    """Whether a page of a list sorted by change, newest first, tells nothing new any more.

    A mirror that gives no times, or sorts otherwise, would let changes be missed for weeks.
    """
    times = [row.get("lastModified") for row in rows if isinstance(row, dict)]
    changed = [time for time in map(dates.moment, times) if time is not None]
    if not changed:
        raise SourceChanged(f"{WHO} listed no model with the time of its last change.")
    if changed[0] < changed[-1]:
        raise SourceChanged(f"{WHO} did not sort what changed by the time of change.")
    return max(changed) < since


def _by(sort: str, *, rows: int) -> Listing:
    return Listing(name=f"by {sort}", params=(("sort", sort),), rows=rows)


def with_limit(query: str, *, limit: int) -> str:
    """The query of the same page with this many rows."""
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "limit"]
    return urlencode([*pairs, ("limit", str(limit))])


def without(query: str, left_out: frozenset[str]) -> str:
    """The query without some of the properties that it asks for."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([pair for pair in pairs if pair[0] != "expand" or pair[1] not in left_out])
