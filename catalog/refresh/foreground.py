"""`sync` of the command line: progress on stderr, an end that can be asked for, one last word."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from catalog.records import SourceRun
from catalog.refresh.progress import Printer
from catalog.refresh.sync import RefreshReport, run
from catalog.settings import Settings

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_REASONS = 3  # of the rows put aside, in the last line of a source


def command(
    settings: Settings,
    sources: Sequence[str],
    *,
    limit: int | None = None,
    full: bool = False,
    models: Sequence[str] = (),
) -> int:
    """Sync and tell of it; the exit status is returned."""
    printer = Printer()
    with _ended_by_signals() as stop:
        try:
            report = run(
                settings,
                sources,
                limit=limit,
                full=full,
                models=models,
                progress=printer,
                stop=stop,
            )
        finally:
            printer.close()
    for line in outcome(report):
        print(line, file=sys.stderr)
    return report.exit_code


@contextmanager
def _ended_by_signals() -> Iterator[threading.Event]:
    """The first SIGTERM or Ctrl-C ends the sync after its page, the second one at once."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may catch signals
        return

    def end(_: int, __: FrameType | None) -> None:
        stop.set()
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def outcome(report: RefreshReport) -> list[str]:
    """How a sync ended, a line for each source and one for all."""
    lines = [_sentence(one) for one in report.runs]
    if report.message is not None:
        lines.append(f"cardex: {report.message}")
    elif report.generation is not None:
        lines.append(f"The catalog is at generation {report.generation}.")
    return lines


def _sentence(one: SourceRun) -> str:
    went = "done" if one.ok else "stopped" if one.stopped else "failed"
    parts = [f"{one.source} ({one.scope}): {went}"]
    if one.fetched:
        parts.append(f"{one.kept:,} models kept, {one.quarantined:,} rows put aside{_why(one)}")
    return f"{', '.join(parts)}.{f' {one.error}' if one.error else ''}"


def _why(one: SourceRun) -> str:
    reasons = [f"{reason.count:,} {reason.text}" for reason in one.reasons[:_REASONS]]
    if len(one.reasons) > _REASONS:
        reasons.append("others")
    return f" ({'; '.join(reasons)})" if reasons else ""
