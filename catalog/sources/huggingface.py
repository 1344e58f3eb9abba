"""The Hugging Face Hub: its model list, page by page, through the client of huggingface_hub."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import HfApi, __version__, get_session, set_client_factory

from catalog.errors import (
    BadRow,
    LeftOut,
    Offline,
    SourceChanged,
    SourceError,
    SourceLoop,
    SourceUnreachable,
)
from catalog.fit import config
from catalog.fit.architecture import Stated
from catalog.normalize import hub_row
from catalog.normalize.plain import mapping
from catalog.records import ModelFile, ModelRecord
from catalog.settings import Settings
from catalog.sources import http, hub_model, routes, wires
from catalog.sources.base import Batch, Clock, Rejected, Selection, rejected
from catalog.sources.hub_listings import (
    EXPAND,
    FALLBACKS,
    PAGE_ROWS,
    WHO,
    Listing,
    listings_of,
    older,
    with_limit,
    without,
)

NAME = "huggingface"
SETTING = "HF_ENDPOINT"
HUB = "https://huggingface.co"
USER_AGENT = f"cardex/0.1; hf_hub/{__version__}; python/{platform.python_version()}"
SMALL_PAGE_ROWS = 100  # asked for where a page of 1,000 fails
MAX_PAGES = 20_000  # of one listing; the whole Hub was 3,118 pages in October 2026
PAGE_TRIES = 3  # for an answer that is whole but has another shape
FAILED_LISTINGS = 3  # one after another, then it is the upstream and not a page

# What a parser of foreign rows may stumble over; such a row is put aside like any bad one.
_SHAPE_ERRORS = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)


class ToRecord(Protocol):
    """One upstream row in our words; raises BadRow."""

    def __call__(
        self, row: Mapping[str, Any], *, fetched_at: datetime, origin: str = "sync"
    ) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
        """The record and its files."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a walk stands, and the text form of it that a checkpoint keeps."""

    listing: int = 0
    query: str | None = None  # None: the first page
    rows: int = 0
    pages: int = 0

    def __str__(self) -> str:
        return json.dumps([self.listing, self.query, self.rows, self.pages])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    rows: list[Any]
    next_query: str | None


