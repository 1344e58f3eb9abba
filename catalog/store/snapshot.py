"""Generations on disk: publish a new one, open the current one, fall back to an older one."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.errors import CatalogError, NoCatalog, SnapshotDamaged, StoreUnwritable
from catalog.records import SourceRun
from catalog.store import manifest as manifests
from catalog.store import serving
from catalog.store.columns import Columns, Shelf
from catalog.store.disk import Disk, sha256_of
from catalog.store.generation import Generation

SNAPSHOTS = "snapshots"
POINTER = "current.json"
KEPT = 3
# A checksum costs about 1 ms per MB. Below this size all files are read in full once per process
# and generation; above it sizes and manifest are checked, and `Generation.verify` reads the rest.
FULL_CHECK_BYTES = 64_000_000
_ID = re.compile(r"^\d{8}T\d{6}Z-\d{4,}$")
_TEMPORARY = re.compile(r"^tmp-(?P<host>.+)-(?P<pid>\d+)-[0-9a-f]+$")
_ABANDONED = timedelta(days=1)

_verified: set[tuple[str, int]] = set()
_verified_lock = threading.Lock()


def publish(
    root: Path,
    models: Columns,
    files: Columns,
    *,
    runs: Sequence[SourceRun],
    now: datetime,
    disk: Disk | None = None,
) -> str:
    """Write a new generation, make it the current one, and give its id.

    The caller holds the sync lock. Whatever fails, the current generation stays what it was.
    """
    disk = disk or Disk()
    with shelf(root, disk) as waiting:
        built = serving.build(models, files, waiting)
        snapshots = root / SNAPSHOTS
        new_id = _new_id(root, now)
        temporary = snapshots / _temporary_name()
        try:
            disk.make_folder(temporary)
            _write(temporary, built, new_id, runs, now, disk)
            disk.replace(temporary, snapshots / new_id)
            _point(root, new_id, disk)
        except BaseException:
            disk.remove(temporary)
            raise
        _prune(root, new_id, disk)
    return new_id


@contextmanager
def shelf(root: Path, disk: Disk | None = None) -> Iterator[Shelf]:
    """Room for columns beside the generations, gone when all is done; StoreUnwritable without."""
    disk = disk or Disk()
    with _telling(root):
        snapshots = root / SNAPSHOTS
        snapshots.mkdir(parents=True, exist_ok=True)
        _sweep(snapshots, disk)
        folder = snapshots / _temporary_name()
        try:
            disk.make_folder(folder)
            yield Shelf(folder, disk)
        finally:
            disk.remove(folder)


def current_id(root: Path) -> str | None:
    """Id of the generation that the pointer names, None where there is no readable pointer."""
    try:
        document = json.loads((root / POINTER).read_bytes())
        name = document["id"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return name if isinstance(name, str) and _ID.match(name) else None


def is_id(name: object) -> bool:
    """Whether this can be the id of a generation, and so the name of a folder."""
    return isinstance(name, str) and _ID.fullmatch(name) is not None


def generations(root: Path) -> list[str]:
    """Ids of all generations on disk, the newest first, whether or not they can be read."""
    try:
        names = [entry.name for entry in (root / SNAPSHOTS).iterdir() if entry.is_dir()]
    except OSError:
        return []
    return sorted(filter(_ID.match, names), reverse=True)


def open_current(root: Path) -> Generation:
    """The current generation, or the newest older one that is whole, whose `notice` says so."""
    pointed = current_id(root)
    candidates = generations(root)
    if pointed is not None:
        older = [name for name in candidates if name < pointed]
        newer = [name for name in candidates if name > pointed]
        candidates = [pointed, *older, *newer]
    problem: CatalogError | None = None
    for name in candidates:
        try:
            return open_generation(root, name, notice=_notice(pointed, name, problem))
        except CatalogError as error:
            problem = problem or error
    if problem is not None:
        raise NoCatalog(f"No generation in {root} can be read. {problem}") from problem
    raise NoCatalog(f"There is no catalog in {root} yet.")


def open_generation(root: Path, name: str, *, notice: str | None = None) -> Generation:
    """One generation by id; raises SnapshotDamaged or SchemaMismatch."""
    manifest = checked(root, name)
    return Generation(root / SNAPSHOTS / name, manifest, notice=notice)


def checked(root: Path, name: str) -> manifests.Manifest:
    """The manifest of a generation that can be opened; raises SnapshotDamaged or SchemaMismatch.

    Manifest and file sizes are checked every time, before anything is mapped. The checksums are
    checked once per process, for generations under FULL_CHECK_BYTES.
    """
    folder = root / SNAPSHOTS / name
    manifest = manifests.read(folder)
    if manifest.id != name:
        raise SnapshotDamaged(f"The folder {name} holds generation {manifest.id}.")
    for part, entry in manifest.parts.items():
        try:
            size = (folder / part).stat().st_size
        except OSError as error:
            raise SnapshotDamaged(f"Generation {name} lacks {part}.") from error
        if size != entry.size:
            raise SnapshotDamaged(
                f"{part} of generation {name} has {size} bytes, not {entry.size}."
            )
    if sum(entry.size for entry in manifest.parts.values()) <= FULL_CHECK_BYTES:
        _verify_once(folder, manifest)
    return manifest


def _verify_once(folder: Path, manifest: manifests.Manifest) -> None:
    # The time of the last change is part of the key: a file changed in place is read again.
    changed = max((folder / part).stat().st_mtime_ns for part in manifest.parts)
    key = (str(folder), changed)
    with _verified_lock:
        if key in _verified:
            return
    manifest.verify(folder)
    with _verified_lock:
        _verified.add(key)


def _notice(pointed: str | None, name: str, problem: CatalogError | None) -> str | None:
    if problem is not None:
        return f"{problem} The catalog of {_told_time(name)} is shown instead."
    if pointed is None:
        return (
            f"The catalog's pointer is lost; the newest catalog, of {_told_time(name)}, is shown."
        )
    return None


def _told_time(name: str) -> str:
    moment = datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _new_id(root: Path, now: datetime) -> str:
    """An id above all that exist, also when the clock went back."""
    used = [*generations(root), *filter(None, [current_id(root)])]
    newest = max(used, default="")
    stamp = max(f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", newest.partition("-")[0])
    numbers = [int(name.partition("-")[2]) for name in used if name.startswith(stamp)]
    return f"{stamp}-{max(numbers, default=0) + 1:04d}"


def _write(
    folder: Path,
    built: serving.Serving,
    new_id: str,
    runs: Sequence[SourceRun],
    now: datetime,
    disk: Disk,
) -> None:
    batches = {
        "models.arrow": built.models,
        "files.arrow": built.files,
        "postings.arrow": built.postings,
    }
    for name, batch in batches.items():
        disk.write_batch(folder / name, batch)
    entries = {
        name: manifests.FileEntry(
            size=(folder / name).stat().st_size, sha256=sha256_of(folder / name)
        )
        for name in batches
    }
    manifest = manifests.Manifest(
        id=new_id,
        published_at=now,
        models=built.models.num_rows,
        files=built.files.num_rows,
        parts=entries,
        runs=tuple(runs),
    )
    disk.write_text(folder / manifests.NAME, manifests.dumped(manifest))
    disk.sync_folder(folder)


def _point(root: Path, name: str, disk: Disk) -> None:
    temporary = root / f".{POINTER}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        disk.write_text(temporary, json.dumps({"id": name}))
        disk.replace(temporary, root / POINTER)
    except BaseException:
        disk.remove(temporary)
        raise


def _prune(root: Path, current: str, disk: Disk) -> None:
    """Remove all but the last generations; never the one that the pointer names."""
    spared = {current, current_id(root)}
    for name in generations(root)[KEPT:]:
        if name not in spared:
            disk.remove(root / SNAPSHOTS / name)


def _temporary_name() -> str:
    return f"tmp-{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _sweep(snapshots: Path, disk: Disk) -> None:
    """Remove what writers left that died: of this host at once, of another after a day."""
    for entry in snapshots.iterdir():
        match = _TEMPORARY.match(entry.name)
        if match and (
            not _alive(int(match["pid"]))
            if match["host"] == socket.gethostname()
            else datetime.now(UTC) - _changed(entry) > _ABANDONED
        ):
            disk.remove(entry)
    for entry in snapshots.parent.glob(f".{POINTER}-*"):
        pid = entry.name.split("-")[1]
        if pid.isdigit() and not _alive(int(pid)):
            disk.remove(entry)


def _changed(entry: Path) -> datetime:
    try:
        return datetime.fromtimestamp(entry.stat().st_mtime, UTC)
    except OSError:
        return datetime.now(UTC)


def _alive(pid: int) -> bool:
    if pid == os.getpid() or os.name == "nt":  # where os.kill would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "there is no permission to write there",
    errno.EPERM: "there is no permission to write there",
    errno.EIO: "the disk reports an error",
}


@contextmanager
def _telling(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
        raise StoreUnwritable(
            f"The catalog in {root} could not be written: {reason}. "
            "The last good catalog stays; make room or change CARDEX_DATA_DIR."
        ) from error
