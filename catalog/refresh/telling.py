"""Who hears of a sync: the terminal, the state file and the log, from every source at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from catalog.records import SourceRun, to_json
from catalog.refresh import live
from catalog.refresh.live import Live
from catalog.refresh.progress import Progress, Report
from catalog.refresh.runlog import RunLog
from catalog.refresh.staging import Staging

LONG_WAIT_SECONDS = 10.0  # shorter pauses are not worth a word
LOGGED_SECONDS = 5.0  # between two counts of one source in the log
REASONS_LOGGED = 5
_PHASES = {0: live.DONE, 143: live.STOPPED}  # by the exit statuses of a sync


class Teller:
    """Passes on what happens; sources speak at once, from threads of their own."""

    def __init__(
        self, report: Report, state: Live, log: RunLog, now: Callable[[], datetime]
    ) -> None:
        self._report = report
        self._speaking = threading.Lock()
        self.state = state
        self.log = log
        self.now = now

    def of(self, source: str) -> Voice:
        """The voice of one source."""
        return Voice(self, source)

    def pass_on(self, progress: Progress) -> None:
        """To the terminal and the state file."""
        self.state.show(progress)
        with self._speaking:
            self._report(progress)

    def publishing(self, sources: Sequence[str]) -> None:
        """Everything is fetched."""
        self.state.phase(live.PUBLISH)
        self.log.write("publishing", sources=sources)

    def published(self, generation: str) -> None:
        """A new generation answers."""
        self.log.write("published", generation=generation)

    def ended(self, exit_code: int, message: str | None, generation: str | None = None) -> None:
        """The sync is over."""
        self.state.end(_PHASES.get(exit_code, live.FAILED), message)
        self.log.write("end", exit_status=exit_code, message=message, generation=generation)


class Voice:
    """Turns the events of one source into progress, state and log."""

    def __init__(self, teller: Teller, source: str) -> None:
        self._teller = teller
        self._source = source
        self._progress = Progress(source=source)
        self._since = time.monotonic()
        self._logged: float | None = None

    def begun(self, scope: str) -> None:
        """The walk begins, or turns out to be another one than was asked for."""
        self._teller.state.source(self._source, scope)

    def walks(self, run: SourceRun, since: datetime | None) -> None:
        """What is walked, and where."""
        self.begun(run.scope)
        self._log("source", scope=run.scope, endpoint=run.endpoint, since=since)

    def note(self, text: str) -> None:
        """Something that is said once."""
        self._teller.pass_on(replace(self._progress, note=text))
        self._log("note", text=text)

    def goes_on(self, stage: Staging) -> None:
        """A run of before is gone on with."""
        self._progress = replace(self._progress, rows=stage.models, rejected=stage.aside)
        begun = f"{stage.started:%Y-%m-%d %H:%M} UTC"
        self.note(f"goes on with the sync of {begun}, {stage.models:,} models")

    def problem(self, text: str) -> None:
        """A listing that ended early."""
        self._teller.pass_on(replace(self._progress, note=text))
        self._log("problem", text=text)

    def batch(self, stage: Staging, *, fresh: int, left: int | None) -> None:
        """Where the walk stands after one more answer."""
        seconds = time.monotonic() - self._since
        self._progress = replace(
            self._progress,
            rows=stage.models,
            rejected=stage.aside,
            fresh_rows=self._progress.fresh_rows + fresh,
            left=left,
            seconds=seconds,
        )
        self._teller.pass_on(self._progress)
        if self._logged is None or seconds - self._logged >= LOGGED_SECONDS:
            self._logged = seconds
            pages = stage.checkpoint.pages
            self._log("pages", pages=pages, rows=stage.models, put_aside=stage.aside)

    def waiting(self, seconds: float) -> None:
        """The upstream asked for a pause."""
        if seconds >= LONG_WAIT_SECONDS:
            until = self._teller.now() + timedelta(seconds=seconds)
            self._teller.pass_on(replace(self._progress, waits_until=until))
            self._log("wait", seconds=round(seconds, 1), until=until)

    def refused(self, text: str) -> None:
        """A guard forbids publishing."""
        self._log("refused", text=text)

    def fault(self, text: str) -> None:
        """An error that Cardex itself made."""
        self._log("fault", text=text)

    def ended(self, run: SourceRun) -> None:
        """The walk is over."""
        self._teller.state.done(self._source, ok=run.ok, stopped=run.stopped, error=run.error)
        facts = to_json(run)
        if run.quarantined:
            first = [to_json(reason) for reason in run.reasons[:REASONS_LOGGED]]
            self._log("put aside", rows=run.quarantined, by_rule=run.by_rule, reasons=first)
        told = ("scope", "ok", "stopped", "fetched", "kept", "pages", "error", "quota")
        self._log("source ended", **{name: facts[name] for name in told})

    def _log(self, event: str, **facts: object) -> None:
        self._teller.log.write(event, source=self._source, **facts)
