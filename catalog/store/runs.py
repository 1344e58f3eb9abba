"""The history of syncs: `runs.json` beside the generations, newest first, replaced atomically."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from catalog.records import SourceRun, to_json
from catalog.store import disk, typed

KEPT = 200
FILE = "runs.json"


def history(root: Path, limit: int | None = None) -> tuple[SourceRun, ...]:
    """The last runs, newest first; none when the file is missing, and without damaged ones."""
    try:
        rows = json.loads((root / FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return ()
    return tuple(_readable(rows if isinstance(rows, list) else []))[:limit]


def append(root: Path, runs: Sequence[SourceRun]) -> None:
    """Put runs in front of the history; raises OSError where the folder cannot be written.

    The last good run of each scope and address stays however old it is: the next one is compared
    with it.
    """
    told = [*runs, *history(root)]
    newest = {(run.source, run.scope, run.endpoint): run for run in reversed(told) if run.ok}
    good = newest.values()
    kept = [run for at, run in enumerate(told) if at < KEPT or any(run is one for one in good)]
    text = json.dumps([to_json(run) for run in kept], ensure_ascii=False, indent=1)
    disk.put_text(root / FILE, text)


def run_of(row: object) -> SourceRun:
    """A run from its JSON form; a ValueError where it is not one."""
    return typed.record(SourceRun, row)


def _readable(rows: list[object]) -> Iterator[SourceRun]:
    for row in rows:
        with contextlib.suppress(ValueError):
            yield run_of(row)
