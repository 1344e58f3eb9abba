"""Faults of an upstream against the real client: waits, retries, caps, wrong shapes."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.errors import SourceBusy, SourceChanged, SourceError, SourceUnreachable
from catalog.sources import Batch, Clock, Selection, http, huggingface, wires
from tests.replay import server as replay
from tests.replay.server import Fault, Server, fixture_rows

Fetched = Callable[..., list[Batch]]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def ids(batches: list[Batch]) -> list[str]:
    return [record.repo_id for batch in batches for record, _ in batch.rows]


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"RateLimit": '"api";r=0;t=55'}, [56.0]),
        ({"RateLimit": '"api";r=0;t=7', "Retry-After": "99"}, [8.0]),
        ({"Retry-After": "12"}, [12.0]),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, [30.0]),
        ({"RateLimit": '"api";r=0;t=1000000000'}, [300.0]),
        ({"Retry-After": "9" * 40}, [300.0]),
        ({"RateLimit": f'"api";r=0;t={"9" * 5_000}'}, [4.0]),
        ({"Retry-After": "soon"}, [4.0]),
        ({"Retry-After": "-5"}, [4.0]),
        ({"Retry-After": "0"}, [4.0]),
        ({}, [4.0]),
    ],
)
def test_429_is_waited_out_as_told_but_never_longer_than_five_minutes(
    headers: dict[str, str], waited: list[float], sleeper: Any, hub: Server, fetched: Fetched
) -> None:
    hub.faults[0] = replay.status(429, headers)
    assert len(ids(fetched(hub, limit=5))) == 5
    assert sleeper.slept == waited


def test_429_for_ever_ends_within_the_budget_of_waits(sleeper: Any, fetched: Fetched) -> None:
    always = replay.status(429, {"RateLimit": '"api";r=0;t=1000000000'})
    with Server([], always=always) as hub, pytest.raises(SourceBusy) as caught:
        fetched(hub, limit=5)
    assert sum(sleeper.slept) <= http.Limits().wait_budget_seconds
    assert caught.value.retry_after == 300


def test_429_without_a_time_ends_after_some_tries(fetched: Fetched) -> None:
    with Server([], always=replay.status(429)) as hub:
        with pytest.raises(SourceBusy, match="429"):
            fetched(hub, limit=5)
        assert len(hub.asked) == http.MAX_429_IN_A_ROW + 1


def test_a_quota_that_is_nearly_used_up_is_left_to_others(sleeper: Any, fetched: Fetched) -> None:
    low = {"RateLimit": '"api";r=50;t=20', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
    with Server(fixture_rows(), page_rows=20, headers=low) as hub:
        fetched(hub, full=True)
        assert sleeper.slept == [21.0] * (len(hub.asked) - 1)
    sleeper.slept.clear()
    high = {**low, "RateLimit": '"api";r=400;t=20'}
    with Server(fixture_rows(), page_rows=20, headers=high) as hub:
        fetched(hub, full=True)
    assert sleeper.slept == []


@pytest.mark.parametrize("code", [408, 500, 502, 503, 504])
def test_a_passing_fault_does_not_move_the_cursor(
    code: int, sleeper: Any, fetched: Fetched
) -> None:
    with Server(fixture_rows(), page_rows=20) as hub:
        hub.faults = {1: replay.status(code), 2: replay.cut, 3: replay.status(code)}
        assert len(set(ids(fetched(hub, full=True)))) == len(hub.rows)
        assert [asked.params for asked in hub.asked[1:5]] == [hub.asked[1].params] * 4
    assert sleeper.slept == [1, 2, 4]


def test_a_page_that_fails_whole_is_read_in_smaller_pieces(fetched: Fetched) -> None:
    def too_much(handler: replay.Handler) -> None:
        if handler.params["limit"] == ["1000"]:
            handler.send(504, {"error": "time-out"})
        else:
            handler.send_page()

    with Server(fixture_rows() * 5, always=too_much) as hub:
        batches = fetched(hub, full=True)
        assert sum(len(batch.rows) for batch in batches) == len(hub.rows)
        assert {asked.params["limit"][0] for asked in hub.asked} == {"1000", "100"}


def test_a_page_without_end_of_headers_is_left_in_time(
    sleeper: Any, source_at: Callable[..., huggingface.HuggingFace]
) -> None:
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        held = []
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            held.append(connection)
            threading.Thread(target=trickle, args=(connection,), daemon=True).start()

    def trickle(connection: socket.socket) -> None:
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"a")
                except OSError:
                    return

    threading.Thread(target=serve, daemon=True).start()
    began = time.monotonic()
    try:
        with pytest.raises(SourceBusy, match="seconds for one page"):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            list(source_at(url).fetch(Selection(limit=5)))
    finally:
        stop.set()
        listener.close()
        time.sleep(0.1)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "fault",
    [
        replay.raw(b"<!DOCTYPE html><title>Just a moment...</title>", "text/html"),
        replay.raw(b"  <html>", "application/json"),
        replay.raw(b'{"error": "no"}'),
        replay.raw(b'"text"'),
        replay.raw(b"null"),
        replay.raw(b"17"),
        replay.raw(b""),
        replay.raw(b"[{"),
        replay.raw(b"\xff\xfe\x00"),
        replay.raw(b"[" * 100_000),
        replay.raw(b'{"a":' * 50_000),
    ],
)
def test_an_answer_of_another_shape_ends_the_listing_and_is_told(
    fault: Fault, fetched: Fetched
) -> None:
    with Server(fixture_rows(), page_rows=20) as hub:
        hub.faults = dict.fromkeys(range(1, 1 + huggingface.PAGE_TRIES), fault)
        batches = fetched(hub, full=True)
    assert len(ids(batches)) == 20
    assert batches[-1].problem is not None
    assert batches[-1].problem.startswith("everything: Hugging Face sent")


def test_an_answer_of_another_shape_is_asked_for_again(fetched: Fetched) -> None:
    with Server(fixture_rows(), page_rows=20) as hub:
        hub.faults = {1: replay.raw(b"<html>", "text/html"), 2: replay.raw(b"{}")}
        batches = fetched(hub, full=True)
        assert len(ids(batches)) == len(hub.rows)
    assert all(batch.problem is None for batch in batches)


def test_an_upstream_that_sends_web_pages_only_is_given_up_soon(fetched: Fetched) -> None:
    with Server([], always=replay.raw(b"<html>", "text/html")) as hub:
        with pytest.raises(SourceChanged, match="web page"):
            fetched(hub)
        assert len(hub.asked) == huggingface.FAILED_LISTINGS * huggingface.PAGE_TRIES


def test_another_packing_than_gzip_is_refused(fetched: Fetched) -> None:
    fault: Fault = lambda handler: handler.send_raw(200, b"x", {"Content-Encoding": "br"})  # noqa: E731
    with Server([], always=fault) as hub:
        assert "packing" in (fetched(hub, limit=5)[-1].problem or "")


HOSTILE = [
    *(json.dumps(value) for value in (None, 1, "text", [], {}, True, {"id": None}, {"id": ""})),
    '{"id": "org/nan", "downloads": NaN, "likes": Infinity, "trendingScore": -Infinity}',
    '{"id": "org/huge", "downloads": ' + "9" * 400 + ', "likes": 1e999}',
    '{"id": "org/long-digits", "downloads": ' + "9" * 5_000 + "}",
    '{"id": "org/surrogate", "tags": ["\\ud800"], "author": "\\udfff"}',
    '{"id": "org/\\ud800"}',
    '{"id": "org/' + "n" * 1_000_000 + '"}',
    '{"id": "org/deep", "cardData": ' + '{"a":' * 400 + "1" + "}" * 400 + "}",
    '{"id": "org/dates", "createdAt": "yesterday", "lastModified": "0000-99-99T99:99:99Z"}',
    '{"id": "org/types", "tags": {"a": 1}, "cardData": [], "safetensors": "x", "gguf": 7}',
    '{"id": "org/types2", "siblings": [1, null, {"rfilename": 5}], "config": "x", "gated": 9}',
    '{"id": "../../etc/passwd", "sha": 5, "baseModels": {"models": "x", "relation": []}}',
    '{"id": "org/negative", "downloads": -5, "likes": -1, "safetensors": {"total": -9}}',
    '{"id": "org/zero\\u0000byte", "tags": ["\\u0000"]}',
]


def test_hostile_rows_are_kept_or_put_aside_and_nothing_else(fetched: Fetched) -> None:
    body = f"[{','.join(HOSTILE)}]".encode()
    with Server([], always=replay.raw(body)) as hub:
        (batch,) = fetched(hub, limit=1_000)
    assert len(batch.rows) + len(batch.rejected) == len(HOSTILE)
    assert all(row.reason for row in batch.rejected)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
KEYS = sorted(replay.EXPANDABLE | {"id", "_id", "modelId"})


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), values=st.lists(VALUES, min_size=1, max_size=12))
def test_mutated_rows_never_raise(seed: int, values: list[Any]) -> None:
    # 60 examples of 52 real rows each, with one to twelve fields of each replaced by anything.
    dice = random.Random(seed)
    rows = [dict(row) for row in fixture_rows()]
    for row in rows:
        for value in dice.sample(values, dice.randint(1, len(values))):
            row[dice.choice(KEYS)] = value
    source = huggingface.HuggingFace(api=None, fetcher=None)  # type: ignore[arg-type]
    batch = source._batch(rows, NOW, huggingface._Place(), None)
    assert len(batch.rows) + len(batch.rejected) == len(rows)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_json_or_a_source_error(body: bytes) -> None:
    answer = http.Answer(status=200, headers={}, body=body)
    try:
        http.json_of(answer, "Hugging Face")
    except SourceError:
        return


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://huggingface.co/api", "https://huggingface.co:443/x", True),
        ("https://huggingface.co", "https://HUGGINGFACE.CO.", True),
        ("http://huggingface.co", "https://huggingface.co", False),
        ("https://huggingface.co", "https://huggingface.co:444", False),
        ("https://huggingface.co", "https://huggingface.co.evil.example", False),
        ("https://huggingface.co", "https://huggingface.co@evil.example", False),
        ("https://huggingface.co", "//huggingface.co", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert (http.origin(one) == http.origin(other)) is same


def test_a_ca_bundle_that_is_not_there_is_named() -> None:
    with pytest.raises(SourceUnreachable, match="REQUESTS_CA_BUNDLE"):
        wires.client_factory("/nowhere/ca.pem")


def test_a_redirect_that_a_source_follows_carries_no_token_to_another_host() -> None:
    with Server(fixture_rows()) as other, Server([]) as home:
        home.always = replay.status(302, {"Location": f"{other.url}/api/models"})
        fetcher = http.Fetcher(
            wires.RequestsWire(), who="It", clock=Clock(), follow=lambda url, target: True
        )
        sent = {"Authorization": "Bearer token", "x-other": "kept"}
        assert fetcher.get(f"{home.url}/api/models", sent).status == 200
    assert home.asked[0].headers["authorization"] == "Bearer token"
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["x-other"] == "kept"
