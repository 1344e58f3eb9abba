"""What the recipes of all tools share: sets of weights, notes, quoting."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.records import ModelFile, ModelRecord

PROMPT = "Say in one sentence what an open model is."
# Licenses whose publishers often ask to accept them before a download.
_ASKING = re.compile(r"LicenseRef-(?:llama|gemma|flux)")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightSet:
    """Files that run together, or a quantization of which only the name is known."""

    name: str
    quant_type: str | None = None
    format: str | None = None
    version_id: str | None = None
    paths: tuple[str, ...] = ()  # in the order of their shards


def weight_sets(model: ModelRecord, files: Sequence[ModelFile]) -> tuple[WeightSet, ...]:
    """The sets of a model as listed; of a GGUF repository without a list, its quantizations.

    Where nothing tells the quantizations, one set without a name: llama.cpp and Ollama choose.
    """
    parts: dict[str, list[ModelFile]] = {}
    for file in files:
        if file.group is not None and file.role in {None, "weights"}:
            parts.setdefault(file.group, []).append(file)
    if parts:
        return tuple(_listed(name, part) for name, part in parts.items())
    if "gguf" not in model.formats:
        return ()
    if len(model.formats) > 1 or not model.quantizations:
        return (WeightSet(name="", format="gguf"),)
    return tuple(
        WeightSet(name=name, quant_type=name, format="gguf") for name in model.quantizations
    )


def _listed(name: str, part: Sequence[ModelFile]) -> WeightSet:
    first = part[0]
    return WeightSet(
        name=name,
        quant_type=first.quant_type,
        format=first.format,
        version_id=first.version_id,
        paths=tuple(sorted(file.path for file in part)),
    )


def notes(model: ModelRecord, *more: str) -> tuple[str, ...]:
    """What one should know first, as keys; `more` are those of one tool."""
    found = list(more)
    if model.gated not in {"no", "unknown"}:
        found.insert(0, "paid" if "paid-access" in model.tags else "gated")
    elif model.source == "huggingface" and _asks(model):
        found.insert(0, "maybe_gated")
    if "unsafe_scan" in model.flags:
        found.insert(0, "unsafe_scan")
    return tuple(found)


def _asks(model: ModelRecord) -> bool:
    return model.gated == "unknown" and _ASKING.match(model.license or "") is not None


def shell(*words: str) -> str:
    """One command line; every word that needs it in quotes."""
    return " ".join(shlex.quote(word) for word in words)


def typeable(path: str) -> bool:
    """Whether a file name can be put on a command line as it reads."""
    return path.isprintable() and not path.startswith(("-", "/")) and ".." not in path.split("/")
