"""How fresh a generation is, per source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.records import CatalogStatus, FactsDay, SourceRun, SourceStatus
from catalog.store.generation import Generation
from catalog.vocabulary import SOURCES


def of(
    generation: Generation, runs: Sequence[SourceRun], *, notice: str | None = None
) -> CatalogStatus:
    """The state of a generation beside the last syncs (newest first)."""
    facts = generation.columns(("source", "origin", "fetched_at"))
    held, days = _held(facts), _days(facts)
    known = [name for name in SOURCES if name in held or _first(runs, name, lambda _: True)]
    return CatalogStatus(
        generation=generation.id,
        published_at=generation.manifest.published_at,
        models=len(generation),
        files=generation.manifest.files,
        sources=tuple(
            _source(name, held.get(name, {}), tuple(days.get(name, ())), runs) for name in known
        ),
        notice=notice,
    )


def _held(facts: pa.Table) -> dict[str, dict[str, Any]]:
    starter = pc.equal(facts["origin"], "starter").cast("int64")
    grouped = (
        facts.append_column("starter", starter)
        .group_by("source")
        .aggregate(
            [("source", "count"), ("starter", "sum"), ("fetched_at", "min"), ("fetched_at", "max")]
        )
    )
    return {row["source"]: row for row in grouped.to_pylist()}


def _days(facts: pa.Table) -> dict[str, list[FactsDay]]:
    """Per source how many models are from which day, the newest first; of a known day only."""
    day = facts["fetched_at"].cast(pa.timestamp("ms")).cast(pa.date32(), safe=False)
    counted = (
        pa.table({"source": facts["source"], "day": day})
        .filter(pc.is_valid(day))
        .group_by(["source", "day"])
        .aggregate([([], "count_all")])
        .sort_by([("day", "descending")])
    )
    found: dict[str, list[FactsDay]] = {}
    for row in counted.to_pylist():
        told = FactsDay(day=row["day"], models=row["count_all"])
        found.setdefault(row["source"], []).append(told)
    return found


def _source(
    name: str, held: dict[str, Any], days: tuple[FactsDay, ...], runs: Sequence[SourceRun]
) -> SourceStatus:
    return SourceStatus(
        source=name,
        models=held.get("source_count", 0),
        starter_models=held.get("starter_sum", 0),
        oldest=_aware(held.get("fetched_at_min")),
        newest=_aware(held.get("fetched_at_max")),
        by_day=days,
        last_run=_first(runs, name, lambda _: True),
        last_ok=_first(runs, name, lambda run: run.ok),
    )


def _first(
    runs: Sequence[SourceRun], source: str, wanted: Callable[[SourceRun], bool]
) -> SourceRun | None:
    return next((run for run in runs if run.source == source and wanted(run)), None)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None
