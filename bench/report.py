"""The figures as Markdown, with the machine, the versions and the date they are from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.fits import QUERY, TERM
from bench.measure import WORDS, Measured
from bench.ours import Ours
from bench.peers.pandas_naive import PandasNaive
from bench.peers.polars_shared import PolarsShared
from bench.question import BROAD, QUESTIONS, SELECTIVE

PACKAGES = ("numpy", "pyarrow", "pandas", "polars", "duckdb", "huggingface_hub", "streamlit")
FULL = 3_000_000  # the targets are for a catalog of the whole Hub

NOTES = (
    "<!-- notes: `python -m bench --write` replaces what is above this line and keeps the rest -->"
)

INTRODUCTION = """\
# Benchmarks

`make bench` writes these figures (`python -m bench --help` for its options). One *interaction* is
what a click in Explore asks: the page of 50 rows, the count, twelve facets (source, task, format,
license, commercial use, quantization, kind, library, language, gated, family, author) and four
histograms (parameters, size, context, updated), each counted under every filter but its own, and
500 marks for the scatter chart. *Selective* asks for one task, two licenses, four quantizations
and 3 to 14 billion parameters; *broad* for 25 tasks, 20 licenses (unknown among them), 10
quantizations and 100M to 20B parameters.

The catalogs are generated (`bench/generate.py`): real rows drawn again with their correlations, to
the shares of the whole Hub. All engines read the same rows, and a run stops unless totals, pages,
facets and histograms are identical to the last count. They take turns within one run; a figure is
the median of its rounds in milliseconds, with the least and the greatest, and *x* is how many times
our median it is. Cardex and pandas use one thread, polars and DuckDB all cores.

