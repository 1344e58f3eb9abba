"""Both wires on a real network of this machine: proxies, authorities, log-ins, names."""

from __future__ import annotations

import base64
import logging
import socket
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from huggingface_hub import close_session, get_session, set_client_factory

from catalog.errors import SourceError, SourceRefused, SourceUnreachable, SourceUntrusted
from catalog.sources import Clock, http, routes, wires
from tests.replay import certificates
from tests.replay import server as replay
from tests.replay.certificates import Authority
from tests.replay.proxy import Proxy
from tests.replay.server import Server

SECRET = "Sup3r-Secret"
ONCE = http.Limits(connect_seconds=2, read_seconds=1, page_seconds=5, backoff_seconds=())
Getter = Callable[..., http.Answer]


@pytest.fixture(params=["httpx2", "requests"])
def get(request: pytest.FixtureRequest) -> Iterator[Getter]:
    """GET through one of the two wires, once."""

    def ask(url: str, ca_bundle: str = "", **headers: str) -> http.Answer:
        if request.param == "httpx2":
            set_client_factory(wires.client_factory(ca_bundle))
            wire: http.Wire = wires.HttpxWire(get_session)
        else:
            wire = wires.RequestsWire(ca_bundle)
        return http.Fetcher(wire, who="The Hub", clock=Clock(), limits=ONCE).get(url, headers)

    yield ask
    close_session()


@pytest.fixture
def hub() -> Iterator[Server]:
    with Server([{"id": "org/name"}]) as server:
        yield server


