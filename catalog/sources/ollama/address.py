"""Where an Ollama is, as OLLAMA_HOST says it: read as Ollama's own client reads it."""

from __future__ import annotations

import ipaddress
import re

from catalog.errors import SourceUnreachable

DEFAULT = "http://127.0.0.1:11434"
DEFAULT_PORT = 11434
_PORTS = {"http": 80, "https": 443}  # of an address that names its scheme
_CLOUD = frozenset({"ollama.com", "www.ollama.com"})  # lists what it sells, not what is installed
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # to listen on, not to call
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?", re.IGNORECASE)
_PORT = re.compile(r"[A-Za-z0-9_+-]{0,20}")
_PATH = re.compile(r"[A-Za-z0-9._~/-]*")
_LONGEST = 2_000


def base_url(text: str) -> str:
    """`scheme://host:port/path` without a slash at its end; raises SourceUnreachable.

    A port that is none is the default one, and an address to listen on everywhere is this machine,
    both as in Ollama itself.
    """
    given = text.strip().strip("\"'").strip()
    if not given:
        return DEFAULT
    scheme, named, rest = given.partition("://")
    if not named:
        scheme, rest = "http", given
    scheme = scheme.lower()
    if len(given) > _LONGEST or scheme not in _PORTS:
        raise _unreadable()
    place, _, path = rest.partition("/")
    host, port = _split(place)
    if host.rstrip(".") in _CLOUD:
        raise SourceUnreachable("OLLAMA_HOST is the vendor's cloud: nothing is installed there.")
    path = path.rstrip("/")
    if not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise _unreadable()
    port = port or (_PORTS[scheme] if named else DEFAULT_PORT)
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}{'/' if path else ''}{path}"


def is_here(url: str) -> bool:
    """Whether an address that `base_url` gave is this machine."""
    host, _ = _split(url.partition("://")[2].partition("/")[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _split(place: str) -> tuple[str, int | None]:
    """Host, lower case, and the port where one is named that can be one."""
    literal = _ip(place)
    if literal is not None:  # `::1` and `[::1]`, whose colons are no port
        return literal, None
    host, colon, port = place.rpartition(":")
    if not colon:
        host, port = place, ""
    name = _ip(host) or host.lower()
    if not name:
        name = "127.0.0.1"
    elif _ip(host) is None and not _NAME.fullmatch(name):
        raise _unreadable()
    if not _PORT.fullmatch(port):  # `user:password@host`
        raise _unreadable()
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    return name, number if 0 < number < 1 << 16 else None


def _ip(text: str) -> str | None:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = str(ipaddress.ip_address(bare))
    except ValueError:
        return None
    return None if "%" in address else _EVERYWHERE.get(address, address)


def _unreadable() -> SourceUnreachable:
    # The value is not repeated: it may hold a password.
    return SourceUnreachable(
        "OLLAMA_HOST cannot be read: it takes host, host:port or http://host:port, "
        "without a user name."
    )
