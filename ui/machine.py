"""The machine of this visitor and how it is used: chosen once, known on every page."""

from __future__ import annotations

from catalog.fit.terms import CACHE_TYPES, ENGINES, KV_TYPES, MOST_CONTEXT, MOST_USERS, Need
from ui import state

THIS = "this-machine"  # the slug of the machine that serves the pages
_KEPT = "machine"
_MOST_LETTERS = 80
_Kept = dict[str, str | int]


def chosen() -> str | None:
    """The slug or name of the chosen machine; None where none is. Foreign text where it is saved.

    It may name a machine that somebody has removed since: resolve it, and answer the error.
    """
    slug = _kept().get("machine")
    return str(slug) if slug else None


def use() -> tuple[int, int]:
    """Tokens of context for each user, and users at once: what the visitor asked for last."""
    need = Need()
    kept = _kept()
    return int(kept.get("context", need.context)), int(kept.get("users", need.users))


def need() -> Need:
    """The whole of what is asked for, with the type of the cache and the engine."""
    context, users = use()
    kept = _kept()
    engine = str(kept.get("engine", Need().engine))
    kv = str(kept.get("kv", Need().kv))
    known = caches(engine)
    return Need(context=context, users=users, kv=kv if kv in known else known[0], engine=engine)


def set_(
    machine: str | None = None,
    *,
    context: int | None = None,
    users: int | None = None,
    kv: str | None = None,
    engine: str | None = None,
) -> None:
    """Remember what is given, for this visit; what is None, or makes no sense, stays as it was."""
    new: _Kept = dict(_kept())
    if machine and len(machine) <= _MOST_LETTERS:
        new["machine"] = machine
    if context is not None and 0 < context <= MOST_CONTEXT:
        new["context"] = context
    if users is not None and 0 < users <= MOST_USERS:
        new["users"] = users
    if kv in KV_TYPES:
        new["kv"] = str(kv)
    if engine in ENGINES:
        new["engine"] = str(engine)
    state.note(_KEPT, new)


def forget() -> None:
    """No machine is chosen from now on; context and users stay."""
    state.note(_KEPT, {name: value for name, value in _kept().items() if name != "machine"})


def caches(engine: str) -> tuple[str, ...]:
    """The types of the cache that the arithmetic knows of an engine, the usual one first."""
    return CACHE_TYPES[engine]


def _kept() -> _Kept:
    kept = state.noted(_KEPT)
    return kept if isinstance(kept, dict) else {}