@pytest.fixture
def proxy(hub: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that alone knows where hub.test is."""
    with Proxy(hosts={"hub.test": (hub.host, hub.port)}) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, server.url)
        yield server


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return certificates.authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(ca: Authority) -> Path:
    day = timedelta(days=1)
    return ca.issue("DNS:hub.test,DNS:localhost,IP:127.0.0.1", starts=-day, ends=30 * day)


def test_a_plain_address_goes_through_the_proxy(get: Getter, proxy: Proxy, hub: Server) -> None:
    assert get("http://hub.test/api/models?limit=1").status == 200
    assert proxy.asked == ["GET http://hub.test/api/models?limit=1"]
    assert len(hub.asked) == 1


def test_a_secure_address_goes_through_a_tunnel(
    get: Getter, proxy: Proxy, ca: Authority, certificate: Path
) -> None:
    with certificates.tls_server(certificate) as port:
        proxy.hosts["hub.test"] = ("127.0.0.1", port)
        assert get("https://hub.test/api/models", str(ca.bundle)).body == b"[]"
    assert proxy.asked == ["CONNECT hub.test:443"]


def test_the_log_in_of_a_proxy_is_sent_to_it_and_not_beyond(
    get: Getter, proxy: Proxy, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.login = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
    monkeypatch.setenv("HTTP_PROXY", f"http://me:{SECRET}@127.0.0.1:{proxy.port}")
    assert get("http://hub.test/api/models").status == 200
    assert "proxy-authorization" not in hub.asked[0].headers


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_log_in_is_named_and_not_asked_again(
    scheme: str, get: Getter, proxy: Proxy
) -> None:
    proxy.login = "Basic never"
    with pytest.raises(SourceRefused, match=r"[Pp]roxy .*user name"):
        http.check(get(f"{scheme}://hub.test/api/models"), "The Hub")
    assert len(proxy.asked) == 1


def test_a_proxy_that_passes_nothing_on_is_named(get: Getter, proxy: Proxy) -> None:
    proxy.status = 403
    with pytest.raises(SourceUnreachable, match=rf"proxy 127.0.0.1:{proxy.port} answered 403"):
        get("https://hub.test/")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named_without_its_password(
    scheme: str, get: Getter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://me:{SECRET}@127.0.0.1:9")
    with pytest.raises(SourceUnreachable) as caught:
        get(f"{scheme}://hub.test/")
    assert "the proxy 127.0.0.1:9: the connection was refused" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "http://[", "http://h:99999999"])
def test_a_proxy_that_cannot_be_used_is_said(
    value: str, get: Getter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    with pytest.raises(SourceUnreachable, match="proxy of the environment"):
        get("http://hub.test/")


def test_a_proxy_without_a_scheme_is_an_http_one(
    get: Getter, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
    assert get("http://hub.test/api/models").status == 200


@pytest.mark.parametrize(
    "listed", ["hub.test", ".test", "*.test", "a.test, *.TEST", "other.test,hub.test", "*"]
)
def test_what_no_proxy_names_is_asked_straight(
    listed: str, get: Getter, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", listed)
    with pytest.raises(SourceUnreachable, match="DNS"):
        get("http://hub.test/api/models")
    assert proxy.asked == []


@pytest.mark.parametrize("address", ["http://hub.test/", "http://not-hub.test/"])
def test_a_star_of_no_proxy_stands_for_a_name_before_the_dot(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "*.hub.test")
    assert routes.proxy_for(address) == "http://proxy.test:3128"
    assert routes.proxy_for("http://a.hub.test/") is None


@pytest.mark.parametrize(
    ("address", "straight"),
    [
        ("http://10.1.2.3/", True),
        ("http://10.9.2.3/", False),
        ("http://127.0.0.1:11434/", True),
        ("http://127.8.9.1/", True),
        ("http://localhost:11434/", True),
        ("http://LOCALHOST./", True),
        ("http://[::1]:11434/", True),
        ("http://localhost.evil.example/", False),
    ],
)
def test_networks_and_this_machine_are_asked_straight(
    address: str, straight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "10.1.0.0/16")
    assert (routes.proxy_for(address) is None) is straight


def test_this_machine_is_never_asked_through_a_proxy(
    get: Getter, proxy: Proxy, hub: Server
) -> None:
    assert get(f"{hub.url}/api/models").status == 200
    assert get(f"http://localhost:{hub.port}/api/models").status == 200
    assert proxy.asked == []


def test_an_own_authority_is_trusted_when_named(
    get: Getter, ca: Authority, certificate: Path
) -> None:
    with certificates.tls_server(certificate) as port:
        assert get(f"https://127.0.0.1:{port}/", str(ca.bundle)).status == 200


def test_an_authority_nobody_named_is_not_trusted(get: Getter, certificate: Path) -> None:
    with (
        certificates.tls_server(certificate) as port,
        pytest.raises(SourceUnreachable, match=r"authority that is not known.*REQUESTS_CA_BUNDLE"),
    ):
        get(f"https://127.0.0.1:{port}/")


@pytest.mark.parametrize("kind", ["httpx2", "requests"])
def test_a_certificate_that_is_not_accepted_is_looked_at_once(kind: str, certificate: Path) -> None:
    if kind == "httpx2":
        set_client_factory(wires.client_factory())
    wire = wires.HttpxWire(get_session) if kind == "httpx2" else wires.RequestsWire()
    slept: list[float] = []
    fetcher = http.Fetcher(wire, who="The Hub", clock=Clock(sleep=slept.append))
    with certificates.tls_server(certificate) as port, pytest.raises(SourceUntrusted):
        fetcher.get(f"https://127.0.0.1:{port}/", {})
    close_session()
    assert slept == []


def test_a_wrong_authority_is_not_trusted(get: Getter, certificate: Path, tmp_path: Path) -> None:
    other = certificates.authority(tmp_path / "other")
    with (
        certificates.tls_server(certificate) as port,
        pytest.raises(SourceUnreachable, match="authority that is not known"),
    ):
        get(f"https://127.0.0.1:{port}/", str(other.bundle))


def test_a_certificate_for_another_name_is_said(get: Getter, ca: Authority, tmp_path: Path) -> None:
    elsewhere = ca.issue("DNS:other.test", starts=timedelta(-1), ends=timedelta(9))
    with (
        certificates.tls_server(elsewhere) as port,
        pytest.raises(SourceUnreachable, match="for another name"),
    ):
        get(f"https://127.0.0.1:{port}/", str(ca.bundle))


@pytest.mark.parametrize("content", [None, "no certificate in here"])
def test_a_bundle_that_cannot_be_read_is_named(
    content: str | None, get: Getter, tmp_path: Path
) -> None:
    file = tmp_path / "bundle.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SourceUnreachable, match="REQUESTS_CA_BUNDLE cannot be read"):
        get("https://127.0.0.1:9/", str(file))


def test_netrc_is_never_read(
    get: Getter, hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"machine {hub.host} login me password {SECRET}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    get(f"{hub.url}/api/models")
    assert "authorization" not in hub.asked[0].headers


def test_a_log_in_in_an_address_is_sent_and_never_logged(
    get: Getter, hub: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    get(f"http://me:{SECRET}@{hub.host}:{hub.port}/api/models")
    given = base64.b64decode(hub.asked[0].headers["authorization"].removeprefix("Basic "))
    assert given.decode() == f"me:{SECRET}"
    assert SECRET not in caplog.text


def test_a_token_goes_before_the_log_in_of_an_address(get: Getter, hub: Server) -> None:
    get(f"http://me:{SECRET}@{hub.host}:{hub.port}/api/models", authorization="Bearer token")
    assert hub.asked[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://no-such-name.invalid/", "its name is not known"),
        ("http://127.0.0.1:9/", "the connection was refused"),
        ("http://a b/", "not an http or https|not known"),
        ("http://127.0.0.1:99999999/", "not an http or https"),
        ("ftp://127.0.0.1/", "not an http or https"),
        ("nonsense", "not an http or https"),
        ("http://[/", "not an http or https"),
        (f"http://me:{SECRET}@127.0.0.1:9/", "refused"),
    ],
)
def test_why_nothing_came_is_said_in_words(url: str, said: str, get: Getter) -> None:
    with pytest.raises(SourceError, match=said) as caught:
        get(url)
    assert SECRET not in str(caught.value)


def test_a_server_that_says_nothing_is_left(get: Getter) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(SourceError, match="no answer in time"),
    ):
        get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


def test_a_redirect_that_unpacks_to_much_is_not_unpacked(get: Getter, hub: Server) -> None:
    bomb = replay.packed(1_000)
    moved = {"Content-Encoding": "gzip", "Location": "//[/"}
    hub.always = lambda handler: handler.send_raw(302, bomb, moved)
    before = psutil.Process().memory_info().rss
    with pytest.raises(SourceError, match="redirects to another address"):
        get(f"{hub.url}/api/models")
    assert psutil.Process().memory_info().rss - before < 200_000_000


def test_a_secure_proxy_is_verified_and_passed(
    get: Getter, ca: Authority, certificate: Path, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        certificates.tls_server(certificate) as port,
        Proxy({"hub.test": ("127.0.0.1", port)}, certificate=certificate) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert get("https://hub.test/", str(ca.bundle)).body == b"[]"
        proxy.hosts["hub.test"] = (hub.host, hub.port)
        assert get("http://hub.test/api/models", str(ca.bundle)).status == 200
        assert len(proxy.asked) == 2
        with pytest.raises(SourceUnreachable, match="authority that is not known"):
            get("https://hub.test/")
        assert len(proxy.asked) == 2


def test_authorities_may_lie_in_a_folder(
    get: Getter, ca: Authority, certificate: Path, tmp_path: Path
) -> None:
    (tmp_path / "ours.pem").write_bytes(ca.bundle.read_bytes())
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    with certificates.tls_server(certificate) as port:
        assert get(f"https://127.0.0.1:{port}/", str(tmp_path)).status == 200
