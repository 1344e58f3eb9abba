"""What a model needs in memory for a context, users and a type of cache; engine: llama.cpp.

The cache and the state agree with a real llama.cpp to 0.01 MiB (docs/fit.md); what a term was
worked out from stands beside it, and a term that is not known is None with a range where there is
one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from catalog.errors import QueryError
from catalog.fit.architecture import Architecture, Layer, attention_kind

MIB = 1 << 20
# Bytes of one block and values in it: ggml-common.h, block_q8_0 and block_q4_0.
KV_TYPES = {"f16": (2, 1), "q8_0": (34, 32), "q4_0": (18, 32)}
PAD = 256  # llama-context.cpp and llama-kv-cache.cpp round cells up to this
UBATCH = 512  # common/common.h n_ubatch, also what a window keeps beside itself
F16_BYTES, F32_BYTES = 2, 4
# Measured: 40 MB on a processor, 300 to 600 MB for the context of each CUDA card.
OVERHEAD = (40_000_000, 450_000_000, 600_000_000)
MOST_CONTEXT = 1 << 27
MOST_USERS = 10_000
# Shares by which the compute buffer was off at most over tests/fixtures/fit/oracle.json:
# where the formula was fitted, and where layers hold what it leaves out.
COMPUTE_BAND, WIDE_BAND = 0.04, 0.45
_LEFT_OUT = frozenset({"gemma3n", "gemma3n_text", "mamba", "falcon_h1", "falcon-h1"})
_SIDE_BY_SIDE = frozenset({"cohere2"})  # attention and feed-forward part of one input: one D more
TIGHT = 0.9  # a total above this share of the memory is tight
WIDEST = 0.11  # a band of weights that is a larger share than this has no point in it
ENGINES = ("llama_cpp",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is asked for: tokens for each user, users at once, the type of the cache."""

    context: int = 8192
    users: int = 1
    kv: str = "f16"
    engine: str = "llama_cpp"

    def __post_init__(self) -> None:
        if not 0 < self.context <= MOST_CONTEXT:
            raise QueryError(f"A context is 1 to {MOST_CONTEXT:,} tokens, not {self.context:,}.")
        if not 0 < self.users <= MOST_USERS:
            raise QueryError(f"Users at once are 1 to {MOST_USERS:,}, not {self.users:,}.")
        if self.kv not in KV_TYPES:
            raise QueryError(f"A cache is of type {', '.join(KV_TYPES)}.")
        if self.engine not in ENGINES:
            raise QueryError("Memory is worked out for llama_cpp alone so far.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part in bytes: None is not known; `low` and `high` are the band, None has no end."""

    name: str
    bytes: int | None
    low: int
    high: int | None
    formula: str
    inputs: Mapping[str, int | float | str]
    source: str
    unit: str = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """All terms with their sum; `doubt` says why there is no point where there is none."""

    need: Need
    terms: tuple[Term, ...]
    doubt: str | None

    def term(self, name: str) -> Term:
        """The term of a name."""
        return next(term for term in self.terms if term.name == name)

    @property
    def total(self) -> int | None:
        """The sum, None where a term is not known."""
        return _sum([term.bytes for term in self.terms])

    @property
    def low(self) -> int:
        """The least that it can be."""
        return sum(term.low for term in self.terms)

    @property
    def high(self) -> int | None:
        """The most that it can be; None where a term has no upper end."""
        return _sum([term.high for term in self.terms])


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def padded(number: int, to: int = PAD) -> int:
    """The number rounded up to a multiple."""
    return -(-number // to) * to


def cells(layer: Layer, need: Need) -> int:
    """Tokens that a layer keeps for all users; each user has a stream of its own."""
    whole = padded(need.context)
    if layer.window is not None:
        whole = min(whole, padded(min(whole, layer.window + UBATCH)))
    return whole * need.users


def row_bytes(values: int, kv: str) -> int:
    """Bytes of one row of the cache; types with blocks fill whole blocks."""
    size, block = KV_TYPES[kv]
    return -(-values // block) * size


def kv_bytes(layers: tuple[Layer, ...], need: Need) -> int:
    """Bytes of the cache of keys and values."""
    return sum(
        cells(layer, need) * (row_bytes(layer.key, need.kv) + row_bytes(layer.value, need.kv))
        for layer in layers
    )


def state_bytes(layers: tuple[Layer, ...], need: Need) -> int:
    """Bytes of the state of recurrent layers: 32-bit, one for each user, whatever the context."""
    return sum(layer.state for layer in layers) * F32_BYTES * need.users


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
    terms = (
        _weights(weights),
        _cache(architecture, need),
        _state(architecture, need),
        _on_each(_compute(architecture, need), cards),
        _output(architecture, need),
        _on_each(_overhead(), cards),
    )
    return Breakdown(need=need, terms=terms, doubt=_doubt(architecture, terms))


def _doubt(architecture: Architecture, terms: tuple[Term, ...]) -> str | None:
    missing = [term.name for term in terms if term.bytes is None]
    if not missing:
        return None
    why = architecture.doubt or "not stated where the facts are from"
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


def _cache(architecture: Architecture, need: Need) -> Term:
    source = "llama.cpp llama-kv-cache.cpp and llama-kv-cache-iswa.cpp"
    formula = "sum over layers: cells x (row of key + row of value)"
    inputs: dict[str, int | float | str] = {
        "attention": attention_kind(architecture),
        "context": need.context,
        "users": need.users,
        "type": need.kv,
        "bits_per_value": 8 * KV_TYPES[need.kv][0] / KV_TYPES[need.kv][1],
    }
    layers = architecture.layers
    if layers is None:
        count, most = architecture.layer_count, architecture.most
        high = kv_bytes((most,), need) * count if most and count else None
        return Term(
            name="kv_cache", bytes=None, low=0, high=high, formula="at most: " + formula,
            inputs=inputs, source=source,
        )  # fmt: skip
    kept = [layer for layer in layers if layer.key]
    inputs |= {
        "layers": len(layers),
        "layers_with_cache": len(kept),
        "layers_with_window": sum(layer.window is not None for layer in kept),
        "cells": max((cells(layer, need) for layer in kept), default=0),
        "cells_of_window": max((cells(one, need) for one in kept if one.window), default=0),
    }
    size = kv_bytes(layers, need)
    return Term(
        name="kv_cache", bytes=size, low=size, high=size, formula=formula, inputs=inputs,
        source=source,
    )  # fmt: skip


def _state(architecture: Architecture, need: Need) -> Term:
    formula = "users x 4 x sum over recurrent layers: (kernel - 1) x (inner + 2 x mixed) + state"
    layers = architecture.layers
    size = None if layers is None else state_bytes(layers, need)
    return Term(
        name="state",
        bytes=size,
        low=size or 0,
        high=size,
        formula=formula,
        inputs={"users": need.users},
        source="llama.cpp llama-memory-recurrent.cpp",
    )


def _compute(architecture: Architecture, need: Need) -> Term:
    formula = (
        "4 x batch x max(3 x FF + 5 x D, 3 x k x FF of an expert + 5 x D, latent + 5 x D)"
        " + 2 x batch x cells of each kind of mask for one user;"
        " D once more for each expert where D > 2 x FF of an expert"
    )
    source = "fitted to llama.cpp on a processor with flash attention; more without it"
    layers, wide = architecture.layers, architecture.embedding
    if layers is None or wide is None or architecture.feed_forward is None:
        return Term(
            name="compute", bytes=None, low=0, high=None, formula=formula, inputs={}, source=source
        )
    expert, used = architecture.expert_feed_forward or 0, architecture.experts_used or 0
    rest = (6 if architecture.name in _SIDE_BY_SIDE else 5) * wide
    each = wide if wide > 2 * expert else 0
    most = max(
        3 * architecture.feed_forward, used * (3 * expert + each), architecture.latent_values
    )
    one = Need(context=need.context)
    masks = sum({(layer.window, cells(layer, one)): cells(layer, one) for layer in layers
                 if layer.key}.values())  # fmt: skip
    size = F32_BYTES * UBATCH * (most + rest) + F16_BYTES * UBATCH * masks
    band = WIDE_BAND if architecture.name in _LEFT_OUT else COMPUTE_BAND
    return Term(
        name="compute",
        bytes=size,
        low=round(size * (1 - band)),
        high=round(size * (1 + band)),
        formula=formula,
        inputs={"batch": UBATCH, "D": wide, "FF": architecture.feed_forward, "k": used,
                "FF_expert": expert, "latent": architecture.latent_values, "cells": masks},
        source=source,
    )  # fmt: skip


def _output(architecture: Architecture, need: Need) -> Term:
    words = architecture.vocabulary
    size = None if words is None else words * F32_BYTES * need.users
    return Term(
        name="output",
        bytes=size,
        low=size or 0,
        high=size,
        formula="4 x words x users",
        inputs={} if words is None else {"words": words, "users": need.users},
        source="llama.cpp llama-context.cpp output_reserve",
    )


def _overhead() -> Term:
    low, size, high = OVERHEAD
    return Term(
        name="overhead",
        bytes=size,
        low=low,
        high=high,
        formula="what the runtime itself takes",
        inputs={},
        source="measured: 40 MB on a processor, 300 to 600 MB for each CUDA card",
    )


def _on_each(term: Term, cards: int) -> Term:
    """What every card needs for itself."""
    if cards == 1:
        return term
    return replace(
        term,
        bytes=None if term.bytes is None else term.bytes * cards,
        low=term.low * cards,
        high=None if term.high is None else term.high * cards,
        formula=f"cards x ({term.formula})",
        inputs={"cards": cards, **term.inputs},
    )


def grade(breakdown: Breakdown, memory_bytes: int, *, host_bytes: int | None = None) -> str:
    """The grade on a memory; `host_bytes` is main memory beside it: None not known, 0 none.

    fits: with the whole band, and the total is within 90 % of the memory. tight: the total is
    within the memory. offload: too large, but all except weights is within half of it, so that
    layers can go to main memory. no: not even that. Without a total: fits or tight where the upper
    end is within the memory, unknown where only the lower end is.
    """
    point = breakdown.high if breakdown.total is None else breakdown.total
    if point is not None and point <= memory_bytes:
        whole = breakdown.high is not None and breakdown.high <= memory_bytes
        return "fits" if whole and point <= TIGHT * memory_bytes else "tight"
    if breakdown.total is None and breakdown.low <= memory_bytes:
        return "unknown"
    least = breakdown.low if breakdown.total is None else breakdown.total
    if host_bytes is not None and least - memory_bytes > host_bytes:
        return "no"
    beside = _beside(breakdown)
    return "offload" if beside is not None and beside <= memory_bytes // 2 else "no"


def _beside(breakdown: Breakdown) -> int | None:
    """All but weights: the sum of the points, of the upper ends where there is no point."""
    rest = [term for term in breakdown.terms if term.name != "weights"]
    return _sum([term.high if term.bytes is None else term.bytes for term in rest])
