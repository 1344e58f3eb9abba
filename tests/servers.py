"""A real server of Cardex for tests: started as a process of its own, watched, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0

# Runs in every Python process of the server before anything else; notes each name that is looked
# up and each address that is connected to, unless it stays on this machine (and CARDEX_TEST_STRICT
# does not say that this is too far).
AUDIT = """
import os, sys
_log = os.environ["CARDEX_TEST_OUTBOUND"]
_strict = "CARDEX_TEST_STRICT" in os.environ
_local = () if _strict else ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")
def _note(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        target = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        target = arguments[1][0] if isinstance(arguments[1], tuple) else None
    else:
        return
    if isinstance(target, bytes):
        target = target.decode("latin-1")
    if target and not target.startswith(_local):
        with open(_log, "a") as file:
            file.write(f"{event} {target}\\n")
sys.addaudithook(_note)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    outbound: Path

    @property
    def url(self) -> str:
        """Address of the app, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def went_out(self) -> list[str]:
        """Every look-up and connection that left this machine."""
        return self.outbound.read_text().splitlines() if self.outbound.exists() else []

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body of one request."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, given, body = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, given, body = error.code, error.headers, error.read()
        return status, {name.lower(): value for name, value in given.items()}, body


def awaited(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run to its end in a thread of its own: the browser tests keep a loop in the main one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Wait until somebody listens there."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}")


def watched(folder: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment whose Python processes note what leaves this machine in folder/outbound."""
    hook = folder / "hook"
    hook.mkdir(parents=True, exist_ok=True)
    (hook / "sitecustomize.py").write_text(AUDIT)
    given = {**os.environ, **(environ or {})}
    for name in [name for name in given if name.startswith(("STREAMLIT_", "COV_"))]:
        del given[name]
    given["CARDEX_TEST_OUTBOUND"] = str(folder / "outbound")
    given["PYTHONPATH"] = str(hook)
    given["PYTHONUNBUFFERED"] = "1"
    given["HOME"] = str(folder)
    return given


HARDENED = ("-m", "web")
PLAIN = ("-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1")


@contextlib.contextmanager
def running(
    folder: Path,
    *,
    how: Sequence[str] = HARDENED,
    options: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """A server on a free port, with its files below `folder`; ended when the block is left."""
    port = free_port()
    log = folder / "server.log"
    command = [sys.executable, *how, "--server.port", str(port), "--server.headless", "true"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=watched(folder, environ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Running(port=port, process=process, log=log, outbound=folder / "outbound")
    try:
        _wait_until_it_answers(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_answers(server: Running) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended at once:\n{server.said()}")
        with contextlib.suppress(OSError):
            server.get("/_stcore/health")
            return
        time.sleep(0.05)
    raise AssertionError(f"the server did not answer:\n{server.said()}")


def interrupt(server: Running) -> int:
    """Press Ctrl-C; its exit status."""
    server.process.send_signal(signal.SIGINT)
    return server.process.wait(timeout=20)


def handshake(server: Running, path: str = "/_stcore/stream", **headers: str) -> int:
    """Status of a WebSocket handshake with these headers (names with _ for -)."""
    given = {
        "Host": f"127.0.0.1:{server.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        answer = connection.recv(4096).decode("latin-1")
    return int(answer.split(" ", 2)[1])


def readiness(server: Running) -> tuple[int, dict[str, object]]:
    """Status and document of /readyz."""
    status, _, body = server.get("/readyz")
    return status, json.loads(body)
