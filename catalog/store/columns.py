"""Tables that are read one column at a time, so that millions of rows are never in memory at once.

Between a staged row and a generation a column is *lean*: text as codes into a dictionary, lists as
lists of codes (`encode.lean`), but for text of which every row has its own. A plain Arrow table
will do as well for `Columns`; whoever reads a column makes it what they need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from catalog.store.disk import Disk
from catalog.store.encode import Array, lean, written_out

AT_ONCE = 1 << 16  # rows of one file where a table comes in parts
# Text that is never coded, for nearly every row has one of its own.
_MODELS_OWN = frozenset({"ref", "repo_id", "name", "url", "revision"})
_FILES_OWN = frozenset({"path", "sha256"})


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


def lean_column(columns: Columns, name: str, schema: pa.Schema) -> pa.Array:
    """One column of a table of the schema, lean."""
    if name in (_MODELS_OWN if "repo_id" in schema.names else _FILES_OWN):
        return written_out(columns.column(name), pa.string())
    return lean(columns.column(name))


class Chosen:
    """Some rows of a table, in the order given."""

    def __init__(self, base: Columns, rows: Array, schema: pa.Schema) -> None:
        self._base = base
        self._rows = pa.array(rows)
        self._schema = schema
        self.num_rows = len(rows)

    def column(self, name: str, /) -> pa.Array:
        """One column of these rows."""
        return lean_column(self._base, name, self._schema).take(self._rows)


class Joined:
    """Tables one after the other."""

    def __init__(self, pieces: Sequence[Columns], schema: pa.Schema) -> None:
        self._pieces = tuple(pieces)
        self._schema = schema
        self.num_rows = sum(piece.num_rows for piece in pieces)

    def column(self, name: str, /) -> pa.Array:
        """One column of all of them."""
        return joined([lean_column(piece, name, self._schema) for piece in self._pieces])


class Patched:
    """A table with other values in some rows of some columns."""

    def __init__(self, base: Columns, rows: Array, patch: Shelved, schema: pa.Schema) -> None:
        self._base = base
        self._rows = rows
        self._patch = patch
        self._schema = schema
        self.num_rows = base.num_rows

    def column(self, name: str, /) -> pa.Array | pa.ChunkedArray:
        """One column, patched where the patch has it."""
        if name not in self._patch.names:
            return self._base.column(name)
        source = np.arange(self.num_rows)
        source[self._rows] = self.num_rows + np.arange(len(self._rows))
        parts = (self._base, self._patch)
        both = joined([lean_column(part, name, self._schema) for part in parts])
        return both.take(pa.array(source))


class Replaced:
    """A table with other columns in the place of some."""

    def __init__(self, base: Columns, columns: Mapping[str, pa.Array]) -> None:
        self._base = base
        self._columns = dict(columns)
        self.num_rows = base.num_rows

    def column(self, name: str, /) -> pa.Array | pa.ChunkedArray:
        """One column of the table, or the one in its place."""
        return self._columns[name] if name in self._columns else self._base.column(name)


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
        pa.default_memory_pool().release_unused()  # of the columns before; it would be kept
        return path

    def parked(self, column: pa.Array | Array) -> pa.Array:
        """The same column, in a file instead of memory."""
        array = column if isinstance(column, pa.Array) else pa.array(column)
        return _mapped(self.put({"column": array})).column(0)

    def table(self, columns: Columns, schema: pa.Schema) -> Shelved:
        """A table with every column in a file of its own."""
        paths = {
            name: (self.put({name: lean_column(columns, name, schema)}),) for name in schema.names
        }
        return Shelved(columns.num_rows, paths, schema)


class Filler:
    """Puts a table that comes in parts on a shelf, some parts together in one file."""

    def __init__(self, shelf: Shelf, schema: pa.Schema) -> None:
        self._shelf = shelf
        self._schema = schema
        self._waiting: list[pa.Table] = []
        self._paths: list[Path] = []
        self._rows = 0

    def add(self, part: pa.Table) -> None:
        """Take the next rows."""
        self._waiting.append(part)
        if sum(table.num_rows for table in self._waiting) >= AT_ONCE:
            self._write()

    def done(self) -> Shelved:
        """The whole table."""
        if self._waiting:
            self._write()
        paths = dict.fromkeys(self._schema.names, tuple(self._paths))
        return Shelved(self._rows, paths, self._schema)

    def _write(self) -> None:
        table = pa.concat_tables(self._waiting)
        self._waiting = []
        self._rows += table.num_rows
        names = self._schema.names
        self._paths.append(
            self._shelf.put({name: lean_column(table, name, self._schema) for name in names})
        )


class Shelved:
    """A table on a shelf."""

    def __init__(
        self, num_rows: int, paths: Mapping[str, tuple[Path, ...]], schema: pa.Schema
    ) -> None:
        self.num_rows = num_rows
        self.names = tuple(paths)
        self._paths = dict(paths)
        self._schema = schema

    def column(self, name: str, /) -> pa.Array:
        """One column, lean."""
        pieces = [_mapped(path).column(name) for path in self._paths[name]]
        return (
            joined(pieces)
            if pieces
            else lean_column(self._schema.empty_table(), name, self._schema)
        )


def joined(pieces: Sequence[pa.Array]) -> pa.Array:
    """Columns one after the other; their dictionaries become one."""
    return pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)


def _mapped(path: Path) -> pa.RecordBatch:
    """The columns of a file, none of which is read yet."""
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).get_batch(0)
