"""What a sync walks of one source: what was asked for, else what changed since a full walk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from catalog.records import SourceRun
from catalog.sources.base import Selection
from catalog.store.generation import Generation

# Clocks differ, and a list that is being walked moves: the time before a run is looked at again.
OVERLAP = timedelta(hours=1)
FULL, CHANGED = "full", "changed"
_BEGIN_ANEW = frozenset({"starter", "import"})  # after these the catalog is not what a walk left


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is walked, and a sentence where that is not what one would expect."""

    selection: Selection
    note: str | None = None


def chosen(
    wanted: Selection,
    past: Iterable[SourceRun],
    *,
    held: datetime | None,
    full_days: int,
    now: datetime,
) -> Choice:
    """The selection of one source; `past` are its runs at the same address, newest first.

    `held` is when the generation was published that the rows will join: what a later run brought
    is not in it, for example because that generation turned out damaged.
    """
    if wanted.models or wanted.limit is not None or wanted.full:
        return Choice(selection=wanted)
    base = _base(past, held)
    if base is None:
        return Choice(selection=wanted)
    full, newest = base
    age = now - full
    if full_days and age >= timedelta(days=full_days):
        note = f"walks everything: the last full walk was {age.days} days ago"
        return Choice(selection=replace(wanted, full=True), note=note)
    return Choice(selection=replace(wanted, since=newest - OVERLAP))


def _base(past: Iterable[SourceRun], held: datetime | None) -> tuple[datetime, datetime] | None:
    """When the last good full walk began, and the last good run that keeps it up to date."""
    newest: datetime | None = None
    for run in past:
        if run.scope in _BEGIN_ANEW:
            return None
        if not _good(run, held) or run.started_at is None:
            continue
        if run.scope == FULL:
            return run.started_at, newest or run.started_at
        if run.scope == CHANGED:
            newest = newest or run.started_at
    return None


def _good(run: SourceRun, held: datetime | None) -> bool:
    published = held is not None and run.finished_at is not None and run.finished_at <= held
    return run.ok and published


def known_revisions(generation: Generation) -> Callable[[str], str | None]:
    """The revision that the catalog holds of a ref with the exact files, else None."""

    def known(ref: str) -> str | None:
        row = generation.row_of(ref)
        if row is None:
            return None
        files = generation.files(row)
        exact = bool(files) and all(file.sha256 for file in files)
        return generation.records([row])[0].revision if exact else None

    return known


def at(endpoint: str, source: str, history: Sequence[SourceRun]) -> list[SourceRun]:
    """The runs of a source at one address, and what replaced its rows otherwise."""
    return [
        run
        for run in history
        if run.source == source and (run.endpoint == endpoint or run.scope in _BEGIN_ANEW)
    ]
