"""Guards around the app: who may ask, and what a page may load.

Each one stands before Streamlit, because Streamlit itself answers a foreign WebSocket origin with
a blocking look-up of its public address, which stops the whole server for seconds.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(st.__file__).parent / "static" / "index.html"
HEALTH_PATHS = ("/healthz", "/readyz")
# Streamlit's own: an interface for agents that Cardex does not offer, and figures for operators.
CLOSED_PATHS = ("/_stcore/agent", "/_stcore/metrics")

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104 (compared, not bound)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(r"(https?)://([^/?#@\\]+)", re.IGNORECASE)
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ASKING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_MISDIRECTED = 421  # RFC 9110, 15.5.20


def content_security_policy(index: Path = INDEX) -> str:
    """The policy that lets the installed Streamlit run and no foreign host be asked for anything.

    The inline script of its index.html changes with releases, so its hash is taken at start.
    """
    scripts = _INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    hashes = "".join(f" 'sha256-{_sha256(script)}'" for script in scripts)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'wasm-unsafe-eval'{hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "media-src 'self' blob:",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The names that this server answers to; anything else is DNS rebinding or a wrong proxy."""

    names: frozenset[str]
    addresses: bool = False  # bare IP addresses too, which nobody can rebind

    def answers_to(self, host: str | None) -> bool:
        """Whether a Host header names this server; the port is not looked at."""
        name = _name_of(host)
        if name is None:
            return False
        if name in self.names or "*" in self.names:
            return True
        if any(item.startswith("*.") and name.endswith(item[1:]) for item in self.names):
            return True
        return self.addresses and _is_address(name)


def configured_hosts() -> Hosts:
    """The names that follow from server.address, server.allowedHosts and browser.serverAddress.

    With server.allowedHosts, those and the public name. Without: a server on loopback answers to
    loopback names, one on every address to the machine's own name and bare addresses.
    """
    address = str(st.get_option("server.address") or "").strip().lower()
    listed = frozenset(_bare(item) for item in st.get_option("server.allowedHosts") or ())
    names = listed | {_bare(str(st.get_option("browser.serverAddress") or "localhost"))}
    if address not in _EVERY_ADDRESS:
        names |= {f"[{address}]" if ":" in address and address[0] != "[" else address}
    if names & _LOOPBACK:
        names |= _LOOPBACK
    if address in _EVERY_ADDRESS and not listed:
        return Hosts(names=names | {socket.gethostname().lower()}, addresses=True)
    return Hosts(names=names)


def _bare(name: str) -> str:
    return name.strip().lower().rstrip(".")


def _name_of(host: str | None) -> str | None:
    parts = _authority(host)
    return parts[0] if parts else None


def _authority(text: str | None) -> tuple[str, int | None] | None:
    """Name and port of a Host header, None for what is not one."""
    match = _AUTHORITY.fullmatch(text or "")
    if match is None:
        return None
    port = int(match[2]) if match[2] else None
    name = match[1].lower().rstrip(".")
    return (name, port) if name and (port is None or 0 < port < 65536) else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _same_origin(origin: str, host: str | None) -> bool:
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        return False
    default = _DEFAULT_PORTS[match[1].lower()]
    theirs, ours = _authority(match[2]), _authority(host)
    if theirs is None or ours is None:
        return False
    return (theirs[0], theirs[1] or default) == (ours[0], ours[1] or default)


class SecurityHeaders:
    """Adds the headers that keep a page from loading or sending anything elsewhere."""

    def __init__(self, app: ASGIApp, *, policy: str) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with the headers on its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HostGuard:
    """Refuses requests for a name that is not this server's, and paths that Cardex keeps shut."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request for this server, refuse another's."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = str(scope["path"])
        if any(closed in path for closed in CLOSED_PATHS):
            await _refuse(scope, receive, send, status=404, sentence="There is nothing here.")
            return
        given = Headers(scope=scope).getlist("host")
        host = given[0] if len(given) == 1 else None
        if path.endswith(HEALTH_PATHS) or self._hosts.answers_to(host):
            await self._app(scope, receive, send)
            return
        shown = quote((host or "")[:100], safe=":.-[]_")
        sentence = (
            f"Cardex does not answer to the host name '{shown}'. "
            f"Its operator can add it with --server.allowedHosts."
        )
        await _refuse(scope, receive, send, status=_MISDIRECTED, sentence=sentence)


class OriginGuard:
    """Refuses WebSockets and changing requests from pages that are not this server's own.

    A WebSocket must state its origin, since every browser does. The origin is the Host's own, or
    one of server.corsAllowedOrigins.
    """

    def __init__(self, app: ASGIApp, *, allowed: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(item.strip().lower().rstrip("/") for item in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of an own page, refuse a foreign page's."""
        if self._passes(scope):
            await self._app(scope, receive, send)
            return
        sentence = "Cardex does not take this from pages of another site."
        await _refuse(scope, receive, send, status=403, sentence=sentence)

    def _passes(self, scope: Scope) -> bool:
        if scope["type"] == "lifespan":
            return True
        headers = Headers(scope=scope)
        origins = headers.getlist("origin")
        if scope["type"] == "http" and (not origins or scope["method"] in _ASKING_METHODS):
            return True
        if len(origins) != 1:
            return False
        return origins[0].lower() in self._allowed or _same_origin(origins[0], headers.get("host"))


async def _refuse(
    scope: Scope, receive: Receive, send: Send, *, status: int, sentence: str
) -> None:
    if scope["type"] == "websocket":
        await receive()  # the connect event; closing before accepting makes it an HTTP 403
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        return
    await PlainTextResponse(sentence, status_code=status)(scope, receive, send)


def middleware() -> list[Middleware]:
    """The guards as configured, the outermost first."""
    origins = st.get_option("server.corsAllowedOrigins") or ()
    return [
        Middleware(SecurityHeaders, policy=content_security_policy()),
        Middleware(HostGuard, hosts=configured_hosts()),
        Middleware(OriginGuard, allowed=origins),
    ]
