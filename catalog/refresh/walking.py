"""The walk of one source: page by page into the staging folder, then weighed and judged."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc

from catalog.errors import (
    Offline,
    SourceBusy,
    SourceError,
    SourceUnreachable,
    StoreUnwritable,
    SyncDoubted,
    SyncRefused,
)
from catalog.fit.architecture import Stated
from catalog.records import Quota, SourceRun
from catalog.refresh import details, guards, scopes, staging
from catalog.refresh.guards import Filled
from catalog.refresh.publishing import Incoming
from catalog.refresh.staged import Staged
from catalog.refresh.staging import Staging
from catalog.refresh.telling import Teller
from catalog.settings import Settings
from catalog.sources import Clock, Selection, Source, SourceMaker, civitai, huggingface
from catalog.store import facts
from catalog.store.generation import Generation

BAD_SHARE = 0.01  # of the rows of a run; more is told, when it is
BAD_ROWS = 50  # rows at least
GOES_ON = "The next sync of the same kind within a day goes on from there."
STOPPED = "It was stopped."
OUR_FAULT = "Cardex met a fault of its own while it read this source"
FEWER = (
    "It listed far fewer models than the catalog holds of it or than before; its rows are "
    "published, and those that it did not list stay. If the source really shrank, another --full "
    "that lists as many removes them."
)


class Stopped(Exception):
    """Somebody asked the sync to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the walk of one source ended."""

    run: SourceRun
    incoming: Incoming | None = None  # None: nothing of this source is to be published
    stage: Staging | None = None  # of no more use once that is done
    tried: bool = True  # not where a setting forbids to ask: that is no failure of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every walk of a sync stands on."""

    root: Path
    settings: Settings
    wanted: Selection
    old: Generation
    history: Sequence[SourceRun]
    teller: Teller
    now: Callable[[], datetime]
    stop: threading.Event


