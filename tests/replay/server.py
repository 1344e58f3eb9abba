"""A Hub on this machine: replays model rows over HTTP as the real list endpoint does, faults too.

    python tests/replay/server.py --port 0 --rows FILE [--page-rows N] [--delay SECONDS]

prints its address and serves until it is stopped. FILE holds a JSON list or JSON lines, plain or
gzipped. `Server` is the same for tests, with a log of requests and a plan of faults.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import socket
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "huggingface"
MAX_LIMIT = 1_000

EXPANDABLE = frozenset(
    {
        "author",
        "baseModels",
        "cardData",
        "childrenModelCount",
        "config",
        "createdAt",
        "disabled",
        "downloads",
        "downloadsAllTime",
        "evalResults",
        "gated",
        "gguf",
        "inference",
        "inferenceProviderMapping",
        "lastModified",
        "library_name",
        "likes",
        "mask_token",
        "model-index",
        "pipeline_tag",
        "private",
        "resourceGroup",
        "safetensors",
        "sha",
        "siblings",
        "spaces",
        "tags",
        "transformersInfo",
        "trendingScore",
        "widgetData",
    }
)
PLAIN_KEYS = [
    "likes",
    "trendingScore",
    "private",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
    "modelId",
]
SORTS = ("createdAt", "downloads", "lastModified", "likes", "trendingScore")

Fault = Callable[["Handler"], None]


@dataclass
class Asked:
    """One request as it came in."""

    path: str
    params: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class Server:
    """The Hub of a test; `faults[n]` answers the n-th request (from 0) in the place of the rows."""

    rows: list[dict[str, Any]]
    refused_expand: frozenset[str] = frozenset()
    faults: dict[int, Fault] = field(default_factory=dict)
    always: Fault | None = None
    headers: dict[str, str] = field(default_factory=dict)  # sent with every page
    link: Callable[[str], str] = lambda url: url  # what becomes of the next link
    page_rows: int = MAX_LIMIT
    delay: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    blobs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # files with their bytes
    configs: dict[str, bytes] = field(default_factory=dict)  # by path
    port: int = 0
    host: str = "127.0.0.1"

    def __enter__(self) -> Server:
        handler = type("BoundHandler", (self.handler,), {"hub": self})
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = type("Listener", (ThreadingHTTPServer,), {"address_family": family})
        self._http = listener((self.host, self.port), handler)
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._lock = Lock()
        self.port = self._http.server_address[1]
        self._thread = Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def handler(self) -> type[Handler]:
        """What answers a connection."""
        return Handler

    @property
    def url(self) -> str:
        """Its address, as HF_ENDPOINT takes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def note(self, asked: Asked) -> int:
        """Log a request; returns its number."""
        with self._lock:
            self.asked.append(asked)
            return len(self.asked) - 1


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    hub: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; 40 ms a page otherwise

    def do_GET(self) -> None:
        """One request: a fault where one is planned, else a page of models."""
        target = urlsplit(self.path)
        self.params = parse_qs(target.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        number = self.hub.note(Asked(target.path, self.params, headers))
        fault = self.hub.faults.get(number, self.hub.always)
        if self.hub.delay:
            time.sleep(self.hub.delay)
        if fault is not None:
            fault(self)
        elif target.path.startswith("/api/models/"):
            self.send_model(unquote(target.path.removeprefix("/api/models/")))
        elif target.path in self.hub.configs:
            self.send(200, self.hub.configs[target.path])
        elif target.path != "/api/models":
            self.send(404, {"error": "Not Found"})
        else:
            self.send_page()

    def send_model(self, repo_id: str) -> None:
        """One model: what `expand` asks for, else all, with the sizes of files where wanted."""
        found = next((row for row in self.hub.rows if row.get("id") == repo_id), None)
        problem = self._problem()
        if found is None:  # the Hub does not say which are private and which are not there
            self.send(401, {"error": "Invalid username or password."})
        elif problem is not None:
            self.send(400, {"error": problem})
        elif self._expand():
            self.send(200, self._shown(found))
        else:
            files = self.hub.blobs.get(repo_id, [])
            self.send(200, {**found, "siblings": files or found.get("siblings", [])})

    def send_page(self, link: Callable[[str], str] | None = None) -> None:
        """The page that was asked for."""
        problem = self._problem()
        if problem is not None:
            self.send(400, {"error": problem})
            return
        rows, start = self._selected(), self._start()
        size = min(int(self._one("limit", "1000")), MAX_LIMIT, self.hub.page_rows)
        page = rows[start : start + size]
        headers = dict(self.hub.headers)
        if start + size < len(rows):
            pairs = [
                (name, value)
                for name, values in self.params.items()
                for value in values
                if name != "cursor"
            ]
            query = urlencode([*pairs, ("cursor", _cursor(start + size))])
            target = (link or self.hub.link)(f"{self.hub.url}/api/models?{query}")
            headers["Link"] = f'<{target}>; rel="next"'
        self.send(200, [self._shown(row) for row in page], headers)

    def send(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        """A value as JSON, gzipped where the client takes that."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        given = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500:
            body = gzip.compress(body, 1)
            given["Content-Encoding"] = "gzip"
        self.send_raw(status, body, given)

    def send_raw(
        self, status: int, body: bytes, headers: dict[str, str], length: int | None = None
    ) -> None:
        """Bytes as they are; `length` is what the header claims."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def handle(self) -> None:
        """Ignore clients that go away: that is what some tests do."""
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _one(self, name: str, default: str = "") -> str:
        return self.params.get(name, [default])[0]

    def _expand(self) -> list[str]:
        return [*self.params.get("expand", []), *self.params.get("expand[]", [])]

    def _problem(self) -> str | None:
        unknown = set(self._expand()) - EXPANDABLE | set(self._expand()) & self.hub.refused_expand
        if unknown:
            return f'"expand" must be one of the known properties, not {sorted(unknown)[0]}'
        if self._one("sort", "downloads") not in SORTS:
            return "Invalid sort"
        limit = self._one("limit", "1")
        return None if limit.isdigit() and int(limit) >= 1 else "Invalid limit"

    def _selected(self) -> list[dict[str, Any]]:
        rows = [row for row in self.hub.rows if self._wanted(row)]
        sort = self._one("sort", "trendingScore")
        ascending = self._one("direction") == "1"
        text = sort in {"createdAt", "lastModified"}

        def key(row: dict[str, Any]) -> Any:
            value = row.get(sort)
            if text:
                return value if isinstance(value, str) else ""
            return value if isinstance(value, int | float) else -1

        return sorted(rows, key=key, reverse=not ascending)

    def _wanted(self, row: dict[str, Any]) -> bool:
        task, author = self._one("pipeline_tag"), self._one("author")
        tags = row.get("tags") or []
        return (
            (not task or row.get("pipeline_tag") == task)
            and (not author or row.get("author") == author)
            and all(tag in tags for tag in self.params.get("filter", []))
            and self._one("search").lower() in str(row.get("id", "")).lower()
        )

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        # Only the id comes unasked; a value that is absent is a missing key.
        keys = self._expand() or PLAIN_KEYS
        shown = {name: row[name] for name in ("_id", "id") if name in row}
        shown.update({name: row[name] for name in keys if name in row})
        if "gated" in keys and "gated" not in shown:
            shown["gated"] = False
        if not self._expand():
            shown["modelId"] = row.get("id")
        return shown

    def _start(self) -> int:
        cursor = self._one("cursor")
        return int(json.loads(base64.urlsafe_b64decode(cursor))["start"]) if cursor else 0


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"start": start}).encode()).decode()


