"""What is installed here and on the network: the runtimes are asked, their last answers kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalog.errors import SourceError, SourceUnreachable
from catalog.fit.architecture import Stated
from catalog.normalize.plain import text
from catalog.records import Runtime
from catalog.settings import Settings
from catalog.sources import wires
from catalog.sources.ollama import address, folder, runtime
from catalog.store import facts, installed


def update(
    settings: Settings,
    root: Path,
    now: datetime,
    *,
    patience: runtime.Patience | None = None,
) -> tuple[Runtime, ...]:
    """Ask OLLAMA_HOST, read OLLAMA_MODELS, and note what they hold in `root`.

    A runtime that was never seen and is not there is left out. One that was seen keeps its last
    list, the day of it, and says why it could not be asked. Offline only folders are read. Raises
    StoreUnwritable, and nothing else.
    """
    before = {(known.where, known.kind): known for known in installed.read(root)}
    stated: list[Stated] = []
    servers = _server(settings, before, now, patience, stated.append)
    here = any(known.error is None and known.here for known in servers)
    found = (*servers, *_folder(settings, before, now, default=not here or settings.offline))
    installed.write(root, found)
    facts.note(root, stated, now)
    return found


_Before = dict[tuple[str, str], Runtime]


def _server(
    settings: Settings,
    before: _Before,
    now: datetime,
    patience: runtime.Patience | None,
    state: Callable[[Stated], object],
) -> tuple[Runtime, ...]:
    try:
        url = address.base_url(settings.ollama_host)
    except SourceError as error:
        return (Runtime(where="OLLAMA_HOST", kind="ollama", error=_short(str(error))),)
    known = before.get((url, "ollama"))
    if settings.offline:
        return (known,) if known is not None else ()

    def ask() -> Runtime:
        wire = wires.RequestsWire(settings.ca_bundle)
        had = known.models if known is not None else ()
        told = runtime.ask(url, known=had, wire=wire, patience=patience, state=state)
        return replace(told, seen_at=now)

    here = address.is_here(url)
    advice = runtime.how_to_start(here=here)
    return _asked(ask, known, Runtime(where=url, kind="ollama", here=here), advice)


def _folder(
    settings: Settings, before: _Before, now: datetime, *, default: bool
) -> tuple[Runtime, ...]:
    # Without OLLAMA_MODELS the usual folder is read where no server answers for this machine:
    # both would tell the same.
    path = settings.ollama_models or (_usual_folder() if default else None)
    if path is None:
        return ()
    where = folder.shown(path)
    known = before.get((where, "folder"))
    return _asked(
        lambda: folder.scan(path, now),
        known,
        Runtime(where=where, kind="folder"),
        "Set OLLAMA_MODELS to the folder that holds `manifests` and `blobs`.",
    )


def _usual_folder() -> Path | None:
    try:
        return folder.default(Path.home())
    except RuntimeError:  # a user without a home
        return None


def _asked(
    ask: Callable[[], Runtime], known: Runtime | None, empty: Runtime, advice: str
) -> tuple[Runtime, ...]:
    """The answer; else the last good one with the reason; nothing where there never was one."""
    try:
        return (ask(),)
    except SourceUnreachable as error:
        if known is None or known.seen_at is None:
            return ()
        return (replace(known, error=_short(f"{error} {advice}")),)
    except SourceError as error:
        return (replace(known or empty, error=_short(str(error))),)


def _short(sentence: str) -> str:
    """The sentence without what an upstream may have put in it by the kilobyte."""
    return text(sentence, 500) or "It could not be asked."
