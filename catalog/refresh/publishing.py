"""From what the sources gave to the next generation: merge, settle, measure, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import CatalogError
from catalog.records import SourceRun
from catalog.refresh import merge
from catalog.refresh.gathering import Parted, Tables, together
from catalog.refresh.measuring import measured
from catalog.refresh.place import starter
from catalog.refresh.settling import settled
from catalog.store import changes, snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What one source gave to be published."""

    rows: Tables | Parted  # each ref once; parts are read one by one, and only once
    source: str
    complete: bool = False  # the whole source was walked: what it did not list is gone
    withdrawn: frozenset[str] = frozenset()  # refs that leave, even where `rows` names them


def standing(root: Path) -> Tables:
    """The catalog as it is now: the current generation, else the bundled one."""
    try:
        generation = snapshot.open_current(root)
    except CatalogError:
        return starter()
    return Tables(generation.models_table(), generation.files_table())


def publish(
    root: Path, incoming: Sequence[Incoming], *, runs: Sequence[SourceRun], now: datetime
) -> str:
    """Write the next generation, make it the current one, and give its id.

    The caller holds the sync lock. Whatever fails, the current generation stays what it was.
    """
    merged = standing(root)
    for one in incoming:
        replaced = one.source if one.complete else None
        merged = merge.upsert(merged, together(one.rows), replaced_source=replaced)
        merged = _without(merged, one.withdrawn)
    ready = measured(Tables(settled(merged.models), merged.files))
    generation = snapshot.publish(root, ready.models, ready.files, runs=runs, now=now)
    changes.catch_up(root)
    return generation


def _without(tables: Tables, refs: frozenset[str]) -> Tables:
    if not refs:
        return tables
    gone = pa.array(sorted(refs))
    return Tables(*(table.filter(pc.invert(pc.is_in(table["ref"], gone))) for table in tables))
