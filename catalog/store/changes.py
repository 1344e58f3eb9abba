"""The change feed: what each publish changed, kept beside the generations and longer than they are.

`changes/index.jsonl` has one line for each publish with its counts and best known examples, and
`changes/<generation>.parquet` has its changes sorted by ref. Both are written once and only added
to; what is damaged in them is passed over.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import zlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.errors import CatalogError
from catalog.records import Change, ChangeSummary, to_json
from catalog.store import comparing, disk, snapshot
from catalog.store.comparing import SCHEMA, Comparison
from catalog.store.parts import Parts
from catalog.vocabulary import CHANGES

FOLDER = "changes"
INDEX = "index.jsonl"
KEPT = 400  # publishes, more than a year of daily syncs; older ones are forgotten
GROUP_ROWS = 1_024  # of the changes; a history reads one such group of each publish, in 1 ms

_OF_A_CHANGE = ("ref", "kind", "before", "after")
_CHUNK = 1 << 20


def catch_up(root: Path) -> None:
    """Tell the publishes that the feed does not know yet, each against the one before it.

    The caller holds the sync lock. The feed is no part of the catalog: where it cannot be written,
    nothing is raised, and the next publish makes it good from the generations that are left.
    """
    with contextlib.suppress(OSError, pa.ArrowException):
        _catch_up(root)


def feed(root: Path, limit: int) -> tuple[ChangeSummary, ...]:
    """What the last publishes changed, newest first."""
    return tuple(line.summary for line in _lines(root)[:limit])


def history(root: Path, *refs: str) -> tuple[Change, ...]:
    """All that is told of one model, newest first; `refs` are all the refs that it has had."""
    changes: list[Change] = []
    for line in _lines(root):
        if line.size:
            rows = _rows_of(_path(root, line.summary.generation), line, refs)
            changes += (_of_publish(one, line.summary) for one in comparing.changes_of(rows))
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the index; size and checksum of its file are 0 where nothing changed."""

    summary: ChangeSummary
    size: int
    checksum: int


@dataclass(frozen=True, slots=True)
class _Opened:
    name: str
    models: pa.RecordBatch
    published_at: datetime


def _catch_up(root: Path) -> None:
    current = snapshot.current_id(root) or ""
    on_disk = [name for name in snapshot.generations(root) if name <= current]
    told = max((line.summary.generation for line in _lines(root)), default="")
    fresh = [name for name in reversed(on_disk) if name > told]
    if not fresh:
        return
    older = (_opened(root, name) for name in on_disk if name <= told)
    before = next((opened for opened in older if opened is not None), None)
    for name in fresh:
        opened = _opened(root, name)
        if opened is not None:
            _tell(root, opened, before)
            before = opened


def _opened(root: Path, name: str) -> _Opened | None:
    try:
        manifest = snapshot.checked(root, name)
        models = Parts(root / snapshot.SNAPSHOTS / name).models
    except CatalogError:
        return None
    return _Opened(name, models, manifest.published_at)