@dataclass(slots=True, kw_only=True)
class HuggingFace:
    """The Hub, or a mirror of it, as a source."""

    api: HfApi
    fetcher: http.Fetcher
    clock: Clock = field(default_factory=Clock)
    offline: bool = False
    to_record: ToRecord = hub_row.to_record
    name: str = NAME
    _left_out: int = 0  # index into FALLBACKS, found out once a run

    @property
    def endpoint(self) -> str:
        """Scheme, host, port and path prefix of every request; no user name or password."""
        return routes.without_login(self.api.endpoint)

    def fetch(self, selection: Selection, cursor: str | None = None) -> Iterator[Batch]:
        """Batches of one page each, listing after listing."""
        if self.offline:
            raise Offline(
                f"{WHO} was not asked: CARDEX_OFFLINE or HF_HUB_OFFLINE forbids going out."
            )
        if http.origin(self.endpoint)[0] not in {"http", "https"}:
            raise SourceUnreachable("HF_ENDPOINT is not an http or https address.")
        listings = listings_of(selection)
        start = _place(cursor, len(listings))
        failed = 0
        for number in range(start.listing, len(listings)):
            place = start if number == start.listing else _Place(listing=number)
            try:
                yield from self._listing(listings, place)
            except (SourceChanged, SourceLoop) as error:
                failed += 1
                if failed >= FAILED_LISTINGS:
                    raise
                problem = f"{listings[number].name}: {error}"
                yield Batch(cursor=str(_Place(listing=number + 1)), problem=problem)
            else:
                failed = 0
        done = start.rows if start.listing == len(listings) else 0
        yield from self._in_full(selection, len(listings), done)

    def _in_full(self, selection: Selection, listings: int, done: int) -> Iterator[Batch]:
        """One batch for each model that is asked for by itself, after `done` of them."""
        refs = selection.models or selection.details
        for number in range(done, len(refs)):
            after = _Place(listing=listings, rows=number + 1)
            try:
                row = self._in_full_row(refs[number].partition(":")[2])
            except BadRow as error:
                # What only lacked details is in the catalog already, and stays as it is.
                told = (rejected(refs[number].partition(":")[2], error.reason),)
                yield Batch(cursor=str(after), rejected=told if selection.models else ())
            except SourceError:
                if selection.models:
                    raise
                return  # the lists are read, and the next sync asks for details again
            else:
                batch = self._batch([row], self.clock.now(), after, len(refs) - number - 1)
                yield replace(batch, stated=_stated(batch, row))

    def _in_full_row(self, repo_id: str) -> dict[str, Any]:
        wanted = [name for name in EXPAND if name not in FALLBACKS[self._left_out]]

        def get(path: str) -> http.Answer:
            return self.fetcher.get(f"{self.api.endpoint}{path}", self._headers())

        return hub_model.row_of(repo_id, get, WHO, wanted)

    def _listing(self, listings: tuple[Listing, ...], place: _Place) -> Iterator[Batch]:
        listing = listings[place.listing]
        query = place.query or listing.first_query(FALLBACKS[self._left_out])
        rows, pages, before = place.rows, place.pages, None
        seen = {query}
        while True:
            page = self._page(query)
            fetched_at = self.clock.now()
            wanted = page.rows if listing.rows is None else page.rows[: listing.rows - rows]
            rows, pages = rows + len(wanted), pages + 1
            full = listing.rows is not None and rows >= listing.rows
            done = full or not page.rows
            if listing.since is not None and (page.rows or pages == 1):
                done = older(page.rows, listing.since)
            next_query = None if done else page.next_query
            if next_query is None:
                after = _Place(listing=place.listing + 1)
            else:
                after = _Place(listing=place.listing, query=next_query, rows=rows, pages=pages)
            ids = [row.get("id") for row in page.rows if isinstance(row, dict)]
            if ids and ids == before:
                raise SourceLoop(f"{WHO} sent the same page twice.")
            batch = self._batch(wanted, fetched_at, after, _left(listings, after))
            yield replace(batch, quota=self.fetcher.quota)
            if next_query is None:
                if listing.rows is None and not done and len(page.rows) >= PAGE_ROWS:
                    raise SourceChanged(f"{WHO} sent a full page and no next one; the end is lost.")
                return
            if next_query in seen or pages >= MAX_PAGES:
                raise SourceLoop(f"{WHO} pages in a circle; stopped after {pages} pages.")
            seen.add(next_query)
            query, before = next_query, ids

    def _batch(
        self, rows: list[Any], fetched_at: datetime, after: _Place, left: int | None
    ) -> Batch:
        kept: list[tuple[ModelRecord, tuple[ModelFile, ...]]] = []
        bad: list[Rejected] = []
        withdrawn: list[str] = []
        for row in rows:
            upstream_id = row.get("id") if isinstance(row, dict) else None
            try:
                kept.append(self._record(row, fetched_at))
            except LeftOut as error:
                bad.append(rejected(upstream_id, error.reason, by_rule=True))
                if error.withdraw and bad[-1].id:
                    withdrawn.append(f"{NAME}:{bad[-1].id}")
            except BadRow as error:
                bad.append(rejected(upstream_id, error.reason))
            except RecursionError:
                bad.append(rejected(upstream_id, "nested too deeply"))
            except _SHAPE_ERRORS as error:
                bad.append(rejected(upstream_id, f"unexpected shape: {type(error).__name__}"))
        return Batch(
            cursor=str(after),
            rows=tuple(kept),
            rejected=tuple(bad),
            left=left,
            withdrawn=tuple(withdrawn),
        )

    def _record(
        self, row: object, fetched_at: datetime
    ) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
        if not isinstance(row, dict):
            raise BadRow(f"not an object but {type(row).__name__}")
        # The token of one person must not put that person's private rows before everybody.
        if row.get("private") is True:
            raise LeftOut("a private repository", withdraw=True)
        if row.get("disabled") is True:
            raise LeftOut("disabled by the Hub", withdraw=True)
        return self.to_record(row, fetched_at=fetched_at, origin="sync")

    def _page(self, query: str) -> _Page:
        tries = 0
        while True:
            answer = self._answer(query)
            try:
                http.check(answer, WHO, SETTING)
                rows = http.json_of(answer, WHO)
                if not isinstance(rows, list):
                    raise SourceChanged(  # noqa: TRY301 - one more wrong shape, tried again too
                        f"{WHO} sent a {type(rows).__name__} where a list was expected."
                    )
            except SourceChanged:
                tries += 1
                if tries >= PAGE_TRIES:
                    raise
                self.clock.sleep(float(tries))
            else:
                return _Page(rows=rows, next_query=self._next_query(answer))

    def _answer(self, query: str) -> http.Answer:
        answer = self._get(query)
        for level in range(self._left_out + 1, len(FALLBACKS)):
            if answer.status != 400:
                break
            answer = self._get(without(query, FALLBACKS[level]))
            if answer.status == 200:
                self._left_out = level
        return answer

    def _get(self, query: str) -> http.Answer:
        # The address is always built from the configured one: no answer can move it elsewhere.
        address = f"{self.api.endpoint}/api/models"
        try:
            return self.fetcher.get(f"{address}?{query}", self._headers())
        except http.HeavyPage:
            # Deep pages time out on the Hub's side now and then; smaller ones pass.
            smaller = with_limit(query, limit=SMALL_PAGE_ROWS)
            return self.fetcher.get(f"{address}?{smaller}", self._headers())

    def _headers(self) -> dict[str, str]:
        # Not by build_hf_headers: that asks the Hub first which program it may be running in.
        headers = {"user-agent": USER_AGENT}
        if isinstance(self.api.token, str):
            headers["authorization"] = f"Bearer {self.api.token}"
        return headers

    def _next_query(self, answer: http.Answer) -> str | None:
        target = _next_link(answer)
        if target is None:
            return None
        # Mirrors hand out links to the Hub itself: only the query of them is used.
        if http.origin(target) not in {http.origin(self.endpoint), http.origin(HUB)}:
            raise SourceLoop(f"{WHO} sent a next page on another address; it was not followed.")
        parts = urlsplit(target)
        if not parts.path.endswith("/api/models"):
            raise SourceLoop(f"{WHO} sent a next page that is no model list; it was not followed.")
        return with_limit(parts.query, limit=PAGE_ROWS)


