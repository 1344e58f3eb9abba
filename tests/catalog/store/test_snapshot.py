"""Generations reach the disk whole or not at all, and a damaged one is never believed."""

from __future__ import annotations

import errno
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalog.errors import CatalogError, NoCatalog, SnapshotDamaged, StoreUnwritable
from catalog.query import Query
from catalog.records import ModelRecord, SourceRun
from catalog.store import schema, snapshot
from catalog.store.disk import Disk
from catalog.store.generation import Generation
from catalog.store.manifest import checksum
from tests.catalog.store.conftest import NOW, ROOT, TODAY, Publish

Maker = Callable[..., ModelRecord]


def _models(a_model: Maker, count: int, likes: int) -> list[ModelRecord]:
    return [a_model(repo_id=f"org/m{number}", likes=likes) for number in range(count)]


def _publish(root: Path, models: list[ModelRecord], *, disk: Disk | None = None) -> str:
    tables = schema.models_table(models), schema.files_table([])
    return snapshot.publish(root, *tables, runs=(), now=NOW, disk=disk)


def _likes(generation: Generation) -> set[int | None]:
    found = generation.ask(Query(), today=TODAY, page_size=1_000, facets=())
    return {model.likes for model in found.models}


def _tree(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*")} if root.exists() else set()


def test_without_a_catalog_it_says_so(catalog_root: Path) -> None:
    assert snapshot.current_id(catalog_root) is None
    with pytest.raises(NoCatalog, match="no catalog"):
        snapshot.open_current(catalog_root)


def test_an_empty_catalog_answers(publish: Publish) -> None:
    generation = publish([])
    found = generation.ask(Query(), today=TODAY, sample=10)
    assert (found.total, found.pages, found.models, found.page) == (0, 1, (), 1)
    assert generation.row_of("huggingface:org/name") is None
    assert generation.nearest_refs("x") == []
    assert len(generation.rows(Query(variants="collapsed"), today=TODAY)) == 0
    assert generation.models_table().num_rows == 0


def test_what_was_published_comes_back(publish: Publish, made_tables) -> None:
    models, files = made_tables
    records = list(schema.records_of(models))
    generation = publish(records, list(schema.files_of(files)))
    back = {model.ref: model for model in generation.records(range(len(generation)))}
    for record in records:
        kept = back[record.ref]
        changes = {"popularity": kept.popularity}
        assert kept == _with(record, **changes)
    table = generation.models_table()
    assert table.schema == schema.MODELS
    assert {row["ref"] for row in table.select(["ref"]).to_pylist()} == set(back)
    pairs = sorted(schema.files_of(generation.files_table()), key=str)
    assert pairs == sorted(schema.files_of(files), key=str)
    some = pairs[0][0]
    row = generation.row_of(some)
    assert row is not None
    assert generation.files(row) == [file for ref, file in schema.files_of(files) if ref == some]


def _with(record: ModelRecord, **changes: object) -> ModelRecord:
    facts = {name: getattr(record, name) for name in schema.MODELS.names}
    return ModelRecord(**{**facts, **changes})


def test_the_manifest_tells_rows_runs_and_checksums(catalog_root: Path, a_model: Maker) -> None:
    run = SourceRun(
        source="huggingface", scope="full", started_at=NOW, finished_at=None, ok=True, kept=2
    )
    tables = schema.models_table(_models(a_model, 2, 0)), schema.files_table([])
    name = snapshot.publish(catalog_root, *tables, runs=(run,), now=NOW)
    manifest = snapshot.open_current(catalog_root).manifest
    assert (manifest.id, manifest.models, manifest.files) == (name, 2, 0)
    assert (manifest.runs, manifest.published_at) == ((run,), NOW)
    assert set(manifest.parts) == {"models.arrow", "files.arrow", "postings.arrow"}


def test_two_rows_of_one_ref_are_not_published(catalog_root: Path, a_model: Maker) -> None:
    with pytest.raises(CatalogError, match="same ref"):
        _publish(catalog_root, [a_model(), a_model()])
    assert snapshot.current_id(catalog_root) is None


def test_ids_ascend_also_when_the_clock_goes_back(catalog_root: Path, a_model: Maker) -> None:
    tables = schema.models_table([a_model()]), schema.files_table([])
    ids = [
        snapshot.publish(catalog_root, *tables, runs=(), now=NOW - timedelta(days=day))
        for day in (0, 0, 3)
    ]
    assert ids == sorted(ids)
    assert len(set(ids)) == 3
    assert snapshot.current_id(catalog_root) == ids[-1]


def test_the_last_three_are_kept(catalog_root: Path, a_model: Maker) -> None:
    ids = [_publish(catalog_root, _models(a_model, 1, likes)) for likes in range(5)]
    assert snapshot.generations(catalog_root) == ids[:1:-1]
    assert _likes(snapshot.open_current(catalog_root)) == {4}


def test_leftovers_of_dead_writers_go_and_those_of_living_ones_stay(
    catalog_root: Path, a_model: Maker
) -> None:
    _publish(catalog_root, [a_model()])
    host = os.uname().nodename
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    dead = catalog_root / "snapshots" / f"tmp-{host}-{ended.pid}-0123abcd"
    living = catalog_root / "snapshots" / f"tmp-{host}-{os.getpid()}-0123abcd"
    elsewhere = catalog_root / "snapshots" / "tmp-other-host-1-0123abcd"
    old = catalog_root / "snapshots" / "tmp-other-host-2-0123abcd"
    for folder in (dead, living, elsewhere, old):
        folder.mkdir()
        (folder / "models.arrow").write_bytes(b"half")
    two_days_ago = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(old, (two_days_ago, two_days_ago))
    pointer = catalog_root / f".current.json-{ended.pid}-0123abcd"
    pointer.write_text("half")
    _publish(catalog_root, [a_model()])
    assert not dead.exists()
    assert not old.exists()
    assert not pointer.exists()
    assert living.exists()
    assert elsewhere.exists()


class _FailingDisk(Disk):
    """Fails at the n-th operation, and leaves half of what was to be written."""

    def __init__(self, at: int, error: int) -> None:
        self.left = at
        self.error = error

    def _step(self, path: Path | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            if path is not None:
                path.write_bytes(b"half")
            raise OSError(self.error, os.strerror(self.error))

    def make_folder(self, path):
        self._step()
        super().make_folder(path)

    def write_batch(self, path, batch, *, keep=True):
        self._step(path)
        super().write_batch(path, batch, keep=keep)

    def write_text(self, path, text):
        self._step(path)
        super().write_text(path, text)

    def replace(self, source, target):
        self._step()
        super().replace(source, target)

    def sync(self, descriptor):
        self._step()
        super().sync(descriptor)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES])
