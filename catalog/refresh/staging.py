"""What a sync has fetched and not yet published: parts and a checkpoint, safe at any moment."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.records import ModelFile, ModelRecord
from catalog.refresh.gathering import Tables, part
from catalog.refresh.seen import Seen
from catalog.sources.base import Batch, Rejected, rejected
from catalog.store import disk
from catalog.store.schema import files_table, models_table

FOLDER = "staging"
CHECKPOINT = "checkpoint.json"
MODELS_PART, FILES_PART = "models.parquet", "files.parquet"
REJECTED_PART, WITHDRAWN_PART = "rejected.jsonl", "withdrawn.json"
RESUMED_WITHIN = timedelta(hours=24)  # a cursor and its rows are too old to go on with after that
QUARANTINE_LINES = 10_000  # of about 500 bytes at most

# What Arrow raises for a value that its column cannot hold: a number of more than 64 bits, a year
# beyond the calendar, half of a surrogate pair.
_UNSTORABLE = (pa.ArrowException, OverflowError, TypeError, ValueError)


_beginning = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far a run has come; everything up to `batches` lies in the parts."""

    run: str
    source: str
    scope: str
    endpoint: str
    started: str  # ISO 8601
    since: str | None = None  # ISO 8601; only what changed from then on is walked
    cursor: str | None = None
    batches: int = 0
    pages: int = 0  # batches that an answer of the upstream gave
    rows: int = 0
    rejected: int = 0
    by_rule: int = 0
    problems: tuple[str, ...] = ()
    ended: bool = False  # the source has told all; what is left is to publish it
    failed_at: str | None = None  # the cursor after which an answer could not be used


class Staging:
    """The folder of one run."""

    def __init__(self, folder: Path, checkpoint: Checkpoint) -> None:
        self.folder = folder
        self.checkpoint = checkpoint
        self._models, self._aside = Seen(), Seen()
        self._nameless = 0  # of the rows put aside

    @property
    def models(self) -> int:
        """Models so far, however often a listing and a look at their files named each."""
        return len(self._models)

    @property
    def aside(self) -> int:
        """Rows put aside so far, each id once."""
        return len(self._aside) + self._nameless

    @property
    def holds_rows(self) -> bool:
        """Whether a batch has been kept, by this process or by one before it."""
        return self.checkpoint.batches > 0

    @property
    def started(self) -> datetime:
        """When the run began, in this process or in one before it."""
        return _started(self.checkpoint)

    @property
    def since(self) -> datetime | None:
        """The time from which on changes are wanted; it stays when a later process goes on."""
        since = self.checkpoint.since
        return None if since is None else datetime.fromisoformat(since)

    def add(self, batch: Batch) -> None:
        """Keep a batch and move the checkpoint past it."""
        number = self.checkpoint.batches + 1
        by_ref = {record.ref: (record, files) for record, files in batch.rows}
        tables, unstorable = _tables(by_ref.values())
        bad = [*batch.rejected, *unstorable]
        if bad:
            lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in bad]
            disk.put_text(self.part(number, REJECTED_PART), "".join(lines))
        if batch.withdrawn:
            disk.put_text(self.part(number, WITHDRAWN_PART), json.dumps(batch.withdrawn))
        for name, table in tables._asdict().items():
            if table.num_rows:
                fill = partial(pq.write_table, table, compression="zstd")
                disk.put(self.part(number, f"{name}.parquet"), fill)
        self._note(tables.models["ref"].to_pylist(), [row.id for row in bad])
        before = self.checkpoint
        self._move(
            replace(
                before,
                cursor=batch.cursor,
                batches=number,
                pages=before.pages + (batch.problem is None),
                rows=before.rows + tables.models.num_rows,
                rejected=before.rejected + len(bad),
                by_rule=before.by_rule + sum(row.by_rule for row in bad),
                problems=(*before.problems, *([batch.problem] if batch.problem else [])),
            )
        )

    def end(self) -> None:
        """Note that nothing is left to fetch: a later process only publishes."""
        self._move(replace(self.checkpoint, ended=True))

    def stumbled(self) -> bool:
        """Note that the walk failed here; whether it had failed at this place before."""
        before, here = self.checkpoint.failed_at, self.checkpoint.cursor
        self._move(replace(self.checkpoint, failed_at=here))
        return before is not None and before == here

    def part(self, number: int, name: str) -> Path:
        """Where a batch keeps its models, files, rejections or withdrawals."""
        return part(self.folder, number, name)

    def remove(self) -> None:
        """Forget the run; cut short, it leaves parts that no checkpoint counts."""
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def recall(self) -> None:
        """Note what an earlier process has kept; what cannot be read is refused at the end."""
        for number in range(1, self.checkpoint.batches + 1):
            with contextlib.suppress(OSError, pa.ArrowException):
                path = self.part(number, MODELS_PART)
                self._note(pq.read_table(path, columns=["ref"])["ref"].to_pylist(), ())
            with contextlib.suppress(OSError, ValueError, KeyError):
                lines = self.part(number, REJECTED_PART).read_text("utf-8").rstrip("\n").split("\n")
                self._note((), [json.loads(line)["id"] for line in lines])

    def _note(self, refs: Iterable[str], bad: Sequence[str | None]) -> None:
        self._models.add(refs)
        named = [one for one in bad if one]
        self._aside.add(named)
        self._nameless += len(bad) - len(named)

    def _move(self, checkpoint: Checkpoint) -> None:
        text = json.dumps(asdict(checkpoint), ensure_ascii=False)
        disk.put_text(self.folder / CHECKPOINT, text)
        self.checkpoint = checkpoint


