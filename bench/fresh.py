"""What a process of its own needs to open a catalog and to answer from it; prints JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.ours import Ours
from bench.question import QUESTIONS
from catalog.store import snapshot

INTERACTIONS = 20


def main() -> None:
    """Opens the catalog named on the command line and asks it 20 times."""
    before = memory()
    start = time.perf_counter()
    generation = snapshot.open_current(Path(sys.argv[1]))
    opened = time.perf_counter()
    engine = Ours(generation)
    engine.ask(QUESTIONS[0])
    first = time.perf_counter()
    for number in range(INTERACTIONS - 1):
        engine.ask(QUESTIONS[number % len(QUESTIONS)])
    after = memory()
    report = {
        "open_seconds": opened - start,
        "first_milliseconds": (first - opened) * 1_000,
        "rss_mb": after["Rss"],
        "own_mb": after["Anonymous"],
        "own_before_mb": before["Anonymous"],
    }
    sys.stdout.write(json.dumps(report))


def memory(process: int | str = "self") -> dict[str, float]:
    """Megabytes of a process: resident, and its own (what no other process could share)."""
    rollup = Path(f"/proc/{process}/smaps_rollup")
    if not rollup.exists():
        return {"Rss": 0.0, "Anonymous": 0.0}
    lines = [line.split() for line in rollup.read_text().splitlines()[1:]]
    kilobytes = {name.rstrip(":"): int(number) for name, number, *_ in lines}
    return {name: kilobytes[name] * 1024 / 1e6 for name in ("Rss", "Anonymous")}


if __name__ == "__main__":
    main()
