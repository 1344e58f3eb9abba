"""What llama.cpp allocates beside the weights, term by term, from the facts of an architecture.

Cache, state and output agree with a real llama.cpp to 0.01 MiB (docs/fit.md).
"""

from __future__ import annotations

from catalog.fit.architecture import Architecture, Layer, attention_kind
from catalog.fit.terms import (
    F16_BYTES,
    F32_BYTES,
    KV_TYPES,
    UBATCH,
    Need,
    Term,
    cells,
    kv_bytes,
    on_each,
    overhead,
    padded,
    state_bytes,
)

# Shares by which the compute buffer was off at most over tests/fixtures/fit/oracle.json:
# where the formula was fitted, and where layers hold what it leaves out.
COMPUTE_BAND, WIDE_BAND = 0.04, 0.35
UNMEASURED = 2  # times the formula at most; the most that it was off is 1.4 (Falcon-H1)
_LEFT_OUT = frozenset({"falcon_h1", "falcon-h1", "nemotron_h", "nemotron_h_moe"})
_LEFT_OUT |= {"qwen3_vl_text", "qwen3_vl_moe_text", "qwen3vl", "qwen3vlmoe"}
_SIDE_BY_SIDE = frozenset({"cohere2"})  # attention and feed-forward part of one input: one D more
# The widest state of a layer that is known: two inputs for each one of the model, each with 256
# values (Falcon-H1), and what the convolution remembers beside it.
_WIDEST_STATE = 2 * 256 + 64


def terms(architecture: Architecture, need: Need, cards: int) -> tuple[Term, ...]:
    """All terms but the weights."""
    return (
        cache(architecture, need),
        state(architecture, need),
        on_each(compute(architecture, need), cards),
        output(architecture, need),
        overhead(cards),
    )


def cache(architecture: Architecture, need: Need) -> Term:
    """The cache of keys and values of all layers."""
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
    if refusal(architecture, need):
        return Term(
            name="kv_cache", bytes=None, low=0, high=None, formula=formula, inputs=inputs,
            source=source,
        )  # fmt: skip
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


def refusal(architecture: Architecture, need: Need) -> str | None:
    """Why llama.cpp makes no cache of a type: blocks do not divide a head (llama-context.cpp)."""
    head, (_, block) = architecture.head, KV_TYPES[need.kv]
    if need.engine != "llama_cpp" or not head or head % block == 0:
        return None
    return f"llama.cpp has no {need.kv} cache for heads of {head} values"


def state(architecture: Architecture, need: Need) -> Term:
    """What recurrent layers remember."""
    formula = "users x 4 x sum over recurrent layers: (kernel - 1) x (inner + 2 x mixed) + state"
    layers = architecture.layers
    size = high = None if layers is None else state_bytes(layers, need)
    count, wide = architecture.layer_count, architecture.embedding
    if size is None and count and wide:
        formula = f"at most: users x 4 x layers x D x {_WIDEST_STATE}, as if all were recurrent"
        high = need.users * F32_BYTES * count * wide * _WIDEST_STATE
    return Term(
        name="state",
        bytes=size,
        low=size or 0,
        high=high,
        formula=formula,
        inputs={"users": need.users},
        source="llama.cpp llama-memory-recurrent.cpp",
    )


def compute(architecture: Architecture, need: Need) -> Term:
    """The buffer that one batch of tokens is worked out in."""
    formula = (
        "4 x batch x (max(3 x FF or FF without a gate, 3 x k x FF of an expert, latent, peak)"
        " + 5 x D + beside)"
        " + 2 x batch x cells of each kind of mask for one user;"
        " D once more for each expert where D > 2 x FF of an expert;"
        " the state of one layer where none attends"
    )
    source = "fitted to llama.cpp on a processor with flash attention; more without it"
    layers, wide = architecture.layers, architecture.embedding
    if wide is None or architecture.feed_forward is None:
        return Term(
            name="compute", bytes=None, low=0, high=None, formula=formula, inputs={}, source=source
        )
    expert, used = architecture.expert_feed_forward or 0, architecture.experts_used or 0
    rest = (6 if architecture.name in _SIDE_BY_SIDE else 5) * wide
    each = wide if wide > 2 * expert else 0
    most = max(
        (3 if architecture.gated else 1) * architecture.feed_forward,
        used * (3 * expert + each),
        architecture.latent_values,
        architecture.peak_values,
    )
    rest += architecture.beside_values
    masks = _masks(layers, Need(context=need.context))
    size = F32_BYTES * UBATCH * (most + rest) + F16_BYTES * UBATCH * masks
    if layers and not any(layer.key for layer in layers):
        size += F32_BYTES * need.users * max(layer.state for layer in layers)
    if layers is None:
        return Term(
            name="compute", bytes=None, low=0, high=UNMEASURED * size, source=source,
            formula=f"at most: {UNMEASURED} x ({formula})", inputs={},
        )  # fmt: skip
    band = WIDE_BAND if architecture.name in _LEFT_OUT else COMPUTE_BAND
    return Term(
        name="compute",
        bytes=size,
        low=round(size * (1 - band)),
        high=round(size * (1 + band)),
        formula=formula,
        inputs={"batch": UBATCH, "D": wide, "FF": architecture.feed_forward, "k": used,
                "FF_expert": expert, "latent": architecture.latent_values, "cells": masks,
                "peak": architecture.peak_values, "beside": architecture.beside_values},
        source=source,
    )  # fmt: skip


def _masks(layers: tuple[Layer, ...] | None, one: Need) -> int:
    """Cells of each kind of mask of one user; of two kinds where the layers are not known."""
    if layers is None:
        return 2 * padded(one.context)
    return sum({(layer.window, cells(layer, one)): cells(layer, one) for layer in layers
                if layer.key}.values())  # fmt: skip


def output(architecture: Architecture, need: Need) -> Term:
    """The logits of the last token of each user."""
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
