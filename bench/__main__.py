"""`python -m bench`: the benchmark table of the catalog engine and its peers, then of the app."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import app, catalogs, intake, measure, report

DEFAULT_ROWS = "starter,100k,1m,3.1m"
QUICK_ROWS = "starter,100k"


def main() -> None:
    """Measures what the command line asks for; the table goes to stdout, progress to stderr."""
    options = options_of()
    started = time.monotonic()
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())

    def say(text: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - started:4.0f} s] {text}\n")

    rows = options.rows or (QUICK_ROWS if options.quick else DEFAULT_ROWS)
    rounds = options.repeat or (5 if options.quick else 15)
    taken_in = intake.section(
        int(catalogs.rows_of(options.ingest)),
        int(catalogs.rows_of(options.sync)),
        Path(options.raw) if options.raw else None,
        say=say,
    )
    if options.only_ingest:
        sys.stdout.write(f"{report.machine(load)}\n{taken_in}")
        return
    measured = [
        measure.measure(catalogs.rows_of(size), rounds=rounds, say=say) for size in rows.split(",")
    ]
    pages = ""
    if not options.no_app:
        pages = app.section(catalogs.rows_of("100k" if options.quick else "1m"), say=say)
    text = report.markdown(measured, load=load, app=f"{pages}\n{taken_in}")
    sys.stdout.write(text)
    if options.write:
        report.write(Path(options.write), text)
    say("done")


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rows", help=f"sizes, by default {DEFAULT_ROWS}")
    parser.add_argument("--repeat", type=int, metavar="N", help="rounds of each engine (15)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS}, 5 rounds: two minutes")
    parser.add_argument("--no-app", action="store_true", help="the engines alone, without Chromium")
    parser.add_argument("--ingest", default="20k", help="raw rows that are taken in (20k)")
    parser.add_argument(
        "--raw",
        metavar="FILE",
        help="raw rows of the Hub, gzipped JSON lines, in place of the tests'",
    )
    parser.add_argument(
        "--sync", default="100k", help="rows of the sync whose memory counts (100k)"
    )
    parser.add_argument("--only-ingest", action="store_true", help="nothing but these two")
    parser.add_argument(
        "--write", metavar="FILE", help="also write the report to a file, above its notes"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
