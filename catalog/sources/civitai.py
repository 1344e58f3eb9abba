"""CivitAI: its model list by cursor, filtered here, whatever the site was asked to leave out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from catalog.errors import (
    BadRow,
    LeftOut,
    Offline,
    SourceBlocked,
    SourceBusy,
    SourceChanged,
    SourceError,
    SourceLoop,
    SourceUnreachable,
)
from catalog.normalize import civitai_row
from catalog.normalize.plain import count, mapping, text
from catalog.records import ModelFile, ModelRecord
from catalog.settings import Settings
from catalog.sources import http, routes, wires
from catalog.sources.base import Batch, Clock, Rejected, Selection, rejected

NAME = "civitai"
WHO = "CivitAI"
SETTING = "CARDEX_CIVITAI_ENDPOINT"
SITE = "https://civitai.com"
PATH = "/api/v1/models"
PAGE_ROWS = 100  # more is answered with 400
SMALL_PAGE_ROWS = 20  # asked for where a page of 100 fails: some cursors do with status 500
MAX_PAGES = 20_000  # of one listing; a million models
MAX_PAGES_WITHOUT_NEWS = 20  # empty pages are normal, and so are repeated rows; only these are not
FAILED_LISTINGS = 3  # one after another, then it is the upstream and not a listing
_LONGEST_CURSOR = 2_000  # they are a few numbers or a date
_REGION_PAGE = "region-blocked"
BLOCKED = (
    f"{WHO} does not serve the region of this machine; its last good rows stay. Name a mirror in "
    "CARDEX_CIVITAI_ENDPOINT, or sync on a machine elsewhere and bring the catalog here "
    "(`snapshot export`, `snapshot import`)."
)
CHALLENGE_SECONDS = 3_600.0  # a browser check is not passed by asking again
DOWNLOADS, NEWEST = "Most Downloaded", "Newest"
# What the site allows nobody to ask faster: its answers are kept for five minutes anyway.
LIMITS = http.Limits(gap_seconds=1.0, backoff_seconds=(1.0, 5.0, 30.0))
# The default selection reads the most downloaded of each.
GROUPS: tuple[tuple[str, ...], ...] = (
    ("Checkpoint",),
    ("Controlnet",),
    ("VAE",),
    ("Upscaler",),
    ("TextEncoder", "UNet", "MotionModule"),
    ("LORA", "LoCon", "DoRA"),
)
# What a parser of foreign rows may stumble over; such a row is put aside like any bad one.
_SHAPE_ERRORS = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)


class ToRecord(Protocol):
    """One upstream row in our words; raises BadRow."""

    def __call__(
        self,
        item: Mapping[str, Any],
        *,
        fetched_at: datetime,
        origin: str = "sync",
        mature: bool = False,
    ) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
        """The record and its files."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One ordered list of models that the site keeps, and how much of it is wanted."""

    sort: str
    types: tuple[str, ...] = ()  # none: all
    rows: int | None = None
    since: datetime | None = None  # ends after a page of older rows

    @property
    def name(self) -> str:
        """Its name in messages and cursors; a cursor of the site fits only the same order."""
        return " ".join((self.sort, *self.types))

    def query(self, cursor: str | None, size: int) -> str:
        """The query of one page.

        `nsfw=true` asks for everything: without it the site leaves out what has no picture of the
        lowest level, safe rows among them, and shows unsafe ones all the same. What may be shown
        is decided here, row by row, and what has become unsafe has to be seen to be taken away.
        """
        pairs = [("limit", str(size)), ("sort", self.sort), ("period", "AllTime"), ("nsfw", "true")]
        pairs += [("types", one) for one in self.types]
        return urlencode([*pairs, *([("cursor", cursor)] if cursor is not None else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a walk stands, and the text form of it that a checkpoint keeps."""

    listing: int = 0
    name: str = ""
    cursor: str | None = None  # None: the first page
    rows: int = 0
    pages: int = 0

    def __str__(self) -> str:
        return json.dumps([self.listing, self.name, self.cursor, self.rows, self.pages])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    items: list[Any]
    next_cursor: str | None


@dataclass(slots=True, kw_only=True)
class CivitAI:
    """The site, or a mirror of it, as a source."""

    address: str
    fetcher: http.Fetcher
    clock: Clock = field(default_factory=Clock)
    token: str = field(default="", repr=False)
    mature: bool = False
    offline: bool = False
    to_record: ToRecord = civitai_row.to_record
    name: str = NAME
    _seen: set[int] = field(default_factory=set)  # ids of this run

    @property
    def endpoint(self) -> str:
        """Scheme, host, port and path prefix of every request; no user name or password."""
        return routes.without_login(self.address)

    def fetch(self, selection: Selection, cursor: str | None = None) -> Iterator[Batch]:
        """Batches of one page each, listing after listing."""
        if self.offline:
            raise Offline(f"{WHO} was not asked: CARDEX_OFFLINE forbids going out.")
        if http.origin(self.address)[0] not in {"http", "https"}:
            raise SourceUnreachable("CARDEX_CIVITAI_ENDPOINT is not an http or https address.")
        listings = listings_of(selection)
        start = _place(cursor, listings)
        self._seen = set()
        failed = 0
        for number in range(start.listing, len(listings)):
            place = start if number == start.listing else _first(listings, number)
            try:
                yield from self._listing(listings, place)
            except (SourceChanged, SourceLoop) as error:
                failed += 1
                if failed >= min(FAILED_LISTINGS, len(listings)):
                    raise
                problem = f"{listings[number].name}: {error}"
                yield Batch(cursor=str(_first(listings, number + 1)), problem=problem)
            else:
                failed = 0

    def _listing(self, listings: tuple[Listing, ...], place: _Place) -> Iterator[Batch]:
        listing = listings[place.listing]
        cursor, rows, pages, without_news = place.cursor, place.rows, place.pages, 0
        seen = {cursor}
        while True:
            wanted_rows = None if listing.rows is None else listing.rows - rows
            try:
                page = self._page(listing, cursor, wanted_rows)
            except SourceChanged as error:
                if cursor is None or cursor != place.cursor or "cursor" not in str(error):
                    raise
                # A place of an earlier process that the site no longer knows: from the start.
                yield from self._listing(listings, _first(listings, place.listing))
                return
            items = page.items if wanted_rows is None else page.items[:wanted_rows]
            rows, pages = rows + len(items), pages + 1
            over = (listing.rows is not None and rows >= listing.rows) or _all_older(items, listing)
            more = page.next_cursor if not over else None
            circle = more is not None and (more in seen or pages >= MAX_PAGES)
            if more is None or circle:
                after = _first(listings, place.listing + 1)
            else:
                after = replace(place, cursor=more, rows=rows, pages=pages)
            known = len(self._seen)
            batch = self._batch(items, str(after), _left(listings, after))
            if circle:
                problem = f"{listing.name}: {WHO} pages in a circle; ended after {pages} pages."
                batch = replace(batch, problem=problem)
            yield batch
            if more is None or circle:
                return
            without_news = 0 if len(self._seen) > known else without_news + 1
            if without_news >= MAX_PAGES_WITHOUT_NEWS:
                raise SourceLoop(f"{WHO} sent {without_news} pages without a new model; stopped.")
            seen.add(more)
            cursor = more

    def _batch(self, items: list[Any], cursor: str, left: int | None) -> Batch:
        fetched_at = self.clock.now()
        kept: list[tuple[ModelRecord, tuple[ModelFile, ...]]] = []
        bad: list[Rejected] = []
        withdrawn: list[str] = []
        for item in items:
            upstream_id = count(item.get("id")) if isinstance(item, dict) else None
            again = upstream_id in self._seen
            if upstream_id is not None:
                self._seen.add(upstream_id)
            try:
                row = self.to_record(item, fetched_at=fetched_at, mature=self.mature)
                if again:
                    bad.append(rejected(upstream_id, "listed more than once", by_rule=True))
                else:
                    kept.append(row)
            except LeftOut as error:
                bad.append(rejected(upstream_id, error.reason, by_rule=True))
                if error.withdraw:
                    withdrawn.append(f"{NAME}:{upstream_id}")
            except BadRow as error:
                bad.append(rejected(upstream_id, error.reason))
            except RecursionError:
                bad.append(rejected(upstream_id, "nested too deeply"))
            except _SHAPE_ERRORS as error:
                bad.append(rejected(upstream_id, f"unexpected shape: {type(error).__name__}"))
        return Batch(
            cursor=cursor,
            rows=tuple(kept),
            rejected=tuple(bad),
            left=left,
            withdrawn=tuple(withdrawn),
            quota=self.fetcher.quota,
        )

    def _page(self, listing: Listing, cursor: str | None, wanted: int | None) -> _Page:
        size = PAGE_ROWS if wanted is None else min(wanted, PAGE_ROWS)
        try:
            answer = self._get(listing.query(cursor, size))
        except http.HeavyPage:
            answer = self._get(listing.query(cursor, min(size, SMALL_PAGE_ROWS)))
        http.check(answer, WHO, SETTING)
        body = http.json_of(answer, WHO)
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(items, list):
            told = _told(body)
            raise SourceChanged(
                f"{WHO} answered with an error: {told}"
                if told
                else f"{WHO} sent no list of models; its answers may have changed."
            )
        return _Page(items=items, next_cursor=_cursor_of(body))

    def _get(self, query: str) -> http.Answer:
        # The address is always built from the configured one: `nextPage` is never followed.
        return self.fetcher.get(f"{self.address}{PATH}?{query}", self._headers())

    def _headers(self) -> dict[str, str]:
        headers = {"user-agent": "cardex/0.1"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        return headers


def make(settings: Settings, clock: Clock, limits: http.Limits | None = None) -> CivitAI:
    """The source as the settings describe it."""
    return CivitAI(
        address=settings.civitai_endpoint,
        fetcher=http.Fetcher(
            wires.RequestsWire(settings.ca_bundle),
            who=WHO,
            clock=clock,
            limits=limits or LIMITS,
            judge=judge,
            setting=SETTING,
        ),
        clock=clock,
        token=token_for(settings.civitai_endpoint, settings.civitai_token),
        mature=settings.civitai_mature,
        offline=settings.offline,
    )


def token_for(endpoint: str, token: str) -> str:
    """The token for an endpoint: a mirror gets none."""
    return token if http.origin(endpoint) == http.origin(SITE) else ""


def judge(answer: http.Answer) -> SourceError | None:
    """The error that asking again would not cure."""
    if _is_region_block(answer):
        return SourceBlocked(BLOCKED)
    if answer.headers.get("cf-mitigated", "").lower() == "challenge" or _is_challenge(answer):
        return SourceBusy(
            f"{WHO} asks for a browser check (Cloudflare), which a program cannot pass. "
            "Try again in an hour or later, or from another network.",
            CHALLENGE_SECONDS,
        )
    if answer.status == 429 and b"too many pages" in answer.body.lower():
        return SourceChanged(f"{WHO} refuses to be paged any deeper: {_told_by(answer)}")
    if answer.status == 400:
        return SourceChanged(f"{WHO} refused the request (400): {_told_by(answer)}")
    return None


def _is_region_block(answer: http.Answer) -> bool:
    """Whether the site shuts out where the request came from: law says 451, its pages redirect."""
    to = answer.headers.get("location", "") if answer.status in http.REDIRECTS else ""
    return answer.status == http.BLOCKED_STATUS or _REGION_PAGE in to


def _is_challenge(answer: http.Answer) -> bool:
    return answer.status in {403, 429, 503} and b"Just a moment" in answer.body[:20_000]


def _told_by(answer: http.Answer) -> str:
    try:
        return _told(http.json_of(answer, WHO)) or "no reason given."
    except SourceChanged:
        return "no reason given."


def _told(body: object) -> str | None:
    """What an error body says: a text, or the first issue of a validation object."""
    said = mapping(body)
    for value in (said.get("error"), said.get("message")):
        words = text(value, 200)
        if words is not None:
            return words
    for part in (mapping(said.get("error")), said):
        issues = part.get("issues")
        first = mapping(issues[0]) if isinstance(issues, list) and issues else {}
        words = text(first.get("message"), 200) or text(part.get("message"), 200)
        if words is not None:
            return f"{words} ({text(part.get('name'), 40) or 'validation'})"
    return None


def _cursor_of(body: Mapping[str, Any]) -> str | None:
    cursor = mapping(body.get("metadata")).get("nextCursor")
    if isinstance(cursor, int) and not isinstance(cursor, bool):  # as answers of searches have it
        return str(cursor)
    if not isinstance(cursor, str) or not cursor:
        return None
    if len(cursor) > _LONGEST_CURSOR:
        raise SourceChanged(f"{WHO} sent a place to go on from that is too long to be one.")
    return cursor.encode("utf-8", "replace").decode()


def listings_of(selection: Selection) -> tuple[Listing, ...]:
    """The lists that a selection is read from."""
    if selection.limit is not None:
        return (Listing(sort=DOWNLOADS, rows=selection.limit),)
    if selection.full:
        return (Listing(sort=NEWEST),)
    top = tuple(Listing(sort=DOWNLOADS, types=types, rows=selection.top) for types in GROUPS)
    if selection.since is not None:
        # New versions alone would leave counts and ratings of what people use as they were.
        return (Listing(sort=NEWEST, since=selection.since), *top)
    return top


def _all_older(items: list[Any], listing: Listing) -> bool:
    """Whether a page holds nothing but models whose newest version is older than what is wanted."""
    if listing.since is None or not items:
        return False
    dates = [civitai_row.newest_published(mapping(item)) for item in items]
    known = [moment for moment in dates if moment is not None]
    return bool(known) and all(moment < listing.since for moment in known)


def _first(listings: tuple[Listing, ...], number: int) -> _Place:
    name = listings[number].name if number < len(listings) else ""
    return _Place(listing=number, name=name)


def _place(cursor: str | None, listings: tuple[Listing, ...]) -> _Place:
    """The place of a cursor; the start when it is not one of ours, or of another selection."""
    start = _first(listings, 0)
    if cursor is None:
        return start
    try:
        number, name, own, rows, pages = json.loads(cursor)
        whole = all(isinstance(one, int) and one >= 0 for one in (number, rows, pages))
        if not whole or number > len(listings) or not isinstance(own, str | None):
            return start
    except (ValueError, TypeError):
        return start
    expected = _first(listings, number)
    if name != expected.name:
        return start
    return replace(expected, cursor=own, rows=rows, pages=pages)


def _left(listings: tuple[Listing, ...], after: _Place) -> int | None:
    """Rows still to come after a place, at most; None when a listing has no end that we know."""
    left = -after.rows
    for listing in listings[after.listing :]:
        if listing.rows is None:
            return None
        left += listing.rows
    return left
