"""The few operations by which anything reaches the disk; a crash leaves no half-written file."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

TEMPORARY = ".tmp"
_CHUNK = 1 << 22


class Disk:
    """Writes, syncs and renames, raising OSError like the calls; tests make each one fail."""

    def make_folder(self, path: Path) -> None:
        """A new folder, its parents too; it must not exist."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()

    def write_batch(self, path: Path, batch: pa.RecordBatch, *, keep: bool = True) -> None:
        """An uncompressed Arrow file with one record batch, synced where it is to be kept."""
        with path.open("xb") as file:
            with pa.ipc.new_file(file, batch.schema) as writer:
                writer.write_batch(batch)
            file.flush()
            if keep:
                self.sync(file.fileno())

    def write_text(self, path: Path, text: str) -> None:
        """A new small file, synced."""
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            self.sync(file.fileno())

    def replace(self, source: Path, target: Path) -> None:
        """Rename, taking the place of what was there, and sync the folder."""
        source.replace(target)
        self.sync_folder(target.parent)

    def sync(self, descriptor: int) -> None:
        """Everything written to an open file is on the disk."""
        os.fsync(descriptor)

    def sync_folder(self, path: Path) -> None:
        """The names in a folder are on the disk; not every system has a call for it."""
        if os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """A folder with all it holds, or a file; what is in use or gone already is left."""
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def put(path: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a temporary file beside `path`, then put it in its place for good."""
    disk = Disk()
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        fill(temporary)
        with temporary.open("rb+") as written:
            disk.sync(written.fileno())
        disk.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def put_text(path: Path, text: str) -> None:
    """The text as a UTF-8 file, whole or not at all."""
    put(path, lambda temporary: temporary.write_text(text, "utf-8"))


def sha256_of(path: Path) -> str:
    """Checksum of a file, read once from beginning to end."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()
