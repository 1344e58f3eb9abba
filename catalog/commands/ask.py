"""find, facets, show, stats: questions to the catalog."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Sequence
from datetime import date

from catalog.bootstrap import open_cardex
from catalog.commands import places, printing
from catalog.errors import UnknownRef
from catalog.query import read
from catalog.records import QueryWarning, to_json
from catalog.services import exports
from catalog.services.catalog import CatalogService
from catalog.settings import Settings

FACETS_SHOWN = 8
_COUNT_DIGITS = 30  # more rows than any catalog has


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands of this module."""
    find = commands.add_parser("find", help="models that match a query")
    _query_argument(find)
    find.add_argument("--limit", type=_count, default=20, metavar="N", help="rows (default 20)")
    shape = find.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one JSON document")
    shape.add_argument("--csv", action="store_true", help="CSV with every field")
    find.set_defaults(run=_find)

    facets = commands.add_parser("facets", help="counts of every facet under a query")
    _query_argument(facets)
    facets.add_argument("--json", action="store_true", help="one JSON document")
    facets.set_defaults(run=_facets)

    show = commands.add_parser("show", help="one model with its files")
    show.add_argument("ref", metavar="REF", help="huggingface:Qwen/Qwen3-8B, or an alias")
    show.add_argument("--json", action="store_true", help="one JSON document")
    show.set_defaults(run=_show)

    stats = commands.add_parser("stats", help="how many models, of what sources, how fresh")
    stats.add_argument("--json", action="store_true", help="one JSON document")
    stats.set_defaults(run=_stats)


def _query_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", metavar="QUERY", nargs="*", help="e.g. 'task:text-generation params:3B..14B'"
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a count")
    return min(int(text[:_COUNT_DIGITS]), sys.maxsize)


def _find(given: argparse.Namespace, settings: Settings) -> int:
    catalog, parsed = _opened(settings), read(" ".join(given.query))
    query = parsed.query
    found = catalog.search(query, page_size=1, facets=())
    warnings = _merged(parsed.warnings, found.warnings)
    models = list(itertools.islice(catalog.models(query), given.limit))
    if given.json:
        rows = [to_json(model) for model in models]
        document = exports.find_document(str(query), found.total, warnings, rows)
        printing.document(document)
        return 0
    printing.warnings(warnings)
    if given.csv:
        sys.stdout.write(exports.csv_bytes(models).decode("utf-8"))
        return 0
    printing.models(models)
    print(printing.shown_of(len(models), found.total), file=sys.stderr)
    return 0


def _facets(given: argparse.Namespace, settings: Settings) -> int:
    catalog, parsed = _opened(settings), read(" ".join(given.query))
    found = catalog.search(parsed.query, page_size=1, values=None)
    warnings = _merged(parsed.warnings, found.warnings)
    document = exports.facets_document(found, warnings)
    if given.json:
        printing.document(document)
        return 0
    printing.warnings(warnings)
    printing.facets(document["facets"], most=FACETS_SHOWN)
    return 0


def _show(given: argparse.Namespace, settings: Settings) -> int:
    catalog = _opened(settings)
    try:
        detail = catalog.model(given.ref)
    except UnknownRef as unknown:
        raise UnknownRef(given.ref, unknown.nearest, _removed(catalog, given.ref)) from None
    document = to_json(detail.model)
    if not given.json and (told := places.of_model(catalog.runtimes(), detail.model.ref)):
        document["installed"] = told
    document["files"] = [to_json(file) for file in detail.files]
    if given.json:
        printing.document(document)
    else:
        printing.fields(document)
    return 0


def _removed(catalog: CatalogService, ref: str) -> date | None:
    """The day that a model left the catalog, as the change feed tells it."""
    try:
        told = catalog.history(ref)
    except UnknownRef:
        return None
    days = (one.published_at.date() for one in told if one.kind == "removed" and one.published_at)
    return next(days, None)


def _stats(given: argparse.Namespace, settings: Settings) -> int:
    catalog: CatalogService = open_cardex(settings).catalog
    found, coverage = catalog.status(), catalog.coverage()
    if given.json:
        document = to_json(found)
        document["coverage"] = [to_json(one) for one in coverage]
        document["corrections"] = [to_json(one) for one in catalog.corrections()]
        document["correction_problems"] = list(catalog.correction_problems())
        printing.document(document)
    else:
        printing.notice(found.notice)
        printing.status(found)
        printing.coverage(coverage)
        printing.corrections(catalog.corrections(), catalog.correction_problems())
        for line in places.all_of(catalog.runtimes()):
            print(printing.clean(line))
    return 0


def _opened(settings: Settings) -> CatalogService:
    catalog = open_cardex(settings).catalog
    printing.notice(catalog.notice())
    return catalog


def _merged(
    first: Sequence[QueryWarning], second: Sequence[QueryWarning]
) -> tuple[QueryWarning, ...]:
    return tuple(dict.fromkeys([*first, *second]))
