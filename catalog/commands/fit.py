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
from catalog.fit.answer import graded
from catalog.fit.architecture import Architecture
from catalog.fit.hardware import Machine
from catalog.settings import Settings

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_UNITS |= {f"{unit}i": 1 << (10 * n) for n, unit in enumerate("kmgt", 1)}
_MEMORY = re.compile(r"(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]?i?)b?", re.IGNORECASE)
_TOKENS = re.compile(r"(-?\d{1,12})(k?)", re.IGNORECASE)
_MOST_CONFIG = 16 << 20  # the longest config.json known has 200 kB
_Found = tuple[memory.Breakdown, str]


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
    one.add_argument("--engine", default="llama_cpp", help="llama_cpp, transformers or vllm")
    one.add_argument("--json", action="store_true", help="one JSON document")
    one.set_defaults(run=_fit)


def _fit(given: argparse.Namespace, settings: Settings) -> int:
    if (given.ref is None) == (given.config is None):
        raise QueryError("Name a model or give its config with --config, one of the two.")
    need = memory.Need(
        context=_context(given.context), users=given.users, kv=given.kv, engine=given.engine
    )
    machine = _machine(given)
    if given.config is not None:
        ref, found = None, _alone(_of_file(given.config), need, machine)
    else:
        ref, found = _of_ref(given.ref, need, machine, settings)
    document = _document(found, ref=ref, machine=machine, named=given.hardware is not None)
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


def _machine(given: argparse.Namespace) -> Machine | None:
    if given.hardware is not None:
        machine = hardware.machine(given.hardware)
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


def _alone(architecture: Architecture, need: memory.Need, machine: Machine | None) -> _Found:
    """What is known without the catalog: the facts of one architecture."""
    cards = machine.cards if machine else 1
    found = memory.memory(architecture, need, cards=cards)
    return found, graded(found, machine)


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
    ref: str, need: memory.Need, machine: Machine | None, settings: Settings
) -> tuple[str, _Found]:
    catalog = open_cardex(settings).catalog
    printing.notice(catalog.notice())
    try:
        answer = catalog.fit(ref, need, machine)
    except UnknownRef:
        architecture = known.architecture(ref.strip())
        if architecture is None:
            raise
        return ref.strip(), _alone(architecture, need, machine)
    return answer.ref, (answer.breakdown, answer.grade)


def _document(
    found: _Found, *, ref: str | None, machine: Machine | None, named: bool
) -> dict[str, Any]:
    breakdown, grade = found
    need = breakdown.need
    terms = {f"{term.name}_bytes": term.bytes for term in breakdown.terms}
    return {
        "ref": ref,
        "hardware": machine.slug if machine and named else None,
        "memory_bytes": machine.memory_bytes if machine else None,
        "engine": need.engine,
        "context": need.context,
        "users": need.users,
        "kv": need.kv,
        **terms,
        "total_bytes": breakdown.total,
        "total_bytes_range": [breakdown.low, breakdown.high],
        "grade": grade,
        "basis": [
            *([{"doubt": breakdown.doubt}] if breakdown.doubt else []),
            *(_basis(term) for term in breakdown.terms),
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
