"""The state of the running sync, as a small file that any process may poll."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.records import RefreshState, SourceProgress, to_json
from catalog.refresh.progress import Progress
from catalog.store import disk, typed

FILE = "progress.json"
WRITTEN_SECONDS = 0.5  # between two writes of what is new
ALIVE_SECONDS = 5.0  # between two signs of life where nothing is
DEAD_AFTER = timedelta(seconds=30)  # without one
FETCH, PUBLISH, DONE = "fetch", "publish", "done"
STOPPED, FAILED = "stopped", "failed"
NEVER = RefreshState(running=False, phase=DONE)


class Live:
    """Keeps the file up to date from a thread of its own, while the sync holds the lock."""

    def __init__(self, root: Path, *, now: Callable[[], datetime]) -> None:
        self._path = root / FILE
        self._now = now
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="live", daemon=True)
        owner = f"process {os.getpid()} on {socket.gethostname()}"
        self._state = RefreshState(running=True, started_at=now(), owner=owner)
        self._changed = True

    def __enter__(self) -> Live:
        self._write()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._state.running:  # an error that nobody foresaw
            self.end(FAILED, "It ended before its time.")
        self._write()

    def source(self, name: str, scope: str) -> None:
        """A source begins."""
        self._put(SourceProgress(source=name, scope=scope))

    def show(self, progress: Progress) -> None:
        """What a source has come to."""
        told = {one.source: one for one in self._state.sources}
        before = told.get(progress.source) or SourceProgress(source=progress.source, scope="")
        self._put(
            replace(
                before,
                rows=progress.rows,
                quarantined=progress.rejected,
                rate=round(progress.rate, 1),
                eta_seconds=progress.eta_seconds,
                waits_until=progress.waits_until,
                note=progress.note or before.note,
            )
        )

    def done(self, name: str, *, ok: bool, stopped: bool = False, error: str | None) -> None:
        """A source has ended, well or not."""
        for one in self._state.sources:
            if one.source == name:
                note = error or one.note
                done = replace(one, done=True, ok=ok, stopped=stopped, waits_until=None, note=note)
                self._put(done)

    def phase(self, phase: str) -> None:
        """The sync as a whole goes on to another phase."""
        self._set(phase=phase)

    def end(self, phase: str, message: str | None) -> None:
        """How the sync ended."""
        self._set(running=False, phase=phase, message=message)

    def _put(self, one: SourceProgress) -> None:
        with self._lock:
            told = {known.source: known for known in self._state.sources}
            told[one.source] = one
            self._state = replace(self._state, sources=tuple(told.values()))
            self._changed = True

    def _set(self, **facts: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **facts)
            self._changed = True

    def _keep(self) -> None:
        quiet = 0.0
        while not self._ended.wait(WRITTEN_SECONDS):
            quiet += WRITTEN_SECONDS
            if self._changed or quiet >= ALIVE_SECONDS:
                self._write()
                quiet = 0.0

    def _write(self) -> None:
        with self._lock:
            state = replace(self._state, updated_at=datetime.now(UTC))
            self._changed = False
        document = {**to_json(state), "pid": os.getpid(), "host": socket.gethostname()}
        try:
            disk.put_text(self._path, json.dumps(document, ensure_ascii=False))
        except OSError:
            return  # a full disk: the sync itself will say so


def state(root: Path, *, now: datetime | None = None) -> RefreshState:
    """The sync of a catalog, running or just over; one that died is told as stopped."""
    document = _document(root)
    told = None if document is None else _state_of(document)
    if document is None or told is None:
        return NEVER
    if told.running and not _lives(document, told, now or datetime.now(UTC)):
        return replace(told, running=False, phase=FAILED, message=_stopped(told))
    host = document.get("host")
    foreign = told.running and isinstance(host, str) and host != socket.gethostname()
    return replace(told, elsewhere=host if foreign else None)


def writer(root: Path) -> int | None:
    """The process of this machine that wrote the state last."""
    document = _document(root) or {}
    pid = document.get("pid")
    return pid if document.get("host") == socket.gethostname() and isinstance(pid, int) else None


def _document(root: Path) -> Mapping[str, Any] | None:
    try:
        document = json.loads((root / FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _state_of(document: Mapping[str, Any]) -> RefreshState | None:
    try:
        return typed.record(RefreshState, document)
    except ValueError:
        return None


def _lives(document: Mapping[str, Any], told: RefreshState, now: datetime) -> bool:
    """Whether its process is there and gave a sign of life of late.

    A number alone may be that of another process by now; on another machine only the sign counts.
    """
    if told.updated_at is None or now - told.updated_at > DEAD_AFTER:
        return False
    return document.get("host") != socket.gethostname() or _exists(document.get("pid"))


def _exists(pid: object) -> bool:
    if not isinstance(pid, int) or pid <= 0:
        return False
    if os.name == "nt":  # where os.kill would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # no number of a process is so large
        return False
    except OSError:
        return True  # of another user
    return True


def _stopped(told: RefreshState) -> str:
    began = (
        "" if told.started_at is None else f" that began at {told.started_at:%Y-%m-%d %H:%M} UTC"
    )
    return f"The sync{began} was stopped before its end. The next one goes on from there."
