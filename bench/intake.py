"""What taking rows in costs: CPU for raw pages of the Hub, memory for a sync of the whole of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import ingest, memory

_NAMES = {
    "snapshot": "Cardex, to a generation with its indexes",
    "staged": "Cardex, to staged pages",
    "plain": "ModelInfo, its own attributes, pandas, Parquet",
    "same fields": "ModelInfo, the fields of a catalog row, pandas, Parquet",
}


def section(rows: int, sync_rows: int, raw: Path | None, *, say: Callable[[str], None]) -> str:
    """Both tables as Markdown; `raw` is a file of raw rows, else those of the tests are taken."""
    say(f"taking in {rows:,} raw rows of the Hub, {ingest.ROUNDS} rounds")
    seconds = ingest.measure(rows, raw)
    say(f"{sync_rows:,} rows: memory of a sync")
    first, second = memory.measure(sync_rows)
    return f"{_ingest(rows, seconds)}\n{_memory(first, second)}"


def _ingest(rows: int, seconds: dict[str, list[float]]) -> str:
    ours = median(seconds["snapshot"])
    lines = [
        f"## Taking in {rows:,} raw rows of the Hub",
        "",
        "From pages of 1,000 rows as JSON to files, one process for each way, CPU time of all its"
        f" threads, the median of {ingest.ROUNDS} rounds (`bench/ingest.py` says what each way"
        " does). *x* is how many times the rows of the way Cardex takes in.",
        "",
        "| | rows per CPU-second | x |",
        "|---|---:|---:|",
    ]
    for way, name in _NAMES.items():
        taken = median(seconds[way])
        lines.append(f"| {name} | {rows / taken:,.0f} | {taken / ours:.2f} |")
    return "\n".join(lines) + "\n"


def _memory(first: dict[str, float], second: dict[str, float]) -> str:
    lines = [
        "## Memory of a sync",
        "",
        "Staged pages of 1,000 rows are merged, settled with their bases, measured and published,"
        " in a process of its own: into the bundled catalog, then again into what came of it, so"
        " that every row takes the place of an older one. *Own* is anonymous memory, the part that"
        " nothing can take back; resident memory counts mapped files too, whose pages the system"
        " drops when it needs the room.",
        "",
        "| rows | most own, MB | most resident, MB | CPU, s | |",
        "|---:|---:|---:|---:|---|",
    ]
    for one, what in ((first, "into the bundled catalog"), (second, "all rows again")):
        lines.append(
            f"| {one['rows']:,.0f} | {one['own_mb']:,.0f} | {one['resident_mb']:,.0f}"
            f" | {one['cpu_seconds']:,.0f} | {what} |"
        )
    return "\n".join(lines) + "\n"
