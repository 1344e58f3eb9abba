"""What is installed where: `installed.json` beside the generations, replaced atomically.

It holds what the runtimes said and nothing worked out from it: which model of the catalog each is,
and whether it is current, depends on the generation that is asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from catalog.errors import StoreUnwritable
from catalog.records import Runtime, to_json
from catalog.store import disk, typed

FILE = "installed.json"
FORMAT = 1
_MOST_BYTES = 64_000_000  # of thousands of models; more was not written here


def read(root: Path) -> tuple[Runtime, ...]:
    """The runtimes as last seen; none when the file is missing or is not what `write` wrote."""
    path = root / FILE
    try:
        if path.stat().st_size > _MOST_BYTES:
            return ()
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            return ()
        return tuple(typed.record(Runtime, row) for row in document["runtimes"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return ()


def write(root: Path, runtimes: Sequence[Runtime]) -> None:
    """Put these in the place of what was known; raises StoreUnwritable."""
    rows = [to_json(_raw(runtime)) for runtime in runtimes]
    text = json.dumps({"format": FORMAT, "runtimes": rows}, ensure_ascii=False, indent=1)
    try:
        root.mkdir(parents=True, exist_ok=True)
        disk.put_text(root / FILE, text)
    except OSError as error:
        raise StoreUnwritable(
            f"What is installed could not be noted in {root} ({error.strerror or error})."
        ) from error


def _raw(runtime: Runtime) -> Runtime:
    models = tuple(replace(model, ref=None, update="unknown") for model in runtime.models)
    return replace(runtime, models=models)
