"""The Ollama library and its registry on this machine: pages as people see them, and manifests.

    python tests/replay/ollama.py --port 0 [--rows FILE] [--markup marked|plain|bare]

prints its address, which serves as CARDEX_OLLAMA_LIBRARY and as CARDEX_OLLAMA_REGISTRY, until it is
stopped. FILE is a JSON list of models as tests/fixtures/ollama/library.json. Names, tags and sizes
there are real; manifests are made of them here, so the digests are our own. `Server` is the same
for tests, with a log of requests and a plan of faults.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import html
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "ollama"
MARKUPS = ("marked", "plain", "bare")
IMAGE = "application/vnd.ollama.image."
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"

Fault = Callable[["Handler"], None]


@dataclass
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]


@dataclass
class Made:
    """A manifest and the blobs that it names, without the weights."""

    body: bytes
    blobs: dict[str, bytes]

    @property
    def digest(self) -> str:
        """What the registry and, in its first 12 digits, the library call it."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass
class Server:
    """Library and registry of a test; `faults[n]` answers the n-th request (from 0)."""

    models: list[dict[str, Any]]
    markup: str = "marked"
    faults: dict[int, Fault] = field(default_factory=dict)
    always: Fault | None = None
    at: dict[str, Fault] = field(default_factory=dict)  # by path; a folder when it ends in /
    pages: dict[str, bytes] = field(default_factory=dict)  # sent as they are, by path
    delay: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    host: str = "127.0.0.1"

    def __enter__(self) -> Server:
        self.made = {
            (model["name"], key): make_manifest(model, key, facts)
            for model in self.models
            for key, facts in model["manifests"].items()
        }
        self.blobs = {
            name: body for made in self.made.values() for name, body in made.blobs.items()
        }
        handler = type("BoundHandler", (Handler,), {"site": self})
        self._http = ThreadingHTTPServer((self.host, self.port), handler)
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
    def url(self) -> str:
        """Its address, as both settings take it."""
        return f"http://{self.host}:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]

    def note(self, asked: Asked) -> int:
        """Log a request; returns its number."""
        with self._lock:
            self.asked.append(asked)
            return len(self.asked) - 1

    def model(self, name: str) -> dict[str, Any] | None:
        """The facts of one model."""
        return next((model for model in self.models if model["name"] == name), None)

    def shown_id(self, model: str, key: str) -> str:
        """The twelve digits on the page."""
        return self.made[model, key].digest[:12]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    site: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; 40 ms a page otherwise

    def do_GET(self) -> None:
        """One request: a fault where one is planned, else a page, a manifest or a blob."""
        path = urlsplit(self.path).path
        headers = {name.lower(): value for name, value in self.headers.items()}
        number = self.site.note(Asked(path, headers))
        folders = (fault for start, fault in self.site.at.items() if _within(path, start))
        fault = self.site.faults.get(number) or next(folders, self.site.always)
        if self.site.delay:
            time.sleep(self.site.delay)
        if fault is not None:
            fault(self)
        else:
            self.answer(path)

    def answer(self, path: str) -> None:
        """What is at a path, without any fault."""
        parts = path.strip("/").split("/")
        if path in self.site.pages:
            self.send_page(self.site.pages[path])
        elif path == "/library":
            self.send_page(listing_page(self.site.models, self.site.markup).encode())
        elif len(parts) == 3 and parts[0] == "library" and parts[2] == "tags":
            self._send_tags(parts[1])
        elif len(parts) == 5 and parts[:2] == ["v2", "library"]:
            self._send_stored(*parts[2:])
        else:
            self.send(404, {"errors": [{"code": "NOT_FOUND"}]})

    def _send_tags(self, name: str) -> None:
        model = self.site.model(name)
        if model is None:
            self.send_raw(404, b"<html>404</html>", {"Content-Type": "text/html"})
            return
        ids = {key: self.site.shown_id(name, key) for key in model["manifests"]}
        self.send_page(tags_page(model, ids, self.site.markup).encode())

    def _send_stored(self, name: str, kind: str, key: str) -> None:
        model = self.site.model(name) or {"tags": []}
        if kind == "manifests":
            found = next((tag for tag in model["tags"] if tag["tag"] == key), None)
            if found is not None:
                body = self.site.made[name, found["id"]].body
                self.send_raw(200, body, {"Content-Type": MANIFEST})
                return
        elif kind == "blobs" and key in self.site.blobs:
            self.send_raw(200, self.site.blobs[key], {"Content-Type": "application/octet-stream"})
            return
        self.send(404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})

    def send_page(self, body: bytes) -> None:
        """A page, gzipped where the client takes that."""
        given = {"Content-Type": "text/html; charset=utf-8"}
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            given["Content-Encoding"] = "gzip"
        self.send_raw(200, body, given)

    def send(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        """A value as JSON."""
        body = json.dumps(value).encode()
        self.send_raw(status, body, {"Content-Type": "application/json", **(headers or {})})

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


def _within(path: str, start: str) -> bool:
    return path.startswith(start) if start.endswith("/") else path == start


def make_manifest(model: dict[str, Any], key: str, facts: dict[str, Any]) -> Made:
    """The manifest of one set of layers, in the form and order of the real registry."""
    blobs: dict[str, bytes] = {}

    def stored(body: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        blobs[digest] = body
        return {"digest": digest, "size": len(body)}

    def unstored(kind: str, size: int) -> dict[str, Any]:
        digest = hashlib.sha256(f"{model['name']} {key} {kind} {size}".encode()).hexdigest()
        return {"mediaType": f"{IMAGE}{kind}", "digest": f"sha256:{digest}", "size": size}

    layers: list[dict[str, Any]] = []
    if facts.get("remote"):
        config = {"remote_host": "https://ollama.com:443", "remote_model": key}
    else:
        form = "safetensors" if facts.get("tensors") else "gguf"
        config = {"model_format": form, "model_family": model["family"]}
        config |= {k: facts[k] for k in ("model_type", "file_type", "context_length") if k in facts}
        if facts.get("tensors"):
            layers += [unstored("tensor", size) for size in (facts["model"] - 1_000, 1_000)]
        else:
            layers.append(unstored("model", facts["model"]))
        if "projector" in facts:
            layers.append(unstored("projector", facts["projector"]))
        texts = model["license"]
        for title in [texts] if isinstance(texts, str) else texts or []:
            body = f"{title}\n{'Version 2.0, January 2004' if 'Apache' in title else ''}\n"
            layers.append({"mediaType": f"{IMAGE}license", **stored(body.encode())})
        layers.append({"mediaType": f"{IMAGE}params", **stored(b'{"temperature":1}')})
    config |= {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers"}}
    whole = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            **stored(json.dumps(config, separators=(",", ":")).encode()),
        },
        "layers": layers or [{"mediaType": f"{IMAGE}params", **stored(b"{}")}],
    }
    return Made(json.dumps(whole, separators=(",", ":")).encode(), blobs)


def listing_page(models: list[dict[str, Any]], markup: str) -> str:
    """The library page; `plain` has classes and no marks, `bare` has neither."""
    if not models:
        shelf = '<div x-test-repos id="repo"><ul role="list"><p>No models</p></ul></div>'
    else:
        items = "\n".join(_item(model, markup) for model in models)
        shelf = f'<div x-test-repos id="repo"><ul role="list">{items}</ul></div>'
    return _page(_unmarked(shelf, markup))


def _item(model: dict[str, Any], markup: str) -> str:
    name = html.escape(model["name"])
    words = "".join(
        f'<span x-test-capability class="bg-indigo-50 text-indigo-600">{word}</span>\n'
        for word in model["capabilities"]
    )
    sizes = "".join(
        f'<span x-test-size class="bg-[#ddf4ff] text-blue-600">{size}</span>\n'
        for size in model["sizes"]
    )
    stamp = f' title="{model["stamp"]}"' if model.get("stamp") else ""
    return f"""
    <li x-test-model class="flex items-baseline border-b py-6">
      <a href="/library/{name}" class="group w-full space-y-5">
        <div x-test-model-title title="{name}" class="flex flex-col">
          <h2 class="truncate text-xl"><span class="group-hover:underline">{name}</span></h2>
          <p class="max-w-lg break-words">Words about 3 Tags, 7 Pulls of them.</p>
        </div>
        <div class="flex flex-wrap space-x-2">{words}{sizes}</div>
        <p class="my-4 flex space-x-5">
          <span><span x-test-pull-count>{model["pulls"]}</span><span>&nbsp;Pulls</span></span>
          <span><span x-test-tag-count>{len(model["tags"])}</span><span>&nbsp;Tags</span></span>
          <span{stamp}>Updated&nbsp;<span x-test-updated>{model["updated"]}</span></span>
        </p>
      </a>
    </li>"""


def tags_page(model: dict[str, Any], ids: dict[str, str], markup: str) -> str:
    """The tags page of one model."""
    rows = "\n".join(_row(model, tag, ids[tag["id"]], markup) for tag in model["tags"])
    head = f"""
    <a x-test-model-name href="/library/{model["name"]}">{model["name"]}</a>
    <span x-test-pull-count>{model["pulls"]}</span> Downloads
    <h2>A model of 4GB with 1M context, says this sentence, deadbeefcafe and all.</h2>"""
    return _page(_unmarked(f"{head}<section><div>{rows}</div></section>", markup))


def _row(model: dict[str, Any], tag: dict[str, Any], shown: str, markup: str) -> str:
    name, link = f"{model['name']}:{tag['tag']}", f"/library/{model['name']}:{tag['tag']}"
    size, context = tag["size"] or "-", tag["context"] or "-"
    inputs, when = ", ".join(tag["inputs"]), tag.get("updated", model["updated"])
    if markup == "bare":
        return (
            f'<p><a href="{link}">{name}</a> <i>{shown}</i> <b>{size}</b> <b>{context}</b> '
            f"<b>{inputs}</b> {when}</p>"
        )
    sized = f"{size} • " if tag["size"] else ""
    return f"""
    <div class="group px-4 py-3">
      <a href="{link}" class="md:hidden flex flex-col space-y-[6px] group">
        <span class="group-hover:underline">{name}</span>
        <span><span class="font-mono">{shown}</span> • {sized}{context} context window •
          <span class="hidden sm:inline">{inputs} input • {when}</span></span>
      </a>
      <div class="hidden md:flex flex-col space-y-[6px]">
        <div class="grid grid-cols-12 items-center">
          <span class="col-span-6"><a href="{link}">{name}</a>
            <input class="command hidden" value="{name}" /></span>
          <p class="col-span-2 text-neutral-500">{size}</p>
          <p class="col-span-2 text-neutral-500">{context}</p>
          <div class="col-span-2 text-neutral-500">{inputs}</div>
        </div>
        <div><span class="font-mono text-[11px]">{shown}</span>&nbsp;·&nbsp;{when}</div>
      </div>
    </div>"""


def _unmarked(body: str, markup: str) -> str:
    if markup == "marked":
        return body
    parts = body.split("x-test-")
    rest = (
        part[len(part) - len(part.lstrip("abcdefghijklmnopqrstuvwxyz-")) :] for part in parts[1:]
    )
    return parts[0] + "".join(rest)


def _page(body: str) -> str:
    links = '<a href="/">Ollama</a><a href="/search">Models</a><a href="/blog">Blog</a>'
    return f"<!DOCTYPE html><html><body><nav>{links}</nav><main>{body}</main></body></html>"


def read_models(path: Path) -> list[dict[str, Any]]:
    """Models of a JSON file, plain or gzipped."""
    data = path.read_bytes()
    models: list[dict[str, Any]] = json.loads(
        gzip.decompress(data) if path.suffix == ".gz" else data
    )
    return models


def fixture_models() -> list[dict[str, Any]]:
    """The models that the tests bring along."""
    return read_models(FIXTURES / "library.json")


def main() -> None:
    """Serve from the command line."""
    parser = argparse.ArgumentParser(description="An Ollama library and registry on this machine.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--rows", type=Path, metavar="FILE")
    parser.add_argument("--markup", choices=MARKUPS, default="marked")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS")
    given = parser.parse_args()
    models = read_models(given.rows) if given.rows else fixture_models()
    with Server(models, given.markup, port=given.port, delay=given.delay) as site:
        print(site.url, flush=True)
        try:
            site._thread.join()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