Not equal, each time in favour of the peer: Cardex makes 50 full records where the peers fetch the
eleven columns of the result table, and DuckDB is spared the refs of the scatter marks.
"""


def markdown(measured: Sequence[Measured], *, load: str, app: str = "") -> str:
    """The whole report."""
    parts = [INTRODUCTION, machine(load)]
    parts += [_engines(one) for one in measured]
    parts += [_alone(measured), _by_hand(measured), _graded(measured)]
    if app:
        parts.append(app)
    full = [one for one in measured if one.published.rows >= FULL]
    if full:
        parts.append(_targets(full[-1], measured))
    return "\n".join(parts)


def write(path: Path, text: str) -> None:
    """Put the report into a file; what people wrote there, from the line of NOTES on, stays."""
    try:
        before = path.read_text("utf-8")
    except FileNotFoundError:
        before = ""
    _, marker, notes = before.partition(NOTES)
    path.write_text(f"{text}\n{marker}{notes}" if marker else text, encoding="utf-8")


def machine(load: str) -> str:
    """Date, hardware and versions, as a line."""
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {_processor()}, {os.cpu_count()} cores,"
        f" {memory:.0f} GiB, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}; {versions}. Load average at the start: {load}.\n"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _engines(one: Measured) -> str:
    rows = one.published.rows
    head = "".join(
        f" {q.name} ({one.matches[q.name]:,} rows, {one.matches[q.name] / rows:.1%}) | x |"
        for q in QUESTIONS
    )
    lines = [f"## {rows:,} rows", "", f"| |{head}", "|---|" + "---:|" * (2 * len(QUESTIONS))]
    for name in one.times[SELECTIVE.name]:
        cells = [f"{one.times[q.name][name]} | {_ratio(one, q.name, name):.1f}" for q in QUESTIONS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _ratio(one: Measured, question: str, peer: str) -> float:
    return one.times[question][peer].median / one.times[question][Ours.name].median


def _alone(measured: Sequence[Measured]) -> str:
    lines = [
        "## Cardex alone",
        "",
        "A process of its own: opening, the first interaction, and memory after 20 of them. *Own*"
        " is anonymous memory, which no other process can share; Python and its libraries need"
        " the part in brackets before anything is opened. Resident memory counts the mapped files"
        f" too. `{WORDS}` is a word and the beginning of another: page and count, then a whole"
        " interaction.",
        "",
        f"| rows | open, s | first, ms | own, MB | resident, MB | bytes a row on disk"
        f" | `{WORDS}`, ms | with all facets, ms | found |",
        "|---:|" + "---:|" * 8,
    ]
    for one in measured:
        process = one.process
        lines.append(
            f"| {one.published.rows:,} | {process['open_seconds']:.2f}"
            f" | {process['first_milliseconds']:.0f}"
            f" | {process['own_mb']:.0f} ({process['own_before_mb']:.0f})"
            f" | {process['rss_mb']:.0f} | {one.published.bytes_on_disk / one.published.rows:.0f}"
            f" | {one.words} | {one.words_interaction} | {one.words_total:,} |"
        )
    return "\n".join(lines) + "\n"


def _by_hand(measured: Sequence[Measured]) -> str:
    lines = [
        "## Search as people type it",
        "",
        f"The {len(measured[0].by_hand.queries)} queries of `tests/fixtures/search/queries.json`"
        " (ids, slips of the keys, other scripts, parts of names), page and count, each asked once"
        " and thus nothing of it kept: milliseconds.",
        "",
        "| rows | median | 95 % within | slowest | |",
        "|---:|---:|---:|---:|---|",
    ]
    for one in measured:
        query, longest = one.by_hand.slowest
        lines.append(
            f"| {one.published.rows:,} | {one.by_hand.median:.1f} | {one.by_hand.most:.1f}"
            f" | {longest:.1f} | `{query}` |"
        )
    return "\n".join(lines) + "\n"


def _graded(measured: Sequence[Measured]) -> str:
    lines = [
        "## What fits a machine",
        "",
        f"Every row graded for `fits:{TERM}`: for a context that nobody asked about before, then on"
        f" another machine for one that somebody did; and page and count of `{QUERY}`. *Once* is"
        " what the first such question after a publish takes more. Milliseconds.",
        "",
        "| rows | unseen context | other machine | page and count | once | fit |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for one in measured:
        found = one.graded
        lines.append(
            f"| {one.published.rows:,} | {found.unseen} | {found.again} | {found.page}"
            f" | {found.prepared:,.0f} | {found.met:,} |"
        )
    return "\n".join(lines) + "\n"


def _targets(full: Measured, measured: Sequence[Measured]) -> str:
    """What was asked for against what this run reached."""
    hand = full.by_hand
    naive = [_ratio(full, q.name, PandasNaive.name) for q in QUESTIONS]
    polars = [_ratio(full, q.name, PolarsShared.name) for q in QUESTIONS]
    small = [one for one in measured if one.published.rows < 50_000]
    rows = [
        ("naive pandas, both", ">= 30x", f"{min(naive):.0f}x", min(naive) >= 30),
        ("polars, selective", ">= 1.5x", f"{polars[0]:.1f}x", polars[0] >= 1.5),
        ("polars, broad", ">= 1.2x", f"{polars[1]:.1f}x", polars[1] >= 1.2),
        (
            "open",
            "< 0.5 s",
            f"{full.process['open_seconds']:.2f} s",
            full.process["open_seconds"] < 0.5,
        ),
        (
            "own memory",
            "< 250 MB",
            f"{full.process['own_mb']:.0f} MB",
            full.process["own_mb"] < 250,
        ),
        ("word and prefix", "< 20 ms", f"{full.words.median:.1f} ms", full.words.median < 20),
        ("queries by hand, median", "< 20 ms", f"{hand.median:.1f} ms", hand.median < 20),
        ("queries by hand, 95 %", "< 20 ms", f"{hand.most:.1f} ms", hand.most < 20),
    ]
    unseen = full.graded.unseen.median
    rows.append(("all rows graded on a machine", "< 50 ms", f"{unseen:.1f} ms", unseen < 50))
    for one in small:
        slowest = max(one.times[q.name][Ours.name].median for q in (SELECTIVE, BROAD))
        rows.append(("bundled catalog, interaction", "< 5 ms", f"{slowest:.1f} ms", slowest < 5))
    lines = [f"## Targets at {full.published.rows:,} rows", "", "| | target | reached | |"]
    lines.append("|---|---|---|---|")
    lines += [f"| {n} | {t} | {r} | {'yes' if ok else 'no'} |" for n, t, r, ok in rows]
    return "\n".join(lines) + "\n"
