"""Which rows are a publisher's own models: of a known family by who made it, and no copies."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.normalize.families import all_families
from catalog.store.encode import NULL_INT, Array
from catalog.store.parts import Parts

_COPIES = ("quantized", "adapter", "merge", "component")
_LIKED = 1.5  # a model of so many times fewer likes than the best liked one does not lead
_NO_SIGNS = r"[^0-9a-z]"


@lru_cache(maxsize=1)
def homes() -> dict[str, frozenset[str]]:
    """Of each family the accounts of its publisher, lower case, letters and digits only."""
    accounts: dict[str, set[str]] = defaultdict(set)
    for family in all_families():
        for publisher in family.publisher.split(", "):
            accounts[family.publisher].add(_bare(publisher))
        accounts[family.publisher] |= {
            _bare(member.repo_id.partition("/")[0]) for member in family.members
        }
    return {family.slug: frozenset(accounts[family.publisher]) for family in all_families()}


def own(parts: Parts) -> Array:
    """For each row whether it is its publisher's own; without a family, any publisher's will do."""
    known = homes()
    accounts = sorted(frozenset().union(*known.values()))
    authors = pc.utf8_lower(parts.dictionary("author"))
    bare = pc.replace_substring_regex(authors, _NO_SIGNS, "")
    at = pc.index_in(bare, pa.array(accounts)).fill_null(len(accounts))
    families = parts.dictionary("family").to_pylist()
    is_home = np.zeros((len(families), len(accounts) + 1), bool)
    for code, family in enumerate(families):
        theirs = accounts if family is None else known.get(family, ())
        is_home[code, :-1] = [account in theirs for account in accounts]
    account_of = at.to_numpy(zero_copy_only=False)
    found: Array = is_home[parts.column("family"), account_of[parts.column("author")]]
    kinds = parts.dictionary("kind").to_pylist()
    codes = [code for code, kind in enumerate(kinds) if kind in _COPIES]
    return found & ~np.isin(parts.column("kind"), codes)


def led(parts: Parts, rows: Array) -> tuple[Array, Array]:
    """The best liked of some rows, and the others."""
    likes = np.maximum(parts.column("likes")[rows].astype(np.int64), NULL_INT + 1)
    most = int(likes.max(initial=0))
    leads = likes * _LIKED > most if most > 0 else np.zeros(len(rows), bool)
    return rows[leads], rows[~leads]


def _bare(text: str) -> str:
    return "".join(char for char in text.lower() if char.isascii() and char.isalnum())
