"""doctor: which hop on the way to an upstream fails, or whether it is the disk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from catalog.commands import printing
from catalog.records import Hop, to_json
from catalog.services import doctor
from catalog.settings import Settings
from catalog.vocabulary import SOURCES

FAILED = 1
_STATES = {True: "ok", False: "FAILED", None: "skipped"}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command of this module."""
    command = commands.add_parser(
        "doctor",
        help="why a sync does not come through",
        description="Walks from this machine to each source and names the hop that fails. "
        "Exit status: 0 all is well, 1 a hop failed.",
    )
    command.add_argument(
        "sources", nargs="*", metavar="SOURCE", help=f"{', '.join(SOURCES)} (default: all)"
    )
    command.add_argument("--json", action="store_true", help="one JSON document")
    command.set_defaults(run=_doctor)


def _doctor(given: argparse.Namespace, settings: Settings) -> int:
    unknown = [source for source in given.sources if source not in SOURCES]
    if unknown:
        names = ", ".join(SOURCES)
        print(f"cardex: {unknown[0]!r} is not a source; there are: {names}.", file=sys.stderr)
        return 2
    hops = doctor.examine(settings, given.sources)
    if given.json:
        printing.document(
            {"ok": not _failed(hops), "hops": [to_json(hop) for hop in hops]},
        )
    else:
        _print(hops)
    return FAILED if _failed(hops) else 0


def _failed(hops: Sequence[Hop]) -> list[Hop]:
    return [hop for hop in hops if hop.ok is False]


def _print(hops: Sequence[Hop]) -> None:
    target = None
    for hop in hops:
        if hop.target != target:
            target = hop.target
            print(target)
        if hop.words == doctor.NOT_REACHED:
            print(f"  {hop.hop:<10}  not reached")
        else:
            print(f"  {hop.hop:<10}  {_STATES[hop.ok]:<11}  {printing.clean(hop.words)}")
    failed = _failed(hops)
    for hop in failed:
        print(f"cardex: {hop.target} fails at {hop.hop}.", file=sys.stderr)
    if not failed:
        print("cardex: no hop failed.", file=sys.stderr)
