"""When the rows of a run would make the catalog worse at a stroke, they are not published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from catalog.errors import SyncDoubted, SyncRefused
from catalog.records import SourceRun

LEAST_SHARE = 0.8  # of the rows of the last good run of the same scope and address
AGREEING = 2  # runs before that saw as few, after which a full one may remove the rest
NULL_ROWS = 50  # fewer rows say nothing about a column
LEAST_FILLED = 0.1  # of the values that the catalog makes one expect
EXPECTED = 20  # values at least; fewer may be missing by chance
FULL = "full"
UNCOUNTED = ("changed", "models")  # scopes of which one run says nothing about the size of the next
_NAMES = {"huggingface": "Hugging Face", "civitai": "CivitAI", "ollama": "The Ollama library"}
_ADVICE = {
    False: "If the source really shrank, sync again: a second run that lists as many is published.",
    True: "If the source really shrank, sync with --full again: a second run that lists as many is "
    "published and removes nothing, a third one removes what it does not list.",
}

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
    """Raise SyncRefused when publishing what a run kept would lose much at once.

    A source that really shrank is believed after a while: a second run that lists as many is let
    through, and `may_remove` says what a full one may take away.
    """
    if new.rows == 0 and (run.scope != "changed" or run.quarantined > run.by_rule):
        raise SyncRefused(_nothing_left(run))
    if min(new.rows, old.rows) >= NULL_ROWS:
        _check_columns(run, new, old)
    if run.scope in UNCOUNTED:
        return
    last = _last_good(run, history)
    if last is not None and _collapsed(new.rows, last.kept) and not _doubted(run, history):
        raise SyncDoubted(
            f"{_called(run.source)} gave {new.rows:,} rows where the last good run had "
            f"{last.kept:,}; the last good rows stay. {_ADVICE[run.scope == FULL]}"
        )


def may_remove(run: SourceRun, held: int, history: Sequence[SourceRun]) -> bool:
    """Whether the models that a full walk did not see may go; `held` of its source are held now.

    A list that was cut short looks like a small one. Where a walk saw much less than the catalog
    holds of the source, it takes a second one that saw as much; where it saw much less than the
    last good walk of the same address, a third.
    """
    last = _last_good(run, history)
    if last is not None:
        return not _collapsed(run.kept, last.kept) or _doubted(run, history) >= AGREEING
    return not _collapsed(run.kept, held) or _doubted(run, history) > 0


def _nothing_left(run: SourceRun) -> str:
    if run.quarantined and run.quarantined == run.by_rule:
        told = f"All {run.by_rule:,} rows that {_called(run.source)} gave are left out by rule"
    else:
        told = f"{_called(run.source)} gave no usable row"
    return f"{told}; the last good rows stay."


def _called(source: str) -> str:
    return _NAMES.get(source, source)


def _collapsed(rows: int, before: int) -> bool:
    return rows < LEAST_SHARE * before


def _last_good(run: SourceRun, history: Sequence[SourceRun]) -> SourceRun | None:
    return next((past for past in _same(run, history) if past.ok), None)


def _doubted(run: SourceRun, history: Sequence[SourceRun]) -> int:
    """How many runs in a row before this one saw about as few and were doubted for it."""
    number = 0
    for past in _same(run, history):
        if past.ok or (past.doubted and not _agree(past.kept, run.kept)):
            break
        number += past.doubted
    return number


def _agree(one: int, other: int) -> bool:
    return min(one, other) >= LEAST_SHARE * max(one, other)


def _same(run: SourceRun, history: Sequence[SourceRun]) -> Iterator[SourceRun]:
    """The runs before, newest first, that walked the same of the same address."""
    what = (run.source, run.scope, run.endpoint)
    return (past for past in history if (past.source, past.scope, past.endpoint) == what)


def _check_columns(run: SourceRun, new: Filled, old: Filled) -> None:
    for name, before in old.values.items():
        expected = before / old.rows * new.rows
        if expected >= EXPECTED and new.values[name] < LEAST_FILLED * expected:
            raise SyncRefused(
                f"{_called(run.source)} sent almost no {name} any more; the last good rows stay."
            )
