"""Small files that a crash never leaves half written: temporary name, fsync, rename."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

TEMPORARY = ".tmp"


def write(path: Path, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a temporary file beside `path`, then put it in its place for good."""
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    try:
        fill(temporary)
        with temporary.open("rb+") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """The text as a UTF-8 file, whole or not at all."""
    write(path, lambda temporary: temporary.write_text(text, "utf-8"))


def _sync_folder(folder: Path) -> None:
    # A rename is durable only when its folder is; Windows cannot open folders and needs no help.
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
