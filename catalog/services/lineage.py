"""Where a model comes from, what was made of it, and where else it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from catalog.errors import UnknownRef
from catalog.normalize.civitai_twins import civitai_of, hub_of
from catalog.normalize.parameters import disagrees
from catalog.records import ModelRecord
from catalog.reports import LineageBranch, LineageNode, LineageReport, Twin
from catalog.store.encode import Array
from catalog.store.generation import Generation

SHOWN = 12  # of each branch; the totals count all
MOST_GENERATIONS = 12  # copies of copies; what is above is rarely told
_MOST_BESIDE = 12  # bases of one generation; merges of merges state dozens
_GGUF_SHOWN = 2
_LOOKED_AT = 48  # of the most used copies, to find GGUF files among
_ORDER = ("finetune", "adapter", "merge", "quantized", None)
_HUB, _OLLAMA, _CIVITAI = "huggingface", "ollama", "civitai"

# Why two rows are one model, as said in a twin.
WHY_HUB = "The repository whose weights this tag of the Ollama library is."
WHY_OLLAMA = "The same model in the Ollama library."
WHY_GGUF = "The same model as GGUF files."
WHY_CHECKPOINT_HUB = "The same checkpoint on the Hugging Face Hub."
WHY_CHECKPOINT_CIVITAI = "The same checkpoint on CivitAI."


def of(generation: Generation, ref: str) -> LineageReport:
    """The family tree around one model; raises UnknownRef."""
    row = generation.row_of(ref.strip())
    if row is None:
        raise UnknownRef(ref, tuple(generation.nearest_refs(ref)))
    model = generation.records([row])[0]
    siblings, total = _siblings(generation, row, model)
    return LineageReport(
        ref=model.ref,
        ancestors=_ancestors(generation, model),
        children=_children(generation, generation.children(row)),
        siblings=siblings,
        siblings_total=total,
        twins=tuple(_twins(generation, row, model)),
    )


def _ancestors(generation: Generation, model: ModelRecord) -> tuple[tuple[LineageNode, ...], ...]:
    """Generations above, the nearest first; each model once, a circle ends."""
    seen = {model.ref}
    found: list[tuple[LineageNode, ...]] = []
    stated = list(model.base_models)
    while stated and len(found) < MOST_GENERATIONS:
        refs = [ref for ref in dict.fromkeys(stated) if ref not in seen][:_MOST_BESIDE]
        held = _held(generation, refs)
        refs = [ref for ref in refs if ref not in held or held[ref].ref not in seen]
        if not refs:
            break
        seen.update(refs, (one.ref for one in held.values()))
        found.append(tuple(_node(ref, held.get(ref)) for ref in refs))
        stated = [base for ref in refs if ref in held for base in held[ref].base_models]
    return tuple(found)


def _held(generation: Generation, refs: Sequence[str]) -> dict[str, ModelRecord]:
    rows = {ref: row for ref in refs if (row := generation.row_of(ref)) is not None}
    return dict(zip(rows, generation.records(list(rows.values())), strict=True))


def _node(ref: str, model: ModelRecord | None) -> LineageNode:
    if model is None:
        return LineageNode(model=None, ref=ref, name=ref.partition(":")[2])
    return LineageNode(
        model=model, ref=model.ref, name=model.name, relation=model.base_model_relation
    )


def _nodes(generation: Generation, rows: Array) -> tuple[LineageNode, ...]:
    models = generation.records(rows[:SHOWN].tolist())
    return tuple(_node(model.ref, model) for model in models)


def _children(generation: Generation, rows: Array) -> tuple[LineageBranch, ...]:
    """What states the model as a base, one branch for each relation."""
    parts = generation.split(rows, "base_model_relation")
    return tuple(
        LineageBranch(
            relation=relation,
            total=len(parts[relation]),
            nodes=_nodes(generation, parts[relation]),
        )
        for relation in sorted(parts, key=_ORDER.index)
    )


def _siblings(
    generation: Generation, row: int, model: ModelRecord
) -> tuple[tuple[LineageNode, ...], int]:
    """Others that derive from its one base in the same way and come from the same source."""
    if len(model.base_models) != 1:
        return (), 0
    beside = generation.derived_from(model.base_models[0])
    beside = generation.split(beside, "source")[model.source]
    if model.source != _OLLAMA:  # tags of the library are told apart by size, not by relation
        beside = generation.split(beside, "base_model_relation")[model.base_model_relation]
    beside = beside[beside != row]
    return _nodes(generation, beside), len(beside)


def _twins(generation: Generation, row: int, model: ModelRecord) -> Iterator[Twin]:
    """The same model elsewhere; none whose counts are over 15 % apart."""
    own = model.parameter_count
    for other, why in _same(generation, row, model):
        if own is None or not disagrees(own, other.parameter_count):
            yield Twin(model=other, why=why)


def _same(
    generation: Generation, row: int, model: ModelRecord
) -> Iterator[tuple[ModelRecord, str]]:
    table = {_HUB: (civitai_of, _CIVITAI, WHY_CHECKPOINT_CIVITAI),
             _CIVITAI: (hub_of, _HUB, WHY_CHECKPOINT_HUB)}  # fmt: skip
    if model.source in table:
        lookup, source, why = table[model.source]
        own_id = lookup(model.repo_id)
        found = generation.row_of(f"{source}:{own_id}") if own_id is not None else None
        if found is not None:
            yield generation.records([found])[0], why
    original = _original(generation, row, model)
    if original is None:
        return
    copies = generation.split(generation.children(original), "source")
    if model.source == _OLLAMA:
        yield generation.records([original])[0], WHY_HUB
        for copy in _gguf(generation, copies):
            yield copy, WHY_GGUF
    elif _OLLAMA in copies:
        yield generation.records(copies[_OLLAMA][:1].tolist())[0], WHY_OLLAMA


def _original(generation: Generation, row: int, model: ModelRecord) -> int | None:
    """The row of the Hub that a tag or a quantized copy has the weights of; else the row itself."""
    copied = model.source == _OLLAMA or model.base_model_relation == "quantized"
    if model.source == _CIVITAI:
        return None
    if not copied:
        return row
    if len(model.base_models) != 1 or not model.base_models[0].startswith(f"{_HUB}:"):
        return None
    return generation.row_of(model.base_models[0])


def _gguf(generation: Generation, copies: Mapping[str | None, Array]) -> list[ModelRecord]:
    """The most used copies on the Hub that are GGUF files."""
    rows = copies[_HUB][:_LOOKED_AT].tolist() if _HUB in copies else []
    found = (one for one in generation.records(rows) if one.base_model_relation == "quantized")
    return [one for one in found if "gguf" in one.formats][:_GGUF_SHOWN]
