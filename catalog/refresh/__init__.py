"""Refresh: run the sources, keep the old rows of a failed one, publish a generation."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from catalog.records import SourceRun
from catalog.refresh.carry import import_pack
from catalog.refresh.place import Place, ensure_catalog
from catalog.refresh.progress import Printer, Progress
from catalog.refresh.sync import RefreshReport, run
from catalog.settings import Settings

__all__ = [
    "Place",
    "Printer",
    "Progress",
    "RefreshReport",
    "command",
    "ensure_catalog",
    "import_pack",
    "run",
]


def command(
    settings: Settings, sources: Sequence[str], *, limit: int | None = None, full: bool = False
) -> int:
    """`sync` of the command line: progress and outcome on stderr, the exit status returned."""
    printer = Printer()
    try:
        report = run(settings, sources, limit=limit, full=full, progress=printer)
    finally:
        printer.close()
    for line in _outcome(report):
        print(line, file=sys.stderr)
    return report.exit_code


def _outcome(report: RefreshReport) -> list[str]:
    lines = [_sentence(one) for one in report.runs]
    if report.message is not None:
        lines.append(f"cardex: {report.message}")
    elif report.generation is not None:
        lines.append(f"The catalog is at generation {report.generation}.")
    return lines


def _sentence(one: SourceRun) -> str:
    parts = [f"{one.source} ({one.scope}): {'done' if one.ok else 'failed'}"]
    if one.fetched:
        parts.append(f"{one.kept:,} models kept, {one.quarantined:,} rows put aside")
    return f"{', '.join(parts)}.{f' {one.error}' if one.error else ''}"
