"""Rows per CPU-second from raw pages of the Hub, ours and through huggingface_hub's ModelInfo.

Every way starts from the same bytes, runs in a process of its own and ends on the disk:

- `snapshot`: Cardex. JSON, records with all fields of a catalog, staged Parquet pages (each synced
  and followed by a checkpoint), then the merge with the bundled catalog and a generation to ask.
- `staged`: the part of it that a page takes while it is fetched.
- `plain`: JSON, `ModelInfo` objects, their own attributes as a pandas frame, Parquet. It has no
  license verdict, no parameters from names, no quantization, no index.
- `same fields`: JSON, `ModelInfo` objects, then the fields of a catalog row, which cost the peer
  what they cost us (it is spared to read them from the objects: it gets the raw row beside it),
  and a pandas frame of them, Parquet. No files, no settling with bases, no index.
"""

from __future__ import annotations

import copy
import gzip
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from huggingface_hub.hf_api import ModelInfo

from catalog.normalize import hub_row
from catalog.refresh import publishing, staging
from catalog.refresh.place import publish_starter
from catalog.refresh.staged import Staged
from catalog.sources.base import Batch
from catalog.sources.http import Answer, json_of
from catalog.store.schema import MODELS

WAYS = ("snapshot", "staged", "plain", "same fields")
PAGE = 1_000
ROUNDS = 3
_ROOT = Path(__file__).resolve().parents[1]
_FIXTURES = _ROOT / "tests" / "fixtures" / "huggingface" / "list_rows.json"
_PLAIN = (
    *("id", "author", "sha", "created_at", "last_modified", "private", "gated", "downloads"),
    *("downloads_all_time", "likes", "library_name", "tags", "pipeline_tag", "trending_score"),
)


def pages(rows: int, source: Path | None = None) -> list[bytes]:
    """Pages as the Hub sends them: real rows again and again, each time under another name."""
    if source is not None:
        with gzip.open(source) as lines:
            real = [json.loads(line) for line in lines]
    else:
        real = json.loads(_FIXTURES.read_text("utf-8"))
    real = [row for row in real if isinstance(row, dict) and isinstance(row.get("id"), str)]
    found = []
    for number in range(rows):
        row = copy.copy(real[number % len(real)])
        row["id"] = f"{row['id']}-{number // len(real)}" if number >= len(real) else row["id"]
        found.append(row)
    return [json.dumps(found[at : at + PAGE]).encode() for at in range(0, rows, PAGE)]


def measure(rows: int, source: Path | None = None) -> dict[str, list[float]]:
    """CPU-seconds of each way, ROUNDS times, taking turns."""
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "pages"
        raw.mkdir()
        for number, page in enumerate(pages(rows, source)):
            (raw / f"{number:06d}.json").write_bytes(page)
        for _ in range(ROUNDS):
            for way in WAYS:
                with tempfile.TemporaryDirectory(dir=folder) as target:
                    seconds[way].append(_alone(way, raw, Path(target)))
    return seconds


def _alone(way: str, raw: Path, target: Path) -> float:
    command = [sys.executable, "-m", "bench.ingest", way, str(raw), str(target)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=_ROOT)
    return float(done.stdout)


def _read(raw: Path) -> Iterator[list[Any]]:
    for path in sorted(raw.glob("*.json")):
        answer = Answer(status=200, headers={}, body=path.read_bytes())
        yield json_of(answer, "The Hub")


def _staged(raw: Path, target: Path) -> staging.Staging:
    now = datetime.now(UTC)
    stage = staging.begin(target, source="huggingface", scope="full", endpoint="raw", now=now)
    for number, page in enumerate(_read(raw)):
        rows = tuple(hub_row.to_record(row, fetched_at=now) for row in page)
        stage.add(Batch(cursor=str(number), rows=rows))
    stage.end()
    return stage


def _snapshot(raw: Path, target: Path) -> None:
    incoming = publishing.Incoming(rows=Staged(_staged(raw, target)), source="huggingface")
    publishing.publish(target, [incoming], runs=(), now=datetime.now(UTC))


def _plain(raw: Path, target: Path) -> None:
    rows = []
    for path in sorted(raw.glob("*.json")):
        infos = [ModelInfo(**row) for row in json.loads(path.read_bytes())]
        rows += [{name: getattr(info, name) for name in _PLAIN} for info in infos]
    frame = pd.DataFrame(rows)
    frame["gated"] = frame["gated"].astype(str)
    frame.to_parquet(target / "models.parquet", compression="zstd")


def _same_fields(raw: Path, target: Path) -> None:
    now = datetime.now(UTC)
    rows = []
    for path in sorted(raw.glob("*.json")):
        page = json.loads(path.read_bytes())
        infos = [ModelInfo(**row) for row in page]
        for row, _ in zip(page, infos, strict=True):
            record, _files = hub_row.to_record(row, fetched_at=now)
            rows.append({name: getattr(record, name) for name in MODELS.names})
    pd.DataFrame(rows).to_parquet(target / "models.parquet", compression="zstd")


def main() -> None:
    """One way, as named on the command line; prints its CPU-seconds."""
    way, raw, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    run: dict[str, Callable[[Path, Path], object]] = {
        "snapshot": _snapshot,
        "staged": _staged,
        "plain": _plain,
        "same fields": _same_fields,
    }
    if way == "snapshot":
        publish_starter(target, datetime.now(UTC))
    begun = time.process_time()
    run[way](raw, target)
    sys.stdout.write(str(time.process_time() - begun))


if __name__ == "__main__":
    main()