def _tell(root: Path, opened: _Opened, before: _Opened | None) -> None:
    if before is None:  # all of it is new, and nothing of that is a change
        found = Comparison(rows=SCHEMA.empty_table())
    else:
        found = comparing.compare(before.models, opened.models)
    summary = ChangeSummary(
        generation=opened.name,
        previous=before.name if before is not None else None,
        published_at=opened.published_at,
        sources=found.sources,
        examples=found.examples,
        **found.counts,
    )
    path = _path(root, opened.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    size = checksum = 0
    if found.rows.num_rows:
        disk.put(path, partial(_write, found))
        size, checksum = path.stat().st_size, _checksum(path)
    _append(root / FOLDER / INDEX, _text(_Line(summary, size, checksum)))
    _forget_oldest(root)


def _write(found: Comparison, path: Path) -> None:
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for piece in found.by_ref(GROUP_ROWS):
            writer.write_table(piece)


def _text(line: _Line) -> str:
    facts = {**to_json(line.summary), "size_bytes": line.size, "crc32": line.checksum}
    return json.dumps({**facts, "check": _check(facts)}, ensure_ascii=False)


def _check(facts: dict[str, Any]) -> int:
    """Of what a line says, so that a damaged one is not taken for another."""
    return zlib.crc32(json.dumps(facts, sort_keys=True).encode())


def _checksum(path: Path) -> int:
    total = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total = zlib.crc32(chunk, total)
    return total


def _append(path: Path, line: str) -> None:
    """Add a line for good; what a crash left of one before it stays a line of its own."""
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            line = line if file.read() == b"\n" else f"\n{line}"
        file.write(f"{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def _forget_oldest(root: Path) -> None:
    """Keep the last publishes, and no file of changes that no line names."""
    path = root / FOLDER / INDEX
    if len(path.read_bytes().splitlines()) <= KEPT:
        return
    kept = _lines(root)[:KEPT]
    disk.put_text(path, "".join(f"{_text(line)}\n" for line in reversed(kept)))
    names = {line.summary.generation for line in kept}
    for old in (root / FOLDER).glob("*.parquet"):
        if old.stem not in names:
            old.unlink(missing_ok=True)


def _lines(root: Path) -> tuple[_Line, ...]:
    """The lines of the index that can be read, newest first, each publish once."""
    path = root / FOLDER / INDEX
    try:
        about = path.stat()
        return _read(path, about.st_size, about.st_mtime_ns)
    except OSError:
        return ()


@functools.lru_cache(maxsize=4)
def _read(path: Path, size: int, changed_at: int) -> tuple[_Line, ...]:
    """The lines of a file as it was at that moment."""
    found: dict[str, _Line] = {}
    for text in path.read_bytes().splitlines():
        with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
            line = _line(json.loads(text))
            found[line.summary.generation] = line
    return tuple(sorted(found.values(), key=lambda line: line.summary.generation, reverse=True))


def _line(facts: dict[str, Any]) -> _Line:
    """A line from its JSON form; raises what json and wrong types raise."""
    if facts.pop("check") != _check(facts) or not snapshot.is_id(facts["generation"]):
        raise ValueError("a damaged line")
    summary = ChangeSummary(
        generation=facts["generation"],
        previous=facts["previous"],
        published_at=datetime.fromisoformat(facts["published_at"]),
        sources=tuple(facts["sources"]),
        **{kind: facts[kind] for kind in CHANGES},
    )
    rows = [{name: row[name] for name in _OF_A_CHANGE} for row in facts["examples"]]
    known = (Change(**row) for row in rows if row["kind"] in CHANGES)
    examples = tuple(_of_publish(change, summary) for change in known)
    return _Line(replace(summary, examples=examples), facts["size_bytes"], facts["crc32"])


def _of_publish(change: Change, entry: ChangeSummary) -> Change:
    return replace(change, generation=entry.generation, published_at=entry.published_at)


def _rows_of(path: Path, line: _Line, refs: Collection[str]) -> pa.Table:
    """The changes of some refs; none where the file is gone or damaged."""
    try:
        if not _is_whole(path, line.size, line.checksum, path.stat().st_mtime_ns):
            return SCHEMA.empty_table()
        with pq.ParquetFile(path, memory_map=True) as file:
            about = file.metadata
            groups = [
                number
                for number in range(about.num_row_groups)
                if _may_hold(about.row_group(number).column(0).statistics, refs)
            ]
            rows = file.read_row_groups(groups, use_threads=False)  # too little to share
    except (OSError, pa.ArrowException):
        return SCHEMA.empty_table()
    return rows.filter(pc.is_in(rows["ref"], pa.array(refs, pa.string())))


@functools.lru_cache(maxsize=KEPT)
def _is_whole(path: Path, size: int, checksum: int, changed_at: int) -> bool:
    """Whether a file is the one that was written; read once in a process, until it is changed."""
    return path.stat().st_size == size and _checksum(path) == checksum


def _may_hold(statistics: Any, refs: Collection[str]) -> bool:
    """Statistics of very long refs are not kept; such a group is read."""
    if statistics is None or not statistics.has_min_max:
        return True
    return any(statistics.min <= ref <= statistics.max for ref in refs)


def _path(root: Path, generation: str) -> Path:
    return root / FOLDER / f"{generation}.parquet"
