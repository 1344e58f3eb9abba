"""What a model needs in memory for a context, users, a type of cache and an engine.

What a term was worked out from stands beside it, and a term that is not known is None with a range
where there is one.
"""

from __future__ import annotations

from catalog.fit import engines, estimate, llama_cpp
from catalog.fit.architecture import Architecture
from catalog.fit.terms import (
    KV_TYPES,
    MIB,
    MOST_CONTEXT,
    MOST_USERS,
    OVERHEAD,
    PAD,
    Breakdown,
    Need,
    Term,
    total,
)

__all__ = [
    "KV_TYPES",
    "MIB",
    "MOST_CONTEXT",
    "MOST_USERS",
    "OVERHEAD",
    "PAD",
    "Breakdown",
    "Need",
    "Term",
    "grade",
    "memory",
]

SPLIT = frozenset({"llama_cpp", "transformers"})  # engines that put layers in main memory
TIGHT = 0.9  # a total above this share of the memory is tight
WIDEST = 0.11  # a band of weights that is a larger share than this has no point in it


def memory(
    architecture: Architecture,
    need: Need,
    *,
    weights: tuple[int, int] | None = None,
    cards: int = 1,
) -> Breakdown:
    """The breakdown; `weights` are the least and most bytes where the header does not tell.

    Layers are split over `cards`, and each of them has a runtime and a compute buffer of its own.
    """
    if architecture.weights_bytes is not None:
        weights = (architecture.weights_bytes, architecture.weights_bytes)
    terms = (_weights(weights), *_beside_weights(architecture, need, cards, weights))
    return Breakdown(need=need, terms=terms, doubt=_doubt(architecture, need, terms))


def _beside_weights(
    architecture: Architecture, need: Need, cards: int, weights: tuple[int, int] | None
) -> tuple[Term, ...]:
    if isinstance(architecture, estimate.Estimated):
        return estimate.terms(architecture, need, cards, weights)
    if need.engine == "llama_cpp":
        return llama_cpp.terms(architecture, need, cards)
    return engines.terms(architecture, need, cards, weights)


def _doubt(architecture: Architecture, need: Need, terms: tuple[Term, ...]) -> str | None:
    missing = [term.name for term in terms if term.bytes is None]
    if not missing:
        return None
    cached = "kv_cache" not in missing
    why = (
        (None if cached else llama_cpp.refusal(architecture, need))
        or architecture.doubt
        or (None if cached else engines.doubt(architecture, need))
        or "not stated where the facts are from"
    )
    return f"Not known: {', '.join(missing)}; {why}."


def _weights(weights: tuple[int, int] | None) -> Term:
    low, high = weights if weights is not None else (0, None)
    known = None if high is None or high - low > WIDEST * high else (low + high) // 2
    return Term(
        name="weights",
        bytes=known,
        low=low,
        high=high,
        formula="sum of the tensors; all experts stay in memory",
        inputs={},
        source="the file, or its size in the catalog",
    )


def grade(breakdown: Breakdown, memory_bytes: int, *, host_bytes: int | None = None) -> str:
    """The grade on a memory; `host_bytes` is main memory beside it: None not known, 0 none.

    fits: with the whole band, and the total is within 90 % of the memory. tight: the total is
    within the memory. offload: too large, but all except weights is within half of it, so that
    layers can go to main memory. no: not even that. Without a total: fits or tight where the upper
    end is within the memory, unknown where only the lower end is. vLLM takes 90 % of a memory and
    splits nothing.
    """
    engine = breakdown.need.engine
    memory_bytes = engines.usable(memory_bytes, engine)
    point = breakdown.high if breakdown.total is None else breakdown.total
    if point is not None and point <= memory_bytes:
        whole = breakdown.high is not None and breakdown.high <= memory_bytes
        return "fits" if whole and point <= TIGHT * memory_bytes else "tight"
    if breakdown.total is None and breakdown.low <= memory_bytes:
        return "unknown"
    if engine not in SPLIT:
        return "no"
    least = breakdown.low if breakdown.total is None else breakdown.total
    if host_bytes is not None and least - memory_bytes > host_bytes:
        return "no"
    beside = _beside(breakdown)
    return "offload" if beside is not None and beside <= memory_bytes // 2 else "no"


def _beside(breakdown: Breakdown) -> int | None:
    """All but weights: the sum of the points, of the upper ends where there is no point."""
    rest = [term for term in breakdown.terms if term.name != "weights"]
    return total([term.high if term.bytes is None else term.bytes for term in rest])
