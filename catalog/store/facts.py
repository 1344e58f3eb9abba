"""What models said of their architecture: `facts.json` beside the generations.

A sync that asks for a model in full keeps the few fields of its config.json that memory depends on,
and a look at a runtime keeps the keys of the GGUF file that it runs. Generations come and go; what
was told stays until it is told anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from catalog.errors import StoreUnwritable
from catalog.fit import config, gguf_facts, known
from catalog.fit.architecture import Architecture, Stated
from catalog.store import disk

FILE, LOCK = "facts.json", "facts.lock"
FORMAT = 1
MOST = 20_000  # models; those that were told the longest ago give way
_MOST_BYTES = 64_000_000  # of the file; more was not written here
_MOST_ENTRY = 16_000  # characters of one model; a thousand layers by name
_WAIT_SECONDS = 10

Lookup = Callable[[str], "Architecture | None"]
_Entry = Mapping[str, Any]


def note(root: Path, stated: Sequence[Stated], now: datetime) -> None:
    """Keep what these models state, each in the place of what it stated before.

    Raises StoreUnwritable.
    """
    fresh = {one.ref.casefold(): entry for one in stated if (entry := _entry(one, now))}
    if not fresh:
        return
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / LOCK, timeout=_WAIT_SECONDS):
            held = _read(root / FILE)
            if all(_same(held.get(ref), entry) for ref, entry in fresh.items()):
                return
            # The order is that of telling: what is told anew goes to the end.
            rest = [(ref, entry) for ref, entry in held.items() if ref not in fresh]
            newest = dict([*rest, *fresh.items()][-MOST:])
            text = json.dumps({"format": FORMAT, "models": newest}, ensure_ascii=False, indent=0)
            disk.put_text(root / FILE, text)
    except (OSError, Timeout) as error:
        why = "another process holds it" if isinstance(error, Timeout) else error.strerror or error
        raise StoreUnwritable(
            f"What is known of architectures could not be noted in {root} ({why})."
        ) from error


def architecture(root: Path, ref: str) -> Architecture | None:
    """The architecture that a model stated, None where nobody asked it or it said nothing."""
    entry = _held(root).get(ref.casefold())
    return None if entry is None else _architecture(entry)


def lookup(root: Path) -> Lookup:
    """Of a ref: the architecture of the table that comes with Cardex, else the one it stated."""

    def found(ref: str) -> Architecture | None:
        return known.architecture(ref) or architecture(root, ref)

    return found


def table(root: Path) -> dict[str, Architecture]:
    """Every ref whose cache can be worked out, with its architecture; the table goes first."""
    read = {str(entry.get("ref", ref)): _architecture(entry) for ref, entry in _held(root).items()}
    own = {ref: found for ref in known.refs() if (found := known.architecture(ref)) is not None}
    taken = {ref.casefold() for ref in own}
    told = {
        ref: found
        for ref, found in read.items()
        # Without its words there is no sum; what it was made from may state them.
        if found is not None and found.layers and found.vocabulary and ref.casefold() not in taken
    }
    return own | told


def stamp(root: Path) -> tuple[int, int]:
    """What changes whenever the file does; (0, 0) where there is none."""
    try:
        written = (root / FILE).stat()
    except OSError:
        return 0, 0
    return written.st_mtime_ns, written.st_size


def _entry(one: Stated, now: datetime) -> dict[str, Any] | None:
    entry = {name: value for name, value in asdict(one).items() if value}
    if not one.config and not one.gguf:
        return None
    if len(json.dumps(entry)) > _MOST_ENTRY:
        return None
    return entry | {"fetched_at": now.isoformat(timespec="seconds")}


def _same(held: _Entry | None, entry: _Entry) -> bool:
    """Whether nothing new was told; when it was told is no news for the same revision."""
    if held is None:
        return False
    return {**held, "fetched_at": None} == {**entry, "fetched_at": None}


def _architecture(entry: _Entry) -> Architecture | None:
    stated, keys = entry.get("config"), entry.get("gguf")
    if isinstance(stated, dict) and stated:
        return config.read(stated)
    return gguf_facts.facts(keys, None) if isinstance(keys, dict) and keys else None


def _held(root: Path) -> Mapping[str, _Entry]:
    return _cached(root / FILE, *stamp(root))


@lru_cache(maxsize=4)
def _cached(path: Path, _changed: int, size: int) -> Mapping[str, _Entry]:
    return _read(path) if size else {}


def _read(path: Path) -> dict[str, _Entry]:
    """What the file holds; nothing where it is missing or is not what `note` wrote."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        document = json.loads(path.read_text("utf-8"))
        if document["format"] != FORMAT:
            return {}
        models = document["models"].items()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {ref: entry for ref, entry in models if isinstance(entry, dict)}
