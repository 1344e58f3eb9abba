"""What every source is held to, and the few things that the suite must know of each.

A new source needs one `Adaptor` here: a server that replays its upstream, how the settings point
there, and how to read the ids that the upstream offered.
"""

from __future__ import annotations

import gzip
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import psutil

from catalog import settings as settings_module
from catalog.sources import Batch, Clock, Selection, Source, civitai, http, huggingface, ollama
from tests.replay import civitai as replay_civitai
from tests.replay import ollama as replay_ollama
from tests.replay import server as replay

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUICK = http.Limits(connect_seconds=1, read_seconds=0.3, page_seconds=0.8, body_bytes=8_000_000)
PATIENT = replace(QUICK, read_seconds=5, page_seconds=10)
TOKEN = "canary-7c0ffee7c0ffee"
Make = Callable[..., Source]


@dataclass(frozen=True, kw_only=True)
class Adaptor:
    """One source as the suite sees it."""

    name: str
    make: Make  # settings, clock, limits
    settings: tuple[str, ...]  # those that hold its addresses
    serve: Callable[[], AbstractContextManager[Any]]  # .url .faults .always .asked
    offered: Callable[[Any], set[str]]  # the ids that a server has
    told: Callable[[Sequence[Batch]], set[str]]  # and those that came, kept or put aside
    answer: Callable[[Any], None]  # let a handler answer as if there were no fault
    home: str = ""  # the one address that a token goes to
    token: str = ""  # the setting that holds it
    rows_in: Callable[[Any], int | None] = lambda _: None  # rows of a page, where one can count
    endless: Callable[[Any], None] | None = None  # pages of ever new rows
    page_cap: str = ""  # "module.NAME" of the most pages of one listing
    linked: Callable[[str], replay.Fault] | None = None  # a page whose next one is there
    small: Selection = field(default_factory=lambda: Selection(limit=5))
    whole: Selection = field(default_factory=lambda: Selection(full=True))

    def source(
        self,
        url: str,
        *,
        slept: list[float] | None = None,
        limits: http.Limits = QUICK,
        **changes: Any,
    ) -> Source:
        """The real source, real client and all, pointed at an address."""
        clock = Clock(now=lambda: NOW, sleep=(slept if slept is not None else []).append)
        changes = {**dict.fromkeys(self.settings, url), **changes}
        return self.make(replace(settings_module.load(), **changes), clock, limits)

    def fetch(self, url: str, selection: Selection | None = None, **given: Any) -> list[Batch]:
        """All batches of a selection."""
        return list(self.source(url, **given).fetch(selection or self.small))


# Hugging Face


def _hub_rows() -> list[dict[str, Any]]:
    """Enough rows for several pages, each of its own id."""
    rows = replay.fixture_rows()
    more = [{**row, "id": f"copy{n}/{row['id'].split('/')[-1]}"} for n in (1, 2) for row in rows]
    return [*rows, *more]


def _hub_told(batches: Sequence[Batch]) -> set[str]:
    kept = {record.repo_id for batch in batches for record, _ in batch.rows}
    return kept | {row.id for batch in batches for row in batch.rejected}


def _hub_endless(handler: Any) -> None:
    number = len(handler.hub.asked)
    query = urlencode([("sort", "createdAt"), ("cursor", f"page-{number}")])
    link = f'<{handler.hub.url}/api/models?{query}>; rel="next"'
    handler.send(200, [{"id": f"org/model-{number}"}], {"Link": link})


def _hub_linked(target: str) -> replay.Fault:
    link = {"Link": f'<{target}>; rel="next"'}
    return lambda handler: handler.send(200, [{"id": "org/model"}], link)


HUGGINGFACE = Adaptor(
    name="huggingface",
    make=huggingface.make,
    settings=("hf_endpoint",),
    serve=lambda: replay.Server(_hub_rows(), page_rows=40),
    offered=lambda server: {row["id"] for row in server.rows},
    told=_hub_told,
    answer=lambda handler: handler.send_page(),
    home="https://huggingface.co",
    token="hf_token",
    rows_in=lambda page: len(page) if isinstance(page, list) else None,
    endless=_hub_endless,
    page_cap="catalog.sources.huggingface.MAX_PAGES",
    linked=_hub_linked,
)

# CivitAI


def _site_told(batches: Sequence[Batch]) -> set[str]:
    kept = {record.repo_id for batch in batches for record, _ in batch.rows}
    return kept | {row.id for batch in batches for row in batch.rejected}


def _site_endless(handler: Any) -> None:
    number = len(handler.hub.asked)
    item = {**handler.hub.rows[0], "id": 9_000_000 + number}
    handler.send(200, {"items": [item], "metadata": {"nextCursor": f"{number}|1|{number}"}})


def _site_linked(target: str) -> replay.Fault:
    metadata = {"nextCursor": target, "nextPage": target}
    return lambda handler: handler.send(200, {"items": [], "metadata": metadata})


def _site_rows(page: Any) -> int | None:
    items = page.get("items") if isinstance(page, dict) else None
    return len(items) if isinstance(items, list) else None


