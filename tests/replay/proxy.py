"""A forward proxy on this machine: passes on GET and POST, opens tunnels, refuses where told to."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import ssl
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

_KEPT_BACK = {"proxy-authorization", "proxy-connection", "connection", "transfer-encoding"}


@dataclass
class Proxy:
    """Names in `hosts` are found where it says, as only a proxy on the way out would know them."""

    hosts: dict[str, tuple[str, int]] = field(default_factory=dict)
    login: str | None = None  # what Proxy-Authorization must be; else 407
    status: int | None = None  # answered to everything
    certificate: Path | None = None  # spoken to over TLS
    asked: list[str] = field(default_factory=list)  # "CONNECT host:port", "GET http://..."
    headers: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> Proxy:
        handler = type("BoundHandler", (_Handler,), {"proxy": self})
        self._http = _Listener(("127.0.0.1", 0), handler)
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._http.socket = context.wrap_socket(
                self._http.socket, server_side=True, do_handshake_on_connect=False
            )
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Its address, as HTTP_PROXY takes it."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"


class _Listener(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Handshakes that a client breaks off are the point of some tests."""


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        if self._refused():
            return
        host, _, port = self.path.rpartition(":")
        try:
            upstream = socket.create_connection(self.proxy.hosts.get(host, (host, int(port))), 5)
        except OSError:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        with upstream:
            self._pump(upstream)
        self.close_connection = True

    def do_GET(self) -> None:
        if self._refused():
            return
        target = urlsplit(self.path)
        host = self.proxy.hosts.get(target.hostname or "", (target.hostname, target.port or 80))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        given = {n: v for n, v in self.headers.items() if n.lower() not in _KEPT_BACK}
        path = target.path + (f"?{target.query}" if target.query else "")
        upstream = http.client.HTTPConnection(host[0] or "", host[1], timeout=5)
        try:
            upstream.request(self.command, path, body, given)
            with upstream.getresponse() as answer:
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in {*_KEPT_BACK, "content-length"}:
                        self.send_header(name, value)
        except OSError:
            self.send_error(502)
            return
        finally:
            upstream.close()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def _refused(self) -> bool:
        self.proxy.asked.append(f"{self.command} {self.path}")
        self.proxy.headers.append({name.lower(): value for name, value in self.headers.items()})
        wanted = self.proxy.login
        status = self.proxy.status
        if wanted is not None and self.headers.get("Proxy-Authorization") != wanted:
            status = 407
        if status is None:
            return False
        self.send_response(status)
        self.send_header("Proxy-Authenticate", 'Basic realm="way out"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.close_connection = True
        return True

    def _pump(self, upstream: socket.socket) -> None:
        both = [self.connection, upstream]
        with contextlib.suppress(OSError):
            while True:
                held = [one for one in both if isinstance(one, ssl.SSLSocket) and one.pending()]
                ready = held or select.select(both, [], [], 10)[0]
                if not ready:
                    return
                for one in ready:
                    data = one.recv(65_536)
                    if not data:
                        return
                    (upstream if one is self.connection else self.connection).sendall(data)

    def handle(self) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""
