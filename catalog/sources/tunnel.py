"""The few bytes of HTTP that are spoken by hand: CONNECT to a proxy, and one look at a Date."""

from __future__ import annotations

import base64
import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

HEAD_BYTES = 16_384
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([0-9]{3})\b")
_DATE = re.compile(rb"^date:[ \t]*([^\r\n]{1,80})", re.IGNORECASE | re.MULTILINE)


def open_through(
    connection: socket.socket, host: str, port: int, login: tuple[str, str] | None
) -> int:
    """Ask a proxy for a way to host and port; the status that it answers, 200 for a way."""
    lines = [f"CONNECT {host}:{port} HTTP/1.1", f"Host: {host}:{port}"]
    if login is not None:
        secret = base64.b64encode(":".join(login).encode()).decode("ascii")
        lines.append(f"Proxy-Authorization: Basic {secret}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode("utf-8"))
    found = _STATUS_LINE.match(_head(connection))
    if found is None:
        raise ValueError("no HTTP")
    return int(found[1])


def unverified_date(connection: socket.socket, host: str) -> datetime | None:
    """What a server says the time is; nobody has verified who it is, and nothing else is asked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    name = host.rpartition(":")[0] or host
    with context.wrap_socket(connection, server_hostname=name.strip("[]")) as secure:
        asked = f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        secure.sendall(asked.encode("utf-8"))
        found = _DATE.search(_head(secure))
    if found is None:
        return None
    told = parsedate_to_datetime(found[1].decode("latin-1"))
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _head(connection: socket.socket) -> bytes:
    """Status line and headers of an answer."""
    head = bytearray()
    while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES:
        piece = connection.recv(4_096)
        if not piece:
            break
        head += piece
    return bytes(head)
