"""The sizes of a model family as its rows show them, one bar per size."""

from __future__ import annotations

import numpy as np

from catalog.reports import FamilySize, FamilySizes
from catalog.store import decode
from catalog.store.encode import NULL_INT, Array
from catalog.store.parts import Parts
from catalog.store.publishers import COPIES

MOST_SIZES = 12  # bars of one family
_SAME = 1.3  # a model up to so many times as large is of the same size


def sizes(parts: Parts, rows: Array, family: str) -> FamilySizes:
    """The sizes of one family among some rows, which are in the order of rank."""
    rows = rows[np.isin(parts.column("family")[rows], parts.codes("family", (family,)))]
    params = parts.column("parameter_count")
    known = rows[params[rows] != NULL_INT]
    own = known[~np.isin(parts.column("kind")[known], parts.codes("kind", COPIES))]
    home = _home(parts, own)
    own = own[parts.column("author")[own] == home]
    found = [
        (_best(parts, group, own), len(group) - 1)
        for group in _grouped(own[np.argsort(params[own], kind="stable")], params)
    ]
    shown = sorted(sorted(found)[:MOST_SIZES], key=lambda size: int(params[size[0]]))
    refs = decode.refs(parts.models, np.array([row for row, _ in shown], np.int64))
    return FamilySizes(
        family=family,
        name=family,
        author=parts.dictionary("author")[home].as_py() if shown else None,
        repositories=len(rows),
        unknown=len(rows) - len(known),
        sizes=tuple(
            FamilySize(
                ref=ref,
                name=ref.partition(":")[2].rpartition("/")[2],
                parameter_count=int(params[row]),
                others=others,
            )
            for ref, (row, others) in zip(refs, shown, strict=True)
        ),
        more=len(found) - len(shown),
    )


def _home(parts: Parts, rows: Array) -> int:
    """The most downloaded author of the rows."""
    downloads = parts.column("downloads_30d")[rows]
    pulls = np.where(downloads == NULL_INT, 0, downloads).astype(np.float64)
    authors = parts.column("author")[rows]
    return int(np.argmax(np.bincount(authors, weights=pulls + 1))) if len(rows) else -1


def _best(parts: Parts, group: Array, own: Array) -> int:
    """The row that stands for a size: the most popular one of the task that most of them have."""
    tasks = parts.column("pipeline_tag")
    main = np.argmax(np.bincount(tasks[own]))
    of_it = group[tasks[group] == main]
    return int(of_it.min() if len(of_it) else group.min())


def _grouped(rows: Array, params: Array) -> list[Array]:
    """Rows in the order of their parameters, cut where one is of another size than the first."""
    starts: list[int] = []
    first = 0.0
    for place, number in enumerate(params[rows].tolist()):
        if not starts or number > first * _SAME:
            starts.append(place)
            first = number
    return np.split(rows, starts)[1:]
