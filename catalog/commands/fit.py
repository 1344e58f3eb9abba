"""fit: what a model needs in memory, term by term, and whether a machine has it."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from catalog.bootstrap import open_cardex
from catalog.commands import printing
from catalog.errors import QueryError, UnknownRef
from catalog.fit import config, gguf_facts, gguf_header, hardware, known, memory
from catalog.fit.architecture import Architecture
from catalog.services import fitting
from catalog.settings import Settings

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_UNITS |= {f"{unit}i": 1 << (10 * n) for n, unit in enumerate("kmgt", 1)}
_MEMORY = re.compile(r"(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]?i?)b?", re.IGNORECASE)
_TOKENS = re.compile(r"(-?\d{1,12})(k?)", re.IGNORECASE)
_MOST_CONFIG = 16 << 20  # the longest config.json known has 200 kB
_Weights = tuple[int, int] | None


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command of this module."""
    one = commands.add_parser("fit", help="what a model needs in memory, and whether it fits")
    one.add_argument("ref", metavar="REF", nargs="?", help="huggingface:Qwen/Qwen3-8B")
    one.add_argument("--config", metavar="FILE", type=Path, help="a config.json or a GGUF file")
    where = one.add_mutually_exclusive_group()
    where.add_argument("--hardware", metavar="NAME", help="a device: rtx-4090, a100-80gb")
    where.add_argument("--memory", metavar="SIZE", help="24GiB (2^30) or 24GB (10^9)")
    one.add_argument("--context", metavar="N", default="8192", help="tokens of each user")
    one.add_argument("--users", metavar="N", type=int, default=1, help="users at once")
    one.add_argument("--kv", default="f16", help="type of the cache: f16, q8_0 or q4_0")
    one.add_argument("--engine", default="llama_cpp", help="llama_cpp")
    one.add_argument("--json", action="store_true", help="one JSON document")
    one.set_defaults(run=_fit)


def _fit(given: argparse.Namespace, settings: Settings) -> int:
    if (given.ref is None) == (given.config is None):
        raise QueryError("Name a model or give its config with --config, one of the two.")
    need = memory.Need(
        context=_context(given.context), users=given.users, kv=given.kv, engine=given.engine
    )
    device, size = _machine(given)
    if given.config is not None:
        ref, architecture, weights = None, _of_file(given.config), None
    else:
        ref, architecture, weights = _of_ref(given.ref, settings)
    found = memory.memory(architecture, need, weights=weights)
    document = _document(found, ref=ref, device=device, size=size)
    if given.json:
        printing.document(document)
    else:
        printing.fields(document)
    return 0


def _context(text: str) -> int:
    match = _TOKENS.fullmatch(text)
    if match is None:
        raise QueryError("A context is a number of tokens: 32768, or 32k.")
    return int(match[1]) * (1024 if match[2] else 1)


def _machine(given: argparse.Namespace) -> tuple[str | None, int | None]:
    if given.hardware is not None:
        device = hardware.device(given.hardware)
        if device.memory_bytes is None:
            raise QueryError(f"The memory of {device.slug} is that of its machine: give --memory.")
        return device.slug, device.memory_bytes
    if given.memory is None:
        return None, None
    match = _MEMORY.fullmatch(given.memory)
    size = float(match[1]) * _UNITS.get(match[2].lower(), 0) if match else 0
    if size <= 0:
        raise QueryError("A memory is written as 24GiB (2^30) or 24GB (10^9).")
    return None, round(size)


def _of_file(path: Path) -> Architecture:
    with path.open("rb") as file:
        if file.read(4) == b"GGUF":
            file.seek(0)
            return gguf_facts.facts(*gguf_header.read(file))
        file.seek(0)
        text = file.read(_MOST_CONFIG)
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise QueryError("The file is neither a config.json nor a GGUF file.")
    return config.read(parsed)


def _of_ref(ref: str, settings: Settings) -> tuple[str, Architecture, _Weights]:
    catalog = open_cardex(settings).catalog
    printing.notice(catalog.notice())
    try:
        model = catalog.model(ref).model
    except UnknownRef:
        architecture = known.architecture(ref.strip())
        if architecture is None:
            raise
        return ref.strip(), architecture, None
    return model.ref, fitting.architecture(model), fitting.weights(model)


def _document(
    found: memory.Breakdown, *, ref: str | None, device: str | None, size: int | None
) -> dict[str, Any]:
    need = found.need
    terms = {f"{term.name}_bytes": term.bytes for term in found.terms}
    return {
        "ref": ref,
        "hardware": device,
        "memory_bytes": size,
        "engine": need.engine,
        "context": need.context,
        "users": need.users,
        "kv": need.kv,
        **terms,
        "total_bytes": found.total,
        "total_bytes_range": [found.low, found.high],
        "grade": "unknown" if size is None else memory.grade(found, size),
        "basis": [
            *([{"doubt": found.doubt}] if found.doubt else []),
            *(_basis(term) for term in found.terms),
        ],
    }


def _basis(term: memory.Term) -> dict[str, Any]:
    return {
        "term": term.name,
        "bytes": term.bytes,
        "range": [term.low, term.high],
        "unit": term.unit,
        "formula": term.formula,
        "inputs": dict(term.inputs),
        "source": term.source,
    }
