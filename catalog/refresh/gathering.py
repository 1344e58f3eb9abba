"""What is to be merged, wherever it comes from: the bundled catalog, a generation, staged parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.errors import CatalogError, SnapshotDamaged
from catalog.store import snapshot
from catalog.store.columns import Columns, Filler, Shelf
from catalog.store.schema import FILES, MODELS

STARTER = Path(__file__).resolve().parents[1] / "starter"


class Tables(NamedTuple):
    """Models and their files in the form of catalog.store.schema."""

    models: pa.Table
    files: pa.Table


class Catalog(NamedTuple):
    """Models and their files as columns that are read one by one."""

    models: Columns
    files: Columns


class Parted(Protocol):
    """Rows that come in parts of a page or so, because there may be millions."""

    def parts(self) -> Iterator[Tables]:
        """Models with their files, part by part; a ref is in one part only."""
        ...


def gathered(rows: Tables | Parted, shelf: Shelf) -> Catalog:
    """Rows as columns; what comes in parts is written down, a few parts at a time."""
    if isinstance(rows, Tables):
        return Catalog(*rows)
    models, files = Filler(shelf, MODELS), Filler(shelf, FILES)
    for part in rows.parts():
        models.add(part.models)
        files.add(part.files)
    return Catalog(models.done(), files.done())


def standing(root: Path) -> Catalog:
    """The catalog as it is now: the current generation, else the bundled one."""
    try:
        return Catalog(*snapshot.open_current(root).lean())
    except CatalogError:
        return Catalog(*starter())


def starter() -> Tables:
    """The bundled catalog."""
    try:
        return Tables(
            pq.read_table(STARTER / "models.parquet", schema=MODELS),
            pq.read_table(STARTER / "files.parquet", schema=FILES),
        )
    except (OSError, pa.ArrowException) as error:
        raise SnapshotDamaged(
            "The bundled catalog cannot be read. Install Cardex again."
        ) from error


def part(folder: Path, number: int, name: str) -> Path:
    """Where a staged batch keeps its models, files or rejections."""
    return folder / f"part-{number:06d}.{name}"
