"""Every row of a catalog graded on a machine: what `fits:` costs before anything is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from bench.ours import Ours
from bench.timing import Times, interleaved
from catalog.fit import hardware
from catalog.store.fits import Wanted, wanted
from catalog.store.generation import Generation

TERM = "rtx-4090@32kx5"
QUERY = f"task:text-generation fits:{TERM}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """Figures of one size: milliseconds."""

    prepared: float  # once for each generation: whose architecture is known, smallest files
    unseen: Times  # all rows on a machine, for a context that nobody asked about before
    again: Times  # on another machine for a context that somebody did ask about
    page: Times  # page and count of QUERY
    met: int  # rows that fit


def graded(generation: Generation, ours: Ours, *, rounds: int) -> Graded:
    """Measures one catalog."""
    start = time.perf_counter()
    fits = generation.grading()
    prepared = (time.perf_counter() - start) * 1_000
    usual = wanted(TERM, hardware.machine)
    numbers = count(1)

    def unseen() -> object:
        context = usual.need.context - next(numbers)
        return fits.met([replace(usual, need=replace(usual.need, context=context))], None)

    def again() -> object:
        memory = (usual.machine.memory_bytes or 0) - next(numbers)
        return fits.met([_of(usual, memory)], None)

    tasks: dict[str, Callable[[], object]] = {
        "unseen": unseen,
        "again": again,
        "page": partial(ours.listed, QUERY),
    }
    times = interleaved(tasks, rounds=rounds)
    return Graded(prepared=prepared, **times, met=int(fits.met([usual], None).sum()))


def _of(usual: Wanted, memory_bytes: int) -> Wanted:
    return replace(usual, machine=replace(usual.machine, memory_bytes=memory_bytes))
