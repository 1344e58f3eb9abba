"""What is installed where: `installed.json` beside the generations, replaced atomically.

It holds what the runtimes said and nothing worked out from it: which model of the catalog each is,
and whether it is current, depends on the generation that is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from catalog.errors import StoreUnwritable
from catalog.records import Installed, Runtime, to_json
from catalog.store import disk

Record = TypeVar("Record", Runtime, Installed)

FILE = "installed.json"
FORMAT = 1
_MAYBE_TEXTS = ("digest", "error", "notice", "parameter_size", "quant_type", "version")
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
        return tuple(_runtime(row) for row in document["runtimes"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
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


def _runtime(row: Mapping[str, Any]) -> Runtime:
    facts = _known(row, Runtime)
    facts["seen_at"] = _time(facts.get("seen_at"))
    facts["models"] = tuple(_model(model) for model in facts.get("models", ()))
    return _checked(Runtime(**facts), texts=("where", "kind"), numbers=())


def _model(row: Mapping[str, Any]) -> Installed:
    facts = {"ref": None, "digest": None, "size_bytes": None, **_known(row, Installed)}
    facts["modified_at"] = _time(facts.get("modified_at"))
    facts["layers"] = tuple(str(layer) for layer in facts.get("layers", ()))
    model = Installed(**facts)
    return _checked(model, texts=("name",), numbers=("size_bytes", "context_length"))


def _known(row: Mapping[str, Any], record: type[Runtime] | type[Installed]) -> dict[str, Any]:
    """The fields that this version knows."""
    names = {field.name for field in fields(record)}
    return {name: value for name, value in row.items() if name in names}


def _checked(record: Record, *, texts: Sequence[str], numbers: Sequence[str]) -> Record:
    """The record, where what is read of it later has the type that it should."""
    for name in texts:
        if not isinstance(getattr(record, name), str):
            raise TypeError(name)
    for name in _MAYBE_TEXTS:
        if not isinstance(getattr(record, name, None), str | None):
            raise TypeError(name)
    for name in numbers:
        if not isinstance(getattr(record, name), int | None):
            raise TypeError(name)
    return record


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
