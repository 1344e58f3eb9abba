"""Walks the way to an upstream hop by hop and names the one that fails; for `doctor`.

It asks one small thing the way a sync would: the same proxy, authorities, client and token.
"""

from __future__ import annotations

import errno
import functools
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from catalog.errors import SourceError, SourceUnreachable
from catalog.records import Hop
from catalog.sources import http, routes, tunnel, verdict
from catalog.sources.base import Clock
from catalog.vocabulary import HOPS

SECONDS = 5.0  # the most that one hop may take
SKEW = timedelta(minutes=10)  # beyond it a clock is wrong; requests take seconds
NOT_REACHED = "Not reached."
WALKED = HOPS[HOPS.index("dns") :]

Result = TypeVar("Result")
Resolve = Callable[[str, int], list[tuple[int, str]]]  # address families and addresses of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One upstream, and the small thing that is asked of it."""

    name: str  # as `doctor` shows it
    setting: str  # which says where it is
    url: str
    path: str
    wire: http.Wire
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_bundle: str = ""
    page: bool = False  # whether a web page is what it ought to send
    may_lack: bool = False  # whether it may be well and not hold that thing
    optional: bool = False  # nobody needs it: what fails is told, and fails nothing


class _Failed(Exception):
    """One hop is no way."""

    def __init__(self, hop: str, words: str) -> None:
        super().__init__(words)
        self.hop = hop


