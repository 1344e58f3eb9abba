"""One writer at a time: a lock that the system frees with its process, and who holds it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from catalog.errors import SyncRunning
from catalog.store import disk

LOCK = "sync.lock"
OWNER = "sync.owner.json"
NAMELESS = "its owner left no name"
NAMED_WITHIN_SECONDS = 0.5
POLL_SECONDS = 0.02


@contextmanager
def held(root: Path, now: datetime) -> Iterator[None]:
    """Hold the sync lock of a catalog folder; raises SyncRunning naming who has it.

    The lock is the kernel's, so that of a dead process is free at once, whatever the note about
    its owner says; the note is for people.
    """
    root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(root / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SyncRunning(_named(root)) from None
    try:
        note = {"pid": os.getpid(), "host": socket.gethostname(), "started": now.isoformat()}
        disk.put_text(root / OWNER, json.dumps(note))
        yield
    finally:
        (root / OWNER).unlink(missing_ok=True)
        lock.release()


def owner(root: Path) -> str:
    """Who holds the lock, in words."""
    return _note(root) or NAMELESS


def _named(root: Path) -> str:
    """The owner; one that has just won the lock is given a moment to write its name."""
    deadline = time.monotonic() + NAMED_WITHIN_SECONDS
    while _note(root) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return owner(root)


def _note(root: Path) -> str | None:
    try:
        note = json.loads((root / OWNER).read_text("utf-8"))
        began = datetime.fromisoformat(note["started"]).astimezone(UTC)
        return f"process {note['pid']} on {note['host']}, since {began:%Y-%m-%d %H:%M} UTC"
    except (OSError, ValueError, TypeError, KeyError):
        return None
