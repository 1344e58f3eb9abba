"""The walk to an upstream against real servers: the one hop that fails is named, and in words."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.records import Hop
from catalog.sources import Clock, probe, wires
from tests.replay import certificates
from tests.replay import server as replay
from tests.replay.certificates import Authority
from tests.replay.proxy import Proxy
from tests.replay.server import Server

SECRET = "Sup3r-Secret"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)
Walk = Callable[..., tuple[Hop, ...]]


@pytest.fixture(params=["httpx2", "requests"])
def walk(request: pytest.FixtureRequest) -> Walk:
    """The walk to an address over one of the two wires."""

    def run(url: str, *, clock: Clock | None = None, **given: Any) -> tuple[Hop, ...]:
        resolver = given.pop("resolver", probe.resolve)
        ca_bundle = given.get("ca_bundle", "")
        with wires.client_factory(ca_bundle)() as client:
            over_httpx = request.param == "httpx2"
            wire = wires.HttpxWire(lambda: client) if over_httpx else wires.RequestsWire(ca_bundle)
            given = {"path": "/api/models?limit=1", "setting": "HF_ENDPOINT", **given}
            target = probe.Target(name="hub", url=url, wire=wire, **given)
            return probe.walk(target, clock=clock, resolver=resolver)

    return run


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return certificates.authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def hub() -> Iterator[Server]:
    with Server([{"id": "org/name"}]) as server:
        yield server


@pytest.fixture
def proxy(hub: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    with Proxy(hosts={"hub.test": (hub.host, hub.port)}) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, server.url)
        yield server


def failed_at(hops: Sequence[Hop], name: str) -> str:
    """The words of the one hop that failed; those before it are well, those after it not known."""
    assert [hop.hop for hop in hops if hop.ok is False] == [name], hops
    assert [hop.hop for hop in hops] == list(probe.WALKED)
    place = probe.WALKED.index(name)
    assert all(hop.ok is None for hop in hops[place + 1 :])
    assert SECRET not in str(hops)
    return hops[place].words


def well(hops: Sequence[Hop]) -> dict[str, str]:
    assert [hop.ok for hop in hops] == [True] * len(probe.WALKED), hops
    return {hop.hop: hop.words for hop in hops}


def test_a_way_without_a_fault_is_well_at_every_hop(walk: Walk, hub: Server) -> None:
    hub.headers = {"RateLimit": '"api";r=480;t=55', "RateLimit-Policy": '"w";"api";q=500;w=300'}
    words = well(walk(hub.url))
    assert words["auth"] == "Asked without a token."
    assert words["rate limit"] == "480 of 500 requests are left."
    assert len(hub.asked) == 1


def test_a_token_that_is_taken_is_said(walk: Walk, hub: Server) -> None:
    words = well(walk(hub.url, headers={"authorization": f"Bearer {SECRET}"}))
    assert words["auth"] == "The token is accepted."
    assert hub.asked[0].headers["authorization"] == f"Bearer {SECRET}"


def test_dns_a_name_that_nobody_knows(walk: Walk) -> None:
    words = failed_at(walk(f"https://me:{SECRET}@no-such-name.invalid"), "dns")
    assert "No address is known for no-such-name.invalid" in words
    assert "HF_ENDPOINT" in words


def test_dns_a_look_up_that_never_ends(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.2)

    def hangs(host: str, port: int) -> list[tuple[int, str]]:
        time.sleep(3)
        return []

    began = time.monotonic()
    assert "within 0.2 seconds" in failed_at(walk("https://hub.test", resolver=hangs), "dns")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("url", ["nonsense", "ftp://hub.test", "http://[", "//hub.test", ""])
def test_dns_no_address_at_all(url: str, walk: Walk) -> None:
    assert "HF_ENDPOINT is not an http or https address" in failed_at(walk(url), "dns")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_asks_for_a_log_in(scheme: str, walk: Walk, proxy: Proxy) -> None:
    proxy.login = "Basic something"
    words = failed_at(walk(f"{scheme}://hub.test"), "proxy")
    assert f"127.0.0.1:{proxy.port} asks for a user name and a password (407)" in words


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_refuses_the_log_in_it_got(
    scheme: str, walk: Walk, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.login = "Basic something"
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
    assert "refuses the user name" in failed_at(walk(f"{scheme}://hub.test"), "proxy")


@pytest.mark.parametrize(
    ("status", "said"), [(403, "does not open a way"), (503, "could not reach hub.test")]
)
def test_proxy_that_opens_no_way(status: int, said: str, walk: Walk, proxy: Proxy) -> None:
    proxy.status = status
    assert said in failed_at(walk("https://hub.test"), "proxy")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_is_not_there(scheme: str, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://me:{SECRET}@127.0.0.1:9")
    words = failed_at(walk(f"{scheme}://hub.test"), "proxy")
    assert "127.0.0.1:9 is no proxy that answers: the connection was refused" in words


def test_proxy_that_is_something_else(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setattr(probe, "SECONDS", 0.3)
        assert "does not answer as a proxy" in failed_at(walk("https://hub.test"), "proxy")


def test_proxy_of_a_kind_that_is_not_spoken_to(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://me:{SECRET}@127.0.0.1:1080")
    assert "socks5" in failed_at(walk("https://hub.test"), "proxy")


def test_a_whole_way_through_a_proxy(
    walk: Walk, proxy: Proxy, ca: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = base64.b64encode(f"me:{SECRET}".encode()).decode()
    proxy.login = f"Basic {login}"
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
    shown = ca.issue("DNS:hub.test", starts=-DAY, ends=DAY)
    with certificates.tls_server(shown) as port:
        proxy.hosts["hub.test"] = ("127.0.0.1", port)
        words = well(walk("https://hub.test", ca_bundle=str(ca.bundle)))
    assert words["proxy"] == f"127.0.0.1:{proxy.port} opens a way to hub.test."
    assert "the proxy looks up hub.test" in words["dns"]
    assert SECRET not in str(words)


def test_a_whole_way_through_a_secure_proxy(
    walk: Walk, ca: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ca.issue("DNS:hub.test,IP:127.0.0.1", starts=-DAY, ends=DAY)
    with (
        certificates.tls_server(shown) as port,
        Proxy({"hub.test": ("127.0.0.1", port)}, certificate=shown) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        well(walk("https://hub.test", ca_bundle=str(ca.bundle)))
        words = failed_at(walk("https://hub.test"), "proxy")
        assert "No secure connection to the proxy" in words
        monkeypatch.setenv("NO_PROXY", "elsewhere.test")
        other = ca.issue("DNS:other.test", starts=-DAY, ends=DAY)
        with certificates.tls_server(other) as wrong:
            proxy.hosts["hub.test"] = ("127.0.0.1", wrong)
            words = failed_at(walk("https://hub.test", ca_bundle=str(ca.bundle)), "tls")
    assert "for another name" in words


def test_a_wrong_clock_is_found_through_a_proxy(walk: Walk, proxy: Proxy, ca: Authority) -> None:
    shown = ca.issue("DNS:hub.test", starts=-9 * DAY, ends=-DAY)
    theirs = format_datetime(datetime.now(UTC) - 5 * DAY, usegmt=True)
    with certificates.tls_server(shown, date=theirs) as port:
        proxy.hosts["hub.test"] = ("127.0.0.1", port)
        words = failed_at(walk("https://hub.test", ca_bundle=str(ca.bundle)), "tls")
    assert "set the clock of this machine" in words


def test_tls_with_nothing_but_noise(walk: Walk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        words = failed_at(walk(f"https://127.0.0.1:{listener.getsockname()[1]}"), "tls")
        thread.join(5)
    assert "No secure connection" in words


def test_no_proxy_goes_straight(walk: Walk, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", ".test")
    assert "hub.test" in failed_at(walk("http://hub.test"), "dns")
    assert proxy.asked == []


def test_tls_an_authority_that_is_not_known(walk: Walk, ca: Authority) -> None:
    with certificates.tls_server(ca.issue("IP:127.0.0.1", starts=-DAY, ends=DAY)) as port:
        words = failed_at(walk(f"https://127.0.0.1:{port}"), "tls")
        assert "authority that is not known here (REQUESTS_CA_BUNDLE" in words
        well(walk(f"https://127.0.0.1:{port}", ca_bundle=str(ca.bundle)))


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [(-30 * DAY, -DAY, "has expired"), (DAY, 30 * DAY, "is not valid yet")],
)
def test_tls_a_certificate_out_of_its_time(
    starts: timedelta, ends: timedelta, said: str, walk: Walk, ca: Authority
) -> None:
    shown = ca.issue("IP:127.0.0.1", starts=starts, ends=ends)
    with certificates.tls_server(shown) as port:
        words = failed_at(walk(f"https://127.0.0.1:{port}", ca_bundle=str(ca.bundle)), "tls")
    assert said in words
    assert "The server's clock agrees with this machine's" in words


@pytest.mark.parametrize(
    ("starts", "ends", "off"), [(-30 * DAY, -DAY, -10 * DAY), (DAY, 30 * DAY, 10 * DAY)]
)
def test_tls_a_clock_that_is_wrong(
    starts: timedelta, ends: timedelta, off: timedelta, walk: Walk, ca: Authority
) -> None:
    shown = ca.issue("IP:127.0.0.1", starts=starts, ends=ends)
    theirs = datetime.now(UTC) + off
    date = format_datetime(theirs, usegmt=True)
    with certificates.tls_server(shown, date=date) as port:
        words = failed_at(walk(f"https://127.0.0.1:{port}", ca_bundle=str(ca.bundle)), "tls")
    assert "set the clock of this machine" in words
    assert f"{theirs:%Y-%m-%d %H:%M}" in words


def test_tls_a_clock_that_nobody_can_tell(walk: Walk, ca: Authority) -> None:
    shown = ca.issue("IP:127.0.0.1", starts=-9 * DAY, ends=-DAY)
    with certificates.tls_server(shown, date="yesterday") as port:
        words = failed_at(walk(f"https://127.0.0.1:{port}", ca_bundle=str(ca.bundle)), "tls")
    assert "set it if that is wrong" in words


def test_tls_where_nobody_speaks_it(walk: Walk, hub: Server) -> None:
    assert "No secure connection" in failed_at(walk(f"https://127.0.0.1:{hub.port}"), "tls")


def test_tls_a_bundle_that_is_not_there(walk: Walk, ca: Authority, tmp_path: Path) -> None:
    gone = tmp_path / "bundle.pem"
    gone.write_bytes(ca.bundle.read_bytes())
    wire = wires.RequestsWire()
    gone.unlink()
    target = probe.Target(
        name="hub", setting="X", url="https://127.0.0.1:9", path="/", wire=wire, ca_bundle=str(gone)
    )
    assert "REQUESTS_CA_BUNDLE cannot be read" in failed_at(probe.walk(target), "tls")


@pytest.mark.parametrize("status", [401, 403])
def test_auth_a_token_that_is_refused(status: int, walk: Walk, hub: Server) -> None:
    hub.always = replay.status(status)
    token = {"authorization": f"Bearer {SECRET}"}
    assert f"refuses the token ({status})" in failed_at(walk(hub.url, headers=token), "auth")
    assert "no token was sent" in failed_at(walk(hub.url), "auth")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"RateLimit": '"api";r=0;t=59'}, "until 12:01:00 UTC (429)"),
        ({"Retry-After": "3600"}, "until 13:00:00 UTC (429)"),
        ({"RateLimit": '"api";r=0;t=1000000000'}, "until 12:00:00 UTC (429)"),
        ({}, "says not until when (429)"),
    ],
)
def test_rate_limit_with_the_time_that_is_told(
    headers: dict[str, str], said: str, walk: Walk, hub: Server
) -> None:
    hub.always = replay.status(429, headers)
    assert said in failed_at(walk(hub.url, clock=Clock(now=lambda: NOW)), "rate limit")


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_upstream_that_is_down(status: int, walk: Walk, hub: Server) -> None:
    hub.always = replay.status(status)
    assert f"down or overloaded (status {status})" in failed_at(walk(hub.url), "upstream")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_upstream_where_nobody_listens(scheme: str, walk: Walk) -> None:
    words = [hop for hop in walk(f"{scheme}://me:{SECRET}@127.0.0.1:9") if hop.ok is False]
    assert [hop.hop for hop in words] == ["upstream"]
    assert "refused" in words[0].words and SECRET not in str(words)


def test_upstream_that_breaks_off(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(handler: replay.Handler) -> None:
        handler.close_connection = True

    with Server([], always=hang_up) as hub:
        assert "broke off" in failed_at(walk(hub.url), "upstream")


def test_upstream_that_says_nothing(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.3)
    with Server([], always=replay.stall(2)) as hub:
        began = time.monotonic()
        assert "in time" in failed_at(walk(hub.url), "upstream")
        assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (replay.status(302, {"Location": "https://elsewhere.test/x"}), "(elsewhere.test)"),
        (replay.status(302, {"Location": "//[/"}), "no http address"),
        (replay.status(302, {"Location": "/region-blocked"}), "this region"),
        (replay.status(451), "this region"),
        (replay.status(404), "status 404 to /api/models"),
        (replay.status(403, {"cf-mitigated": "challenge"}), "robot (Cloudflare)"),
        (replay.raw(b"<html>", "text/html"), "a web page where data was expected"),
    ],
)
def test_upstream_that_is_not_what_it_should_be(
    fault: replay.Fault, said: str, walk: Walk, hub: Server
) -> None:
    hub.always = fault
    assert said in failed_at(walk(hub.url), "upstream")


def test_a_page_is_what_some_upstreams_send(walk: Walk, hub: Server) -> None:
    hub.always = replay.raw(b"<html>", "text/html")
    well(walk(hub.url, page=True))


def test_a_mirror_may_lack_what_is_asked_for_and_a_stranger_may_not(
    walk: Walk, hub: Server
) -> None:
    hub.always = replay.status(404)
    assert "(status 404)" in well(walk(hub.url, may_lack=True))["upstream"]
    hub.always = replay.raw(b"<html>", "text/html", code=404)
    assert "status 404 to" in failed_at(walk(hub.url, may_lack=True), "upstream")


def test_a_redirect_within_the_upstream_is_well(walk: Walk, hub: Server) -> None:
    hub.always = replay.status(307, {"Location": "/api/models?limit=2"})
    well(walk(hub.url))


def test_what_nobody_needs_fails_nothing(walk: Walk) -> None:
    hops = walk("http://127.0.0.1:9", optional=True, setting="OLLAMA_HOST")
    assert all(hop.ok is not False for hop in hops)
    assert "Start it, or set OLLAMA_HOST" in hops[probe.WALKED.index("upstream")].words


def test_a_host_with_an_ipv6_address_only(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        hub = Server([{"id": "org/name"}], host="::1").__enter__()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    try:
        assert well(walk(hub.url))["dns"] == "::1 needs no look-up."
        assert len(hub.asked) == 1
    finally:
        hub.__exit__()


def test_ipv6_only_without_a_way_out(walk: Walk) -> None:
    only = [(int(socket.AF_INET6), "ff02::1")]  # multicast: TCP has no way there from anywhere
    words = failed_at_upstream(walk("https://hub.test", resolver=lambda *_: only))
    assert "hub.test has IPv6 addresses only" in words


def failed_at_upstream(hops: Sequence[Hop]) -> str:
    """TLS stands before the upstream, and is not reached where nobody answers."""
    assert [hop.hop for hop in hops if hop.ok is False] == ["upstream"], hops
    return hops[probe.WALKED.index("upstream")].words