def test_whatever_write_fails_the_last_good_catalog_stays(
    catalog_root: Path, a_model: Maker, error: int
) -> None:
    _publish(catalog_root, _models(a_model, 3, 1))
    steps = 0
    while True:
        steps += 1
        disk = _FailingDisk(steps, error)
        try:
            _publish(catalog_root, _models(a_model, 3, 2), disk=disk)
        except StoreUnwritable as problem:
            assert "could not be written" in str(problem)
            assert _likes(snapshot.open_current(catalog_root)) in ({1}, {2})
            assert not any("tmp" in name or "current.json-" in name for name in _tree(catalog_root))
        else:
            break
    assert steps > 12
    generation = snapshot.open_current(catalog_root)
    assert _likes(generation) == {2}
    assert generation.notice is None


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, a_model: Maker) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnwritable, match="could not be written"):
        _publish(tmp_path / "file" / "catalog", [a_model()])


# ---- damage


def _two_generations(root: Path, a_model: Maker) -> tuple[str, str]:
    older = _publish(root, _models(a_model, 30, 1))
    return older, _publish(root, _models(a_model, 30, 2))


def _falls_back(root: Path, older: str) -> None:
    generation = snapshot.open_current(root)
    assert generation.id == older
    assert _likes(generation) == {1}
    assert generation.notice is not None
    assert "shown instead" in generation.notice


@pytest.mark.parametrize("part", ["models.arrow", "files.arrow", "postings.arrow", "manifest.json"])
@pytest.mark.parametrize("harm", ["cut", "emptied", "longer", "removed", "zeroed"])
def test_a_harmed_file_means_the_previous_generation(
    catalog_root: Path, a_model: Maker, part: str, harm: str
) -> None:
    older, newer = _two_generations(catalog_root, a_model)
    path = catalog_root / "snapshots" / newer / part
    content = path.read_bytes()
    half = len(content) // 2
    harmed = {
        "cut": content[:half],
        "emptied": b"",
        "longer": content + b"x",
        "zeroed": content[:half] + bytes(64) + content[half + 64 :],
    }
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(harmed[harm])
    _falls_back(catalog_root, older)


def test_300_flipped_bytes_never_give_wrong_data(catalog_root: Path, a_model: Maker) -> None:
    older, newer = _two_generations(catalog_root, a_model)
    dice = random.Random(5)
    folder = catalog_root / "snapshots" / newer
    parts = [folder / name for name in ("models.arrow", "files.arrow", "postings.arrow")]
    parts.append(folder / "manifest.json")
    for _ in range(300):
        path = dice.choice(parts)
        good = path.read_bytes()
        place = dice.randrange(len(good))
        flipped = bytes([good[place] ^ (1 << dice.randrange(8))])
        path.write_bytes(good[:place] + flipped + good[place + 1 :])
        try:
            _falls_back(catalog_root, older)
        finally:
            path.write_bytes(good)
    assert _likes(snapshot.open_current(catalog_root)) == {2}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b'{"id": 3}', b'{"id": "../../etc"}', b"\xff\xfe", b'{"id": "x"}'],
)
def test_a_spoilt_pointer_means_the_newest_generation(
    catalog_root: Path, a_model: Maker, content: bytes
) -> None:
    _, newer = _two_generations(catalog_root, a_model)
    (catalog_root / "current.json").write_bytes(content)
    generation = snapshot.open_current(catalog_root)
    assert generation.id == newer
    assert generation.notice is not None
    assert "pointer" in generation.notice