CIVITAI = Adaptor(
    name="civitai",
    make=civitai.make,
    settings=("civitai_endpoint",),
    serve=lambda: replay_civitai.Server(
        replay_civitai.fixture_rows(), short=dict.fromkeys(range(50), 4)
    ),
    offered=lambda server: {
        str(row["id"]) for row in server.rows if replay_civitai._listed(row, True)
    },
    told=_site_told,
    answer=lambda handler: handler._list(),
    home="https://civitai.com",
    token="civitai_token",
    rows_in=_site_rows,
    endless=_site_endless,
    page_cap="catalog.sources.civitai.MAX_PAGES",
    linked=_site_linked,
)

# Ollama


def _library_offered(server: Any) -> set[str]:
    return {f"ollama:{m['name']}:{tag['tag']}" for m in server.models for tag in m["tags"]}


def _library_told(batches: Sequence[Batch]) -> set[str]:
    rows = [record for batch in batches for record, _ in batch.rows]
    kept = {ref for record in rows for ref in (record.ref, *record.aliases) if ref.count(":") == 2}
    return kept | {row.id for batch in batches for row in batch.rejected}


OLLAMA = Adaptor(
    name="ollama",
    make=ollama.make,
    settings=("ollama_library", "ollama_registry"),
    serve=lambda: replay_ollama.Server(replay_ollama.fixture_models()),
    offered=_library_offered,
    told=_library_told,
    answer=lambda handler: handler.answer(handler.path.partition("?")[0]),
    small=Selection(limit=1),
)

ADAPTORS = (HUGGINGFACE, CIVITAI, OLLAMA)


def refs(batches: Sequence[Batch]) -> list[str]:
    """The ref of every row."""
    return [record.ref for batch in batches for record, _ in batch.rows]


def counted(batches: Sequence[Batch]) -> int:
    """Rows kept and put aside."""
    return sum(len(batch.rows) + len(batch.rejected) for batch in batches)


@contextmanager
def memory() -> Iterator[list[int]]:
    """The bytes by which this process grew at most while the block ran, in the one item."""
    process, ended, grown = psutil.Process(), threading.Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not ended.wait(0.005):
            grown[0] = max(grown[0], process.memory_info().rss - before)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield grown
    finally:
        ended.set()
        thread.join()


# Faults that the servers of all sources can have


def once(fault: replay.Fault, answer: Callable[[Any], None]) -> replay.Fault:
    """The fault the first time, then answers as they should be."""
    left = [fault]

    def act(handler: Any) -> None:
        (left.pop() if left else answer)(handler)

    return act


def reset(handler: Any) -> None:
    """The connection is gone without a word."""
    handler.connection.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SO_LINGER 0: RST
    handler.connection.close()
    handler.close_connection = True


def large(megabytes: int) -> replay.Fault:
    """A page that is too large without being packed."""
    body = b"[" + b" " * (megabytes * 1_000_000) + b"]"
    return lambda handler: handler.send_raw(200, body, {"Content-Type": "application/json"})


def mangled(seed: int, answer: Callable[[Any], None], log: list[Any]) -> replay.Fault:
    """The right answer, damaged in one of many ways; what was sent goes into the log."""

    def act(handler: Any) -> None:
        send_raw = handler.send_raw

        def harmed(status: int, body: bytes, headers: dict[str, str], *_: Any) -> None:
            given = dict(headers)
            if given.pop("Content-Encoding", "") == "gzip":
                body = gzip.decompress(body)
            body = damaged(body, random.Random(seed))
            log.append(body)
            send_raw(status, body, given)

        handler.send_raw = harmed
        try:
            answer(handler)
        finally:
            del handler.send_raw  # a connection that stays open keeps its handler

    return act


def damaged(body: bytes, dice: random.Random) -> bytes:
    """A page with bytes changed, cut or doubled, or values of its JSON replaced by odd ones."""
    if body[:1] in b"[{" and dice.random() < 0.8:
        document = json.loads(body)
        for _ in range(dice.randint(1, 12)):
            _replace_one(document, dice)
        return _with_odd_numbers(json.dumps(document), dice).encode("utf-8", "surrogatepass")
    at, length = dice.randrange(len(body)), dice.randint(1, 400)
    kind = dice.randrange(4)
    if kind == 0:
        return body[:at]
    if kind == 1:
        return body[:at] + dice.randbytes(length) + body[at + length :]
    if kind == 2:
        return body[:at] + body[at : at + length] * 20 + body[at:]
    return body[:at] + body[at + length :]


ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**18, "", "x", "\ud800", "\x00", [], {}, [None], [[]]),
    *("é" * 3_000, "9999-99-99T99:99:99Z", "<script>", {"a": {"b": {"c": [1]}}}, "n" * 1_000_000),
)


def _replace_one(document: Any, dice: random.Random) -> None:
    place = document
    for _ in range(dice.randint(1, 8)):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = dice.choice(keys)
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or dice.random() < 0.2:
            place[key] = dice.choice(ODD[:-1] if dice.random() < 0.98 else ODD)
            return
        place = inner


def _with_odd_numbers(text: str, dice: random.Random) -> str:
    """What JSON does not have, or only in name."""
    odd = dice.choice(["NaN", "Infinity", "1e999", "9" * 5_000, "[" * 300 + "]" * 300])
    return text.replace(": null", f": {odd}", 1) if dice.random() < 0.3 else text


def waited(slept: Sequence[float]) -> float:
    """Seconds that would have been slept."""
    return sum(slept)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that a call took, and the error that it ended with."""
    began = time.monotonic()
    try:
        call()
    except Exception as error:  # noqa: BLE001 - which one it is, is the question
        return time.monotonic() - began, error
    return time.monotonic() - began, None
