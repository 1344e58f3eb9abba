"""Which models of the Hub a sync asks for in full: the best known whose files it has no bytes of.

The list gives no sizes of files. What was asked for is noted, so that a model that has nothing
more to tell is left alone for a while and others get their turn.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from catalog.sources import huggingface
from catalog.store import disk
from catalog.store.columns import texts
from catalog.store.generation import Generation
from catalog.store.serving import owners

NOTES = "details.json"
AGAIN = timedelta(days=30)
_MOST_NOTES = 100_000


def lacking(generation: Generation, root: Path, most: int, now: datetime) -> tuple[str, ...]:
    """Refs of Hub rows without exact files, the best known first, `most` of them."""
    if most < 1:
        return ()
    models, files = generation.lean()
    refs = texts(models, "ref")
    exact = np.zeros(len(refs) + 1, bool)
    hashed = pc.is_valid(texts(files, "sha256")).to_numpy(zero_copy_only=False)
    exact[owners(files, refs)[hashed]] = True
    of_hub = pc.equal(texts(models, "source"), huggingface.NAME).to_numpy(zero_copy_only=False)
    asked = {ref for ref, day in _noted(root).items() if _recent(day, now)}
    found: list[str] = []
    for row in np.flatnonzero(of_hub & ~exact[:-1]):
        ref = refs[int(row)].as_py()
        if ref not in asked:
            found.append(ref)
        if len(found) == most:
            break
    return tuple(found)


def note(root: Path, refs: tuple[str, ...], now: datetime) -> None:
    """Remember that these were asked for; an OSError of the folder is the caller's."""
    if not refs:
        return
    kept = {ref: day for ref, day in _noted(root).items() if _recent(day, now)}
    kept |= dict.fromkeys(refs, now.date().isoformat())
    newest = dict(list(kept.items())[-_MOST_NOTES:])
    disk.put_text(root / NOTES, json.dumps(newest, indent=0))


def _noted(root: Path) -> dict[str, str]:
    try:
        value = json.loads((root / NOTES).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = value.items() if isinstance(value, dict) else ()
    return {ref: day for ref, day in pairs if isinstance(day, str)}


def _recent(day: str, now: datetime) -> bool:
    try:
        return now.date() - datetime.fromisoformat(day).date() < AGAIN
    except ValueError:
        return False
