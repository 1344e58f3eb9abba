"""A part of a test with few rights: CI runs as root, to whom no file and no process is closed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ID = 65534  # the account that owns nothing


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder that every account may enter and read; those of pytest are closed to others."""
    with tempfile.TemporaryDirectory(prefix="cardex-open-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@contextmanager
def rights() -> Iterator[None]:
    """Within, a process of root has the rights of nobody; any other has only its own anyway.

    The saved id stays root's: it gives no rights, and is the way back.
    """
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(ID, ID, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
