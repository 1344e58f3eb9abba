"""Facet columns packed together: one code per combination of values that occurs.

Columns of a catalog are correlated, so many of them fit into one code of 16 bits. A filter then
becomes one look-up table over the combinations and one gather over the rows, whatever the number
of columns, and one count of the combinations serves all their facets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.store.encode import Array, smallest

# A table of 65,536 flags stays in the second-level cache.
LIMIT = 1 << 16


@dataclass(slots=True)
class Pack:
    """One code per row and, for each member column, its code in every combination."""

    codes: Array
    members: dict[str, Array] = field(default_factory=dict)


def packed(columns: Mapping[str, Array]) -> list[Pack]:
    """The columns in as few packs as the limit allows, first fit in the given order."""
    packs: list[Pack] = []
    for name, codes in columns.items():
        if not any(_added(pack, name, codes) for pack in packs):
            packs.append(_alone(name, codes))
    return packs


def _alone(name: str, codes: Array) -> Pack:
    size = int(codes.max(initial=0)) + 1
    return Pack(codes.astype(smallest(size)), {name: np.arange(size).astype(smallest(size))})


def _added(pack: Pack, name: str, codes: Array) -> bool:
    size = int(codes.max(initial=0)) + 1
    if size > LIMIT:
        return False
    both = pack.codes.astype(np.int64) * size + codes
    encoded = pc.dictionary_encode(pa.array(both))
    if len(encoded.dictionary) > LIMIT:
        return False
    values = encoded.dictionary.to_numpy()
    order = np.argsort(values)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    values = values[order]
    pack.codes = rank[encoded.indices.to_numpy()].astype(smallest(len(order)))
    old = values // size
    pack.members = {member: table[old] for member, table in pack.members.items()}
    pack.members[name] = (values % size).astype(smallest(size))
    return True
