"""From what the sources gave to the next generation: merge, settle, measure, write.

Nothing here holds a whole table. Every step is a view that makes one column at a time, and what is
looked at more than once is written to a shelf beside the generations and mapped back from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from catalog.records import SourceRun
from catalog.refresh import merge
from catalog.refresh.amending import corrected, succeeded
from catalog.refresh.gathering import Catalog, Parted, Tables, gathered, standing
from catalog.refresh.measuring import measured
from catalog.refresh.settling import settled
from catalog.store import changes, snapshot
from catalog.store.columns import Shelf
from catalog.store.schema import FILES, MODELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What one source gave to be published."""

    rows: Tables | Parted  # each ref once; parts are read one by one, and only once
    source: str
    complete: bool = False  # the whole source was walked: what it did not list is gone
    withdrawn: frozenset[str] = frozenset()  # refs that leave, even where `rows` names them
    begun: datetime | None = None  # when the walk began; what was fetched since is not older


def publish(
    root: Path, incoming: Sequence[Incoming], *, runs: Sequence[SourceRun], now: datetime
) -> str:
    """Write the next generation, make it the current one, and give its id.

    The caller holds the sync lock. Whatever fails, the current generation stays what it was.
    """
    with snapshot.shelf(root) as shelf:
        before = standing(root)
        merged = _merged(before, incoming, shelf, now)
        return finished(root, merged, shelf, runs=runs, now=now, before=before)


def _merged(before: Catalog, incoming: Sequence[Incoming], shelf: Shelf, now: datetime) -> Catalog:
    """The catalog as it is now with what came in, on the shelf."""
    merged = before
    for one in incoming:
        merged = merge.upsert(
            merged,
            gathered(one.rows, shelf),
            replaced_source=one.source if one.complete else None,
            withdrawn=one.withdrawn,
            walked=None if one.begun is None else (one.begun, now),
        )
    return Catalog(shelf.table(merged.models, MODELS), shelf.table(merged.files, FILES))


def finished(
    root: Path,
    rows: Catalog,
    shelf: Shelf,
    *,
    runs: Sequence[SourceRun],
    now: datetime,
    before: Catalog | None = None,
) -> str:
    """Publish rows with corrections, and after each has taken over what bases and files say.

    What the catalog `before` told of a base that is gone now still counts.
    """
    told = None if before is None else before.models
    amended = succeeded(settled(corrected(rows.models, root, shelf), shelf, told), shelf)
    models, files = measured(Catalog(amended, rows.files))
    generation = snapshot.publish(root, models, files, runs=runs, now=now)
    changes.catch_up(root)
    return generation
