"""The error tree: one type for each thing a visitor must be told differently.

CardexError                    the message is one sentence that says what happened and what to do
├── QueryError                 a question that cannot be answered as asked
├── NotAllowed                 only an admin may do this
├── UnknownRef                 no model has this ref; `nearest` holds the closest ones
├── CatalogError               the catalog itself
│   ├── NoCatalog              there is no readable generation at all
│   ├── SnapshotDamaged        a generation failed its checksums or cannot be read
│   ├── SchemaMismatch         a generation was written by another version of Cardex
│   └── StoreUnwritable        disk full, read-only folder, no permission
├── SyncError                  a refresh as a whole
│   ├── SyncRunning            another sync holds the lock; `owner` says who (exit status 75)
│   ├── SyncOutOfReach         the running sync is of another machine or user: it is ended there
│   └── SyncRefused            publishing would lose too much (collapse guard)
│       └── SyncDoubted        by its count alone: runs after it that see as many are believed
└── SourceError                one upstream
    ├── SourceUnreachable      DNS, connection, TLS, time-out; the last good rows stay
    │   └── SourceUntrusted    its certificate was not accepted; asking again changes nothing
    ├── SourceRefused          401 or 403: a token is missing, wrong or not allowed
    │   └── SourceBlocked      the upstream does not serve this region
    ├── SourceBusy             429 or 5xx for longer than the budget; `retry_after` in seconds
    ├── SourceChanged          the answer does not have the shape that we know (HTML, wrong types)
    ├── SourceLoop             the paging ran in a circle or left the configured host
    └── Offline                CARDEX_OFFLINE or HF_HUB_OFFLINE forbids going out
BadRow                         one upstream row that cannot become a record; quarantined, counted
└── LeftOut                    a well-formed row that the catalog does not show, by a rule
"""

from __future__ import annotations

from datetime import date


class CardexError(Exception):
    """Base of everything a visitor is told; `str()` is the sentence."""


class QueryError(CardexError):
    """A question that cannot be answered as asked."""


class NotAllowed(CardexError):
    """Only an admin may do this; the sentence says why this visitor is none."""


class UnknownRef(CardexError):
    """No model has this ref; `removed` is the day that one of that name left, where it is known."""

    def __init__(
        self, ref: str, nearest: tuple[str, ...] = (), removed: date | None = None
    ) -> None:
        gone = f" It was in the catalog until its removal on {removed}." if removed else ""
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        super().__init__(f"No model in the catalog is called {ref!r}.{gone}{hint}")
        self.ref = ref
        self.nearest = nearest


class CatalogError(CardexError):
    """The catalog cannot be read or written."""


class NoCatalog(CatalogError):
    """There is no readable generation at all."""


class SnapshotDamaged(CatalogError):
    """A generation failed its checksums or cannot be read."""


class SchemaMismatch(CatalogError):
    """A generation was written by another version of Cardex."""


class StoreUnwritable(CatalogError):
    """The data folder cannot be written: full, read-only or not permitted."""


class SyncError(CardexError):
    """A refresh as a whole could not be done."""


class SyncRunning(SyncError):
    """Another sync holds the lock."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"Another sync is running ({owner}). Wait for it to end, then try again.")
        self.owner = owner


class SyncOutOfReach(SyncError):
    """The running sync belongs to another machine or user, so it cannot be ended from here."""


class SyncRefused(SyncError):
    """Publishing would lose too many rows at once; the last good catalog stays."""


class SyncDoubted(SyncRefused):
    """A run saw far fewer rows than the one before; others that see as many are believed."""


class SourceError(CardexError):
    """One upstream could not be read; its last good rows stay."""


class SourceUnreachable(SourceError):
    """DNS, connection, TLS or time-out."""


class SourceUntrusted(SourceUnreachable):
    """The certificate that was shown was not accepted."""


class SourceRefused(SourceError):
    """401 or 403."""


class SourceBlocked(SourceRefused):
    """The upstream does not serve the region that the request came from."""


class SourceBusy(SourceError):
    """429 or 5xx for longer than the budget."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceChanged(SourceError):
    """The answer does not have the shape that we know."""


class SourceLoop(SourceError):
    """The paging ran in a circle or left the configured host."""


class Offline(SourceError):
    """A setting forbids going out."""


class BadRow(Exception):
    """One upstream row that cannot become a record; never shown to a visitor, always counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LeftOut(BadRow):
    """A well-formed row that the catalog does not show; `withdraw`: nor what it knew of it."""

    def __init__(self, reason: str, *, withdraw: bool) -> None:
        super().__init__(reason)
        self.withdraw = withdraw
