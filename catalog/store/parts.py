"""The mapped files of one generation as numpy arrays, read-only and without a copy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import SnapshotDamaged
from catalog.store.encode import Array


class Parts:
    """Three mapped record batches; raises SnapshotDamaged where one cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._name = folder.name
        self.models = self._mapped(folder / "models.arrow")
        self.files = self._mapped(folder / "files.arrow")
        self._postings = self._mapped(folder / "postings.arrow")
        self.packs: list[list[str]] = self._layout()

    def column(self, name: str) -> Array:
        """A column of the models: numbers, or the codes of a dictionary."""
        column = self._found(self.models, name)
        if pa.types.is_dictionary(column.type):
            column = column.indices
        array: Array = column.to_numpy()
        return array

    def dictionary(self, name: str) -> pa.Array:
        """The values that the codes of a column of the models stand for."""
        column = self._found(self.models, name)
        return (column.values if pa.types.is_list(column.type) else column).dictionary

    def codes(self, name: str, values: Sequence[str]) -> Array:
        """The codes of some values in a column of the models, those that it has."""
        found = pc.index_in(pa.array(values, pa.string()), self.dictionary(name)).drop_null()
        codes: Array = found.to_numpy(zero_copy_only=False)
        return codes

    def values(self, name: str) -> pa.Array:
        """One of the arrays in the postings."""
        return self._found(self._postings, name).values

    def array(self, name: str) -> Array:
        """One of the arrays in the postings, as numbers."""
        array: Array = self.values(name).to_numpy()
        return array

    def _found(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        try:
            return batch.column(name)
        except KeyError as error:
            raise SnapshotDamaged(f"Generation {self._name} lacks the column {name}.") from error

    def _mapped(self, path: Path) -> pa.RecordBatch:
        try:
            batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
            batch.validate()
        except (OSError, pa.ArrowException) as error:
            problem = f"{path.name} of generation {self._name} cannot be read."
            raise SnapshotDamaged(problem) from error
        return batch

    def _layout(self) -> list[list[str]]:
        try:
            layout: list[list[str]] = json.loads(self.models.schema.metadata[b"packs"])
        except (KeyError, TypeError, ValueError) as error:
            raise SnapshotDamaged(f"Generation {self._name} lacks its layout.") from error
        return layout
