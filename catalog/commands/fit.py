"""fit: what a model needs in memory, term by term, and whether a machine has it."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog.bootstrap import open_cardex
from catalog.commands import printing
from catalog.errors import QueryError, UnknownRef
from catalog.fit import config, gguf_facts, gguf_header, known, memory
from catalog.fit.answer import FitAnswer
from catalog.fit.architecture import Architecture
from catalog.fit.hardware import Machine
from catalog.services import fitting
from catalog.settings import Settings

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_UNITS |= {f"{unit}i": 1 << (10 * n) for n, unit in enumerate("kmgt", 1)}
_MEMORY = re.compile(r"(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]?i?)b?", re.IGNORECASE)
_TOKENS = re.compile(r"(-?\d{1,12})(k?)", re.IGNORECASE)
_MOST_CONFIG = 16 << 20  # the longest config.json known has 200 kB


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command of this module."""
    one = commands.add_parser("fit", help="what a model needs in memory, and whether it fits")
    one.add_argument("ref", metavar="REF", nargs="?", help="huggingface:Qwen/Qwen3-8B")
    one.add_argument("--config", metavar="FILE", type=Path, help="a config.json or a GGUF file")
    where = one.add_mutually_exclusive_group()
    where.add_argument("--hardware", metavar="NAME", help="rtx-4090, 2x-rtx-4090, a saved machine")
    where.add_argument("--memory", metavar="SIZE", help="24GiB (2^30) or 24GB (10^9)")
    one.add_argument("--context", metavar="N", default="8192", help="tokens of each user")
    one.add_argument("--users", metavar="N", type=int, default=1, help="users at once")
    one.add_argument("--kv", default="f16", help="type of the cache: f16, q8_0 or q4_0")
    one.add_argument("--engine", default="llama_cpp", help="llama_cpp, transformers or vllm")
    one.add_argument("--quant", metavar="NAME", help="as if converted: Q4_K_M")
    one.add_argument("--json", action="store_true", help="one JSON document")
    one.set_defaults(run=_fit)


def _fit(given: argparse.Namespace, settings: Settings) -> int:
    if (given.ref is None) == (given.config is None):
        raise QueryError("Name a model or give its config with --config, one of the two.")
    if given.config is not None and given.quant is not None:
        raise QueryError("A quantization is that of a model of the catalog; --config has its own.")
    need = memory.Need(
        context=_context(given.context), users=given.users, kv=given.kv, engine=given.engine
    )
    machine = _machine(given, settings)
    if given.config is not None:
        found = _alone(None, _of_file(given.config), need, machine)
    else:
        found = _of_ref(given.ref, need, machine, given.quant, settings)
    document = _document(found, named=given.hardware is not None)
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


def _machine(given: argparse.Namespace, settings: Settings) -> Machine | None:
    if given.hardware is not None:
        machine = open_cardex(settings).machines.resolve(given.hardware)
        if machine.memory_bytes is None:
            raise QueryError(f"The memory of {machine.slug} is that of its machine: give --memory.")
        return machine
    if given.memory is None:
        return None
    match = _MEMORY.fullmatch(given.memory)
    size = float(match[1]) * _UNITS.get(match[2].lower(), 0) if match else 0
    if size < 1:
        raise QueryError("A memory is written as 24GiB (2^30) or 24GB (10^9).")
    whole = round(size)
    return Machine(slug="", name="", kind="gpu", memory_bytes=whole, card_bytes=whole)


def _alone(
    ref: str | None, architecture: Architecture, need: memory.Need, machine: Machine | None
) -> FitAnswer:
    """What is known without the catalog: the facts of one architecture."""
    return fitting.alone(architecture, need, machine, ref=ref or "")


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


def _of_ref(
    ref: str, need: memory.Need, machine: Machine | None, quant: str | None, settings: Settings
) -> FitAnswer:
    catalog = open_cardex(settings).catalog
    printing.notice(catalog.notice())
    try:
        return catalog.fit(ref, need, machine, quant)
    except UnknownRef:
        architecture = known.architecture(ref.strip())
        if architecture is None or quant is not None:
            raise
        return _alone(ref.strip(), architecture, need, machine)


def _document(answer: FitAnswer, *, named: bool) -> dict[str, Any]:
    found, machine = answer.breakdown, answer.machine
    return {
        "ref": answer.ref or None,
        "hardware": machine.slug if machine and named else None,
        "memory_bytes": machine.memory_bytes if machine else None,
        "engine": found.need.engine,
        "context": found.need.context,
        "users": found.need.users,
        "kv": found.need.kv,
        **{f"{term.name}_bytes": term.bytes for term in found.terms},
        "total_bytes": found.total,
        "total_bytes_range": [found.low, found.high],
        "grade": answer.grade,
        "basis": [
            *([{"doubt": found.doubt}] if found.doubt else []),
            *_beyond(answer),
            *(_basis(term) for term in found.terms),
            *_beside(answer),
        ],
    }


def _beyond(answer: FitAnswer) -> Iterator[dict[str, Any]]:
    asked, made_for = answer.breakdown.need.context, answer.made_for
    if made_for is not None and asked > made_for:
        yield {"doubt": f"It was made for {made_for} tokens, fewer than the {asked} asked for."}


def _beside(answer: FitAnswer) -> Iterator[dict[str, Any]]:
    """What the terms rest on, and what follows from them."""
    if answer.quant is not None:
        yield {"weights_of": answer.quant, "estimated": answer.estimated}
    if answer.offload_layers is not None:
        yield {
            "layers_on_the_card": answer.offload_layers,
            "main_memory_bytes": answer.offload_bytes,
        }
    if answer.longest_context is not None:
        yield {"longest_context": answer.longest_context, "most_users": answer.most_users}
    if answer.speed is not None:
        yield {
            "tokens_per_second": [
                round(answer.speed.decode_low, 1),
                round(answer.speed.decode_high, 1),
            ],
            "speed": answer.speed.basis,
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
