"""license: what one may do with a model, what its license asks, and the chain behind it."""

from __future__ import annotations

import argparse

from catalog.bootstrap import open_cardex
from catalog.commands import printing
from catalog.records import to_json
from catalog.reports import LicenseLink, LicenseReport
from catalog.settings import Settings

_USES = {
    "internal": "use inside the company",
    "serve": "serve to customers",
    "embed": "put into a product",
    "redistribute": "fine-tune and pass on",
    "train_outputs": "train on what it puts out",
}
_ADVICE = "This is our reading and no legal advice."


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command of this module."""
    one = commands.add_parser("license", help="what one may do with a model, and why")
    one.add_argument("ref", metavar="REF", help="huggingface:Qwen/Qwen3-8B, or an alias")
    one.add_argument("--json", action="store_true", help="one JSON document")
    one.set_defaults(run=_license)


def _license(given: argparse.Namespace, settings: Settings) -> int:
    catalog = open_cardex(settings).catalog
    printing.notice(catalog.notice())
    report = catalog.license(given.ref)
    if given.json:
        printing.document(to_json(report) | {"note": _ADVICE})
    else:
        _told(report)
    return 0


def _told(report: LicenseReport) -> None:
    print(printing.clean(report.ref))
    if report.conflict:
        _line(f"Conflict: {report.conflict}")
    for use in report.uses:
        _line(f"{_USES[use.use]}: {use.verdict}")
        for reason in use.reasons:
            _line(f"- {reason}", indent=4)
    if report.clauses:
        print("What is asked")
        for clause in report.clauses:
            _line(f"{clause.key}: {clause.words}")
    print("Where it comes from")
    for link in report.chain:
        _line(_words(link), indent=2 + 2 * link.depth)
    if report.cut:
        _line("The chain goes on.")
    print(_ADVICE)


def _words(link: LicenseLink) -> str:
    if link.license_name is not None:
        stated = link.license_name
    else:
        stated = link.license or link.license_raw or "no license known here"
    read = f"; our reading is of {link.version_read}" if link.version_read else ""
    relation = f" ({link.relation})" if link.relation else ""
    where = f"; {link.license_url}" if link.license_url else ""
    return f"{link.name}{relation}: {stated}, {link.commercial_use}{read}{where}"


def _line(words: str, *, indent: int = 2) -> None:
    print(" " * indent + printing.clean(words))
