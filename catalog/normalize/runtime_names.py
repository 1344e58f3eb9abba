"""Names of models as runtimes write them, and the refs that they may have in the catalog."""

from __future__ import annotations

import re
from collections.abc import Sequence

REGISTRIES = frozenset({"registry.ollama.ai", "ollama.com"})
HUBS = frozenset({"hf.co", "huggingface.co"})
LIBRARY = "library"
LATEST = "latest"
_LONGEST = 350  # as long as Ollama takes
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_NAME = re.compile(
    rf"(?:(?:(?P<host>{_PART}(?::\d{{1,5}})?)/)?(?P<space>{_PART})/)?"
    rf"(?P<model>{_PART})(?::(?P<tag>{_PART}))?"
)


def is_name(name: str) -> bool:
    """Whether a runtime would take this as a name; safe to print in a command line then."""
    return len(name) <= _LONGEST and _NAME.fullmatch(name) is not None


def refs(name: str) -> tuple[str, ...]:
    """Refs that a runtime's name may stand for, the likeliest first; none for what is no name.

    `llama3.1` and `registry.ollama.ai/library/llama3.1:latest` are one model. Models of the Hub are
    known by their repository, whatever the quantization. Another registry has no row at all.
    """
    match = _NAME.fullmatch(name) if len(name) <= _LONGEST else None
    if match is None:
        return ()
    host = (match["host"] or "registry.ollama.ai").lower()
    space, model, tag = match["space"] or LIBRARY, match["model"], match["tag"] or LATEST
    if host in HUBS:
        return (f"huggingface:{space}/{model}",)
    if host not in REGISTRIES:
        return ()
    owner = "" if space.lower() == LIBRARY else f"{space}/"
    full = f"ollama:{owner}{model}:{tag}"
    return (f"ollama:{owner}{model}", full) if tag.lower() == LATEST else (full,)


def shortest(parts: Sequence[str]) -> str:
    """Registry, namespace, model and tag as Ollama lists them: without what it fills in itself."""
    host, space, model, tag = parts
    if host.lower() not in REGISTRIES:
        return f"{host}/{space}/{model}:{tag}"
    return f"{model}:{tag}" if space.lower() == LIBRARY else f"{space}/{model}:{tag}"
