import base64
import hashlib
from pathlib import Path

import pytest
import streamlit as st
from starlette.types import Message, Receive, Scope, Send

from tests.servers import awaited
from web import guards
from web.guards import HostGuard, Hosts, OriginGuard, SecurityHeaders


async def _welcome(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"welcome"})


def ask(app, *headers: tuple[str, str], kind="http", method="GET", path="/") -> list[Message]:
    sent: list[Message] = []
    events = iter([{"type": "websocket.connect" if kind == "websocket" else "http.request"}])

    async def receive() -> Message:
        return next(events)

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    scope = {"type": kind, "method": method, "path": path, "headers": raw}
    awaited(app(scope, receive, send))
    return sent


def status(messages: list[Message]) -> int | str:
    first = messages[0]
    return first.get("status", first["type"])


def header(messages: list[Message], name: str) -> list[str]:
    return [value.decode() for key, value in messages[0]["headers"] if key == name.encode()]


@pytest.fixture
def options(monkeypatch: pytest.MonkeyPatch):
    """Options of Streamlit for one test: `options(server_address="0.0.0.0")`."""
    given = {
        "server.address": None,
        "server.allowedHosts": [],
        "server.corsAllowedOrigins": [],
        "browser.serverAddress": "localhost",
    }
    monkeypatch.setattr(st, "get_option", given.__getitem__)

    def set_options(**changes: object) -> None:
        given.update({name.replace("_", ".", 1): value for name, value in changes.items()})

    return set_options


LOOPBACK = Hosts(names=frozenset({"localhost", "127.0.0.1", "[::1]"}))


class TestContentPolicy:
    def test_names_no_host_but_our_own(self) -> None:
        policy = guards.content_security_policy()
        assert "\n" not in policy
        assert "http" not in policy
        assert "*" not in policy
        assert "'unsafe-eval'" not in policy
        for part in policy.split("; "):
            if part.startswith("script-src"):
                assert "'unsafe-inline'" not in part

    def test_allows_each_inline_script_of_the_installed_page(self) -> None:
        text = guards.INDEX.read_text(encoding="utf-8")
        start = text.index("<script>") + len("<script>")
        script = text[start : text.index("</script>", start)]
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in guards.content_security_policy()

    def test_takes_a_hash_for_every_inline_script_and_none_for_files(self, tmp_path: Path) -> None:
        index = tmp_path / "index.html"
        index.write_text(
            '<script>a()</script><script type="module" crossorigin src="./b.js"></script>'
            '<script type="module">\nc()\n</script>'
        )
        assert guards.content_security_policy(index).count("'sha256-") == 2

    def test_is_on_every_answer_once(self) -> None:
        answer = ask(SecurityHeaders(_welcome, policy="default-src 'self'"))
        assert header(answer, "content-security-policy") == ["default-src 'self'"]
        assert header(answer, "x-content-type-options") == ["nosniff"]
        assert header(answer, "referrer-policy") == ["no-referrer"]
        assert header(answer, "permissions-policy") == ["camera=(), microphone=(), geolocation=()"]

    def test_leaves_websockets_alone(self) -> None:
        answer = ask(SecurityHeaders(_welcome, policy="default-src 'self'"), kind="websocket")
        assert answer == [{"type": "websocket.accept"}]


class TestHosts:
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8501", "LOCALHOST.", "127.0.0.1:1", "[::1]:8501"]
    )
    def test_own_name_passes(self, host: str) -> None:
        assert status(ask(HostGuard(_welcome, hosts=LOOPBACK), ("host", host))) == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.test",
            "localhost.evil.test",
            "evil.test:8501",
            "",
            "localhost:0",
            "localhost:99999",
            "localhost:80:80",
            "user@localhost",
            "localhost/evil",
            "localhost#",
            "10.0.0.8",
            "[::1",
            "127.0.0.1\\evil",
        ],
    )
    def test_foreign_or_broken_name_is_misdirected(self, host: str) -> None:
        answer = ask(HostGuard(_welcome, hosts=LOOPBACK), ("host", host))
        assert status(answer) == 421

    def test_two_names_or_none_are_refused(self) -> None:
        guard = HostGuard(_welcome, hosts=LOOPBACK)
        assert status(ask(guard)) == 421
        assert status(ask(guard, ("host", "localhost"), ("host", "evil.test"))) == 421

    def test_refusal_names_the_host_harmlessly(self) -> None:
        answer = ask(HostGuard(_welcome, hosts=LOOPBACK), ("host", "<b>\x01.test"))
        assert b"<b>" not in answer[1]["body"]
        assert b"--server.allowedHosts" in answer[1]["body"]

    def test_websocket_to_a_foreign_name_is_closed_before_it_opens(self) -> None:
        guard = HostGuard(_welcome, hosts=LOOPBACK)
        answer = ask(guard, ("host", "evil.test"), kind="websocket")
        assert answer == [{"type": "websocket.close", "code": 1008}]

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/models/readyz"])
    def test_monitors_may_ask_by_any_name(self, path: str) -> None:
        guard = HostGuard(_welcome, hosts=LOOPBACK)
        assert status(ask(guard, ("host", "10.0.0.8:8501"), path=path)) == 200

    @pytest.mark.parametrize(
        "path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/models/_stcore/agent/mcp"]
    )
    def test_what_cardex_does_not_offer_is_not_there(self, path: str) -> None:
        guard = HostGuard(_welcome, hosts=LOOPBACK)
        assert status(ask(guard, ("host", "localhost"), path=path)) == 404

    def test_start_and_stop_pass(self) -> None:
        for guard in (HostGuard(_welcome, hosts=LOOPBACK), OriginGuard(_welcome)):
            assert status(ask(guard, kind="lifespan")) == 200


