"""Whether the data folder can take another generation of the catalog."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from pathlib import Path

from catalog.records import Hop

TARGET = "disk"
TRIED_BYTES = 1 << 20  # written and removed again
SPARE_BYTES = 64 << 20  # for what is fetched, logs and the team's data
_GB = 10**9

_ADVICE = {
    errno.EROFS: "is read-only. Mount it writable, or set CARDEX_DATA_DIR to a folder that is",
    errno.EACCES: "may not be written by this account. Change its owner, or set CARDEX_DATA_DIR",
    errno.EPERM: "may not be written by this account. Change its owner, or set CARDEX_DATA_DIR",
    errno.ENOSPC: "is full. Make room, or set CARDEX_DATA_DIR to a larger disk",
    errno.EDQUOT: "is full for this account (its quota). Make room or ask for more",
    errno.EFBIG: "takes no file of 1 MiB: a limit on the size of files is set (ulimit -f). Lift it",
    errno.ENOTDIR: "is a file or lies below one. Set CARDEX_DATA_DIR to a folder",
}


def examine(data_dir: Path, catalog_dir: Path) -> Hop:
    """The one hop of the disk: writable, and with room for what a sync writes."""
    begun = time.monotonic()
    folder = _nearest(catalog_dir)
    try:
        try_to_write(folder)
        free = shutil.disk_usage(folder).free
        needed = _needed(catalog_dir)
    except OSError as error:
        return _hop(begun, False, f"{data_dir} {advice(error)}.")
    if free < needed:
        return _hop(
            begun,
            False,
            f"{data_dir} has {_gb(free)} free, and a sync needs about {_gb(needed)}: it writes a "
            "new generation beside the present one. Make room, or set CARDEX_DATA_DIR to another "
            "disk.",
        )
    there = "" if data_dir.exists() else " It is made when it is first needed."
    words = f"{data_dir} is writable, {_gb(free)} free; a sync needs about {_gb(needed)}.{there}"
    return _hop(begun, True, words)


def try_to_write(folder: Path) -> None:
    """Write a file and remove it again; the error is the one that a sync would meet."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as file:
        file.write(os.urandom(TRIED_BYTES))  # random: some disks pack zeros away
        file.flush()
        os.fsync(file.fileno())


def advice(error: OSError) -> str:
    """What is wrong with the folder, and what to do."""
    known = _ADVICE.get(error.errno or 0)
    return known or f"cannot be written ({error.strerror or type(error).__name__})"


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there: doctor makes none."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _needed(catalog_dir: Path) -> int:
    """Twice the largest generation: one is fetched and one is written before an old one goes."""
    sizes = [
        sum(file.stat().st_size for file in generation.iterdir() if file.is_file())
        for generation in (catalog_dir / "snapshots").glob("*/")
    ]
    return 2 * max(sizes, default=0) + SPARE_BYTES


def _hop(begun: float, ok: bool, words: str) -> Hop:
    seconds = round(time.monotonic() - begun, 3)
    return Hop(target=TARGET, hop="disk", ok=ok, words=words, seconds=seconds)


def _gb(count: int) -> str:
    return f"{count / _GB:.1f} GB"