def read_rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Rows of JSON lists and JSON lines, each id once."""
    rows: dict[str, dict[str, Any]] = {}
    for path in paths:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        found = (
            json.loads(text)
            if text.lstrip().startswith("[")
            else [json.loads(line) for line in text.splitlines() if line.strip()]
        )
        rows.update({row["id"]: row for row in found})
    return list(rows.values())


def fixture_rows() -> list[dict[str, Any]]:
    """The well-formed rows that the tests bring along."""
    return read_rows([FIXTURES / "list_rows.json"])


def status(code: int, headers: dict[str, str] | None = None, text: str = "") -> Fault:
    """Answer with a status."""
    return lambda handler: handler.send(code, {"error": text or "fault"}, headers)


def raw(body: bytes, kind: str = "application/json", code: int = 200) -> Fault:
    """Answer with these bytes."""
    return lambda handler: handler.send_raw(code, body, {"Content-Type": kind})


def page_of(rows: list[Any]) -> Fault:
    """Answer with these rows, whatever was asked."""
    return lambda handler: handler.send(200, rows)


def cut(handler: Handler) -> None:
    """Half a page, then the connection ends."""
    body = json.dumps([{"id": "half/a-row", "tags": ["x" * 1_000]}] * 50).encode()
    handler.send_raw(200, body[: len(body) // 2], {"Content-Type": "application/json"}, len(body))


def stall(seconds: float) -> Fault:
    """Say nothing for a while, then nothing more."""

    def fault(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return fault


def drip(seconds: float) -> Fault:
    """A byte now and then, each before a read times out: a slow loris."""

    def fault(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(1_000):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(seconds)

    return fault


def packed(megabytes: int) -> bytes:
    """A small gzip body that unpacks to this many megabytes, but for its last few bytes."""
    press = zlib.compressobj(9, wbits=31)
    head, piece = (
        press.compress(b" " * 1_000_000) + press.flush(zlib.Z_FULL_FLUSH) for _ in range(2)
    )
    return head + piece * (megabytes - 1)  # packed once: a full flush makes all pieces alike


def bomb(megabytes: int) -> Fault:
    """Answer with such a body."""
    body = packed(megabytes)
    return lambda handler: handler.send_raw(200, body, {"Content-Encoding": "gzip"})


def next_link(target: str) -> Fault:
    """The page that was asked for, with another next link."""
    return lambda handler: handler.send_page(link=lambda _: target)


def main() -> None:
    """Serve from the command line."""
    parser = argparse.ArgumentParser(description="A Hub on this machine that replays model rows.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--rows", type=Path, action="append", metavar="FILE")
    parser.add_argument("--page-rows", type=int, default=MAX_LIMIT, help="the most on one page")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS")
    given = parser.parse_args()
    rows = read_rows(given.rows) if given.rows else fixture_rows()
    with Server(rows, port=given.port, delay=given.delay, page_rows=given.page_rows) as hub:
        print(hub.url, flush=True)
        try:
            hub._thread.join()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
