"""Which rows a newer version of the same line by the same author stands in for.

Narrow on purpose: two names that differ in one `v1`, `v1.5` and in nothing else, the same kind,
task and owner, counts that agree, and the newer one made later. Sizes, dates in names and new
generations (Qwen2.5, Qwen3) are lines of their own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from catalog.normalize.parameters import disagrees

VERSION = re.compile(
    r"(?<![A-Za-z0-9.])v(\d{1,2}(?:\.\d{1,2}){0,2})(?![A-Za-z0-9]|\.\d)", re.IGNORECASE
)
_NO_DATES = "ollama"  # its library tells none; there a model's tags are of one publisher


class Versioned(NamedTuple):
    """What tells lines and versions apart."""

    source: str
    author: str | None
    name: str
    kind: str | None
    pipeline_tag: str | None
    parameter_count: int | None
    created_at: datetime | None


def superseded(rows: Iterable[Versioned]) -> list[bool]:
    """For each row whether another one replaces it."""
    found: list[bool] = []
    lines: defaultdict[tuple[str | None, ...], list[tuple[int, Versioned]]] = defaultdict(list)
    for place, row in enumerate(rows):
        found.append(False)
        if (line := _line(row)) is not None:
            lines[line].append((place, row))
    for members in lines.values():
        for place, row in members:
            found[place] = any(_replaces(newer, row) for _, newer in members)
    return found


def _line(row: Versioned) -> tuple[str | None, ...] | None:
    """What all versions of one line share; None for a name without a version, or with two."""
    named, times = VERSION.subn("v*", row.name.lower())
    if times != 1 or not (row.author or row.source == _NO_DATES):
        return None
    return row.source, row.author, named, row.kind, row.pipeline_tag


def _replaces(newer: Versioned, row: Versioned) -> bool:
    if _version(newer) <= _version(row):
        return False
    counts = (newer.parameter_count, row.parameter_count)
    if None in counts or disagrees(counts[0] or 0, counts[1]):
        return False
    if row.source == _NO_DATES:
        return True
    return newer.created_at is not None and (
        row.created_at is None or row.created_at < newer.created_at
    )


def _version(row: Versioned) -> tuple[int, ...]:
    match = VERSION.search(row.name)
    return tuple(int(part) for part in match[1].split(".")) if match else ()
