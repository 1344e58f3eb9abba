"""A catalog that came as a file: it becomes the next generation, the one before stays on disk.

What Cardex exported takes the catalog's place. Another table of the Hub's models joins it: a row
takes the place of an older one with its ref, and everything else stays.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from catalog.errors import SchemaMismatch, StoreUnwritable, SyncRefused
from catalog.records import Reason, SourceRun
from catalog.refresh import hub_file, lock, publishing, staging
from catalog.refresh.place import publish_starter, readable
from catalog.refresh.progress import Report, silent
from catalog.refresh.publishing import Incoming
from catalog.refresh.staged import Staged
from catalog.settings import Settings
from catalog.store import changes, pack, snapshot
from catalog.store import runs as past_runs
from catalog.store.generation import Generation
from catalog.vocabulary import SOURCES

SCOPE = "import"
NEWER = "the catalog holds a later fact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did: the generation that answers now, its models, and the runs it made."""

    generation: str
    models: int
    dropped: int  # models that were in the catalog before and are not in it now
    runs: tuple[SourceRun, ...]
    alone: bool = False  # it was a file of models without their files; of those in the catalog ...
    files_kept: int = 0  # ... so many are at the same revision and keep their list of files
    files_lost: int = 0  # ... and so many are at another or at none that is known


def import_file(
    settings: Settings, source: Path, *, as_of: date | None = None, progress: Report = silent
) -> Imported:
    """Publish a file: a catalog that `snapshot export` wrote, or a hub-stats style table.

    `as_of` is the day that the facts of such a table are from, where it does not tell itself.
    """
    root, now = settings.catalog_dir, datetime.now(UTC)
    names = pack.column_names(source)
    ours = {"ref", "repo_id"} <= names
    if not ours and "id" not in names:
        raise SchemaMismatch(
            f"{source} has neither the columns of a catalog (ref, repo_id) nor those of a table of "
            "the Hub's models (id): nothing can be read from it."
        )
    try:
        with lock.held(root, now):
            done = (
                _catalog(root, source, now) if ours else _table(root, source, as_of, now, progress)
            )
            past_runs.append(root, done.runs)
            return done
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise StoreUnwritable(f"{root} cannot be written: {why}.") from error


def _catalog(root: Path, source: Path, now: datetime) -> Imported:
    """A file of ours in the place of the catalog."""
    held = snapshot.open_current(root) if readable(root) else None
    before = held.refs() if held is not None else pa.array([], pa.string())
    alone, kept, lost = not pack.holds_files(source), 0, 0
    (root / staging.FOLDER).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="import-", dir=root / staging.FOLDER))
    try:
        models, files = pack.unpack(source, folder)
        _check(models, source)
        if alone and held is not None:
            files, kept, lost = _files_held(held, models)
        begun = SourceRun(
            source="", scope=SCOPE, started_at=now, finished_at=now, ok=True, endpoint=source.name
        )
        held = pc.value_counts(models["source"].combine_chunks()).to_pylist()
        counts = sorted((one["values"], one["counts"]) for one in held)
        runs = tuple(replace(begun, source=name, fetched=rows, kept=rows) for name, rows in counts)
        dropped = pc.sum(pc.invert(pc.is_in(before, models["ref"].combine_chunks()))).as_py()
        generation = snapshot.publish(root, models, files, runs=runs, now=now)
        count = models.num_rows
        del models, files  # mapped from files that are removed below
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    changes.catch_up(root)
    return Imported(
        generation=generation,
        models=count,
        dropped=dropped or 0,
        runs=runs,
        alone=alone,
        files_kept=kept,
        files_lost=lost,
    )


def _files_held(held: Generation, models: pa.Table) -> tuple[pa.Table, int, int]:
    """The files of models that come at the revision held, and of how many they are and are not."""
    files, refs = held.files_table(), models["ref"].combine_chunks()
    places = pc.index_in(held.refs(), value_set=refs)
    come = models["revision"].combine_chunks().take(places)
    same = pc.equal(come, held.columns(["revision"])["revision"].combine_chunks())
    kept = held.refs().filter(pc.fill_null(same, False))
    owners = pc.unique(files["ref"])
    with_files = pc.sum(pc.is_in(owners, value_set=kept)).as_py() or 0
    had_files = pc.sum(pc.is_in(owners, value_set=refs)).as_py() or 0
    files = files.filter(pc.is_in(files["ref"], value_set=kept))
    return files, with_files, had_files - with_files


def _check(models: pa.Table, source: Path) -> None:
    """Raise what is wrong with the rows as a whole."""
    if not models.num_rows:
        raise SyncRefused(f"{source} holds no model; nothing was changed.")
    unnamed = sum(models[name].null_count for name in ("ref", "source", "repo_id", "name"))
    if unnamed or pc.count_distinct(models["ref"]).as_py() != models.num_rows:
        raise SchemaMismatch(
            f"{source} holds rows without a name, or two of one; nothing was changed."
        )
    unknown = set(pc.unique(models["source"]).to_pylist()) - set(SOURCES)
    if unknown:
        raise SchemaMismatch(
            f"{source} holds models of {min(unknown)!r}, a source that this version of Cardex does "
            "not know; nothing was changed."
        )


def _table(
    root: Path, source: Path, as_of: date | None, now: datetime, progress: Report
) -> Imported:
    """A table of the Hub's models into the catalog."""
    if not readable(root):
        publish_starter(root, now)
    held = snapshot.open_current(root)
    about = hub_file.survey(source, held, as_of=as_of, now=now)
    if about.left_out == about.rows:
        raise SyncRefused(
            f"{source} is from {about.fetched_at:%Y-%m-%d}, and the catalog holds a later fact of "
            "each of its models; nothing was changed."
        )
    facts = source.stat()
    stage = staging.begin(
        root,
        source=hub_file.SOURCE,
        scope=SCOPE,
        endpoint=f"{source.absolute()} {facts.st_size} {facts.st_mtime_ns} {about.fetched_at}",
        now=now,
    )
    hub_file.stage(source, about, stage, progress)
    staged = Staged(stage)
    staging.write_quarantine(root, SCOPE, staged.aside.lines)
    run = _run(source, about, staged, now)
    if not staged.rows:
        stage.remove()
        why = f" The most frequent reason: {run.reasons[0].text}." if run.reasons else ""
        raise SyncRefused(f"{source} gave no usable row; nothing was changed.{why}")
    incoming = Incoming(rows=staged, source=hub_file.SOURCE)
    generation = publishing.publish(root, [incoming], runs=[run], now=datetime.now(UTC))
    stage.remove()
    models = len(snapshot.open_current(root))
    return Imported(generation=generation, models=models, dropped=0, runs=(run,))


def _run(source: Path, about: hub_file.Survey, staged: Staged, now: datetime) -> SourceRun:
    aside, newer = staged.aside, about.left_out
    known_better = [Reason(text=NEWER, count=newer, by_rule=True)] if newer else []
    reasons = sorted([*known_better, *aside.reasons], key=lambda reason: -reason.count)
    return SourceRun(
        source=hub_file.SOURCE,
        scope=SCOPE,
        started_at=now,
        finished_at=datetime.now(UTC),
        ok=True,
        fetched=staged.rows + aside.rows + newer,
        kept=staged.rows,
        quarantined=aside.rows + newer,
        by_rule=aside.by_rule + newer,
        endpoint=source.name,
        reasons=tuple(reasons),
    )