def begin(
    root: Path,
    *,
    source: str,
    scope: str,
    endpoint: str,
    now: datetime,
    since: datetime | None = None,
) -> Staging:
    """The interrupted run of this scope where there is a recent one, else a new run."""
    with _beginning:  # sources begin at once; what one has just made is not for another to sweep
        return _begin(
            root,
            Checkpoint(
                run=re.sub(r"[^a-z0-9]+", "-", f"{source}-{scope}-{now:%Y%m%dT%H%M%SZ}".lower()),
                source=source,
                scope=scope,
                endpoint=endpoint,
                started=now.isoformat(),
                since=None if since is None else since.isoformat(),
            ),
        )


def _begin(root: Path, fresh: Checkpoint) -> Staging:
    wanted = (fresh.source, fresh.scope, fresh.endpoint)
    found: Staging | None = None
    for folder in sorted((root / FOLDER).glob("*/"), reverse=True):
        checkpoint = _checkpoint(folder)
        if checkpoint is None or _started(fresh) - _started(checkpoint) > RESUMED_WITHIN:
            shutil.rmtree(folder, ignore_errors=True)
        elif (checkpoint.source, checkpoint.scope, checkpoint.endpoint) == wanted:
            if found is None:
                found = Staging(folder, checkpoint)
            else:
                shutil.rmtree(folder, ignore_errors=True)
    if found is not None:
        _drop_unfinished(found)
        found.recall()
        return found
    folder = root / FOLDER / fresh.run
    folder.mkdir(parents=True, exist_ok=True)
    staging = Staging(folder, fresh)
    staging._move(fresh)
    return staging


def write_quarantine(root: Path, source: str, lines: Sequence[str]) -> None:
    """Replace the list of rows of a source that became no record: ids and reasons."""
    path = root / FOLDER / f"quarantine-{source}.jsonl"
    if lines:
        disk.put_text(path, "\n".join(lines) + "\n")
    else:
        path.unlink(missing_ok=True)


def _tables(
    rows: Iterable[tuple[ModelRecord, tuple[ModelFile, ...]]],
) -> tuple[Tables, list[Rejected]]:
    kept = list(rows)
    try:
        return _table_pair(kept), []
    except _UNSTORABLE:
        pass
    good, bad = [], []
    for row in kept:
        try:
            _table_pair([row])
        except _UNSTORABLE as error:
            reason = f"a value that cannot be stored: {error}"
            bad.append(rejected(row[0].repo_id, reason))
        else:
            good.append(row)
    return _table_pair(good), bad


def _table_pair(rows: Sequence[tuple[ModelRecord, tuple[ModelFile, ...]]]) -> Tables:
    models = models_table(record for record, _ in rows)
    return Tables(models, files_table((row.ref, file) for row, files in rows for file in files))


def _checkpoint(folder: Path) -> Checkpoint | None:
    try:
        facts = json.loads((folder / CHECKPOINT).read_text("utf-8"))
        checkpoint = Checkpoint(**{**facts, "problems": tuple(facts["problems"])})
        _started(checkpoint)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return checkpoint


def _started(checkpoint: Checkpoint) -> datetime:
    started = datetime.fromisoformat(checkpoint.started)
    if started.tzinfo is None:
        raise ValueError("a time without a zone")
    return started


def _drop_unfinished(staging: Staging) -> None:
    """Remove what was written after the checkpoint: its batch is fetched again."""
    for path in staging.folder.iterdir():
        number = re.match(r"part-(\d+)\.", path.name)
        beyond = number is not None and int(number[1]) > staging.checkpoint.batches
        if beyond or path.name.endswith(disk.TEMPORARY):
            path.unlink(missing_ok=True)
