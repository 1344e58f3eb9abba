"""The history of syncs: `runs.json` beside the generations, newest first, replaced atomically."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.records import Quota, Reason, SourceRun, to_json
from catalog.store import disk

KEPT = 200
FILE = "runs.json"
_TIMES = ("started_at", "finished_at")


def history(root: Path, limit: int | None = None) -> tuple[SourceRun, ...]:
    """The last runs, newest first; none when the file is missing or cannot be read."""
    try:
        rows = json.loads((root / FILE).read_text("utf-8"))
        return tuple(run_of(row) for row in (rows if limit is None else rows[:limit]))
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def append(root: Path, runs: Sequence[SourceRun]) -> None:
    """Put runs in front of the history; raises OSError where the folder cannot be written.

    The last good run of each scope stays however old it is: the next one is compared with it.
    """
    told = [*runs, *history(root)]
    good = {(run.source, run.scope): run for run in reversed(told) if run.ok}.values()
    kept = [run for at, run in enumerate(told) if at < KEPT or any(run is one for one in good)]
    text = json.dumps([to_json(run) for run in kept], ensure_ascii=False, indent=1)
    disk.put_text(root / FILE, text)


def run_of(row: Mapping[str, Any]) -> SourceRun:
    """A run from its JSON form; fields that this version does not know are left out."""
    known = {field.name for field in fields(SourceRun)}
    facts = {name: value for name, value in row.items() if name in known}
    for name in _TIMES:
        facts[name] = _time(facts.get(name))
    quota = facts.get("quota")
    if quota is not None:
        facts["quota"] = Quota(**{**quota, "resets_at": _time(quota["resets_at"])})
    facts["reasons"] = tuple(Reason(**reason) for reason in facts.get("reasons", ()))
    return SourceRun(**facts)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
