"""The contract of all sources: nothing lost, waits as told, bounded, and no token elsewhere."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.errors import Offline, SourceError, SourceUnreachable
from catalog.sources import SOURCES, Batch, http
from catalog.vocabulary import SOURCES as NAMES
from tests.catalog.sources import contract
from tests.catalog.sources.contract import ADAPTORS, NOW, PATIENT, QUICK, TOKEN, Adaptor
from tests.replay import certificates
from tests.replay import server as replay
from tests.replay.proxy import Proxy

SECONDS = 30.0  # the most that any fault may take with the short limits of these tests
SHORT = replace(QUICK, read_seconds=0.15, page_seconds=0.4)  # where time is all that it takes
GROWTH = 200_000_000  # bytes of memory that any fault may cost


@pytest.fixture(params=ADAPTORS, ids=lambda adaptor: adaptor.name)
def adaptor(request: pytest.FixtureRequest) -> Adaptor:
    chosen: Adaptor = request.param
    return chosen


@pytest.fixture
def server(adaptor: Adaptor) -> Iterator[Any]:
    with adaptor.serve() as upstream:
        yield upstream


def whole(adaptor: Adaptor, server: Any, **given: Any) -> list[Batch]:
    return adaptor.fetch(server.url, adaptor.whole, limits=PATIENT, **given)


@functools.cache
def well(name: str) -> tuple[str, ...]:
    """The refs of a whole walk of a source when nothing goes wrong."""
    (adaptor,) = [one for one in ADAPTORS if one.name == name]
    with adaptor.serve() as server:
        return tuple(contract.refs(whole(adaptor, server)))


def test_every_source_is_held_to_the_contract() -> None:
    assert {adaptor.name for adaptor in ADAPTORS} == set(SOURCES) == set(NAMES)


# nothing is lost


def test_every_row_is_kept_or_put_aside_with_a_reason(adaptor: Adaptor, server: Any) -> None:
    batches = whole(adaptor, server)
    assert adaptor.told(batches) == adaptor.offered(server)
    assert all(row.reason for batch in batches for row in batch.rejected)
    assert all(batch.problem is None for batch in batches)


def test_a_whole_walk_tells_each_ref_once_and_in_the_words_of_the_catalog(
    adaptor: Adaptor, server: Any
) -> None:
    batches = whole(adaptor, server)
    found = contract.refs(batches)
    assert len(found) == len(set(found)) > 0
    for batch in batches:
        for record, _ in batch.rows:
            assert record.ref == f"{adaptor.name}:{record.repo_id}"
            assert record.source == adaptor.name
            assert record.fetched_at is not None and record.fetched_at.tzinfo is not None
            moments = (record.created_at, record.last_modified)
            assert all(moment is None or moment.tzinfo is not None for moment in moments)


def test_a_walk_that_goes_on_from_any_cursor_tells_the_same_set(
    adaptor: Adaptor, server: Any
) -> None:
    batches = whole(adaptor, server)
    everything = set(contract.refs(batches))
    assert len(batches) >= 3
    step = max(1, len(batches) // 6)
    for number in range(0, len(batches), step):
        source = adaptor.source(server.url, limits=PATIENT)
        rest = list(source.fetch(adaptor.whole, batches[number].cursor))
        before = set(contract.refs(batches[: number + 1]))
        assert before | set(contract.refs(rest)) == everything
        again = before & set(contract.refs(rest))
        assert len(again) <= len(batches[number].rows)


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "[9,9,9]", "null", "{", '["\\ud800"]'])
def test_a_cursor_of_nobody_starts_anew(cursor: str, adaptor: Adaptor, server: Any) -> None:
    source = adaptor.source(server.url, limits=PATIENT)
    rest = list(source.fetch(adaptor.whole, cursor))
    assert set(contract.refs(rest)) == set(well(adaptor.name))


# waits


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"RateLimit": '"api";r=0;t=55'}, 56.0),
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, 30.0),
        ({"RateLimit": '"api";r=0;t=1000000000'}, 300.0),
        ({"Retry-After": "1000000000"}, 300.0),
        ({}, 4.0),
    ],
)
def test_a_429_is_waited_out_as_told(
    headers: dict[str, str], expected: float, adaptor: Adaptor, server: Any
) -> None:
    slept: list[float] = []
    server.always = contract.once(replay.status(429, headers), adaptor.answer)
    assert set(contract.refs(whole(adaptor, server, slept=slept))) == set(well(adaptor.name))
    assert [seconds for seconds in slept if seconds >= 1] == [expected]


def test_a_429_for_ever_ends_within_the_budget(adaptor: Adaptor, server: Any) -> None:
    server.always = replay.status(429, {"RateLimit": '"api";r=0;t=1000000000'})
    slept: list[float] = []
    with pytest.raises(SourceError, match=r"429|longer waits"):
        adaptor.fetch(server.url, slept=slept)
    assert contract.waited(slept) <= http.Limits().wait_budget_seconds
    assert len(server.asked) <= http.MAX_429_IN_A_ROW + 1


@pytest.mark.parametrize("code", [408, 500, 502, 503, 504])
def test_a_fault_of_the_upstream_that_passes_costs_nothing(
    code: int, adaptor: Adaptor, server: Any
) -> None:
    server.always = contract.once(replay.status(code), adaptor.answer)
    assert tuple(contract.refs(whole(adaptor, server))) == well(adaptor.name)


# faults that stay


BOUNDED: dict[str, Callable[[], replay.Fault]] = {
    **{str(code): (lambda code=code: replay.status(code)) for code in (408, 500, 502, 503, 504)},
    "reset": lambda: contract.reset,
    "cut body": lambda: replay.cut,
    "silence": lambda: replay.stall(0.5),
    "slow loris": lambda: replay.drip(0.02),
    "gzip bomb": lambda: replay.bomb(300),
    "too large": lambda: contract.large(20),
    "no address": lambda: replay.status(302, {"Location": "//[/"}),
    "circle": lambda: lambda handler: handler.send(302, {}, {"Location": handler.path}),
    "web page": lambda: replay.raw(b"<!DOCTYPE html><title>Just a moment...</title>", "text/html"),
    "empty": lambda: replay.raw(b""),
    "deep": lambda: replay.raw(b"[" * 100_000),
    "wrong type": lambda: replay.raw(b'"text"'),
    "401": lambda: replay.status(401),
    "404": lambda: replay.status(404),
    "packing": lambda: lambda handler: handler.send_raw(200, b"x", {"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("fault", BOUNDED)
def test_a_fault_that_stays_ends_in_time_in_little_memory_and_in_words(
    fault: str, adaptor: Adaptor, server: Any
) -> None:
    server.always = BOUNDED[fault]()
    limits = SHORT if fault in {"silence", "slow loris"} else QUICK
    batches: list[Batch] = []
    with contract.memory() as grown:
        took, error = contract.timed(
            lambda: batches.extend(adaptor.fetch(server.url, limits=limits))
        )
    assert took < SECONDS
    assert grown[0] < GROWTH
    if error is None:
        assert contract.refs(batches) == [] and any(batch.problem for batch in batches)
    else:
        assert isinstance(error, SourceError), error
        assert str(error).endswith(".") and "Traceback" not in str(error)


def test_ten_gigabytes_in_a_small_body_stay_in_it(adaptor: Adaptor, server: Any) -> None:
    packed = replay.packed(10_000)
    assert len(packed) < 12_000_000
    server.always = lambda handler: handler.send_raw(200, packed, {"Content-Encoding": "gzip"})
    limits = http.Limits(backoff_seconds=())  # the sizes of a real sync
    with contract.memory() as grown:
        took, error = contract.timed(lambda: adaptor.fetch(server.url, limits=limits))
    assert isinstance(error, SourceError)
    assert took < 60 and grown[0] < GROWTH


# paging


@pytest.mark.parametrize(
    "adaptor", [one for one in ADAPTORS if one.endless], ids=lambda one: one.name, indirect=True
)
def test_pages_without_end_are_left_with_a_reason(
    adaptor: Adaptor, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptor.page_cap, 40)
    server.always = adaptor.endless
    batches: list[Batch] = []
    took, error = contract.timed(lambda: batches.extend(whole(adaptor, server)))
    told = str(error) if error else " ".join(batch.problem or "" for batch in batches)
    assert "circle" in told and "40 pages" in told
    assert len(server.asked) <= 41 and took < SECONDS


# tokens


def _elsewhere(home: str) -> list[str]:
    """A hundred and more addresses that are not the one a token is for, or only look like it."""
    host = home.removeprefix("https://")
    wide = host.replace("c", "с")  # a Cyrillic letter
    hosts = [
        *("evil.example", f"{host}.evil.example", f"evil-{host}", f"{host}-evil.example"),
        *(f"{host}@evil.example", f"{host}:443@evil.example", f"a:b@{host}@evil.example"),
        *(f"{host}:80", f"{host}:8443", f"{host}:444", f"{host}:0", f"{host}:99999999"),
        *(f"www.{host}", f"api.{host}", host.split(".")[-1], f"{host}.", f"{host.upper()}"),
        *(wide, f"xn--{host}", f"{host}%2eevil.example", f"{host}%00.evil.example"),
        *(f"{host}\\.evil.example", f"evil.example\\@{host}", f"{host}\\@evil.example"),
        *(f"{host}#@evil.example", f"{host}?@evil.example", f"{host};evil.example"),
        *("127.0.0.1", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "localhost"),
        *("", "[", "..", "evil.example:443", f"user:pw@{host}", f"{host}。evil.example"),
    ]
    schemes = ("https://", "http://", "//", "HTTPS://", "ftp://", "https:/", "https:\\\\")
    return [f"{scheme}{name}/api/models?c=1" for scheme in schemes for name in hosts]


@pytest.mark.parametrize("way", ["redirect", "link"])
def test_a_token_is_seen_by_its_own_host_alone(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokened: Adaptor
) -> None:
    """The vendor's own name, over real TLS through a real proxy that sees who else is asked."""
    host = tokened.home.removeprefix("https://")
    targets = _elsewhere(tokened.home)
    assert len(targets) >= 100
    seen: list[str] = []
    target: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers.get("authorization", ""))
        if way == "redirect":
            _send(handler, 302, {"Location": target[-1]}, b"{}")
            return
        page = [{"id": "org/model"}]
        metadata = {"nextCursor": "1|1|1", "nextPage": target[-1]}
        hub = tokened.name == "huggingface"
        body = json.dumps(page if hub else {"items": [], "metadata": metadata}).encode()
        _send(handler, 200, {"Link": f'<{target[-1]}>; rel="next"'}, body)

    day = timedelta(days=1)
    ca = certificates.authority(tmp_path / "ca")
    shown = ca.issue(f"DNS:{host},DNS:{host}.", starts=-day, ends=day)
    with certificates.tls_server(shown, answer=answer) as port, Proxy() as proxy:
        proxy.hosts = {name: ("127.0.0.1", port) for name in (host, f"{host}.", host.upper())}
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for one in targets:
            target.append(one)
            source = tokened.source(
                tokened.home,
                limits=http.Limits(read_seconds=3, page_seconds=5, backoff_seconds=()),
                ca_bundle=str(ca.bundle),
                **{tokened.token: TOKEN},
            )
            contract.timed(lambda source=source: list(source.fetch(tokened.small)))
        asked = {line.lower().replace(".:", ":") for line in proxy.asked}
    assert asked == {f"connect {host}:443"}
    assert len(seen) >= len(targets) and set(seen) == {f"Bearer {TOKEN}"}
    assert TOKEN not in str(proxy.headers)


