"""sync: pull from the sources and publish a new generation."""

from __future__ import annotations

import argparse
import sys

from catalog import refresh
from catalog.normalize.lineage import REPO_ID
from catalog.settings import Settings
from catalog.sources import SOURCES, huggingface


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command of this module."""
    sync = commands.add_parser(
        "sync",
        help="pull from the sources",
        description="Fetch today's rows and publish them, whole or not at all. After a walk with "
        "--full, what changed since is enough; CARDEX_FULL_DAYS says when everything is walked "
        "again. A sync that was killed or stopped within a day goes on.",
        epilog="Exit status: 0 done, 1 a source failed and its last good rows stay, 75 another "
        "sync is running, 143 it was ended by SIGTERM or Ctrl-C after the page at hand.",
    )
    sync.add_argument(
        "sources", nargs="*", metavar="SOURCE", help=f"{', '.join(SOURCES)} (default: all)"
    )
    amount = sync.add_mutually_exclusive_group()
    amount.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="the top N of each source by downloads, instead of the default selection",
    )
    amount.add_argument("--full", action="store_true", help="walk everything the source lists")
    amount.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="REF",
        help="this model of the Hub alone, with the exact bytes of its files; may be repeated",
    )
    sync.set_defaults(run=_sync)


def _sync(given: argparse.Namespace, settings: Settings) -> int:
    unknown = [source for source in given.sources if source not in SOURCES]
    if unknown:
        names = ", ".join(SOURCES)
        print(f"cardex: {unknown[0]!r} is not a source; there are: {names}.", file=sys.stderr)
        return 2
    if given.limit is not None and given.limit < 1:
        print("cardex: --limit needs a number of rows from 1 on.", file=sys.stderr)
        return 2
    problem = _no_hub_model(given)
    if problem is not None:
        print(f"cardex: {problem}", file=sys.stderr)
        return 2
    return refresh.command(
        settings,
        (huggingface.NAME,) if given.model else given.sources or tuple(SOURCES),
        limit=given.limit,
        full=given.full,
        models=given.model,
    )


def _no_hub_model(given: argparse.Namespace) -> str | None:
    """Why the models that were named cannot be asked for, one sentence."""
    if given.model and any(source != huggingface.NAME for source in given.sources):
        return "--model asks the Hub alone; leave the other sources out."
    for ref in given.model:
        source, _, repo_id = ref.partition(":")
        if source != huggingface.NAME or not REPO_ID.fullmatch(repo_id):
            return f"{ref!r} is no model of the Hub; write it as {huggingface.NAME}:OWNER/NAME."
    return None
