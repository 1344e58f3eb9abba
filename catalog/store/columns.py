"""Tables that are read one column at a time, so that millions of rows are never in memory at once.

Between a staged row and a generation a column is *lean*: text as codes into a dictionary, lists as
lists of codes (`encode.lean`), but for text of which every row has its own. A plain Arrow table
will do as well for `Columns`; whoever reads a column makes it what they need.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from catalog.store.disk import Disk
from catalog.store.encode import Array, lean, written_out

AT_ONCE = 1 << 16  # rows of one file where a table comes in parts
_OF_THEIR_OWN = frozenset({"repo_id", "name", "url", "revision", "path", "sha256"})


class Columns(Protocol):
    """A table of which any column can be asked for, each time anew."""

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        ...

    def column(self, name: str, /) -> pa.Array | pa.ChunkedArray:
        """One column, lean or as the schema has it."""
        ...


def texts(columns: Columns, name: str) -> pa.Array:
    """A column of text, written out."""
    return written_out(columns.column(name), pa.string())


def table_of(columns: Columns, schema: pa.Schema) -> pa.Table:
    """All columns, written out."""
    arrays = [written_out(columns.column(field.name), field.type) for field in schema]
    return pa.table(arrays, schema=schema)


def shelved_form(columns: Columns, name: str) -> pa.Array:
    """A column as it is written down on a shelf."""
    column = columns.column(name)
    # The ref of a model is its own, that of a file returns; its source tells which it is.
    if name in _OF_THEIR_OWN or (name == "ref" and pa.types.is_string(column.type)):
        return written_out(column, pa.string())
    return lean(column)


class Shelf:
    """A folder for columns that wait for their turn: written down, and mapped when asked for.

    Mapped pages belong to a file, so the system takes them back when it needs the memory.
    """

    def __init__(self, folder: Path, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._files = 0

    def put(self, columns: Mapping[str, pa.Array]) -> Path:
        """Write columns of one length into a file of their own."""
        self._files += 1
        path = self._folder / f"{self._files:06d}.arrow"
        self._disk.write_batch(path, pa.record_batch(dict(columns)), keep=False)
        return path

    def parked(self, column: pa.Array | Array) -> pa.Array:
        """The same column, in a file instead of memory."""
        array = column if isinstance(column, pa.Array) else pa.array(column)
        return _mapped(self.put({"column": array})).column(0)

    def table(self, columns: Columns, schema: pa.Schema) -> Shelved:
        """A table with every column in a file of its own."""
        paths = {name: (self.put({name: shelved_form(columns, name)}),) for name in schema.names}
        return Shelved(columns.num_rows, paths, schema)

    def parts(self, parts: Iterable[pa.Table], schema: pa.Schema) -> Shelved:
        """A table that comes in parts, some of them together in one file."""
        rows, paths = 0, []
        for table in _larger(parts):
            rows += table.num_rows
            paths.append(self.put({name: shelved_form(table, name) for name in schema.names}))
        return Shelved(rows, dict.fromkeys(schema.names, tuple(paths)), schema)


class Shelved:
    """A table on a shelf."""

    def __init__(
        self, num_rows: int, paths: Mapping[str, tuple[Path, ...]], schema: pa.Schema
    ) -> None:
        self.num_rows = num_rows
        self._paths = dict(paths)
        self._schema = schema

    def column(self, name: str, /) -> pa.Array:
        """One column, lean."""
        pieces = [_mapped(path).column(name) for path in self._paths[name]]
        return joined(pieces) if pieces else lean(pa.array([], self._schema.field(name).type))

    def replaced(self, name: str, path: Path) -> Shelved:
        """The table with another column in the place of one."""
        return Shelved(self.num_rows, {**self._paths, name: (path,)}, self._schema)


def joined(pieces: Sequence[pa.Array]) -> pa.Array:
    """Columns one after the other; their dictionaries become one."""
    return pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)


def _mapped(path: Path) -> pa.RecordBatch:
    """The columns of a file, none of which is read yet."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).get_batch(0)


def _larger(parts: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for part in parts:
        waiting.append(part)
        if sum(table.num_rows for table in waiting) >= AT_ONCE:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)