@pytest.fixture(params=[one for one in ADAPTORS if one.token], ids=lambda adaptor: adaptor.name)
def tokened(request: pytest.FixtureRequest) -> Adaptor:
    chosen: Adaptor = request.param
    return chosen


def _send(
    handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    handler.send_response(status)
    for name, value in {**headers, "Content-Type": "application/json"}.items():
        handler.send_header(name, value.encode("utf-8").decode("latin-1"))
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_a_mirror_gets_no_token(adaptor: Adaptor, server: Any) -> None:
    adaptor.fetch(server.url, limits=PATIENT, hf_token=TOKEN, civitai_token=TOKEN)
    assert server.asked and TOKEN not in str([asked.headers for asked in server.asked])


# what must not be


def test_offline_no_socket_is_opened(adaptor: Adaptor, server: Any) -> None:
    with pytest.raises(Offline, match="CARDEX_OFFLINE"):
        adaptor.fetch(server.url, offline=True)
    assert not server.asked


@pytest.mark.parametrize(
    "address", ["nonsense", "127.0.0.1:80", "ftp://127.0.0.1", "file:///etc/passwd", "http://["]
)
def test_an_address_that_is_none_is_named_by_its_setting(address: str, adaptor: Adaptor) -> None:
    with pytest.raises(SourceUnreachable, match=r"(HF_ENDPOINT|CARDEX_[A-Z_]+) is not an"):
        adaptor.fetch(address)


@pytest.mark.parametrize(
    "setting",
    [
        "HF_ENDPOINT",
        "CARDEX_CIVITAI_ENDPOINT",
        "CARDEX_OLLAMA_LIBRARY",
        "CARDEX_OLLAMA_REGISTRY",
        "OLLAMA_HOST",
    ],
)
def test_a_blank_address_is_the_default_one(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    default = settings_module.load({})
    monkeypatch.setenv(setting, "  ")
    assert replace(settings_module.load(), data_dir=default.data_dir) == replace(
        default, models_dir=settings_module.load().models_dir
    )


def test_a_password_in_an_address_is_sent_and_never_told(adaptor: Adaptor, server: Any) -> None:
    place = server.url.removeprefix("http://")
    source = adaptor.source(f"http://me:{TOKEN}@{place}", limits=PATIENT)
    assert TOKEN not in source.endpoint
    list(source.fetch(adaptor.small))
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    server.always = replay.status(500)
    with pytest.raises(SourceError) as caught:
        list(source.fetch(adaptor.small))
    assert TOKEN not in str(caught.value)


# payloads


def _fuzzed(adaptor: Adaptor, payloads: range) -> None:
    with adaptor.serve() as server:
        one_page = {"page_rows": 1_000, "short": {}}  # so that what went in can be counted
        for name in one_page.keys() & vars(server).keys():
            setattr(server, name, one_page[name])
        rows = list(getattr(server, "rows", ()))
        limits = http.Limits(backoff_seconds=())
        source = adaptor.source(server.url, limits=limits)
        for seed in payloads:
            if rows:
                server.rows = random.Random(seed).sample(rows, 5)
            sent: list[bytes] = []
            server.always = contract.mangled(seed, adaptor.answer, sent)
            try:
                batches = list(source.fetch(adaptor.whole if rows else adaptor.small))
            except SourceError:
                continue
            counts = [adaptor.rows_in(_value(body)) for body in sent]
            if None not in counts and all(batch.problem is None for batch in batches):
                assert contract.counted(batches) == sum(filter(None, counts)), seed


def _value(body: bytes) -> Any:
    try:
        return http.json_of(http.Answer(status=200, headers={}, body=body), "it")
    except SourceError:
        return None


def test_a_thousand_damaged_pages_are_counted_or_refused(adaptor: Adaptor) -> None:
    _fuzzed(adaptor, range(1_000))


@pytest.mark.nightly
def test_ten_thousand_damaged_pages_are_counted_or_refused(adaptor: Adaptor) -> None:
    _fuzzed(adaptor, range(1_000, 11_000))
