"""snapshot: list, export and import generations as files."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from catalog import refresh
from catalog.bootstrap import open_cardex
from catalog.commands import printing
from catalog.errors import StoreUnwritable
from catalog.settings import Settings

_WHAT = (
    "A name that ends in .parquet takes the rows of the models without their files; any other, "
    "such as catalog.cardex, takes everything."
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands of this module."""
    snapshot = commands.add_parser("snapshot", help="list, export or import the catalog")
    actions = snapshot.add_subparsers(title="actions", metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the generations that are kept")
    listed.add_argument("--json", action="store_true", help="one JSON document")
    listed.set_defaults(run=_list)
    export = actions.add_parser(
        "export",
        help="write the current generation as a file",
        description=f"Write the current generation as a file. {_WHAT}",
    )
    export.add_argument(
        "file", type=Path, metavar="FILE", help="catalog.cardex, or models.parquet for other tools"
    )
    export.add_argument(
        "--force", action="store_true", help="write over a file that is there already"
    )
    export.set_defaults(run=_export)
    imported = actions.add_parser(
        "import",
        help="publish what `snapshot export` wrote, or a table of the Hub's models as Parquet",
    )
    imported.add_argument("file", type=Path, metavar="FILE")
    imported.add_argument(
        "--as-of",
        type=_past_day,
        metavar="DATE",
        help="the day that the facts of such a table are from (default: its newest time)",
    )
    imported.set_defaults(run=_import)


def _list(given: argparse.Namespace, settings: Settings) -> int:
    catalog = open_cardex(settings).catalog
    current = catalog.generation()
    rows = [{"id": name, "current": name == current} for name in catalog.generations()]
    if given.json:
        printing.document({"generations": rows})
        return 0
    for row in rows:
        print(f"{row['id']}{'  current' if row['current'] else ''}")
    return 0


def _export(given: argparse.Namespace, settings: Settings) -> int:
    file: Path = given.file
    if os.path.isfile(file) and not given.force:  # noqa: PTH113 - no permission raises nothing
        raise StoreUnwritable(f"{file} is there already. Name another file, or add --force.")
    models = open_cardex(settings).catalog.pack(file)
    rest = "and their files."
    if file.suffix == ".parquet":
        rest = "without their files. Name it with .cardex at its end for everything."
    print(f"{file} holds {models:,} models {rest}", file=sys.stderr)
    return 0


def _import(given: argparse.Namespace, settings: Settings) -> int:
    printer = refresh.Printer()
    try:
        done = refresh.import_file(settings, given.file, as_of=given.as_of, progress=printer)
    finally:
        printer.close()
    for run in done.runs:
        for reason in run.reasons:
            print(f"Put aside {reason.count:,}: {printing.clean(reason.text)}.", file=sys.stderr)
    if done.dropped:
        print(
            f"Gone with the catalog before: {done.dropped:,}. That catalog stays on disk.",
            file=sys.stderr,
        )
    if done.alone:
        print(
            f"{given.file} has models without their files: {done.files_kept:,} of the catalog "
            f"before keep theirs, {done.files_lost:,} lose theirs.",
            file=sys.stderr,
        )
    print(
        f"The catalog is at generation {done.generation}: {done.models:,} models.", file=sys.stderr
    )
    return 0


def _past_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date like 2026-11-24") from None
    if day > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError(f"{text} is in the future")
    return day
