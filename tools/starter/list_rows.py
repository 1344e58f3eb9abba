"""Frozen list items of the Hub (hub-stats, 2026-05-20): the best that there is, with dtypes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from .facts import Facts, json_rows

NAME = "list_rows"
AS_OF = date(2026, 5, 20)  # the newest change in it; the file was frozen on 2026-06-05


def read(folder: Path) -> Iterator[Facts]:
    """Every row as it came over the wire."""
    for row in json_rows(folder / "list_rows.jsonl.gz"):
        yield Facts(
            repo_id=row["id"],
            source=NAME,
            as_of=AS_OF,
            row=row,
            whole=True,
            downloads_as_of=AS_OF,
        )