class Walk:
    """One source of one sync; walks of several sources run beside each other."""

    def __init__(self, name: str, make: SourceMaker, ground: Ground) -> None:
        self._name = name
        self._make = make
        self._on = ground
        self._tell = ground.teller.of(name)
        self._begun = SourceRun(
            source=name,
            scope=ground.wanted.scope,
            started_at=ground.now(),
            finished_at=None,
            ok=False,
        )
        self._stage: Staging | None = None
        self._quota: Quota | None = None
        self._stated: list[Stated] = []

    def run(self) -> Outcome:
        """Fetch what is wanted; an error of the source is in the outcome."""
        self._tell.begun(self._begun.scope)
        try:
            outcome = self._walked()
        except (SourceError, SyncRefused) as error:
            outcome = self._failed(error)
        except Stopped:
            kept = self._stage is not None and self._stage.holds_rows
            run = replace(self._ended(ok=False, error=stopped(goes_on=kept)), stopped=True)
            outcome = Outcome(run=run)
        self._tell.ended(outcome.run)
        return outcome

    def faulty(self, fault: Exception) -> Outcome:
        """What the walk came to when Cardex itself failed in it."""
        where = traceback.extract_tb(fault.__traceback__)[-1]
        kind = type(fault).__name__
        self._tell.fault(f"{kind} in {Path(where.filename).name}, line {where.lineno}")
        run = self._ended(ok=False, error=f"{OUR_FAULT} ({kind}). The last good rows stay.")
        if self._stage is not None:
            self._stage.remove()
        self._tell.ended(run)
        return Outcome(run=run)

    def _walked(self) -> Outcome:
        source = self._make(self._on.settings, Clock(now=self._on.now, sleep=self._sleep))
        choice = scopes.chosen(
            self._on.wanted,
            scopes.at(source.endpoint, self._name, self._on.history),
            held=self._on.old.manifest.published_at,
            full_days=self._on.settings.full_days,
            now=self._on.now(),
        )
        scope = choice.selection.scope
        self._begun = replace(self._begun, scope=scope, endpoint=source.endpoint)
        self._tell.walks(self._begun, choice.selection.since)
        if choice.note is not None:
            self._tell.note(choice.note)
        stage = staging.begin(
            self._on.root,
            source=self._name,
            scope=scope,
            endpoint=source.endpoint,
            now=self._on.now(),
            since=choice.selection.since,
        )
        self._stage = stage
        # of an interrupted run, so that the next one looks back far enough
        resumed = self._begun.started_at if stage.holds_rows else None
        self._begun = replace(self._begun, started_at=stage.started, resumed_at=resumed)
        selection = self._with_details(replace(choice.selection, since=stage.since))
        if stage.holds_rows:
            self._tell.goes_on(stage)
        if not stage.checkpoint.ended:
            try:
                self._fetch(source, selection, stage)
            finally:
                self._note()
            details.note(self._on.root, selection.details, self._on.now())
        return self._weighed(Staged(stage))

    def _with_details(self, selection: Selection) -> Selection:
        """The selection and, of the Hub, some models whose files nobody has asked for yet."""
        if self._name != huggingface.NAME or selection.models or selection.limit is not None:
            return selection
        most = self._on.settings.sync_details
        refs = details.lacking(self._on.old, self._on.root, most, self._on.now())
        return replace(selection, details=refs)

    def _fetch(self, source: Source, selection: Selection, stage: Staging) -> None:
        for batch in source.fetch(selection, stage.checkpoint.cursor):
            stage.add(batch)
            self._stated += batch.stated
            self._quota = batch.quota or self._quota
            self._tell.batch(stage, fresh=len(batch.rows), left=batch.left)
            if batch.problem is not None:
                self._tell.problem(batch.problem)
            if self._on.stop.is_set():
                raise Stopped
        stage.end()

    def _note(self) -> None:
        """Keep what models stated of their architecture; a sync goes on without it."""
        with contextlib.suppress(StoreUnwritable):
            facts.note(self._on.root, self._stated, self._on.now())
        self._stated = []

    def _sleep(self, seconds: float) -> None:
        """Wait, and say so when it is long; a sync that is to end waits no longer."""
        self._tell.waiting(seconds)
        if self._on.stop.wait(seconds):
            raise Stopped

    def _weighed(self, staged: Staged) -> Outcome:
        strange = _strange(staged)
        run = self._counted(staged, strange)
        names = guards.guarded(self._name)
        held = self._held(names)
        try:
            guards.check(run, staged.filled(names), held, self._on.history)
        except SyncRefused as error:
            self._tell.refused(str(error))
            staged.stage.remove()  # going on from there would be refused again
            doubted = isinstance(error, SyncDoubted)
            return Outcome(run=replace(run, ok=False, doubted=doubted, error=str(error)))
        # What came in a strange shape was seen, though not read: it is no reason to remove a row.
        complete = run.scope == scopes.FULL and run.ok and strange is None
        if complete and not guards.may_remove(run, held.rows, self._on.history):
            complete, run = False, replace(run, ok=False, doubted=True, error=FEWER)
        withdrawn = staged.withdrawn | self._no_longer_let_in(staged)
        if staged.rows == 0 and not withdrawn:
            return Outcome(run=run, stage=staged.stage)
        incoming = Incoming(
            rows=staged,
            source=self._name,
            complete=complete,
            withdrawn=withdrawn,
            begun=staged.stage.started,
        )
        return Outcome(run=run, incoming=incoming, stage=staged.stage)

    def _no_longer_let_in(self, staged: Staged) -> frozenset[str]:
        """Rows above the safe level that a switch let in, by an earlier sync, and that is off now.

        This walk may meet none of them, and may have begun when the switch was on.
        """
        if self._name != civitai.NAME or self._on.settings.civitai_mature:
            return frozenset()
        held = self._on.old.columns(("source", "nsfw"))
        above = pc.and_(pc.equal(held["source"], self._name), pc.fill_null(held["nsfw"], False))
        marked = set(self._on.old.refs().filter(above).to_pylist() if pc.any(above).as_py() else ())
        for refs, nsfw in staged.rated():
            marked.difference_update(refs.filter(pc.invert(nsfw)).to_pylist())
            marked.update(refs.filter(nsfw).to_pylist())
        return frozenset(marked)

    def _counted(self, staged: Staged, strange: str | None) -> SourceRun:
        """The run with each model counted once, whatever number of pages named it."""
        aside, problems = staged.aside, staged.stage.checkpoint.problems
        staging.write_quarantine(self._on.root, self._name, aside.lines)
        told = [*problems[:3], *filter(None, [strange])]
        return replace(
            self._ended(ok=not problems, error=" ".join(told) or None),
            fetched=staged.rows + aside.rows,
            kept=staged.rows,
            quarantined=aside.rows,
            by_rule=aside.by_rule,
            reasons=aside.reasons,
        )

    def _held(self, names: Sequence[str]) -> Filled:
        """What the catalog holds of the source, and how much of it has a value."""
        table = self._on.old.columns(("source", *names))
        own = table.filter(pc.equal(table["source"], self._name))
        return Filled(own.num_rows, {name: own.num_rows - own[name].null_count for name in names})

    def _failed(self, error: SourceError | SyncRefused) -> Outcome:
        run = self._ended(ok=False, error=str(error))
        stage = self._stage
        if stage is None:
            return Outcome(run=run)
        if isinstance(error, Offline):
            if not stage.holds_rows:
                stage.remove()
            return Outcome(run=run, tried=False)
        if _may_go_on(stage, error):
            if stage.holds_rows:
                run = replace(run, error=f"{error} {GOES_ON}")
        else:
            stage.remove()
        return Outcome(run=run)

    def _ended(self, *, ok: bool, error: str | None) -> SourceRun:
        """The run as far as the checkpoint knows it."""
        run = replace(
            self._begun, finished_at=self._on.now(), ok=ok, error=error, quota=self._quota
        )
        if self._stage is None:
            return run
        stage, point = self._stage, self._stage.checkpoint
        return replace(
            run,
            fetched=stage.models + stage.aside,
            kept=stage.models,
            quarantined=stage.aside,
            by_rule=min(point.by_rule, stage.aside),
            pages=point.pages,
        )


def stopped(*, goes_on: bool) -> str:
    """The sentence of a sync that was asked to end."""
    return f"{STOPPED} {GOES_ON}" if goes_on else f"{STOPPED} Nothing had been fetched yet."


def _may_go_on(stage: Staging, error: SourceError | SyncRefused) -> bool:
    """Whether what was fetched is worth going on from.

    One odd page (a log-in page, a token that ran out) must not cost hours of walking; the same
    place failing twice would fail a third time.
    """
    if isinstance(error, SourceBusy | SourceUnreachable):
        return True
    return isinstance(error, SourceError) and stage.holds_rows and not stage.stumbled()


def _strange(staged: Staged) -> str | None:
    """A sentence where too many rows had a shape that is not known."""
    bad = staged.aside.rows - staged.aside.by_rule
    rows = staged.rows + staged.aside.rows
    if bad < BAD_ROWS or bad <= BAD_SHARE * rows:
        return None
    return f"{bad:,} of {rows:,} rows had a shape that is not known and were put aside."
