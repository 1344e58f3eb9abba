"""Facts of an architecture from the header of a GGUF file; the weights behind it are not read."""

from __future__ import annotations

import struct
from math import prod
from typing import Any, BinaryIO

from catalog.errors import QueryError

# The format: ggml docs/gguf.md. Kinds of values by their number: struct code; 8 text, 9 list.
_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
# Values in a block and its bytes by number of the type: gguf/constants.py GGML_QUANT_SIZES.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
_MOST_TENSORS = 1_000_000
_MOST_KEYS = 10_000
_MOST_ITEMS = 10_000_000  # the longest known vocabularies have about a million words
_MOST_TEXT = 16 << 20
_KEPT_ITEMS = 4_096  # longer lists are vocabularies, of which only the length counts


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def take(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) != size:
            raise QueryError("The GGUF file ends within its header.")
        return data

    def number(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self.take(struct.calcsize(f"<{code}")))[0]

    def count(self, most: int) -> int:
        found = int(self.number("Q"))
        if found > most:
            raise QueryError("The header of the GGUF file is damaged: a count is beyond reason.")
        return found

    def text(self) -> str:
        return self.take(self.count(_MOST_TEXT)).decode("utf-8", errors="replace")

    def value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self.text()
        if kind == _LIST:
            return self._list()
        if kind not in _CODES:
            raise QueryError(f"The header of the GGUF file has a value of unknown kind {kind}.")
        return self.number(_CODES[kind])

    def _list(self) -> Any:
        kind, count = int(self.number("I")), self.count(_MOST_ITEMS)
        if kind == _LIST:
            raise QueryError("The header of the GGUF file has lists within lists.")
        if count <= _KEPT_ITEMS:
            return [self.value(kind) for _ in range(count)]
        if kind == _TEXT:
            for _ in range(count):
                self.take(self.count(_MOST_TEXT))
        elif kind in _CODES:
            self.take(count * struct.calcsize(f"<{_CODES[kind]}"))
        else:
            raise QueryError(f"The header of the GGUF file has a value of unknown kind {kind}.")
        return range(count)


def read(file: BinaryIO) -> tuple[dict[str, Any], int | None]:
    """The keys of the header, and bytes of all tensors, None where a type is not known."""
    reader = _Reader(file)
    if reader.take(4) != b"GGUF":
        raise QueryError("This is not a GGUF file.")
    version = reader.number("I")
    if version not in (2, 3):
        raise QueryError(
            f"GGUF files of version {version} are not read here, those of 2 and 3 are."
        )
    tensors, keys = reader.count(_MOST_TENSORS), reader.count(_MOST_KEYS)
    values = {}
    for _ in range(keys):
        name = reader.text()
        values[name] = reader.value(int(reader.number("I")))
    sizes = [_tensor(reader) for _ in range(tensors)]
    known = [size for size in sizes if size is not None]
    return values, sum(known) if len(known) == len(sizes) else None


def _tensor(reader: _Reader) -> int | None:
    reader.text()
    dimensions = int(reader.number("I"))
    if dimensions > 4:
        raise QueryError("The header of the GGUF file has a tensor of more than four dimensions.")
    shape = [int(reader.number("Q")) for _ in range(dimensions)]
    block = _BLOCKS.get(int(reader.number("I")))
    reader.number("Q")
    return prod(shape) // block[0] * block[1] if block else None
