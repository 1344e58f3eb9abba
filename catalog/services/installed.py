"""What is installed, held against a generation: which model each is, and whether it is current."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from catalog.normalize import runtime_names
from catalog.query import parse
from catalog.records import Installed, ModelFile, ModelRecord, Runtime
from catalog.store import installed
from catalog.store.generation import Generation

CURRENT, AVAILABLE, UNKNOWN = "current", "available", "unknown"
_SHORT_DIGEST = 12  # as the library's pages show it
_BATCH = 1_000


class InstalledModels:
    """The runtimes of one catalog folder, matched once for each generation and each new list."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._matched: tuple[object, tuple[Runtime, ...]] = (None, ())

    def runtimes(self, generation: Generation, today: date) -> tuple[Runtime, ...]:
        """Where models are installed, as last seen; each model with its ref and standing."""
        try:
            written = (self._root / installed.FILE).stat()
        except OSError:
            return ()
        key = (generation.id, written.st_mtime_ns, written.st_size)
        known, runtimes = self._matched
        if known != key:
            runtimes = matched(installed.read(self._root), generation, today)
            self._matched = (key, runtimes)  # one assignment: threads see the old pair or the new
        return runtimes

    def of(self, generation: Generation, today: date, ref: str) -> tuple[Installed, ...]:
        """The installed copies of one model, each name and digest once, servers first."""
        row = generation.row_of(ref.strip())
        if row is None:
            return ()
        own = generation.records([row])[0].ref
        found: dict[tuple[str, str | None], Installed] = {}
        for runtime in self.runtimes(generation, today):
            for model in runtime.models:
                if model.ref == own:
                    found.setdefault((model.name, model.digest), model)
        return tuple(found.values())


def matched(
    runtimes: tuple[Runtime, ...], generation: Generation, today: date
) -> tuple[Runtime, ...]:
    """The runtimes with `ref` and `update` of each model as this generation has them."""
    by_digest = functools.cache(lambda: _digests(generation, today))

    def settled(model: Installed) -> Installed:
        row = _named(model.name, generation)
        named = row is not None
        if row is None and model.digest:  # a copy under a name of one's own
            row = by_digest().get(model.digest[:_SHORT_DIGEST])
        if row is None:
            return model
        record = generation.records([row])[0]
        if not named and not _same(model.digest, record.revision):
            return model  # only the beginning of the digest is the same
        return replace(model, ref=record.ref, update=standing(model, record, generation.files(row)))

    return tuple(
        replace(runtime, models=tuple(settled(model) for model in runtime.models))
        for runtime in runtimes
    )


def standing(model: Installed, record: ModelRecord, files: list[ModelFile]) -> str:
    """Whether an installed model is what the library has now: current, available, unknown.

    The digest of the manifest decides. Where it differs the weights do: a pull by Ollama before
    0.19 wrote a manifest of its own around the same weights.
    """
    if record.source == "ollama" and _same(model.digest, record.revision):
        return CURRENT
    weights = {file.sha256.lower() for file in files if file.sha256}
    if model.layers and model.layers[0] in weights:
        return CURRENT
    if record.source != "ollama" or model.remote:  # the Hub's revision is that of a repository
        return UNKNOWN
    if model.digest is None or record.revision is None:
        return UNKNOWN
    newer = model.modified_at and record.fetched_at and model.modified_at > record.fetched_at
    return UNKNOWN if newer else AVAILABLE  # pulled since the catalog looked: it knows less


def _named(name: str, generation: Generation) -> int | None:
    for ref in runtime_names.refs(name):
        row = generation.row_of(ref)
        if row is not None:
            return row
    return None


def _digests(generation: Generation, today: date) -> Mapping[str, int]:
    """Rows of the library by the beginning of their digest."""
    rows = [int(row) for row in generation.rows(parse("source:ollama"), today=today)]
    found: dict[str, int] = {}
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        for row, record in zip(part, generation.records(part), strict=True):
            if record.revision and len(record.revision) >= _SHORT_DIGEST:
                found.setdefault(record.revision[:_SHORT_DIGEST].lower(), row)
    return found


def _same(digest: str | None, revision: str | None) -> bool:
    """Whether two digests are one; the library's may be its first 12 digits."""
    if not digest or not revision or len(revision) < _SHORT_DIGEST:
        return False
    return digest.startswith(revision.lower())
