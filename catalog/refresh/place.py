"""Where the catalog lies, with something in it from the first moment on."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import CatalogError, StoreUnwritable, SyncRunning
from catalog.records import SourceRun
from catalog.refresh import lock
from catalog.refresh.gathering import Catalog, starter
from catalog.refresh.publishing import finished
from catalog.settings import Settings
from catalog.store import runs, snapshot

WAIT_SECONDS = 120.0  # for another process that is just publishing the starter
POLL_SECONDS = 0.2
LOST = (
    "No generation of the catalog could be read any more; the bundled catalog is shown instead. "
    "A sync brings today's facts back."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The folder of the generations, and what a visitor should know about it."""

    root: Path
    notice: str | None = None


def ensure_catalog(settings: Settings) -> Place:
    """A folder with a readable generation: the starter is published where there is none."""
    root = settings.catalog_dir
    try:
        lost = _ensure(root)
    except (OSError, StoreUnwritable) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return _temporary(f"{settings.data_dir} cannot be written ({reason.rstrip('.')})")
    return Place(root=root, notice=LOST if lost else None)


def publish_starter(root: Path, now: datetime) -> str:
    """Make the bundled catalog a generation like any other; the caller holds the lock."""
    tables = starter()
    sources = sorted(set(tables.models["source"].to_pylist()))
    begun = [
        SourceRun(source=source, scope="starter", started_at=now, finished_at=now, ok=True)
        for source in sources
    ]
    # by the rules of this version, as after every sync
    with snapshot.shelf(root) as shelf:
        return finished(root, Catalog(*tables), shelf, runs=begun, now=now)


def readable(root: Path) -> bool:
    """Whether some generation of the folder can be opened."""
    try:
        snapshot.open_current(root)
    except CatalogError:
        return False
    return True


def _ensure(root: Path) -> bool:
    """Make the catalog readable; whether there was one before that no longer is."""
    deadline = time.monotonic() + WAIT_SECONDS
    lost = False
    while not readable(root):
        now = datetime.now(UTC)
        try:
            with lock.held(root, now):
                if not readable(root):
                    lost = bool(snapshot.generations(root))
                    publish_starter(root, now)
                    if lost:
                        _remember_loss(root, now)
        except SyncRunning:
            # The first thing a sync does in an empty folder is to publish the starter.
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
    return lost


def _remember_loss(root: Path, now: datetime) -> None:
    """For the processes that open the catalog later, and for the Sources page."""
    lost = [
        SourceRun(
            source=source, scope="starter", started_at=now, finished_at=now, ok=False, error=LOST
        )
        for source in sorted(set(starter().models["source"].to_pylist()))
    ]
    runs.append(root, lost)


def _temporary(why: str) -> Place:
    folder = Path(tempfile.mkdtemp(prefix="cardex-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    publish_starter(folder, datetime.now(UTC))
    return Place(
        root=folder,
        notice=f"{why}; the bundled catalog is shown from a temporary folder that goes with this "
        "process.",
    )
