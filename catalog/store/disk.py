"""The few operations by which a generation reaches the disk; tests make each one fail."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pyarrow as pa

_CHUNK = 1 << 22


class Disk:
    """Writes, syncs and renames; every method raises OSError like the call it makes."""

    def make_folder(self, path: Path) -> None:
        """A new folder, its parents too; it must not exist."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir()

    def write_batch(self, path: Path, batch: pa.RecordBatch) -> None:
        """An uncompressed Arrow file with one record batch, synced."""
        with path.open("xb") as file:
            with pa.ipc.new_file(file, batch.schema) as writer:
                writer.write_batch(batch)
            file.flush()
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


def sha256_of(path: Path) -> str:
    """Checksum of a file, read once from beginning to end."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()
