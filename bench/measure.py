"""One size of catalog measured: every engine in one run, then ours in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import agree, catalogs, tables
from bench.catalogs import Published
from bench.fits import Graded, graded
from bench.ours import Ours
from bench.peers.duckdb_sql import DuckDB
from bench.peers.pandas_naive import PandasNaive
from bench.peers.pandas_shared import PandasShared
from bench.peers.polars_shared import PolarsShared
from bench.question import QUESTIONS, Engine
from bench.timing import Times, interleaved
from bench.typed import Typed, typed, written_by_hand
from catalog.store import snapshot

SLOW_ROUNDS = 3  # naive pandas takes seconds for one answer at a million rows
SLOW_FROM = 500_000
WORDS = "qwen instr"  # a whole word and the beginning of another


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures of one size; `times` by question, then by engine."""

    published: Published
    matches: dict[str, int]
    times: dict[str, dict[str, Times]]
    words: Times
    words_total: int
    words_interaction: Times
    by_hand: Typed
    graded: Graded
    process: dict[str, float]


def measure(size: str, *, rounds: int, say: Callable[[str], None]) -> Measured:
    """Everything there is to measure about one size of catalog."""
    say(f"{size} rows: writing or finding the catalog")
    published = catalogs.published(size)
    say(f"{size} rows: a process of its own")
    process = _in_a_process(published.root)
    generation = snapshot.open_current(published.root)
    ours = Ours(generation)
    say(f"{size} rows: loading the peers")
    plain = tables.from_catalog(generation.models_table(), generation.files_table())
    with closing(DuckDB(plain)) as duck:
        engines: list[Engine] = [
            ours,
            PandasNaive(plain),
            PandasShared(plain),
            PolarsShared(plain),
            duck,
        ]
        del plain
        say(f"{size} rows: do all engines agree?")
        answers = agree.check(engines)
        slow = {PandasNaive.name: SLOW_ROUNDS} if published.rows >= SLOW_FROM else None
        times = {}
        for question in QUESTIONS:
            say(f"{size} rows: {question.name}, {rounds} rounds")
            tasks = {engine.name: partial(engine.ask, question) for engine in engines}
            times[question.name] = interleaved(tasks, rounds=rounds, slow=slow)
    say(f"{size} rows: queries written by hand")
    by_hand = typed(ours.listed, written_by_hand())
    say(f"{size} rows: what fits a machine")
    on_machine = graded(generation, ours, rounds=rounds)
    words = interleaved(
        {"words": partial(ours.listed, WORDS), "interaction": partial(ours.found, WORDS)},
        rounds=rounds,
    )
    return Measured(
        published=published,
        matches={q.name: a.total for q, a in zip(QUESTIONS, answers, strict=True)},
        times=times,
        words=words["words"],
        words_total=ours.listed(WORDS).total,
        words_interaction=words["interaction"],
        by_hand=by_hand,
        graded=on_machine,
        process=process,
    )


def _in_a_process(root: Path) -> dict[str, float]:
    """The last of two runs: the first one brings the files into the page cache."""
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "bench.fresh", str(root)],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parents[1],
        )
    report: dict[str, float] = json.loads(done.stdout)
    return report