def resolve(host: str, port: int) -> list[tuple[int, str]]:
    """The addresses of a name as this machine knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((int(family), str(place[0])) for family, _, _, _, place in found))


def walk(
    target: Target, *, clock: Clock | None = None, resolver: Resolve = resolve
) -> tuple[Hop, ...]:
    """Every hop, in the order of vocabulary.HOPS; what comes after a failed one is not reached."""
    return _Walk(target, clock or Clock(), resolver).hops()


class _Walk:
    """One walk: what was found so far."""

    def __init__(self, target: Target, clock: Clock, resolver: Resolve) -> None:
        self._target = target
        self._clock = clock
        self._resolve = resolver
        self._found: dict[str, Hop] = {}
        self._proxy: str | None = None
        self._addresses: list[tuple[int, str]] = []
        self._host = routes.host_of(target.url) if routes.is_address(target.url) else "?"

    def hops(self) -> tuple[Hop, ...]:
        for step in (self._dns, self._through_proxy, self._tls, self._asked):
            begun = time.monotonic()
            try:
                found = _within(SECONDS, step)
            except _Failed as failed:
                found = {failed.hop: str(failed)}
                self._forget_after(failed.hop)
                self._note(found, ok=None if self._target.optional else False, begun=begun)
                break
            self._note(found, ok=True, begun=begun)
        return tuple(self._found.get(hop) or self._not_reached(hop) for hop in WALKED)

    def _note(self, found: Mapping[str, str], *, ok: bool | None, begun: float) -> None:
        seconds = round(time.monotonic() - begun, 3)
        for hop, words in found.items():
            self._found[hop] = Hop(
                target=self._target.name,
                hop=hop,
                ok=ok,
                words=words if ok is not None else f"{words} Nothing else needs it.",
                seconds=seconds,
            )

    def _forget_after(self, hop: str) -> None:
        """A proxy that refuses plain http is found out late: nothing beyond it was reached."""
        passed = WALKED[: WALKED.index(hop)]
        self._found = {name: found for name, found in self._found.items() if name in passed}

    def _not_reached(self, hop: str) -> Hop:
        return Hop(target=self._target.name, hop=hop, ok=None, words=NOT_REACHED)

    # each step gives the words of the hops that it found in order

    def _dns(self) -> dict[str, str]:
        url = self._target.url
        if not routes.is_address(url):
            raise _Failed(
                "dns",
                f"{self._target.setting} is not an http or https address. Set it as "
                "https://host or http://host:port.",
            )
        try:
            self._proxy = routes.proxy_for(url)
        except SourceUnreachable as error:
            raise _Failed("proxy", f"{_sentence(error)} Set it as http://host:port.") from None
        place = urlsplit(self._proxy or url)
        host = place.hostname or ""
        try:
            self._addresses = self._resolve(host, _port(place.scheme, place.port))
        except (OSError, UnicodeError) as error:
            told = getattr(error, "strerror", None)
            whose = "the proxy's name" if self._proxy else f"{host}"
            raise _Failed(
                "dns",
                f"No address is known for {whose} ({told or 'not a name'}). Look at the name"
                f"{'' if self._proxy else ' in ' + self._target.setting} and at the name server "
                "of this machine; behind a proxy, set HTTPS_PROXY.",
            ) from None
        found = ", ".join(address for _, address in self._addresses[:3])
        shown = f"{host} is {found}" if found != host else f"{host} needs no look-up"
        leaves = f"; the proxy looks up {self._host}" if self._proxy else ""
        return {"dns": f"{shown}{leaves}."}

    def _through_proxy(self) -> dict[str, str]:
        if self._proxy is None:
            own = routes.is_loopback(urlsplit(self._target.url).hostname or "")
            return {
                "proxy": "None: it is this machine." if own else "None is set for this address."
            }
        where = routes.host_of(self._proxy)
        with self._connection("proxy") as connection:
            if urlsplit(self._target.url).scheme == "http":
                return {"proxy": f"{where} takes connections."}
            status = self._told("proxy", functools.partial(self._open_tunnel, connection))
        if status == 407:
            raise _Failed("proxy", verdict.wants_login(where, self._proxy))
        if status in {502, 503, 504}:
            raise _Failed(
                "proxy",
                f"{where} answers, but could not reach {self._host} ({status}): it may be down, or "
                "the proxy may not go there. Ask who runs the proxy.",
            )
        if status != 200:
            raise _Failed(
                "proxy",
                f"{where} does not open a way to {self._host} ({status}). Ask who runs the proxy "
                "to allow it, or name it in NO_PROXY if it can be reached without.",
            )
        return {"proxy": f"{where} opens a way to {self._host}."}

    def _tls(self) -> dict[str, str]:
        place = urlsplit(self._target.url)
        if place.scheme == "http":
            return {"tls": "None: an http address, nothing is encrypted."}
        if self._nested:
            return {}  # the client makes it, and `_asked` tells how that went
        try:
            context = routes.trusted(self._target.ca_bundle)
        except SourceUnreachable as error:
            raise _Failed("tls", f"{error} Name a PEM file that this account may read.") from None
        with self._to_upstream() as raw:
            try:
                with context.wrap_socket(raw, server_hostname=place.hostname) as secure:
                    return {"tls": f"{secure.version()}, and its certificate is trusted."}
            except ssl.SSLError as error:
                words = f"No secure connection: {routes.tls_words(error)}."
                raise _Failed("tls", f"{words}{self._clock_words(error)}") from None
            except (OSError, ValueError) as error:
                words = f"No secure connection: {routes.why(error)}."
                raise _Failed("tls", f"{words} Something in between may break it off.") from None

    @property
    def _nested(self) -> bool:
        """Whether TLS goes through TLS, which `ssl` does not do on a plain socket."""
        return all(urlsplit(url or "").scheme == "https" for url in (self._proxy, self._target.url))

    def _clock_words(self, error: ssl.SSLError) -> str:
        """For a certificate out of its time: whose clock is wrong, as far as one can tell."""
        if getattr(error, "verify_code", None) not in {routes.EXPIRED, routes.NOT_YET_VALID}:
            return ""
        now = self._clock.now()
        try:
            with self._to_upstream() as raw:
                theirs = tunnel.unverified_date(raw, self._host)
        except (_Failed, OSError, ValueError):
            theirs = None
        ours = f"{now:%Y-%m-%d %H:%M} UTC"
        if theirs is None:
            return f" This machine's clock says {ours}; set it if that is wrong."
        if abs(theirs - now) > SKEW:
            return (
                f" This machine's clock says {ours}, the server's {theirs:%Y-%m-%d %H:%M} UTC: set "
                "the clock of this machine."
            )
        return f" The server's clock agrees with this machine's ({ours}): it must be renewed there."

    def _asked(self) -> dict[str, str]:
        target = self._target
        times = http.Timeouts(SECONDS, SECONDS)
        sent = {"accept": "application/json", **target.headers, "accept-encoding": "gzip"}
        try:
            with target.wire.open("GET", target.url + target.path, sent, None, times) as raw:
                answer = http.Answer(status=raw.status, headers=raw.headers, body=b"")
        except SourceError as error:
            cause = error.__cause__ or error
            raise _Failed(routes.hop_of(cause), f"{_sentence(error)} {self._try_again()}") from None
        except (OSError, ValueError) as error:
            words = f"{self._host} broke off ({type(error).__name__}). {self._try_again()}"
            raise _Failed("upstream", words) from None
        if self._nested:
            self._note({"tls": "Its certificate is trusted."}, ok=True, begun=time.monotonic())
        return self._judged(answer)

    def _judged(self, answer: http.Answer) -> dict[str, str]:
        target = self._target
        asked = verdict.Asked(
            url=target.url,
            path=target.path,
            setting=target.setting,
            page=target.page,
            may_lack=target.may_lack,
            tokened="authorization" in {name.lower() for name in target.headers},
            proxy=self._proxy,
        )
        found = verdict.of(answer, asked, self._clock.now())
        if found.failed is not None:
            self._note(found.passed, ok=True, begun=time.monotonic())
            raise _Failed(*found.failed)
        return dict(found.passed)

    def _try_again(self) -> str:
        if self._target.optional:
            return f"Start it, or set {self._target.setting}, if one is to be asked."
        return f"Look whether {self._target.setting} is its right address and whether it is up."

    # connections

    def _to_upstream(self) -> socket.socket:
        """A connection to the upstream itself, through the proxy's tunnel where there is one."""
        connection = self._connection("proxy" if self._proxy else "upstream")
        if self._proxy is None:
            return connection
        try:
            self._pass_proxy(connection)
        except _Failed:
            connection.close()
            raise
        return connection

    def _pass_proxy(self, connection: socket.socket) -> None:
        status = self._told("proxy", functools.partial(self._open_tunnel, connection))
        if status != 200:
            raise _Failed("proxy", f"{routes.host_of(self._proxy or '')} answers {status} now.")

    def _open_tunnel(self, connection: socket.socket) -> int:
        place = urlsplit(self._target.url)
        host = place.hostname or ""
        return tunnel.open_through(
            connection,
            f"[{host}]" if ":" in host else host,
            _port(place.scheme, place.port),
            routes.login_of(self._proxy or ""),
        )

    def _connection(self, hop: str) -> socket.socket:
        """To the first address that takes one; a socket that its caller closes."""
        place = urlsplit(self._proxy or self._target.url)
        port = _port(place.scheme, place.port)
        deadline = time.monotonic() + SECONDS
        problem: OSError = TimeoutError()
        for _, address in self._addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            try:
                connection = socket.create_connection((address, port), timeout=left)
            except OSError as error:
                problem = error
            else:
                return self._proxy_tls(connection)
        raise _Failed(hop, self._unconnected(hop, problem)) from None

    def _proxy_tls(self, connection: socket.socket) -> socket.socket:
        place = urlsplit(self._proxy or "")
        if place.scheme != "https":
            return connection
        try:
            context = routes.trusted(self._target.ca_bundle)
            return context.wrap_socket(connection, server_hostname=place.hostname)
        except (OSError, SourceUnreachable) as error:
            connection.close()
            words = routes.why(error) if isinstance(error, OSError) else str(error)
            raise _Failed("proxy", f"No secure connection to the proxy: {words}.") from None

    def _unconnected(self, hop: str, problem: OSError) -> str:
        where = routes.host_of(self._proxy) if self._proxy and hop == "proxy" else self._host
        newer_only = all(family == socket.AF_INET6 for family, _ in self._addresses)
        if newer_only and problem.errno in {
            errno.ENETUNREACH,
            errno.EHOSTUNREACH,
            errno.EADDRNOTAVAIL,
        }:
            return (
                f"{where} has IPv6 addresses only, and this machine has no way out over IPv6. Use "
                "a proxy that has one (HTTPS_PROXY), or a mirror with an IPv4 address."
            )
        reason = routes.why(problem)
        if hop == "proxy":
            return (
                f"{where} is no proxy that answers: {reason}. Look at HTTPS_PROXY and HTTP_PROXY."
            )
        return f"Nobody answers at {where}: {reason}. {self._try_again()}"

    def _told(self, hop: str, ask: Callable[[], Result]) -> Result:
        try:
            return ask()
        except (OSError, ValueError) as error:
            where = routes.host_of(self._proxy or "")
            raise _Failed(
                hop, f"{where} does not answer as a proxy: {routes.why(error)}."
            ) from None


def _within(seconds: float, step: Callable[[], dict[str, str]]) -> dict[str, str]:
    """The result of a step that is left behind when it takes too long: look-ups know no end."""
    box: queue.SimpleQueue[dict[str, str] | _Failed] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put(step())
        except _Failed as failed:
            box.put(failed)

    threading.Thread(target=run, daemon=True).start()
    try:
        result = box.get(timeout=seconds + 0.5)
    except queue.Empty:
        hop = {"_dns": "dns", "_through_proxy": "proxy", "_tls": "tls"}
        name = hop.get(getattr(step, "__name__", ""), "upstream")
        raise _Failed(name, f"No answer within {seconds:g} seconds.") from None
    if isinstance(result, _Failed):
        raise result
    return result


def _sentence(error: SourceError) -> str:
    text = str(error).rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _port(scheme: str, port: int | None) -> int:
    return port or {"https": 443}.get(scheme, 80)
