"""How fresh a generation is, per source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from catalog.records import CatalogStatus, SourceRun, SourceStatus
from catalog.store.generation import Generation
from catalog.vocabulary import SOURCES


def of(
    generation: Generation, runs: Sequence[SourceRun], *, notice: str | None = None
) -> CatalogStatus:
    """The state of a generation beside the last syncs (newest first)."""
    held = _held(generation)
    known = [name for name in SOURCES if name in held or _first(runs, name, lambda _: True)]
    return CatalogStatus(
        generation=generation.id,
        published_at=generation.manifest.published_at,
        models=len(generation),
        files=generation.manifest.files,
        sources=tuple(_source(name, held.get(name, {}), runs) for name in known),
        notice=notice,
    )


def _held(generation: Generation) -> dict[str, dict[str, Any]]:
    facts = generation.columns(("source", "origin", "fetched_at"))
    starter = pc.equal(facts["origin"], "starter").cast("int64")
    grouped = (
        facts.append_column("starter", starter)
        .group_by("source")
        .aggregate(
            [("source", "count"), ("starter", "sum"), ("fetched_at", "min"), ("fetched_at", "max")]
        )
    )
    return {row["source"]: row for row in grouped.to_pylist()}


def _source(name: str, held: dict[str, Any], runs: Sequence[SourceRun]) -> SourceStatus:
    return SourceStatus(
        source=name,
        models=held.get("source_count", 0),
        starter_models=held.get("starter_sum", 0),
        oldest=_aware(held.get("fetched_at_min")),
        newest=_aware(held.get("fetched_at_max")),
        last_run=_first(runs, name, lambda _: True),
        last_ok=_first(runs, name, lambda run: run.ok),
    )


def _first(
    runs: Sequence[SourceRun], source: str, wanted: Callable[[SourceRun], bool]
) -> SourceRun | None:
    return next((run for run in runs if run.source == source and wanted(run)), None)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment is not None else None
