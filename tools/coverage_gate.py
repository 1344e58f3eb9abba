"""Compare a coverage report with what each part of the tree must reach; exit 1 where one is below.

coverage json -o report.json && python tools/coverage_gate.py report.json
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The least share of lines and branches, in percent, that tests run in some paths."""

    name: str
    paths: tuple[str, ...]
    least: float


# The parts that decide what a visitor is told are small and pure: there is no excuse for a gap.
GATES = (
    Gate(name="query and normalize", paths=("catalog/query", "catalog/normalize/"), least=100.0),
    Gate(name="catalog", paths=("catalog/",), least=95.0),
    Gate(name="ui and pages", paths=("ui/", "pages/"), least=85.0),
)


def covered(files: dict[str, Any], paths: tuple[str, ...]) -> tuple[float, list[str]]:
    """Share of lines and branches run below `paths`, and the files with gaps, worst first."""
    run = possible = 0
    gaps: list[tuple[int, str]] = []
    for name, entry in files.items():
        if not name.replace("\\", "/").startswith(paths):
            continue
        summary = entry["summary"]
        done = summary["covered_lines"] + summary.get("covered_branches", 0)
        whole = summary["num_statements"] + summary.get("num_branches", 0)
        run, possible = run + done, possible + whole
        if done < whole:
            gaps.append((whole - done, f"{name}: lines {_ranges(entry)}"))
    return (100.0 * run / possible if possible else 100.0), [text for _, text in sorted(gaps)[::-1]]


def _ranges(entry: dict[str, Any]) -> str:
    lines = [str(line) for line in entry["missing_lines"]]
    lines += [f"{start}->{end}" for start, end in entry.get("missing_branches", [])]
    return ", ".join(lines[:12]) + (", ..." if len(lines) > 12 else "")


def main(report: Path) -> int:
    """Print a line for each gate; the exit status says whether all were reached."""
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    below = 0
    for gate in GATES:
        share, gaps = covered(files, gate.paths)
        reached = share >= gate.least
        print(
            f"{'ok ' if reached else 'LOW'} {gate.name}: {share:.2f} % (at least {gate.least:g} %)"
        )
        if not reached:
            below += 1
            print("".join(f"      {gap}\n" for gap in gaps[:20]), end="")
    return 1 if below else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
