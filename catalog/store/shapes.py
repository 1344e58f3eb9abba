"""Whose architecture is known: each row's own, or that of what it was made from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalog.fit.architecture import Architecture
from catalog.store import decode
from catalog.store.encode import Array, expand
from catalog.store.parts import Parts
from catalog.store.words import NULL_CODE

# Of these the architecture is that of the base; the weights are their own.
SAME_SHAPE = ("quantized", "finetune")
# Its rows name no relation where they hold the very weights of the base.
VERY_WEIGHTS = "ollama"
_DEEPEST = 16  # steps from a known model to a row; copies of copies of copies are rare
_AT_ONCE = 1 << 19  # refs that are written out together


class Shapes:
    """One code for each row: 0 where nothing is known, else the place of an architecture and 1."""

    def __init__(self, parts: Parts, table: Mapping[str, Architecture]) -> None:
        self.architectures = tuple(dict.fromkeys(table.values()))
        places = {found: place for place, found in enumerate(self.architectures, 1)}
        self._parts = parts
        self._allowed = _same_shape(parts)
        self._bases = pc.utf8_lower(parts.dictionary("base_models"))
        self.codes = np.zeros(parts.models.num_rows, np.uint16)
        names = {ref.lower(): places[found] for ref, found in table.items()}
        rows, codes = _called_so(parts, names)
        self.codes[rows] = codes
        self._spread(pa.array(list(names), pa.string()), np.array([*names.values()], np.uint16))
        self._spread(*self._called(rows))
        del self._allowed, self._bases  # of no more use, and large

    def architecture(self, row: int) -> Architecture | None:
        """The architecture of one row, None where it is not known."""
        code = int(self.codes[row])
        return self.architectures[code - 1] if code else None

    def _spread(self, names: pa.Array, codes: Array) -> None:
        """From names of models that have a code to the rows that were made from them, and on."""
        for _ in range(_DEEPEST):
            rows, found = self._made_from(names, codes)
            if not len(rows):
                return
            self.codes[rows] = found
            names, codes = self._called(rows)

    def _called(self, rows: Array) -> tuple[pa.Array, Array]:
        """Refs and aliases of some rows, in lower case, with the code of each."""
        refs = pa.array(decode.refs(self._parts.models, rows), pa.string())
        column = self._parts.models.column("aliases")
        lists = column.indices.to_numpy()[rows]
        renamed = rows[lists != NULL_CODE]
        aliases = column.take(pa.array(renamed)).to_pylist()
        more = [(name, row) for row, names in zip(renamed, aliases, strict=True) for name in names]
        names = pa.concat_arrays([refs, pa.array([name for name, _ in more], pa.string())])
        of = np.concatenate([rows, np.array([row for _, row in more], np.int64)])
        return pc.utf8_lower(names), self.codes[of]

    def _made_from(self, names: pa.Array, codes: Array) -> tuple[Array, Array]:
        """Rows without a code whose first base has one of the names, and the code of that."""
        at = pc.index_in(self._bases, names).fill_null(-1)
        named = at.to_numpy(zero_copy_only=False)
        stated = np.flatnonzero(named >= 0)
        owners, places = expand(self._parts.array("base.offsets"), stated)
        rows = self._parts.array("base.rows")[places].astype(np.int64)
        column = self._parts.models.column("base_models")
        first = column.values.indices.to_numpy()[column.offsets.to_numpy()[rows]]
        kept = self._allowed[rows] & (self.codes[rows] == 0) & (first == stated[owners])
        return rows[kept], codes[named[stated[owners[kept]]]]


def _called_so(parts: Parts, names: Mapping[str, int]) -> tuple[Array, Array]:
    """Rows that have one of the names as ref, else as an alias, and the code of that."""
    wanted, codes = pa.array(list(names), pa.string()), np.array([*names.values(), 0], np.uint16)
    aliases = parts.models.column("aliases")
    of_lists = [
        next((names[one.lower()] for one in called or () if one.lower() in names), 0)
        for called in aliases.dictionary.to_pylist()
    ]
    found = np.array(of_lists, np.uint16)[aliases.indices.to_numpy()]
    for begin in range(0, len(found), _AT_ONCE):
        part = parts.models.slice(begin, _AT_ONCE)
        at = pc.index_in(pc.utf8_lower(decode.all_refs(part)), wanted).fill_null(-1)
        own = codes[at.to_numpy(zero_copy_only=False)]
        found[begin : begin + len(own)] = np.where(own, own, found[begin : begin + len(own)])
    rows = np.flatnonzero(found)
    return rows, found[rows]


def _same_shape(parts: Parts) -> Array:
    """Whether the architecture of each row is that of its base."""
    relation = parts.column("base_model_relation")
    allowed = np.isin(relation, parts.codes("base_model_relation", SAME_SHAPE))
    very = np.isin(parts.column("source"), parts.codes("source", (VERY_WEIGHTS,)))
    allowed |= very & (relation == NULL_CODE)
    return allowed
