"""Certificates for tests, made by the openssl of this machine, and a server that shows one."""

from __future__ import annotations

import contextlib
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

_CONFIG = """
[ca]
default_ca = own
[own]
dir = {folder}
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = leaf
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
subjectAltName = {names}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Authority:
    """An authority of its own, which nobody trusts unless told to."""

    folder: Path

    @property
    def bundle(self) -> Path:
        """What REQUESTS_CA_BUNDLE takes."""
        return self.folder / "ca.pem"

    def issue(self, names: str, *, starts: timedelta, ends: timedelta) -> Path:
        """Key and certificate in one file, valid between two moments relative to now."""
        now = datetime.now(UTC)
        stamp = f"{now.timestamp():.6f}"
        made = self.folder / f"{stamp}.pem"
        self._config(names)
        key, asked = self.folder / f"{stamp}.key", self.folder / f"{stamp}.csr"
        _openssl(self, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", "/CN=test", "-keyout", str(key), "-out", str(asked))  # fmt: skip
        _openssl(self, "ca", "-batch", "-notext", "-in", str(asked), "-out", str(made),
                 "-cert", str(self.bundle), "-keyfile", str(self.folder / "ca.key"),
                 "-startdate", _asn1(now + starts), "-enddate", _asn1(now + ends))  # fmt: skip
        made.write_text(made.read_text() + key.read_text())
        return made

    def _config(self, names: str) -> None:
        text = _CONFIG.format(folder=self.folder, names=names)
        (self.folder / "openssl.cnf").write_text(text)


def authority(folder: Path) -> Authority:
    """A new authority with its files in a folder; skips where there is no openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make certificates with")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.txt").touch()
    (folder / "serial").write_text("1000")
    made = Authority(folder)
    made._config("DNS:unused.test")
    _openssl(made, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "3650", "-subj", "/CN=Test authority", "-extensions", "authority",
             "-keyout", str(folder / "ca.key"), "-out", str(folder / "ca.pem"))  # fmt: skip
    return made


@contextlib.contextmanager
def tls_server(
    certificate: Path,
    *,
    date: str | None = None,
    body: bytes = b"[]",
    answer: Callable[[BaseHTTPRequestHandler], None] | None = None,
) -> Iterator[int]:
    """The port of an https server that answers `body`; `date` is what its Date header says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if answer is not None:
                answer(self)
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return date or super().date_time_string(timestamp)

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """Handshakes that a client breaks off are the point of some tests."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _asn1(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%SZ")


def _openssl(authority: Authority, command: str, *arguments: str) -> None:
    subprocess.run(
        ["openssl", command, "-config", str(authority.folder / "openssl.cnf"), *arguments],
        check=True,
        capture_output=True,
    )
