"""How bytes come in: one GET or POST over httpx2 or requests, packed as it was sent.

The rest of the house speaks to `http.Fetcher`, which is patient; these two only carry.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import requests
import urllib3

from catalog.errors import SourceUnreachable
from catalog.sources.http import CHUNK_BYTES, Raw, Timeouts

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
        try:
            with self._session().stream(
                method,
                url,
                headers=dict(headers),
                content=body,
                timeout=timeout,
                follow_redirects=False,
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                yield Raw(response.status_code, told, response.iter_raw(CHUNK_BYTES))
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise SourceUnreachable(_why(error)) from error


class RequestsWire:
    """Over requests, with proxies of the environment and no log-in that nobody asked for."""

    def __init__(self, ca_bundle: str = "") -> None:
        self._ca_bundle = ca_bundle

    @contextmanager
    def open(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, times: Timeouts
    ) -> Iterator[Raw]:
        """The answer's head and its packed body in chunks."""
        # A session each: requests says nothing about sharing one between threads.
        with requests.Session() as session:
            session.auth = _no_auth  # else requests takes a password from ~/.netrc
            # A proxy is for the way out, not for this machine.
            session.trust_env = (urlsplit(url).hostname or "") not in LOOPBACK
            try:
                with session.request(
                    method,
                    url,
                    headers=dict(headers),
                    data=body,
                    timeout=(times.connect, times.read),
                    verify=self._ca_bundle or True,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    told = {name.lower(): value for name, value in response.headers.items()}
                    chunks = response.raw.stream(CHUNK_BYTES, decode_content=False)
                    yield Raw(response.status_code, told, chunks)
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                raise SourceUnreachable(_why(error)) from error


def client_factory(ca_bundle: str = "") -> Callable[[], httpx2.Client]:
    """Makes the one HTTP client of huggingface_hub: proxies of the environment, own CA."""
    verify: ssl.SSLContext | bool = True
    if ca_bundle:
        try:
            verify = ssl.create_default_context(cafile=ca_bundle)
        except OSError as error:
            raise SourceUnreachable(
                f"REQUESTS_CA_BUNDLE cannot be read ({error.strerror or error})."
            ) from error
    return functools.partial(httpx2.Client, verify=verify, follow_redirects=False)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _why(error: Exception) -> str:
    """The reason in a few words: which hop failed, and nothing that may hold a secret."""
    text = str(error).lower()
    if isinstance(error, (httpx2.ProxyError, requests.exceptions.ProxyError)):
        return "the proxy refused the connection"
    if "certificate" in text or "ssl" in text:
        return "its certificate could not be verified"
    if isinstance(error, (httpx2.TimeoutException, requests.Timeout)) or "timed out" in text:
        return "no answer in time"
    if "name or service" in text or "resolution" in text or "getaddrinfo" in text:
        return "its name is not known (DNS)"
    if isinstance(error, (httpx2.ConnectError, requests.ConnectionError)):
        if "refused" in text:
            return "the connection was refused"
        broken = "aborted" in text or "reset" in text
        return "the answer broke off" if broken else "no connection could be made"
    if isinstance(error, (httpx2.ProtocolError, httpx2.ReadError, urllib3.exceptions.HTTPError)):
        return "the answer broke off"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer broke off"
    return type(error).__name__
