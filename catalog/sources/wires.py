"""How bytes come in: one GET or POST over httpx2 or requests, packed as it was sent.

The rest of the house speaks to `http.Fetcher`, which is patient; these two only carry. Proxies,
authorities and log-ins are decided in `routes`, so that both go the same way.
"""

from __future__ import annotations

import functools
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from catalog.errors import SourceError, SourceRefused, SourceUnreachable, SourceUntrusted
from catalog.sources import routes
from catalog.sources.http import CHUNK_BYTES, Raw, Timeouts


class HttpxWire:
    """Over the client that huggingface_hub uses, so that both share proxies and authorities."""

    def __init__(self, session: Callable[[], httpx2.Client]) -> None:
        self._session = session

    @contextmanager
    def open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, times: Timeouts
    ) -> Iterator[Raw]:
        """The answer's head and its packed body in chunks."""
        timeout = httpx2.Timeout(times.read, connect=times.connect)
        address, login = _apart(url, headers)
        try:
            with self._session().stream(
                method,
                address,
                headers=dict(headers),
                content=body,
                auth=login,
                timeout=timeout,
                follow_redirects=False,
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                yield Raw(response.status_code, told, response.iter_raw(CHUNK_BYTES))
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise _no_way(error, address) from error


class RequestsWire:
    """Over requests, with nothing of the environment but what `routes` takes from it."""

    def __init__(self, ca_bundle: str = "") -> None:
        self._trusted = functools.cache(functools.partial(routes.trusted, ca_bundle))
        if ca_bundle:
            self._trusted()  # a file that cannot be read is said at once

    @contextmanager
    def open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, times: Timeouts
    ) -> Iterator[Raw]:
        """The answer's head and its packed body in chunks."""
        address, login = _apart(url, headers)
        proxy = routes.proxy_for(address)
        # A session each: requests says nothing about sharing one between threads.
        with _Straight() as session:
            session.trust_env = False  # no ~/.netrc, no proxy that `routes` did not choose
            # _no_auth: else requests replaces a token by what the address holds
            session.auth = HTTPBasicAuth(*login) if login else _no_auth
            session.proxies = {"http": proxy, "https": proxy} if proxy else {}
            if any(part.lower().startswith("https:") for part in (address, proxy or "")):
                for scheme in ("https://", "http://"):
                    session.mount(scheme, _Trusting(self._trusted()))
            try:
                with session.request(
                    method,
                    address,
                    headers=dict(headers),
                    data=body,
                    timeout=(times.connect, times.read),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    told = {name.lower(): value for name, value in response.headers.items()}
                    chunks = response.raw.stream(CHUNK_BYTES, decode_content=False)
                    yield Raw(response.status_code, told, chunks)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                raise _no_way(error, address) from error


def client_factory(ca_bundle: str = "") -> Callable[[], httpx2.Client]:
    """Makes the one HTTP client of huggingface_hub, which goes the ways of `routes`."""
    context = routes.trusted(ca_bundle)
    return lambda: httpx2.Client(
        transport=_Routed(context), trust_env=False, follow_redirects=False
    )


class _Routed(httpx2.BaseTransport):
    """Sends each request straight or through the proxy that is set for its address."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._ways: dict[str | None, httpx2.HTTPTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._way(routes.proxy_for(str(request.url))).handle_request(request)

    def close(self) -> None:
        with self._lock:
            for way in self._ways.values():
                way.close()
            self._ways.clear()

    def _way(self, proxy: str | None) -> httpx2.HTTPTransport:
        with self._lock:
            if proxy not in self._ways:
                secure = (proxy or "").lower().startswith("https:")
                through = (
                    httpx2.Proxy(proxy, ssl_context=self._context if secure else None)
                    if proxy
                    else None
                )
                self._ways[proxy] = httpx2.HTTPTransport(verify=self._context, proxy=through)
            return self._ways[proxy]


class _Straight(requests.Session):
    """Looks at no redirect, for requests reads their whole body first, however it unpacks."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class _Trusting(HTTPAdapter):
    """Verifies with the authorities of `routes`, and with no others beside them."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *given: Any, **options: Any) -> None:
        super().init_poolmanager(*given, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        secure = {"proxy_ssl_context": self._context} if proxy.startswith("https:") else {}
        return super().proxy_manager_for(proxy, ssl_context=self._context, **secure, **options)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"  # requests would add certifi's authorities here


def _apart(url: str, headers: Mapping[str, str]) -> tuple[str, tuple[str, str] | None]:
    """Address and log-in: clients log addresses, and a token goes before what stands in one."""
    if not routes.is_address(url):
        raise SourceUnreachable(routes.NO_ADDRESS)
    tokened = any(name.lower() == "authorization" for name in headers)
    return routes.without_login(url), None if tokened else routes.login_of(url)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _no_way(error: Exception, address: str) -> SourceError:
    """What a failed request means; a proxy that wants a log-in will not change its mind."""
    proxy = routes.proxy_for(address)
    reason = routes.why(error, proxy)
    if routes.refused_by_proxy(error) == 407 and proxy:
        where = routes.host_of(proxy)
        return SourceRefused(f"the proxy {where} asks for a user name and a password (407)")
    return (SourceUntrusted if routes.untrusted(error) else SourceUnreachable)(reason)
