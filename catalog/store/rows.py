"""Some rows of a generation as records; values that return are decoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa

from catalog.records import ModelRecord
from catalog.store.encode import NULL_INT, Array
from catalog.store.schema import MODELS
from catalog.store.serving import HUB_URL, LISTS_BY_ITEM, TEXTS, UNKNOWN_IS_NULL
from catalog.vocabulary import UNKNOWN

_Reader = Callable[[Array], list[Any]]
_KEPT = 20_000  # decoded values of one column; more are forgotten and decoded again
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Rows:
    """Reads rows of `models.arrow`; shared by threads freely."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch
        self._readers: dict[str, _Reader] = {
            field.name: _reader(field.name, batch.column(field.name), field.type)
            for field in MODELS
        }

    def records(self, rows: Sequence[int]) -> list[ModelRecord]:
        """The records of some rows, in the order given."""
        if not len(rows):
            return []
        places = np.asarray(rows, np.int64)
        columns = {name: read(places) for name, read in self._readers.items()}
        ids, sources = columns["repo_id"], columns["source"]
        columns["ref"] = [
            f"{source}:{own}" if ref is None else ref
            for ref, source, own in zip(columns["ref"], sources, ids, strict=True)
        ]
        columns["name"] = [
            own.rpartition("/")[2] if name is None else name
            for name, own in zip(columns["name"], ids, strict=True)
        ]
        columns["url"] = [
            f"{HUB_URL}/{own}" if url == "" else url
            for url, own in zip(columns["url"], ids, strict=True)
        ]
        names = tuple(columns)
        return [
            ModelRecord(**dict(zip(names, values, strict=True)))
            for values in zip(*columns.values(), strict=True)
        ]


class _Values(dict[int, Any]):
    """Entries of a dictionary, decoded when first asked for."""

    def __init__(self, dictionary: pa.Array, plain: Callable[[Any], Any]) -> None:
        super().__init__()
        self._dictionary = dictionary
        self._plain = plain

    def __missing__(self, code: int) -> Any:
        if len(self) >= _KEPT:
            self.clear()
        value = self[code] = self._plain(self._dictionary[code].as_py())
        return value


def _reader(name: str, column: pa.Array, kind: pa.DataType) -> _Reader:
    if name in TEXTS:
        return lambda rows: list(column.take(pa.array(rows)).to_pylist())
    if name in LISTS_BY_ITEM:
        return _lists(column)
    plain = _plain(name, kind)
    if pa.types.is_dictionary(column.type):
        codes, values = column.indices.to_numpy(), _Values(column.dictionary, plain)
        return lambda rows: [values[code] for code in codes[rows].tolist()]
    numbers = column.to_numpy()
    return lambda rows: [plain(number) for number in numbers[rows].tolist()]


def _lists(column: pa.ListArray) -> _Reader:
    offsets, codes = column.offsets.to_numpy(), column.values.indices.to_numpy()
    values = _Values(column.values.dictionary, lambda value: value)

    def read(rows: Array) -> list[Any]:
        ends = zip(offsets[rows].tolist(), offsets[rows + 1].tolist(), strict=True)
        return [tuple(values[code] for code in codes[low:high].tolist()) for low, high in ends]

    return read


def _plain(name: str, kind: pa.DataType) -> Callable[[Any], Any]:
    """How a value of the serving form becomes one of a record."""
    if name in UNKNOWN_IS_NULL:
        return lambda value: UNKNOWN if value is None else value
    if pa.types.is_list(kind):
        return tuple
    if pa.types.is_boolean(kind):
        return lambda code: None if code == 0 else code == 2
    if pa.types.is_floating(kind):
        return lambda number: None if isnan(number) else number
    if pa.types.is_timestamp(kind):
        return lambda number: None if number == NULL_INT else datetime.fromtimestamp(number, UTC)
    if pa.types.is_date32(kind):
        return lambda days: None if days == NULL_INT else date.fromordinal(_EPOCH_DAY + days)
    if pa.types.is_integer(kind):
        return lambda number: None if number == NULL_INT else number
    return lambda value: value
