"""Timing that is fair to all: interleaved rounds, no collection inside, medians and ranges."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Times:
    """Wall milliseconds of one thing, done again and again."""

    milliseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return median(self.milliseconds)

    def __str__(self) -> str:
        low, high = min(self.milliseconds), max(self.milliseconds)
        return f"{_short(self.median)} ({_short(low)}-{_short(high)})"


def interleaved(
    tasks: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    slow: Mapping[str, int] | None = None,
) -> dict[str, Times]:
    """Each task once per round, A B C A B C, after one run of each that is not counted.

    `slow` names tasks that take part in so many rounds only, spread over all of them.
    """
    measured: dict[str, list[float]] = {name: [] for name in tasks}
    for name, task in tasks.items():
        if name not in (slow or {}):
            task()
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name, task in tasks.items():
                share = (slow or {}).get(name, rounds)
                if number * share // rounds == (number - 1) * share // rounds:
                    continue
                start = time.perf_counter()
                task()
                measured[name].append((time.perf_counter() - start) * 1_000)
                gc.collect()
    finally:
        gc.enable()
    return {name: Times(tuple(values)) for name, values in measured.items()}


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 100 else f"{milliseconds:,.0f}"
