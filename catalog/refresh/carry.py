"""A catalog that came as a file: it becomes the next generation, the one before stays on disk."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import StoreUnwritable
from catalog.refresh import lock
from catalog.settings import Settings
from catalog.store import changes, pack, snapshot


def import_pack(settings: Settings, source: Path) -> tuple[str, int]:
    """Publish what `snapshot export` wrote; gives the new generation's id and its models."""
    models, files = pack.read(source)
    root, now = settings.catalog_dir, datetime.now(UTC)
    try:
        with lock.held(root, now):
            generation = snapshot.publish(root, models, files, runs=(), now=now)
            changes.catch_up(root)
            return generation, models.num_rows
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreUnwritable(f"{root} cannot be written: {why}.") from error
