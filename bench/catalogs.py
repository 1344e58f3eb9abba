"""Published catalogs of every size that is measured, kept between runs under bench/data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from bench import generate
from catalog.store import snapshot
from catalog.store.schema import FILES, MODELS

STORE = Path(__file__).resolve().parents[1] / "catalog" / "store"
STARTER = "starter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where a published catalog lies and how large it is."""

    root: Path  # `catalog` in a data folder of its own, as the app wants it
    rows: int
    bytes_on_disk: int


def published(size: str, *, seed: int = 1) -> Published:
    """The catalog of a size ("starter" or a number of rows), written if it is not there yet."""
    root = generate.DATA / f"catalog-{size}-{seed}-{_state()}" / "catalog"
    if snapshot.current_id(root) is None:
        generate.forget(f"catalog-{size}-{seed}-*")
        if size == STARTER:
            models = pq.read_table(generate.STARTER / "models.parquet").select(MODELS.names)
            files = pq.read_table(generate.STARTER / "files.parquet").select(FILES.names)
        else:
            models, files = generate.tables(int(size), seed=seed)
        models, files = models.cast(MODELS), files.cast(FILES)
        snapshot.publish(root, models, files, runs=(), now=datetime.now(UTC))
    rows = len(snapshot.open_current(root))
    folder = root / "snapshots" / str(snapshot.current_id(root))
    on_disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Published(root=root, rows=rows, bytes_on_disk=on_disk)


def rows_of(text: str) -> str:
    """`100k`, `1m`, `3.1m` or `starter` as the name of a size."""
    text = text.strip().lower()
    if text == STARTER:
        return text
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:], 1)
    return str(round(float(text.rstrip("km")) * factor))


def _state() -> str:
    """Short hash of what writes a generation and of what is written."""
    digest = hashlib.sha256(generate.recipe().encode())
    for path in sorted(STORE.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
