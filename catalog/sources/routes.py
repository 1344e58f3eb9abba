"""The way to an address: which proxy, which authorities, which log-in, and why it was no way.

Both wires and `probe` ask here, so that what `doctor` finds is what a sync meets.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies_environment

import httpx2
import requests
import urllib3
from requests.utils import get_environ_proxies, select_proxy

from catalog.errors import SourceUnreachable

# X509_V_ERR_* of OpenSSL's x509_vfy.h
NOT_YET_VALID, EXPIRED = 9, 10
UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
OTHER_NAME = frozenset({62, 64})
NO_ADDRESS = "its address is not an http or https one"
_STATUS = re.compile(r"\b([45]\d\d)\b")
_BROKE_OFF = (
    httpx2.ProtocolError,
    httpx2.ReadError,
    httpx2.WriteError,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.ProtocolError,
    ConnectionResetError,
    BrokenPipeError,
)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names for an address; None: straight there.

    A proxy is for the way out, so this machine itself is never asked through one.
    """
    try:
        host = urlsplit(url).hostname or ""
        if is_loopback(host) or _excepted(host):
            return None
        proxy = select_proxy(url, get_environ_proxies(url))
        if not proxy:
            return None
        proxy = proxy if "://" in proxy else f"http://{proxy}"
        parts = urlsplit(proxy)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except (ValueError, requests.RequestException, urllib3.exceptions.HTTPError):
        usable, parts = False, urlsplit("")
    if not usable:
        raise SourceUnreachable(
            "the proxy of the environment (HTTP_PROXY, HTTPS_PROXY) is no address"
        )
    if parts.scheme not in {"http", "https"}:
        raise SourceUnreachable(
            f"the proxy of the environment is a {parts.scheme} one, and only http and https "
            "proxies are spoken to"
        )
    return proxy


def _excepted(host: str) -> bool:
    """Whether NO_PROXY names all below a domain as `*.domain`, a form that requests passes over."""
    names = getproxies_environment().get("no", "").replace(" ", "").lower().split(",")
    return any(name.startswith("*.") and host.lower().endswith(name[1:]) for name in names)


def trusted(ca_bundle: str = "") -> ssl.SSLContext:
    """The authorities that both clients trust: those of the bundle, else those of the system."""
    if not ca_bundle:
        return httpx2.create_ssl_context()
    try:
        if os.path.isdir(ca_bundle):  # noqa: PTH112 - a setting, not yet known to be a path
            return ssl.create_default_context(capath=ca_bundle)
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ValueError) as error:
        why = "it holds no certificates" if isinstance(error, ssl.SSLError) else None
        reason = why or getattr(error, "strerror", None) or "it is no path"
        raise SourceUnreachable(f"REQUESTS_CA_BUNDLE cannot be read ({reason}).") from error


def is_address(url: str) -> bool:
    """Whether this is an http or https address with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # "http://[/", "http://host:99999999/"
        return False


def without_login(url: str) -> str:
    """An address without the user name and password that stand in it; "" where it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:  # "http://[/"
        return ""
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def login_of(url: str) -> tuple[str, str] | None:
    """The user name and password that stand in an address."""
    parts = urlsplit(url)
    if not parts.username and not parts.password:
        return None
    return unquote(parts.username or ""), unquote(parts.password or "")


def host_of(url: str) -> str:
    """Host and port of an address for people to read; no scheme and no log-in."""
    return urlsplit(url).netloc.rpartition("@")[2] or "?"


def why(error: BaseException, proxy: str | None = None) -> str:
    """The reason in a few words: which hop failed, and nothing that may hold a secret."""
    causes = list(_causes(error))
    proxied = f"the proxy {host_of(proxy)}" if proxy else "the proxy"
    status = refused_by_proxy(error)
    if status is not None:
        return f"{proxied} answered {status} and passed nothing on"
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return tls_words(cause)
    where = f"{proxied}: " if proxy and _on_the_way(causes) else ""
    return where + _plain_reason(error, causes)


def hop_of(error: BaseException) -> str:
    """Where on the way it failed: dns, proxy, tls or upstream."""
    causes = list(_causes(error))
    if refused_by_proxy(error) is not None:
        return "proxy"
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "tls"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "dns"
    return "upstream"


def untrusted(error: BaseException) -> bool:
    """Whether a certificate was shown and not accepted."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def refused_by_proxy(error: BaseException) -> int | None:
    """The status with which a proxy would not open a tunnel; None when that is not the fault."""
    for cause in _causes(error):
        text = str(cause)
        tunnel = isinstance(cause, OSError) and text.startswith("Tunnel connection failed")
        if tunnel or isinstance(cause, httpx2.ProxyError):
            found = _STATUS.search(text)
            if found:
                return int(found[1])
    return None


def tls_words(error: ssl.SSLError) -> str:
    """Why a secure connection was not made."""
    code = getattr(error, "verify_code", None)
    if code == EXPIRED:
        return "its certificate has expired, or the clock of this machine is ahead"
    if code == NOT_YET_VALID:
        return "its certificate is not valid yet, or the clock of this machine is behind"
    if code in UNKNOWN_AUTHORITY:
        return (
            "its certificate could not be verified: it is signed by an authority that is not "
            "known here (REQUESTS_CA_BUNDLE names a file of those to trust)"
        )
    if code in OTHER_NAME:
        return "its certificate could not be verified: it is for another name"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate could not be verified"
    return "no secure connection could be made"


def _on_the_way(causes: list[BaseException]) -> bool:
    """Whether it never came to an answer, so that a proxy is where it failed."""
    kinds = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
    others = (requests.exceptions.ProxyError, requests.exceptions.ConnectTimeout)
    return any(isinstance(cause, kinds + others) for cause in causes)


def _plain_reason(error: BaseException, causes: list[BaseException]) -> str:
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return "its name is not known (DNS)"
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "the connection was refused"
    late = (httpx2.TimeoutException, requests.Timeout, urllib3.exceptions.TimeoutError)
    if any(isinstance(cause, (TimeoutError, *late)) for cause in causes):
        return "no answer in time"
    if any(isinstance(cause, _BROKE_OFF) for cause in causes):
        return "the answer broke off"
    if isinstance(error, urllib3.exceptions.HTTPError):
        return "the answer broke off"
    connecting = (httpx2.ConnectError, requests.ConnectionError)
    if isinstance(error, connecting) or not isinstance(error, (ValueError, httpx2.InvalidURL)):
        return "no connection could be made"
    return NO_ADDRESS


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it stands for, whichever way its library keeps that."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        cause = queue.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        queue += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
