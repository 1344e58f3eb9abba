"""How far a sync is, as numbers and as lines on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TextIO

TERMINAL_SECONDS = 0.2  # between two lines drawn over each other
PLAIN_SECONDS = 15.0  # between two lines of a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where the sync of one source stands."""

    source: str
    rows: int = 0  # kept so far, those of an interrupted run included
    rejected: int = 0
    fresh_rows: int = 0  # fetched by this process, which the rate is of
    left: int | None = None  # rows still to come, at most
    seconds: float = 0.0
    waits_until: datetime | None = None  # the upstream asked for a pause
    note: str | None = None  # something that is said once

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.fresh_rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta_seconds(self) -> float | None:
        """Seconds to the end at this rate; None when nobody knows."""
        return self.left / self.rate if self.left is not None and self.rate > 0 else None


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A report that says nothing."""


class Printer:
    """Prints progress: a moving line on a terminal, a line now and then in a log, none in CI.

    What is said once, such as a listing that ended early, is printed everywhere.
    """

    def __init__(
        self,
        out: TextIO | None = None,
        *,
        moving: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out or sys.stderr
        self._moving = self._out.isatty() if moving is None else moving
        self._quiet = bool(os.environ.get("CI"))
        self._clock = clock
        self._next = 0.0
        self._drawn = 0

    def __call__(self, progress: Progress) -> None:
        """Show a state, unless another was shown just now."""
        if progress.note is not None:
            self._line(f"{progress.source}: {progress.note}")
            return
        if self._quiet or (self._clock() < self._next and progress.waits_until is None):
            return
        self._next = self._clock() + (TERMINAL_SECONDS if self._moving else PLAIN_SECONDS)
        if self._moving:
            text = in_words(progress)
            self._out.write("\r" + text.ljust(self._drawn))
            self._out.flush()
            self._drawn = len(text)
        else:
            self._line(in_words(progress))

    def close(self) -> None:
        """End the moving line."""
        if self._drawn:
            self._out.write("\n")
            self._drawn = 0

    def _line(self, text: str) -> None:
        self.close()
        self._out.write(text + "\n")
        self._out.flush()


def in_words(progress: Progress) -> str:
    """One line: source, count, rate, time left, and what is waited for."""
    parts = [f"{progress.source}: {progress.rows:,} models"]
    if progress.rate:
        parts.append(f"{progress.rate:,.0f}/s")
    if progress.eta_seconds is not None:
        parts.append(f"at most {timedelta(seconds=round(progress.eta_seconds))} left")
    if progress.rejected:
        parts.append(f"{progress.rejected:,} put aside")
    if progress.waits_until is not None:
        parts.append(f"waiting until {progress.waits_until.astimezone():%H:%M:%S} as asked")
    return ", ".join(parts)
