"""changes: what the last publishes changed, or what ever changed about one model."""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import datetime

from catalog.bootstrap import open_cardex
from catalog.commands import printing
from catalog.records import Change, ChangeSummary, to_json
from catalog.settings import Settings
from catalog.vocabulary import CHANGES

PUBLISHES = 10
_ADDED, _REMOVED = CHANGES[:2]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command of this module."""
    changes = commands.add_parser(
        "changes", help="what the last publishes changed, or the history of one model"
    )
    changes.add_argument(
        "ref", metavar="REF", nargs="?", help="a model, an alias, or one that is gone"
    )
    changes.add_argument("--json", action="store_true", help="one JSON document")
    changes.set_defaults(run=_changes)


def _changes(given: argparse.Namespace, settings: Settings) -> int:
    catalog = open_cardex(settings).catalog
    printing.notice(catalog.notice())
    if given.ref is None:
        _feed(catalog.changes(PUBLISHES), as_json=given.json)
    else:
        _history(given.ref, catalog.history(given.ref), as_json=given.json)
    return 0


def _feed(found: tuple[ChangeSummary, ...], *, as_json: bool) -> None:
    if as_json:
        printing.document({"publishes": [to_json(summary) for summary in found]})
        return
    for summary in found:
        print(f"{_day(summary.published_at)}  {_counts(summary)}")
        shown = Counter(change.kind for change in summary.examples)
        for kind in CHANGES:
            for change in summary.examples:
                if change.kind == kind:
                    print(f"  {printing.clean(change.ref)}  {_words(change)}")
            more = getattr(summary, kind) - shown[kind]
            if shown[kind] and more > 0:
                print(f"  and {more:,} more {_counted(kind)}")


def _history(ref: str, found: tuple[Change, ...], *, as_json: bool) -> None:
    if as_json:
        printing.document({"ref": ref, "changes": [to_json(change) for change in found]})
        return
    for change in found:
        print(f"{_day(change.published_at)}  {_words(change)}")
    if not found:
        print("No publish has changed it.")


def _counts(summary: ChangeSummary) -> str:
    if summary.previous is None:
        return "no catalog before it to compare with"
    counts = {kind: getattr(summary, kind) for kind in CHANGES}
    told = [f"{count:,} {_counted(kind)}" for kind, count in counts.items() if count]
    return ", ".join(told) or "nothing of these changed"


def _counted(kind: str) -> str:
    return kind if kind in (_ADDED, _REMOVED) else f"with another {kind}"


def _words(change: Change) -> str:
    if change.kind in (_ADDED, _REMOVED):
        return change.kind
    before, after = (_side(change.kind, text) for text in (change.before, change.after))
    return f"{change.kind}: {before} -> {after}"


def _side(kind: str, text: str | None) -> str:
    """What a change went from or to; a size also as people read it."""
    told = printing.clean(text or "unknown")
    if kind == "size" and told.isascii() and told.isdigit():
        return printing.size(int(told))
    return told


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else printing.NOT_STATED
