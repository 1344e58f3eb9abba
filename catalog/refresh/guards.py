"""When the rows of a run would make the catalog worse at a stroke, they are not published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from catalog.errors import SyncRefused
from catalog.records import SourceRun

LEAST_SHARE = 0.8  # of the rows of the last good run of the same scope
NULL_ROWS = 50  # fewer rows say nothing about a column
LEAST_FILLED = 0.1  # of the values that the catalog makes one expect
EXPECTED = 20  # values at least; fewer may be missing by chance
UNCOUNTED = "changed"  # a scope of which one run says nothing about the size of the next

# What a source fills in every list answer. Columns that only some answers have (sizes, parameters)
# would refuse an honest run.
_OF_ANY = ("created_at", "last_modified")
GUARDED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "huggingface": ("downloads_30d", "likes", *_OF_ANY),
    "civitai": ("downloads_total", "size_bytes", *_OF_ANY),
    "ollama": ("downloads_total", *_OF_ANY),
}


class Filled(NamedTuple):
    """How many of some rows have a value, column by column."""

    rows: int
    values: Mapping[str, int]


def guarded(source: str) -> tuple[str, ...]:
    """The columns of a source that must not fall empty."""
    return GUARDED_COLUMNS.get(source, _OF_ANY)


def check(run: SourceRun, new: Filled, old: Filled, history: Sequence[SourceRun]) -> None:
    """Raise SyncRefused when publishing what a run kept would lose much at once."""
    if new.rows == 0 and (run.scope != UNCOUNTED or run.quarantined > run.by_rule):
        raise SyncRefused(f"{run.source} gave no usable row; the last good rows stay.")
    last = _last_good(run, history)
    if run.scope != UNCOUNTED and last is not None and new.rows < LEAST_SHARE * last.kept:
        raise SyncRefused(
            f"{run.source} gave {new.rows:,} rows where the last good run had {last.kept:,}; "
            "the last good rows stay. If that is right, sync with another --limit or --full."
        )
    if min(new.rows, old.rows) >= NULL_ROWS:
        _check_columns(run, new, old)


def may_remove(run: SourceRun, held: int, history: Sequence[SourceRun]) -> bool:
    """Whether the models that a full walk did not see may go; `held` of its source are held now.

    A list that was cut short looks like a small one. Where a walk saw much less than the catalog
    holds of the source, it takes a second one that saw as much.
    """
    return run.kept >= LEAST_SHARE * held or _last_good(run, history) is not None


def _last_good(run: SourceRun, history: Sequence[SourceRun]) -> SourceRun | None:
    same = (past for past in history if (past.source, past.scope) == (run.source, run.scope))
    return next((past for past in same if past.ok), None)


def _check_columns(run: SourceRun, new: Filled, old: Filled) -> None:
    for name, before in old.values.items():
        expected = before / old.rows * new.rows
        if expected >= EXPECTED and new.values[name] < LEAST_FILLED * expected:
            raise SyncRefused(
                f"{run.source} sent almost no {name} any more; the last good rows stay."
            )
