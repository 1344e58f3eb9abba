"""A sync as a process of its own: started, watched and asked to end from an app or a command."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import Offline, StoreUnwritable, SyncOutOfReach, SyncRunning
from catalog.records import RefreshState
from catalog.refresh import live
from catalog.settings import Settings, environment
from catalog.sources import SOURCES

OUTPUT = "sync.output.txt"  # what the last process that was started here said
_SOURCE_TREE = Path(__file__).resolve().parents[2]
_LEAVING_SECONDS = 2.0
_LINE = 500  # characters of the last line of the output that are worth showing


class Refresher:
    """Starts syncs of one catalog; threads share it freely."""

    def __init__(
        self, settings: Settings, root: Path, *, environ: Mapping[str, str] | None = None
    ) -> None:
        self._settings = settings
        self._root = root
        self._environ = environ
        self._lock = threading.RLock()  # of two clicks at once only one starts something
        self._child: subprocess.Popen[bytes] | None = None
        self._started_at: datetime | None = None

    def state(self) -> RefreshState:
        """The sync that runs, whoever started it, or how the last one ended."""
        told = live.state(self._root)
        with self._lock:
            child, started = self._child, self._started_at
            ended = child.poll() if child is not None else None  # also lets a dead child go
        if child is None or told.running or live.writer(self._root) == child.pid:
            return told
        if ended is not None and started and told.updated_at and told.updated_at >= started:
            return told  # another one has run since
        if ended is None:  # it has not come as far as its first word
            owner = f"process {child.pid}"
            return RefreshState(running=True, started_at=started, owner=owner)
        message = self._last_words() or "The sync ended before it began."
        return replace(live.NEVER, phase=live.FAILED, started_at=started, message=message)

    def start(
        self, sources: Sequence[str] = (), *, full: bool = False, model: str | None = None
    ) -> None:
        """Start a sync that outlives this process; Offline, SyncRunning or StoreUnwritable.

        With `model`, a ref of the Hub, that one alone is asked for in full.
        """
        if not set(sources) <= set(SOURCES):  # they become arguments of a command
            raise ValueError(f"{sources!r} are not all names of sources")
        if self._settings.offline:
            raise Offline("CARDEX_OFFLINE forbids going out, so no sync was started.")
        command = [sys.executable, "-P", "-m", "catalog", "sync", *sources]
        with self._lock:
            if self._child is not None and not self.state().running:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._child.wait(_LEAVING_SECONDS)  # it may hold the lock a moment longer
            running = self.state()
            if running.running:
                raise SyncRunning(running.owner or "its owner left no name")
            self._started_at = datetime.now(UTC)
            options = ["--full"] if full else [f"--model={model}"] if model else []
            self._child = self._launched([*command, *options])

    def stop(self) -> None:
        """Ask the running sync to end after its page; it keeps what it has fetched.

        Raises SyncOutOfReach where a signal from here does not reach it.
        """
        running = live.state(self._root)
        with self._lock:
            child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
        elif running.running:
            _end(live.writer(self._root), running)

    def _launched(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with (self._root / OUTPUT).open("wb") as output:
                return subprocess.Popen(  # noqa: S603 - our own program, and names of sources
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self._environment(),
                    start_new_session=True,  # a signal to the server is none to the sync
                )
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise StoreUnwritable(f"A sync could not be started: {why}.") from error

    def _environment(self) -> dict[str, str]:
        """That of this process; the folder of its sync is that of its catalog, wherever it runs."""
        given = dict(environment() if self._environ is None else self._environ)
        paths = [str(_SOURCE_TREE), *filter(None, [given.get("PYTHONPATH")])]
        given["PYTHONPATH"] = os.pathsep.join(paths)
        given["CARDEX_DATA_DIR"] = str(self._settings.data_dir)
        return given

    def _last_words(self) -> str | None:
        try:
            lines = (self._root / OUTPUT).read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            return None
        return lines[-1].removeprefix("cardex: ")[:_LINE] if lines else None


def _end(pid: int | None, running: RefreshState) -> None:
    who = running.owner or "another process"
    if pid is None:
        raise SyncOutOfReach(f"The sync is {who}; it can be ended only there, with `kill PID`.")
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return  # it has just ended
    except PermissionError:
        raise SyncOutOfReach(
            f"The sync is {who}, of another user of this machine; only that one may end it."
        ) from None
