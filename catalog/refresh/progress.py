"""How far a sync is, as numbers and as lines on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TextIO

TERMINAL_SECONDS = 0.2  # between two lines drawn over each other
PLAIN_SECONDS = 15.0  # between two lines of a log
BAR_WIDTH = 24


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

    @property
    def share(self) -> float | None:
        """How much of the walk is done, from 0 to 1; None when nobody knows."""
        if self.left is None:
            return None
        seen = self.rows + self.rejected
        return seen / (seen + self.left) if seen + self.left else None


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A report that says nothing."""


class Printer:
    """Prints progress: a bar for each source on a terminal, a line now and then in a log.

    What is said once, such as a listing that ended early, is printed everywhere; in CI only that.
    """

    def __init__(
        self,
        out: TextIO | None = None,
        *,
        moving: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
        columns: Callable[[], int] = lambda: shutil.get_terminal_size().columns,
    ) -> None:
        self._out = out or sys.stderr
        self._moving = self._out.isatty() if moving is None else moving
        self._quiet = bool(os.environ.get("CI"))
        self._clock = clock
        self._columns = columns
        self._next: dict[str, float] = {}
        self._bars: dict[str, str] = {}
        self._drawn = 0  # lines that stand on the terminal and move

    def __call__(self, progress: Progress) -> None:
        """Show a state, unless another one of its source was shown just now."""
        if progress.note is not None:
            self._say(f"{progress.source}: {progress.note}")
            return
        early = self._clock() < self._next.get(progress.source, 0.0)
        if self._quiet or (early and progress.waits_until is None and progress.left != 0):
            return
        between = TERMINAL_SECONDS if self._moving else PLAIN_SECONDS
        self._next[progress.source] = self._clock() + between
        if self._moving:
            self._bars[progress.source] = in_words(progress, bar=True)
            self._draw()
        else:
            self._say(in_words(progress))

    def close(self) -> None:
        """Leave the bars as they are and write below them."""
        self._drawn = 0

    def _say(self, text: str) -> None:
        self._erase()
        self._out.write(text + "\n")
        self._out.flush()
        if self._bars:
            self._draw()

    def _draw(self) -> None:
        self._erase()
        width = max(1, self._columns() - 1)  # a line that is cut can be erased, two cannot
        self._out.write("".join(f"{line[:width]}\n" for line in self._bars.values()))
        self._out.flush()
        self._drawn = len(self._bars)

    def _erase(self) -> None:
        if self._drawn:
            self._out.write(f"\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0


def in_words(progress: Progress, *, bar: bool = False) -> str:
    """One line: source, count, rate, time left, and what is waited for."""
    head = f"{progress.source}:"
    if bar and progress.share is not None:
        done = round(progress.share * BAR_WIDTH)
        head += f" [{'#' * done}{'.' * (BAR_WIDTH - done)}] {progress.share:.0%},"
    parts = [f"{progress.rows:,} models"]
    if progress.waits_until is not None:  # first, for 80 columns have no room for everything
        parts.insert(0, f"waiting until {progress.waits_until.astimezone():%H:%M:%S}")
    if progress.rate:
        parts.append(f"{progress.rate:,.0f}/s")
    if progress.eta_seconds is not None:
        parts.append(f"at most {timedelta(seconds=round(progress.eta_seconds))} left")
    if progress.rejected:
        parts.append(f"{progress.rejected:,} put aside")
    return f"{head} {', '.join(parts)}"
