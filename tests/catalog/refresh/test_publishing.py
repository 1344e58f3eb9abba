"""A publish gives the same bytes however its rows came, and leaves nothing when a write fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from catalog.errors import StoreUnwritable
from catalog.refresh import settling
from catalog.refresh.gathering import Parted, Tables
from catalog.refresh.publishing import Incoming, publish
from catalog.store import columns, encode, search, snapshot
from catalog.store.disk import Disk
from catalog.store.schema import FILES, MODELS
from tests.catalog.refresh.conftest import NOW
from tests.catalog.store.invented import invented_tables

PAGE = 17
SOURCE = "huggingface"


class Pages:
    """Tables in pages, files with their models."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def parts(self) -> Iterator[Tables]:
        models, files = self._tables
        for begin in range(0, models.num_rows, PAGE):
            page = models[begin : begin + PAGE]
            own = pc.is_in(files["ref"], page["ref"].combine_chunks())
            yield Tables(page, files.filter(own))


@pytest.fixture
def held(tmp_path: Path) -> Tables:
    """Invented rows; a count of nothing is left out, for a source never gives one."""
    models, files = invented_tables(350, seed=11)
    count = models["parameter_count"].combine_chunks()
    count = pc.if_else(pc.equal(count, 0), pa.scalar(None, pa.int64()), count)
    at = MODELS.get_field_index("parameter_count")
    return Tables(models.set_column(at, MODELS.field(at), count), files)


def fetched(held: Tables) -> Tables:
    """A list answer: some of the rows, without sizes, a part of them changed since."""
    models = held.models.filter(pa.array([number % 3 > 0 for number in range(350)]))
    changed = pa.array([number % 4 == 0 for number in range(models.num_rows)])
    revision = pc.if_else(changed, "another", models["revision"].combine_chunks())
    models = models.set_column(MODELS.get_field_index("revision"), "revision", revision)
    for name in ("size_bytes", "context_length", "pipeline_tag"):
        field = MODELS.field(name)
        nothing = pa.nulls(models.num_rows, field.type)
        models = models.set_column(MODELS.get_field_index(name), field, nothing)
    files = held.files.filter(pc.is_in(held.files["ref"], models["ref"].combine_chunks()))
    nothing = pa.nulls(files.num_rows, pa.int64())
    at = FILES.get_field_index("size_bytes")
    return Tables(models.cast(MODELS), files.set_column(at, FILES.field(at), nothing))


def published(root: Path, held: Tables, rows: Tables | Parted) -> dict[str, bytes]:
    snapshot.publish(root, held.models, held.files, runs=(), now=NOW)
    gone = frozenset(held.models["ref"].to_pylist()[::50])
    one = Incoming(rows=rows, source=SOURCE, complete=True, withdrawn=gone)
    name = publish(root, [one], runs=(), now=NOW)
    refs = set(snapshot.open_current(root).refs().to_pylist())
    fetched_refs = set(fetched(held).models["ref"].to_pylist())
    others = {ref for ref in held.models["ref"].to_pylist() if not ref.startswith(SOURCE)}
    assert refs == (fetched_refs | others) - gone
    folder = root / "snapshots" / name
    return {path.name: path.read_bytes() for path in folder.glob("*.arrow")}


def test_rows_in_pages_give_the_same_bytes_as_rows_at_once(
    held: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = published(tmp_path / "whole", held, fetched(held))
    monkeypatch.setattr(columns, "AT_ONCE", 40)
    monkeypatch.setattr(settling, "ROWS_AT_ONCE", 7)
    monkeypatch.setattr(settling, "_BASES_KEPT", 20)
    monkeypatch.setattr(encode, "AT_ONCE", 13)
    monkeypatch.setattr(encode, "_PAIRS", 11)
    monkeypatch.setattr(search, "_BLOCK", 19)
    assert published(tmp_path / "pages", held, Pages(fetched(held))) == whole


def test_whatever_write_fails_the_catalog_stays_and_nothing_is_left(
    held: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot.publish(tmp_path, held.models, held.files, runs=(), now=NOW)
    before = snapshot.current_id(tmp_path)

    class Full(Disk):
        """A disk that is full after so many columns."""

        left = 0

        def write_batch(self, path: Path, batch: pa.RecordBatch, *, keep: bool = True) -> None:
            Full.left -= 1
            if Full.left < 0:
                path.write_bytes(b"half")
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            super().write_batch(path, batch, keep=keep)

    monkeypatch.setattr(snapshot, "Disk", Full)
    incoming = Incoming(rows=Pages(fetched(held)), source=SOURCE)
    for room in (0, 1, 2, 30, 58, 60, 100, 120):
        Full.left = room
        with pytest.raises(StoreUnwritable, match="the disk is full"):
            publish(tmp_path, [incoming], runs=(), now=NOW)
        assert snapshot.current_id(tmp_path) == before
        assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [before]
    assert len(snapshot.open_current(tmp_path)) == held.models.num_rows
