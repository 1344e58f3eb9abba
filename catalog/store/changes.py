"""The change feed: what each publish changed, kept beside the generations and longer than they are.

`changes/index.jsonl` has one line for each publish with its counts and best known examples, and
`changes/<generation>.parquet` has its changes sorted by ref. Both are written once and only added
to; what is damaged in them is passed over.
"""

from __future__ import annotations

import contextlib
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
GROUP_ROWS = 16_384  # of the changes; a row's history reads one or two such groups of a publish

_OF_A_CHANGE = ("ref", "kind", "before", "after")


def catch_up(root: Path) -> None:
    """Tell the publishes that the feed does not know yet, each against the one before it.

    The caller holds the sync lock. The feed is no part of the catalog: where it cannot be written,
    nothing is raised, and the next publish makes it good from the generations that are left.
    """
    with contextlib.suppress(OSError, pa.ArrowException):
        _catch_up(root)


def feed(root: Path, limit: int) -> tuple[ChangeSummary, ...]:
    """What the last publishes changed, newest first."""
    return tuple(_entries(root)[:limit])


def history(root: Path, *refs: str) -> tuple[Change, ...]:
    """All that is told of one model, newest first; `refs` are all the refs that it has had."""
    changes: list[Change] = []
    for entry in _entries(root):
        if any(getattr(entry, kind) for kind in CHANGES):
            rows = _rows_of(_path(root, entry.generation), refs)
            changes += (_of_publish(change, entry) for change in comparing.changes_of(rows))
    return tuple(changes)


@dataclass(frozen=True, slots=True)
class _Opened:
    models: pa.RecordBatch
    published_at: datetime
    run_sources: frozenset[str]


def _catch_up(root: Path) -> None:
    current = snapshot.current_id(root) or ""
    on_disk = [name for name in reversed(snapshot.generations(root)) if name <= current]
    newest_told = max((entry.generation for entry in _entries(root)), default="")
    if not current or current <= newest_told:
        return
    before: tuple[str, _Opened] | None = None
    for name in on_disk:
        opened = _opened(root, name)
        if opened is None:
            continue
        if name > newest_told:
            _tell(root, name, opened, before)
        before = name, opened


def _opened(root: Path, name: str) -> _Opened | None:
    try:
        manifest = snapshot.open_generation(root, name).manifest
        models = Parts(root / snapshot.SNAPSHOTS / name).models
    except CatalogError:
        return None
    sources = frozenset(run.source for run in manifest.runs if run.kept)
    return _Opened(models, manifest.published_at, sources)


def _tell(root: Path, name: str, opened: _Opened, before: tuple[str, _Opened] | None) -> None:
    if before is None:  # all of it is new, and nothing of that is a change
        found, previous = Comparison(rows=SCHEMA.empty_table()), None
    else:
        found, previous = comparing.compare(before[1].models, opened.models), before[0]
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    if found.rows.num_rows:
        write = partial(pq.write_table, found.rows, compression="zstd", row_group_size=GROUP_ROWS)
        disk.put(_path(root, name), write)
    touched = opened.run_sources | set(found.sources)
    entry = ChangeSummary(
        generation=name,
        previous=previous,
        published_at=opened.published_at,
        sources=tuple(sorted(touched)),
        examples=found.examples,
        **found.counts,
    )
    _append(root / FOLDER / INDEX, _line(entry))
    _forget_oldest(root)


def _line(entry: ChangeSummary) -> str:
    facts = to_json(entry)
    return json.dumps({**facts, "check": _check(facts)}, ensure_ascii=False)


def _check(facts: dict[str, Any]) -> int:
    """Of what a line says, so that a damaged one is not taken for another."""
    return zlib.crc32(json.dumps(facts, sort_keys=True).encode())


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
    kept = _entries(root)[:KEPT]
    names = {entry.generation for entry in kept}
    path = root / FOLDER / INDEX
    if len(path.read_bytes().splitlines()) > KEPT:
        disk.put_text(path, "".join(f"{_line(entry)}\n" for entry in reversed(kept)))
        for old in (root / FOLDER).glob("*.parquet"):
            if old.stem not in names:
                old.unlink(missing_ok=True)


def _entries(root: Path) -> list[ChangeSummary]:
    """The lines of the index that can be read, newest first, each publish once."""
    try:
        lines = (root / FOLDER / INDEX).read_bytes().splitlines()
    except OSError:
        return []
    found: dict[str, ChangeSummary] = {}
    for line in lines:
        with contextlib.suppress(
            ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError
        ):
            entry = _entry(json.loads(line))
            found[entry.generation] = entry
    return sorted(found.values(), key=lambda entry: entry.generation, reverse=True)


def _entry(facts: dict[str, Any]) -> ChangeSummary:
    """A line as a record; raises what json and wrong types raise."""
    if facts.pop("check") != _check(facts) or not snapshot.is_id(facts["generation"]):
        raise ValueError("a damaged line")
    entry = ChangeSummary(
        generation=facts["generation"],
        previous=facts["previous"],
        published_at=datetime.fromisoformat(facts["published_at"]),
        sources=tuple(facts["sources"]),
        **{kind: facts[kind] for kind in CHANGES},
    )
    rows = [{name: row[name] for name in _OF_A_CHANGE} for row in facts["examples"]]
    known = (Change(**row) for row in rows if row["kind"] in CHANGES)
    return replace(entry, examples=tuple(_of_publish(change, entry) for change in known))


def _of_publish(change: Change, entry: ChangeSummary) -> Change:
    return replace(change, generation=entry.generation, published_at=entry.published_at)


def _rows_of(path: Path, refs: Collection[str]) -> pa.Table:
    """The changes of some refs; none where the file is gone or damaged."""
    try:
        with pq.ParquetFile(path, memory_map=True, page_checksum_verification=True) as file:
            if not file.schema_arrow.equals(SCHEMA):
                return SCHEMA.empty_table()
            about = file.metadata
            groups = [
                number
                for number in range(about.num_row_groups)
                if _may_hold(about.row_group(number).column(0).statistics, refs)
            ]
            rows = file.read_row_groups(groups)
        rows.validate(full=True)
        return rows.filter(pc.is_in(rows["ref"], pa.array(refs, pa.string())))
    except (OSError, ValueError, pa.ArrowException):
        return SCHEMA.empty_table()


def _may_hold(statistics: Any, refs: Collection[str]) -> bool:
    if statistics is None or not statistics.has_min_max:
        return True
    return any(statistics.min <= ref <= statistics.max for ref in refs)


def _path(root: Path, generation: str) -> Path:
    return root / FOLDER / f"{generation}.parquet"
