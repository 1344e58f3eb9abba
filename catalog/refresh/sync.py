"""One sync: run the sources, keep the old rows of a failed one, publish a generation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from catalog.errors import CatalogError, StoreUnwritable, SyncError, SyncRefused, SyncRunning
from catalog.records import SourceRun
from catalog.refresh import installing, lock, publishing, scopes
from catalog.refresh.live import Live
from catalog.refresh.place import publish_starter, readable
from catalog.refresh.progress import Report, silent
from catalog.refresh.publishing import Incoming
from catalog.refresh.runlog import RunLog
from catalog.refresh.staging import Staging
from catalog.refresh.telling import Teller
from catalog.refresh.walking import GOES_ON, Ground, Outcome, Walk, stopped
from catalog.settings import Settings
from catalog.sources import SOURCES, Selection, SourceMaker
from catalog.store import changes, snapshot
from catalog.store import runs as past_runs

# Exit statuses: 75 is EX_TEMPFAIL of sysexits.h, 143 what a shell tells of SIGTERM.
DONE, FAILED, RUNNING, STOPPED_STATUS = 0, 1, 75, 143
_LISTENING_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """How a sync ended: an exit status, a run for each source, the generation that answers now."""

    exit_code: int
    runs: tuple[SourceRun, ...] = ()
    generation: str | None = None
    message: str | None = None  # why nothing could be done at all, one sentence


def _utc_now() -> datetime:
    return datetime.now(UTC)


def run(
    settings: Settings,
    sources: Sequence[str],
    *,
    limit: int | None = None,
    full: bool = False,
    models: Sequence[str] = (),
    progress: Report = silent,
    now: Callable[[], datetime] = _utc_now,
    makers: Mapping[str, SourceMaker] = SOURCES,
    stop: threading.Event | None = None,
) -> RefreshReport:
    """Pull from the sources into a new generation; every failure is in the report, none is raised.

    What a killed, stopped or failed sync of the same scope has fetched within a day is not fetched
    again. With `models`, refs of one source, these alone are asked for, each in full. Once `stop`
    is set the sync ends after the page at hand and publishes nothing.
    """
    root = settings.catalog_dir
    wanted = Selection(
        top=settings.sync_top, limit=limit, full=full, models=tuple(dict.fromkeys(models))
    )
    chosen = {name: makers[name] for name in sources}
    log = RunLog(root, now=now, secrets=(settings.hf_token, settings.civitai_token))
    try:
        with lock.held(root, now()), Live(root, now=now) as state:
            teller = Teller(progress, state, log, now)
            log.write("begin", sources=list(chosen), scope=wanted.scope)
            report = _report(
                lambda: _Sync(settings, wanted, teller, now, stop or threading.Event()).run(chosen),
                root,
            )
            teller.ended(report.exit_code, _last_word(report), report.generation)
            return report
    except SyncRunning as error:
        return RefreshReport(exit_code=RUNNING, message=str(error))
    except OSError as error:
        return _unwritable(root, error)


def _report(sync: Callable[[], RefreshReport], root: Path) -> RefreshReport:
    try:
        return sync()
    except OSError as error:
        return _unwritable(root, error)
    except (CatalogError, SyncError) as error:
        return RefreshReport(exit_code=FAILED, message=str(error))


def _last_word(report: RefreshReport) -> str:
    short = [one.source for one in report.runs if one.doubted and one.published]
    failed = [one.source for one in report.runs if not one.ok and one.source not in short]
    if report.message is None and failed:
        return f"{', '.join(failed)} failed; the last good rows stay."
    if report.message is None and short:
        return f"{', '.join(short)} listed far fewer models than expected; no model was removed."
    return report.message or f"The catalog is at generation {report.generation}."


def _unwritable(root: Path, error: OSError) -> RefreshReport:
    why = error.strerror or error
    message = f"{root} cannot be written ({why}); nothing was changed."
    return RefreshReport(exit_code=FAILED, message=message)


class _Sync:
    """The steps of one sync, under the lock."""

    def __init__(
        self,
        settings: Settings,
        wanted: Selection,
        teller: Teller,
        now: Callable[[], datetime],
        stop: threading.Event,
    ) -> None:
        self._root = settings.catalog_dir
        self._settings = settings
        self._wanted = wanted
        self._teller = teller
        self._now = now
        self._stop = stop

    def run(self, makers: Mapping[str, SourceMaker]) -> RefreshReport:
        if not readable(self._root):
            publish_starter(self._root, self._now())  # readers need not wait for the first sync
        outcomes = self._walk(makers)
        runs = tuple(replace(one.run, published=one.incoming is not None) for one in outcomes)
        if self._stop.is_set():
            runs = tuple(_given_up(one) for one in runs)
            self._remember(runs)
            goes_on = any((one.error or "").endswith(GOES_ON) for one in runs)
            return self._ended(STOPPED_STATUS, runs, message=stopped(goes_on=goes_on))
        incoming = [one.incoming for one in outcomes if one.incoming is not None]
        stages = [one.stage for one in outcomes if one.stage is not None]
        if incoming:
            self._publish(incoming, runs, stages)
        self._remember([run for run, one in zip(runs, outcomes, strict=True) if one.tried])
        for stage in stages:
            stage.remove()
        if "ollama" in makers:
            self._note_installed()
        return self._ended(DONE if all(one.ok for one in runs) else FAILED, runs)

    def _walk(self, makers: Mapping[str, SourceMaker]) -> list[Outcome]:
        """Every source in a thread of its own: most of the time each waits for its upstream."""
        old = snapshot.open_current(self._root)
        ground = Ground(
            root=self._root,
            settings=self._settings,
            wanted=replace(self._wanted, known_revision=scopes.known_revisions(old)),
            old=old,
            history=past_runs.history(self._root),
            teller=self._teller,
            now=self._now,
            stop=self._stop,
        )
        walks = [Walk(name, make, ground) for name, make in makers.items()]
        with ThreadPoolExecutor(max_workers=max(1, len(walks)), thread_name_prefix="walk") as pool:
            futures = [pool.submit(walk.run) for walk in walks]
            while wait(futures, _LISTENING_SECONDS).not_done:
                pass  # a signal is handled by this thread, and only when it wakes
            return [_outcome(walk, future) for walk, future in zip(walks, futures, strict=True)]

    def _publish(
        self, incoming: Sequence[Incoming], runs: Sequence[SourceRun], stages: Sequence[Staging]
    ) -> None:
        self._teller.publishing([one.source for one in incoming])
        try:
            generation = publishing.publish(self._root, incoming, runs=runs, now=self._now())
        except (CatalogError, SyncRefused, OSError) as error:
            self._remember(_unpublished(runs, error))
            if isinstance(error, SyncRefused):  # staged rows that cannot be read: begin anew
                for stage in stages:
                    stage.remove()
            raise
        self._teller.published(generation)
        changes.catch_up(self._root)

    def _note_installed(self) -> None:
        """What the runtimes hold; the catalog is published, so where it cannot be noted is told."""
        try:
            installing.update(self._settings, self._root, self._now())
        except StoreUnwritable as error:
            self._teller.of("ollama").note(str(error))

    def _remember(self, runs: Sequence[SourceRun]) -> None:
        if runs:
            past_runs.append(self._root, runs)

    def _ended(
        self, exit_code: int, runs: tuple[SourceRun, ...], message: str | None = None
    ) -> RefreshReport:
        current = snapshot.current_id(self._root)
        return RefreshReport(exit_code=exit_code, runs=runs, generation=current, message=message)


def _outcome(walk: Walk, future: Future[Outcome]) -> Outcome:
    """What a walk came to; a fault of our own in one source holds the others back no more."""
    fault = future.exception()
    if fault is None:
        return future.result()
    if isinstance(fault, OSError) or not isinstance(fault, Exception):
        raise fault  # a full disk is the same for all of them
    return walk.faulty(fault)


def _given_up(run: SourceRun) -> SourceRun:
    """A run of a sync that was stopped: good or not, nothing of it is published.

    Nor does it bear out a later one, which goes on from the very listing that this one has seen.
    """
    if run.ok or run.published:
        run = replace(run, ok=False, stopped=True, error=stopped(goes_on=True))
    return replace(run, published=False, doubted=False)


def _unpublished(runs: Sequence[SourceRun], error: Exception) -> tuple[SourceRun, ...]:
    known = isinstance(error, StoreUnwritable | SyncRefused)
    why = str(error) if known else "the catalog cannot be written"
    return tuple(
        replace(
            run,
            ok=False,
            published=False,
            doubted=False,
            error=why if run.published else run.error or why,
        )
        for run in runs
    )