def test_a_pointer_to_a_lost_generation_means_an_older_one(
    catalog_root: Path, a_model: Maker
) -> None:
    older, newer = _two_generations(catalog_root, a_model)
    for path in (catalog_root / "snapshots" / newer).iterdir():
        path.unlink()
    (catalog_root / "snapshots" / newer).rmdir()
    _falls_back(catalog_root, older)


def test_a_generation_of_another_version_is_not_read(catalog_root: Path, a_model: Maker) -> None:
    older, newer = _two_generations(catalog_root, a_model)
    _as_version_99(catalog_root, newer)
    _falls_back(catalog_root, older)
    _as_version_99(catalog_root, older)
    with pytest.raises(NoCatalog, match="another version"):
        snapshot.open_current(catalog_root)


def _as_version_99(root: Path, name: str) -> None:
    path = root / "snapshots" / name / "manifest.json"
    document = json.loads(path.read_text())
    document.pop("checksum")
    document["schema_version"] = 99
    path.write_text(json.dumps({**document, "checksum": checksum(document)}))


def test_when_all_are_damaged_it_says_which_and_why(catalog_root: Path, a_model: Maker) -> None:
    name = _publish(catalog_root, [a_model()])
    (catalog_root / "snapshots" / name / "models.arrow").write_bytes(b"")
    with pytest.raises(NoCatalog, match=r"models\.arrow") as problem:
        snapshot.open_current(catalog_root)
    assert isinstance(problem.value.__cause__, SnapshotDamaged)


def test_verify_reads_everything_again(catalog_root: Path, a_model: Maker) -> None:
    name = _publish(catalog_root, _models(a_model, 30, 1))
    generation = snapshot.open_current(catalog_root)
    generation.verify()
    path = catalog_root / "snapshots" / name / "models.arrow"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # not in place: what is mapped must not change
    path.write_bytes(content)
    with pytest.raises(SnapshotDamaged, match="checksum"):
        generation.verify()


# ---- replacement


def test_an_open_reader_keeps_its_rows_and_new_ones_see_the_new(
    catalog_root: Path, a_model: Maker
) -> None:
    _publish(catalog_root, _models(a_model, 5, 0))
    early = snapshot.open_current(catalog_root)
    for likes in range(1, 6):  # its folder is gone after the third
        _publish(catalog_root, _models(a_model, 5, likes))
        assert _likes(early) == {0}
        assert _likes(snapshot.open_current(catalog_root)) == {likes}


def test_readers_never_see_a_mixed_generation(catalog_root: Path, a_model: Maker) -> None:
    assert min(_read_while_publishing(catalog_root, a_model, readers=2, reads=10)) > 5


@pytest.mark.nightly
def test_two_thousand_reads_never_see_a_mixed_generation(
    catalog_root: Path, a_model: Maker
) -> None:
    assert sum(_read_while_publishing(catalog_root, a_model, readers=4, reads=2_000)) >= 2_000


def _read_while_publishing(
    catalog_root: Path, a_model: Maker, *, readers: int, reads: int
) -> list[int]:
    """How often each reader opened the current generation while others took its place."""
    _publish(catalog_root, _models(a_model, 50, 0))
    done = threading.Event()
    problems: list[object] = []
    told = [0] * readers

    def read(number: int) -> None:
        while not done.is_set():
            try:
                seen = _likes(snapshot.open_current(catalog_root))
            except CatalogError as error:
                problems.append(error)
                return
            if len(seen) != 1:
                problems.append(seen)
            told[number] += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(readers)]
    for thread in threads:
        thread.start()
    published = 0
    while published < 20 or (sum(told) < reads and not problems):
        published += 1
        _publish(catalog_root, _models(a_model, 50, published))
    done.set()
    for thread in threads:
        thread.join()
    assert problems == []
    return told


def test_another_process_reads_what_was_published(catalog_root: Path, a_model: Maker) -> None:
    name = _publish(catalog_root, _models(a_model, 7, 0))
    code = (
        "import sys; from pathlib import Path; from catalog.store import snapshot\n"
        "g = snapshot.open_current(Path(sys.argv[1])); print(g.id, len(g))"
    )
    command = [sys.executable, "-c", code, str(catalog_root)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.split() == [name, "7"]
