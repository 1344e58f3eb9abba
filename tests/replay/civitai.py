"""A CivitAI on this machine: replays items over HTTP with the paging of the real list, faults too.

    python tests/replay/civitai.py --port 0 [--rows FILE] [--delay SECONDS]

prints its address and serves until it is stopped. FILE holds a JSON list of items, one item, or an
answer of the site. `Server` is the same for tests, with a log of requests and a plan of faults.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

if __name__ == "__main__":  # as a script, its neighbours are modules of their own
    import server as replay
else:
    from tests.replay import server as replay

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "civitai"
PATH = "/api/v1/models"
MAX_LIMIT = 100
MAX_OFFSET = 1_000  # page * limit

TYPES = frozenset(
    """Checkpoint TextualInversion Hypernetwork AestheticGradient LORA LoCon DoRA Controlnet
    Upscaler MotionModule VAE TextEncoder UNet CLIPVision Poses Wildcards Workflows ComfyWorkflows
    Detection VisionLanguage CLIP LLM Other""".split()  # noqa: SIM905 - a list of words
)
# The sort key of a cursor, as parts of an item.
SORTS: dict[str, tuple[str, ...]] = {
    "Highest Rated": ("thumbsUpCount", "downloadCount", "id"),
    "Most Downloaded": ("downloadCount", "thumbsUpCount", "id"),
    "Newest": ("published", "id"),
    "Oldest": ("published", "id"),
}
CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    b"<body>Enable JavaScript and cookies to continue</body></html>"
)
# What the site leaves out of any list that goes beyond the lowest levels.
CHILD_TAGS = frozenset({"child", "toddler", "teenager", "loli", "shota"})


@dataclass
class Server(replay.Server):
    """The site of a test; `short[n]` cuts the n-th page (from 0) to so many items, even to none."""

    short: dict[int, int] = field(default_factory=dict)
    cursors: dict[int, str | None] = field(default_factory=dict)  # nextCursor of the n-th answer

    @property
    def handler(self) -> type[replay.Handler]:
        """What answers a connection."""
        return Handler


class Handler(replay.Handler):
    """Answers one connection as the list route does."""

    hub: Server

    def do_GET(self) -> None:
        """One request: a fault where one is planned, else a page of models."""
        target = urlsplit(self.path)
        self.params = replay.parse_qs(target.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.number = self.hub.note(replay.Asked(target.path, self.params, headers))
        fault = self.hub.faults.get(self.number, self.hub.always)
        if self.hub.delay:
            replay.time.sleep(self.hub.delay)
        if fault is not None:
            fault(self)
        elif target.path != PATH:
            self.send(404, {"error": "Not Found"})
        else:
            self._list()

    def _list(self) -> None:
        refusal = self._refusal()
        if refusal is not None:
            self.send(*refusal)
            return
        rows = self._selected()
        start = self._start(rows)
        if start is None:
            keys = SORTS[self._sort()]
            self.send(400, {"error": f"Invalid cursor: expected {len(keys)} value(s)"})
            return
        size = min(self._limit(), self.hub.short.get(self.number, MAX_LIMIT))
        page = rows[start : start + size]
        metadata: dict[str, Any] = {}
        cursor = _cursor(rows[start + size], self._sort()) if start + size < len(rows) else None
        cursor = self.hub.cursors.get(self.number, cursor)
        if cursor is not None:
            pairs = [(key, value) for key, values in self.params.items() for value in values]
            query = urlencode([*(one for one in pairs if one[0] != "cursor"), ("cursor", cursor)])
            # The site names another host there than the one that was asked, and so do we.
            metadata = {
                "nextCursor": cursor,
                "nextPage": f"https://api.civitai.example{PATH}?{query}",
            }
        self.send(200, {"items": page, "metadata": metadata}, dict(self.hub.headers))

    def _refusal(self) -> tuple[int, object] | None:
        if self._limit() > MAX_LIMIT:
            return 400, zod("limit", "Number must be less than or equal to 100")
        if self._sort() not in SORTS:
            return 400, zod("sort", "Invalid enum value")
        if not set(self.params.get("types", [])) <= TYPES:
            return 400, zod("types", "Invalid enum value")
        if "browsingLevel" in self.params:
            return 400, zod("browsingLevel", "Unrecognized key")
        page = self._one("page", "1")
        if not page.isdigit() or int(page) * self._limit() > MAX_OFFSET:
            words = "You've requested too many pages, please use cursors instead"
            return 429, {"error": words}
        return None

    def _limit(self) -> int:
        text = self._one("limit", str(MAX_LIMIT))
        return int(text) if text.isdigit() else MAX_LIMIT + 1

    def _sort(self) -> str:
        return self._one("sort", "Highest Rated")

    def _selected(self) -> list[dict[str, Any]]:
        types = set(self.params.get("types", []))
        everything = self._one("nsfw") in {"true", "1", "yes"}
        rows = [
            row
            for row in self.hub.rows
            if (not types or row.get("type") in types) and _listed(row, everything)
        ]
        return sorted(rows, key=lambda row: _key(row, self._sort()), reverse=True)

    def _start(self, rows: list[dict[str, Any]]) -> int | None:
        """Where the page begins: at the item whose key the cursor is; None for an unfit cursor."""
        cursor = self._one("cursor")
        if not cursor:
            return (int(self._one("page", "1")) - 1) * self._limit()
        parts = cursor.split("|")
        keys = SORTS[self._sort()]
        if len(parts) != len(keys):
            return None
        try:
            wanted = tuple(_read(part, key) for part, key in zip(parts, keys, strict=True))
        except ValueError:
            return None
        before = (n for n, row in enumerate(rows) if _key(row, self._sort()) <= wanted)
        return next(before, len(rows))


def zod(field: str, message: str) -> dict[str, Any]:
    """The body of a validation error."""
    issue = {"code": "custom", "path": [field], "message": message}
    return {"error": {"name": "ZodError", "issues": [issue]}}


def challenge(status: int = 403) -> replay.Fault:
    """The browser check of Cloudflare."""
    headers = {"Content-Type": "text/html; charset=UTF-8", "cf-mitigated": "challenge"}
    return lambda handler: handler.send_raw(status, CHALLENGE, headers)


def _listed(row: dict[str, Any], everything: bool) -> bool:
    if row.get("poi"):  # never in a list
        return False
    if everything:
        return not (row.get("minor") or CHILD_TAGS & set(row.get("tags") or ()))
    level = row.get("nsfwLevel")
    return level is None or bool(level & 1)


def _key(row: dict[str, Any], sort: str) -> tuple[Any, ...]:
    return tuple(_part(row, name) for name in SORTS[sort])


def _part(row: dict[str, Any], name: str) -> Any:
    if name == "id":
        return row["id"]
    if name == "published":
        dates = [one.get("publishedAt") or one.get("createdAt") for one in row["modelVersions"]]
        return max((date for date in dates if isinstance(date, str)), default="")
    return row.get("stats", {}).get(name) or 0


def _read(part: str, name: str) -> Any:
    return part if name == "published" else int(part)


def _cursor(row: dict[str, Any], sort: str) -> str:
    return "|".join(str(part) for part in _key(row, sort))


def read_rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Items of lists, of single files and of recorded answers, each id once."""
    rows: dict[int, dict[str, Any]] = {}
    for path in paths:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            found = found.get("items", [found])
        rows.update({row["id"]: row for row in found})
    return list(rows.values())


def fixture_rows() -> list[dict[str, Any]]:
    """The items that the tests bring along."""
    return read_rows([FIXTURES / "models.json"])


def main() -> None:
    """Serve from the command line."""
    parser = argparse.ArgumentParser(description="A CivitAI on this machine that replays items.")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--rows", type=Path, action="append", metavar="FILE")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS")
    given = parser.parse_args()
    rows = read_rows(given.rows) if given.rows else fixture_rows()
    with Server(rows, port=given.port, delay=given.delay) as site:
        print(site.url, flush=True)
        try:
            site._thread.join()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
