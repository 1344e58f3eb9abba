"""What the parts of a run hold: each model once, as it came last, and what was put aside."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.errors import SyncRefused
from catalog.records import Reason
from catalog.refresh.gathering import Tables
from catalog.refresh.guards import Filled
from catalog.refresh.staging import (
    FILES_PART,
    MODELS_PART,
    QUARANTINE_LINES,
    REJECTED_PART,
    WITHDRAWN_PART,
    Staging,
)
from catalog.store.schema import FILES, MODELS

REASONS = 20  # the most frequent ones are kept with a run
DAMAGED = "What an interrupted sync had fetched cannot be read; the next one starts anew."
_NEVER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """The rows that became no record, each id once."""

    rows: int
    by_rule: int
    reasons: tuple[Reason, ...]
    lines: tuple[str, ...]  # JSON, the first of them


@dataclass
class Staged:
    """The parts of a run that has ended, read one by one and only as far as they are needed."""

    stage: Staging
    _kept: dict[int, pa.Array] = field(init=False, repr=False)  # number of a part -> mask of rows

    def __post_init__(self) -> None:
        self._kept = self._newest()

    @property
    def rows(self) -> int:
        """How many models there are."""
        return sum(mask.true_count for mask in self._kept.values())

    def parts(self) -> Iterator[Tables]:
        """Models with their files, part by part; a ref is in one part only."""
        for number, mask in self._kept.items():
            models = _read(self.stage.part(number, MODELS_PART), MODELS).filter(mask)
            path = self.stage.part(number, FILES_PART)
            files = _read(path, FILES) if path.exists() else FILES.empty_table()
            # A file belongs to the row it came with, else a renamed one would stay.
            yield Tables(models, files.filter(pc.is_in(files["ref"], models["ref"].unique())))

    def filled(self, names: Sequence[str]) -> Filled:
        """How many of the models have a value in some columns."""
        values: Counter[str] = Counter(dict.fromkeys(names, 0))
        for number, mask in self._kept.items():
            part = _read(self.stage.part(number, MODELS_PART), MODELS, names).filter(mask)
            values.update({name: part.num_rows - part[name].null_count for name in names})
        return Filled(self.rows, values)

    def rated(self) -> Iterator[tuple[pa.ChunkedArray, pa.ChunkedArray]]:
        """Refs, and whether each is of a model above the safe level, part by part."""
        for number, mask in self._kept.items():
            path = self.stage.part(number, MODELS_PART)
            part = _read(path, MODELS, ["ref", "nsfw"]).filter(mask)
            yield part["ref"], pc.fill_null(part["nsfw"], False)

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """Refs that must leave the catalog and did not come again later in the run."""
        latest = self._withdrawn()
        for number, mask in self._kept.items():
            if latest:
                path = self.stage.part(number, MODELS_PART)
                for ref in _read(path, MODELS, ["ref"])["ref"].filter(mask).to_pylist():
                    latest.pop(ref, None)
        return frozenset(latest)

    @cached_property
    def aside(self) -> Aside:
        """The rows put aside; one that came well in another part does not count."""
        told: dict[str, tuple[str, bool, str]] = {}
        nameless: list[tuple[str, bool, str]] = []
        for row in self._rejected():
            facts = json.loads(row)
            entry = (facts["reason"], facts["by_rule"], row)
            if facts["id"]:
                told[facts["id"]] = entry
            else:
                nameless.append(entry)
        for name in self._came_well(list(told)):
            told.pop(name, None)
        entries = [*told.values(), *nameless]
        counts = Counter((reason, by_rule) for reason, by_rule, _ in entries)
        return Aside(
            rows=len(entries),
            by_rule=sum(by_rule for _, by_rule, _ in entries),
            reasons=tuple(
                Reason(text=text, count=count, by_rule=by_rule)
                for (text, by_rule), count in counts.most_common(REASONS)
            ),
            lines=tuple(line for _, _, line in entries[:QUARANTINE_LINES]),
        )

    def _numbers(self) -> range:
        return range(1, self.stage.checkpoint.batches + 1)

    def _newest(self) -> dict[int, pa.Array]:
        """Which rows of which parts count: the last of each ref, unless it was withdrawn since."""
        parts = {
            number: _read(path, MODELS, ["ref"])["ref"]
            for number in self._numbers()
            if (path := self.stage.part(number, MODELS_PART)).exists()
        }
        chunks = [chunk for column in parts.values() for chunk in column.chunks]
        refs = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
        codes = refs.indices.to_numpy()
        rows = np.arange(len(codes))
        last = np.empty(len(refs.dictionary), np.int64)
        last[codes] = rows  # of an index that comes again the last one stays
        newest = last[codes] == rows
        lengths = [len(column) for column in parts.values()]
        if sum(lengths) != self.stage.checkpoint.rows:
            raise SyncRefused(DAMAGED)
        gone = self._gone(refs.dictionary)
        if gone is not None:
            newest &= np.repeat(list(parts), lengths) > gone[codes]
        ends = np.cumsum(lengths)
        return {
            number: pa.array(newest[end - length : end])
            for number, length, end in zip(parts, lengths, ends, strict=True)
        }

    def _gone(self, refs: pa.Array) -> np.ndarray | None:
        """For each ref the last part that withdrew it, if any ref was withdrawn at all."""
        withdrawn = self._withdrawn()
        if not withdrawn:
            return None
        found = pc.index_in(refs, pa.array(list(withdrawn)))
        numbers = pa.array([*withdrawn.values(), _NEVER])
        latest: np.ndarray = numbers.take(found.fill_null(len(withdrawn))).to_numpy()
        return latest

    def _withdrawn(self) -> dict[str, int]:
        """Each ref with the last part that withdrew it."""
        found: dict[str, int] = {}
        for number in self._numbers():
            path = self.stage.part(number, WITHDRAWN_PART)
            if path.exists():
                found.update(dict.fromkeys(json.loads(path.read_text("utf-8")), number))
        return found

    def _rejected(self) -> Iterator[str]:
        for number in self._numbers():
            path = self.stage.part(number, REJECTED_PART)
            if path.exists():
                # splitlines() would also part at characters that JSON leaves as they are
                yield from path.read_text("utf-8").rstrip("\n").split("\n")

    def _came_well(self, names: list[str]) -> Iterator[str]:
        wanted = pa.array(names, pa.string())
        for number, mask in self._kept.items() if names else ():
            path = self.stage.part(number, MODELS_PART)
            ids = _read(path, MODELS, ["repo_id"])["repo_id"].filter(mask)
            yield from ids.filter(pc.is_in(ids, wanted)).to_pylist()


def _read(path: Path, schema: pa.Schema, names: Sequence[str] | None = None) -> pa.Table:
    try:
        wanted = schema if names is None else pa.schema([schema.field(name) for name in names])
        return pq.read_table(path, schema=wanted)
    except (OSError, pa.ArrowException) as error:
        raise SyncRefused(DAMAGED) from error