def _stated(batch: Batch, row: dict[str, Any]) -> tuple[Stated, ...]:
    """The architecture that a row in full tells, of the models that the batch keeps."""
    fields = config.kept(mapping(row.get("config")))
    models = [model for model, _ in batch.rows] if fields else []
    return tuple(Stated(ref=one.ref, revision=one.revision, config=fields) for one in models)


def make(settings: Settings, clock: Clock, limits: http.Limits | None = None) -> HuggingFace:
    """The source as the settings describe it; every call of huggingface_hub shares its client."""
    set_client_factory(wires.client_factory(settings.ca_bundle))
    api = HfApi(
        endpoint=settings.hf_endpoint,
        token=token_for(settings.hf_endpoint, settings.hf_token),
    )
    return HuggingFace(
        api=api,
        fetcher=http.Fetcher(
            wires.HttpxWire(get_session), who=WHO, clock=clock, limits=limits, setting=SETTING
        ),
        clock=clock,
        offline=settings.offline or settings.hf_offline,
    )


def token_for(endpoint: str, token: str) -> str | bool:
    """The token for an endpoint: a mirror gets none, nor does huggingface_hub look for one."""
    return token if token and http.origin(endpoint) == http.origin(HUB) else False


def _place(cursor: str | None, listings: int) -> _Place:
    """The place of a cursor; the start when it is not one of ours."""
    try:
        listing, query, rows, pages = json.loads(cursor or "")
    except (ValueError, TypeError):
        return _Place()
    counted = all(isinstance(number, int) for number in (listing, rows, pages))
    if not counted or not 0 <= listing <= listings or not isinstance(query, str | None):
        return _Place()
    return _Place(listing=listing, query=query, rows=rows, pages=pages)


def _left(listings: tuple[Listing, ...], after: _Place) -> int | None:
    """Rows still to come after a place, at most; None when a listing has no end that we know."""
    left = -after.rows
    for listing in listings[after.listing :]:
        if listing.rows is None:
            return None
        left += listing.rows
    return left


def _next_link(answer: http.Answer) -> str | None:
    link = answer.headers.get("link")
    if not link:
        return None
    links = httpx2.Response(200, headers=[(b"link", link.encode("utf-8", "replace"))]).links
    return links.get("next", {}).get("url")
