"""One sync: run the sources, keep the old rows of a failed one, publish a generation."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.errors import (
    CatalogError,
    SourceBusy,
    SourceError,
    SourceUnreachable,
    StoreUnwritable,
    SyncError,
    SyncRefused,
    SyncRunning,
)
from catalog.records import SourceRun
from catalog.refresh import lock, merge, staging
from catalog.refresh.measuring import measured
from catalog.refresh.place import publish_starter, readable, starter
from catalog.refresh.progress import Progress, Report, silent
from catalog.refresh.settling import settled
from catalog.refresh.staging import Staging, Tables
from catalog.settings import Settings
from catalog.sources import SOURCES, Clock, Selection, Source, SourceMaker
from catalog.store import runs as past_runs
from catalog.store import snapshot

DONE, FAILED, RUNNING = 0, 1, 75  # exit statuses; 75 is EX_TEMPFAIL of sysexits.h
BAD_SHARE = 0.01  # of the rows of a run; more is told, when it is
BAD_ROWS = 50  # rows at least
GOES_ON = "The next sync of the same kind within a day goes on from there."
FEWER = (
    "It listed far fewer models than the catalog holds; those that it did not list stay. "
    "Another --full that lists as many removes them."
)
LONG_WAIT_SECONDS = 10.0  # shorter pauses are not worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """How a sync ended: an exit status, a run for each source, the generation that answers now."""

    exit_code: int
    runs: tuple[SourceRun, ...] = ()
    generation: str | None = None
    message: str | None = None  # why nothing could be done at all, one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    run: SourceRun
    staging: Staging | None = None
    rows: Tables | None = None  # None: nothing of this source is to be published
    complete: bool = False


def _utc_now() -> datetime:
    return datetime.now(UTC)


def run(
    settings: Settings,
    sources: Sequence[str],
    *,
    limit: int | None = None,
    full: bool = False,
    progress: Report = silent,
    now: Callable[[], datetime] = _utc_now,
    makers: Mapping[str, SourceMaker] = SOURCES,
) -> RefreshReport:
    """Pull from the sources into a new generation; every failure is in the report, none is raised.

    What a killed or failed sync of the same scope has fetched within a day is not fetched again.
    """
    root = settings.catalog_dir
    selection = Selection(top=settings.sync_top, limit=limit, full=full)
    try:
        with lock.held(root, now()):
            return _Sync(root, settings, selection, progress, now).run(
                {name: makers[name] for name in sources}
            )
    except SyncRunning as error:
        return RefreshReport(exit_code=RUNNING, message=str(error))
    except OSError as error:
        unwritable = f"{root} cannot be written ({error.strerror or error}); nothing was changed."
        return RefreshReport(exit_code=FAILED, message=unwritable)
    except (CatalogError, SyncError) as error:
        return RefreshReport(exit_code=FAILED, message=str(error))


class _Sync:
    """The steps of one sync, under the lock."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        selection: Selection,
        progress: Report,
        now: Callable[[], datetime],
    ) -> None:
        self._root = root
        self._settings = settings
        self._selection = selection
        self._progress = progress
        self._now = now

    def run(self, makers: Mapping[str, SourceMaker]) -> RefreshReport:
        if not readable(self._root):
            publish_starter(self._root, self._now())  # readers need not wait for the first sync
        old = self._old()
        history = past_runs.history(self._root)
        outcomes = [self._source(name, make, old, history) for name, make in makers.items()]
        runs = tuple(outcome.run for outcome in outcomes)
        if any(outcome.rows is not None for outcome in outcomes):
            try:
                self._publish(old, outcomes, runs)
            except (CatalogError, OSError) as error:
                self._remember(_unpublished(runs, error))
                raise
        self._remember(runs)
        for outcome in outcomes:
            if outcome.rows is not None and outcome.staging is not None:
                outcome.staging.remove()
        return RefreshReport(
            exit_code=DONE if all(one.ok for one in runs) else FAILED,
            runs=runs,
            generation=snapshot.current_id(self._root),
        )

    def _old(self) -> Tables:
        try:
            generation = snapshot.open_current(self._root)
        except CatalogError:
            return starter()
        return Tables(generation.models_table(), generation.files_table())

    def _publish(
        self, old: Tables, outcomes: Sequence[_Outcome], runs: Sequence[SourceRun]
    ) -> None:
        merged = old
        for outcome in outcomes:
            if outcome.rows is not None:
                replaced = outcome.run.source if outcome.complete else None
                merged = merge.upsert(merged, outcome.rows, replaced_source=replaced)
        ready = measured(Tables(settled(merged.models), merged.files))
        snapshot.publish(self._root, ready.models, ready.files, runs=runs, now=self._now())

    def _remember(self, runs: Sequence[SourceRun]) -> None:
        if runs:
            past_runs.append(self._root, runs)

    def _source(
        self, name: str, make: SourceMaker, old: Tables, history: Sequence[SourceRun]
    ) -> _Outcome:
        begun = SourceRun(
            source=name,
            scope=self._selection.scope,
            started_at=self._now(),
            finished_at=None,
            ok=False,
        )
        stage: Staging | None = None
        try:
            watch = _Watch(name, self._progress, self._now)
            source = make(self._settings, Clock(now=self._now, sleep=watch.sleep))
            stage = staging.begin(
                self._root,
                source=name,
                scope=begun.scope,
                endpoint=source.endpoint,
                now=self._now(),
            )
            self._fetch(source, stage, watch)
            return self._fetched(begun, stage, old, history)
        except (SourceError, SyncRefused) as error:
            run = self._failed(begun, stage, error)
            if stage is not None and isinstance(error, (SourceBusy, SourceUnreachable)):
                if stage.holds_rows:
                    run = replace(run, error=f"{error} {GOES_ON}")
            elif stage is not None:
                stage.remove()  # going on from there would fail in the same way
            return _Outcome(run=run)

    def _fetch(self, source: Source, stage: Staging, watch: _Watch) -> None:
        if stage.holds_rows:
            started = datetime.fromisoformat(stage.checkpoint.started)
            rows = stage.checkpoint.rows
            watch.say(f"goes on with the sync of {started:%Y-%m-%d %H:%M} UTC, {rows:,} models")
        for batch in source.fetch(self._selection, stage.checkpoint.cursor):
            stage.add(batch)
            watch.show(stage, fresh=len(batch.rows), left=batch.left)
            if batch.problem is not None:
                watch.say(batch.problem)

    def _fetched(
        self, begun: SourceRun, stage: Staging, old: Tables, history: Sequence[SourceRun]
    ) -> _Outcome:
        rows = stage.tables()
        kept, bad = rows.models.num_rows, stage.checkpoint.rejected
        staging.write_quarantine(self._root, begun.source, stage.rejections())
        problems = list(stage.checkpoint.problems)
        told = [_bad_rows(bad, kept + bad)] if bad >= BAD_ROWS and bad > BAD_SHARE * kept else []
        finished = replace(
            begun,
            finished_at=self._now(),
            ok=not problems,
            fetched=kept + bad,  # a model that two listings name counts once
            kept=kept,
            quarantined=bad,
            error=" ".join([*problems[:3], *told]) or None,
        )
        merge.guard(finished, rows.models, old.models, history)
        complete = self._selection.scope == "full" and finished.ok
        if complete and not merge.may_remove(finished, old.models, history):
            complete = False
            finished = replace(finished, error=" ".join([*told, FEWER]))
        return _Outcome(run=finished, staging=stage, rows=rows, complete=complete)

    def _failed(self, begun: SourceRun, stage: Staging | None, error: Exception) -> SourceRun:
        point = stage.checkpoint if stage is not None else None
        return replace(
            begun,
            finished_at=self._now(),
            fetched=point.rows + point.rejected if point else 0,
            kept=point.rows if point else 0,
            quarantined=point.rejected if point else 0,
            error=str(error),
        )


