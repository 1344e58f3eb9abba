"""Which rows are a publisher's own models: of a known family by who made it, and no copies."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize.families import accounts, all_families
from catalog.store.encode import NULL_INT, Array
from catalog.store.parts import Parts

COPIES = ("quantized", "adapter", "merge", "component")
_LIKED = 1.5  # a model of so many times fewer likes than the best liked one does not lead


def own(parts: Parts) -> Array:
    """For each row whether it is its publisher's own; without a family, any publisher's will do."""
    ours = accounts()
    known = {family.slug: ours[family.publisher] for family in all_families()}
    ids = sorted(frozenset().union(*known.values()))
    authors = pc.utf8_lower(parts.dictionary("author"))
    at = pc.index_in(authors, pa.array(ids)).fill_null(len(ids))
    families = parts.dictionary("family").to_pylist()
    is_home = np.zeros((len(families), len(ids) + 1), bool)
    for code, family in enumerate(families):
        theirs = ids if family is None else known.get(family, ())
        is_home[code, :-1] = [account in theirs for account in ids]
    account_of = at.to_numpy(zero_copy_only=False)
    found: Array = is_home[parts.column("family"), account_of[parts.column("author")]]
    return found & ~np.isin(parts.column("kind"), parts.codes("kind", COPIES))


def led(parts: Parts, rows: Array) -> tuple[Array, Array]:
    """The best liked of some rows, and the others."""
    likes = np.maximum(parts.column("likes")[rows].astype(np.int64), NULL_INT + 1)
    most = int(likes.max(initial=0))
    leads = likes * _LIKED > most if most > 0 else np.zeros(len(rows), bool)
    return rows[leads], rows[~leads]
