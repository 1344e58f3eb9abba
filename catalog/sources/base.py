"""What a source is: an upstream that yields batches of records, and a place to go on from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from catalog.fit.architecture import Stated
from catalog.records import ModelFile, ModelRecord, Quota

ID_SHOWN = 200  # characters of an upstream id or reason that are worth keeping
REASON_SHOWN = 300


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nothing_known(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Time as a source sees it; tests hand in their own."""

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows of a source are wanted; `limit` wins over `full`, for it removes nothing."""

    models: tuple[str, ...] = ()  # refs: these alone, each in full
    details: tuple[str, ...] = ()  # refs: these in full as well, once the lists are read
    top: int = 1_000  # rows per listing of the default selection
    limit: int | None = None
    full: bool = False
    since: datetime | None = None  # only what changed from then on; a source may give more
    known_revision: Callable[[str], str | None] = _nothing_known  # ref -> what the catalog holds

    @property
    def scope(self) -> str:
        """The name under which runs are compared with each other."""
        if self.models:
            return "models"
        if self.limit is not None:
            return f"top:{self.limit}"
        if self.full:
            return "full"
        return f"default:{self.top}" if self.since is None else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """One upstream row that became no record, and why."""

    id: str
    reason: str
    by_rule: bool = False  # well formed, but nothing that the catalog shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one answer of the upstream gave, and the cursor of what comes after it."""

    cursor: str
    rows: tuple[tuple[ModelRecord, tuple[ModelFile, ...]], ...] = ()
    rejected: tuple[Rejected, ...] = ()
    left: int | None = None  # rows still to come, at most; None when nobody knows
    problem: str | None = None  # a listing that ended early, as a sentence
    withdrawn: tuple[str, ...] = ()  # refs that must leave the catalog, whatever it knew of them
    quota: Quota | None = None  # what the upstream said of its limit, with this answer
    stated: tuple[Stated, ...] = ()  # of models that were asked for in full


class Source(Protocol):
    """One upstream. It is given its client and endpoint, and raises `SourceError`s only."""

    @property
    def name(self) -> str:
        """Its word in refs, one of vocabulary.SOURCES."""
        ...

    @property
    def endpoint(self) -> str:
        """Where it is read from; an interrupted run goes on only at the same address."""
        ...

    def fetch(self, selection: Selection, cursor: str | None = None) -> Iterator[Batch]:
        """Batches of the selection from `cursor` on; the iterator ends when all is told."""
        ...


def rejected(upstream_id: object, reason: str, *, by_rule: bool = False) -> Rejected:
    """A rejection with both texts cut to what a person would read."""
    name = str(upstream_id) if isinstance(upstream_id, str | int) else ""
    return Rejected(
        id=_readable(name, ID_SHOWN), reason=_readable(reason, REASON_SHOWN), by_rule=by_rule
    )


def _readable(text: str, length: int) -> str:
    # Lone surrogates cannot be written as UTF-8; backslashes in their place can.
    return text[:length].encode("utf-8", "backslashreplace").decode("utf-8")