class TestConfiguredHosts:
    def test_on_loopback_only_loopback_names(self, options) -> None:
        options(server_address="127.0.0.1")
        hosts = guards.configured_hosts()
        assert hosts.answers_to("localhost:8501")
        assert hosts.answers_to("127.0.0.1:8501")
        assert not hosts.answers_to("192.168.1.5:8501")
        assert not hosts.answers_to("cardex.example.org")

    def test_on_one_address_that_address(self, options) -> None:
        options(server_address="fd00::8", browser_serverAddress="cardex.example.org")
        hosts = guards.configured_hosts()
        assert hosts.answers_to("[fd00::8]:8501")
        assert hosts.answers_to("cardex.example.org")
        assert not hosts.answers_to("localhost")

    @pytest.mark.parametrize("address", [None, "0.0.0.0", "::"])
    def test_on_every_address_bare_addresses_and_the_machine(
        self, options, monkeypatch, address
    ) -> None:
        options(server_address=address)
        monkeypatch.setattr("socket.gethostname", lambda: "Office-PC")
        hosts = guards.configured_hosts()
        for host in ("192.168.1.5:8501", "[fd00::8]", "office-pc:8501", "localhost"):
            assert hosts.answers_to(host)
        assert not hosts.answers_to("evil.test")

    def test_allowed_hosts_are_the_whole_list(self, options) -> None:
        options(server_address="0.0.0.0", server_allowedHosts=["Cardex.example.org", "*.lan"])
        hosts = guards.configured_hosts()
        assert hosts.answers_to("cardex.example.org:443")
        assert hosts.answers_to("models.lan")
        assert not hosts.answers_to("lan")
        assert not hosts.answers_to("192.168.1.5")

    def test_a_star_allows_every_name(self, options) -> None:
        options(server_allowedHosts=["*"])
        assert guards.configured_hosts().answers_to("anything.test")
        assert not guards.configured_hosts().answers_to("not a host")


class TestOrigins:
    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("http://localhost:8501", "localhost:8501"),
            ("HTTP://LocalHost:8501", "localhost:8501"),
            ("https://cardex.example.org", "cardex.example.org"),
            ("https://cardex.example.org", "cardex.example.org:443"),
            ("http://[::1]:8501", "[::1]:8501"),
        ],
    )
    def test_own_page_passes(self, origin: str, host: str) -> None:
        answer = ask(OriginGuard(_welcome), ("host", host), ("origin", origin), kind="websocket")
        assert status(answer) == "websocket.accept"

    @pytest.mark.parametrize(
        "origin",
        [
            "http://evil.test",
            "http://localhost:9999",
            "http://localhost",
            "null",
            "",
            "file://",
            "http://localhost:8501@evil.test",
            "http://localhost:8501/evil",
            "http://localhost:8501.evil.test",
            "ftp://localhost:8501",
            "localhost:8501",
        ],
    )
    def test_foreign_page_is_closed_before_it_opens(self, origin: str) -> None:
        answer = ask(
            OriginGuard(_welcome),
            ("host", "localhost:8501"),
            ("origin", origin),
            kind="websocket",
        )
        assert answer == [{"type": "websocket.close", "code": 1008}]

    def test_websocket_without_an_origin_is_refused(self) -> None:
        answer = ask(OriginGuard(_welcome), ("host", "localhost:8501"), kind="websocket")
        assert status(answer) == "websocket.close"

    def test_two_origins_are_refused(self) -> None:
        origins = [("origin", "http://localhost:8501"), ("origin", "http://evil.test")]
        answer = ask(OriginGuard(_welcome), ("host", "localhost:8501"), *origins, kind="websocket")
        assert status(answer) == "websocket.close"

    def test_broken_host_matches_no_origin(self) -> None:
        answer = ask(
            OriginGuard(_welcome), ("host", "a b"), ("origin", "http://a b"), kind="websocket"
        )
        assert status(answer) == "websocket.close"

    def test_origin_that_the_operator_lists_passes(self) -> None:
        guard = OriginGuard(_welcome, allowed=["https://Portal.example.org/"])
        answer = ask(
            guard,
            ("host", "localhost:8501"),
            ("origin", "https://portal.example.org"),
            kind="websocket",
        )
        assert status(answer) == "websocket.accept"

    @pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("PUT", 403), ("POST", 403)])
    def test_foreign_page_may_look_but_not_change(self, method: str, expected: int) -> None:
        headers = (("host", "localhost:8501"), ("origin", "http://evil.test"))
        assert status(ask(OriginGuard(_welcome), *headers, method=method)) == expected

    def test_program_without_an_origin_may_change(self) -> None:
        answer = ask(OriginGuard(_welcome), ("host", "localhost:8501"), method="PUT")
        assert status(answer) == 200


def test_guards_stand_in_order_headers_host_origin(options) -> None:
    options(server_address="127.0.0.1", server_corsAllowedOrigins=["https://portal.example.org"])
    assert [item.cls for item in guards.middleware()] == [SecurityHeaders, HostGuard, OriginGuard]