class _Watch:
    """Turns the events of one source into progress."""

    def __init__(self, source: str, report: Report, now: Callable[[], datetime]) -> None:
        self._state = Progress(source=source)
        self._report = report
        self._now = now
        self._since = time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, and say so when it is long."""
        if seconds >= LONG_WAIT_SECONDS:
            until = self._now() + timedelta(seconds=seconds)
            self._report(replace(self._state, waits_until=until))
        time.sleep(seconds)

    def show(self, stage: Staging, *, fresh: int, left: int | None) -> None:
        """Report the state after a batch."""
        self._state = replace(
            self._state,
            rows=stage.checkpoint.rows,
            rejected=stage.checkpoint.rejected,
            fresh_rows=self._state.fresh_rows + fresh,
            left=left,
            seconds=time.monotonic() - self._since,
        )
        self._report(self._state)

    def say(self, note: str) -> None:
        """Report something once."""
        self._report(replace(self._state, note=note))


def _bad_rows(bad: int, rows: int) -> str:
    return f"{bad:,} of {rows:,} rows had a shape that is not known and were put aside."


def _unpublished(runs: Sequence[SourceRun], error: Exception) -> tuple[SourceRun, ...]:
    why = str(error) if isinstance(error, StoreUnwritable) else "the catalog cannot be written"
    return tuple(replace(run, ok=False, error=run.error or why) for run in runs)
