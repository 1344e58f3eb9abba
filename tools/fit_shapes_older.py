"""Tensors of the kinds with a bias everywhere and a feed-forward part without a gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Shape = tuple[str, tuple[int, ...]]
# model_type of config.json -> architecture of GGUF
NAMES = {"gpt2": "gpt2", "gpt_neox": "gptneox", "phi": "phi2", "starcoder2": "starcoder2"}
_ALONE = frozenset({"phi2"})  # attention and feed-forward part read one norm
_SPLIT = frozenset({"starcoder2"})  # query, key and value are tensors of their own


def facts(c: Mapping[str, Any]) -> dict[str, int]:
    """Layers, width, width of the feed-forward part, heads and words, whatever they are called."""
    wide = c.get("hidden_size", c.get("n_embd", 0))
    heads = c.get("num_attention_heads", c.get("n_head", 0))
    return {
        "layers": c.get("num_hidden_layers", c.get("n_layer", 0)),
        "wide": wide,
        "hidden": c.get("intermediate_size", c.get("n_inner")) or 4 * wide,
        "heads": heads,
        "kept": c.get("num_key_value_heads") or heads,
        "words": c["vocab_size"],
        "context": c.get("max_position_embeddings", c.get("n_positions", 2048)),
    }


def metadata(c: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a GGUF header, as converters write them."""
    own, arch = facts(c), NAMES[c["model_type"]]
    size = own["wide"] // own["heads"]
    keys = {
        "block_count": own["layers"],
        "embedding_length": own["wide"],
        "context_length": own["context"],
        "vocab_size": own["words"],
        "feed_forward_length": own["hidden"],
        "attention.layer_norm_epsilon": 1e-5,
        "attention.head_count": own["heads"],
        "attention.head_count_kv": own["kept"],
        "rope.dimension_count": int(size * c.get("rotary_pct", c.get("partial_rotary_factor", 1))),
    }
    if arch == "gptneox":
        keys["use_parallel_residual"] = True
    return {f"{arch}.{name}": value for name, value in keys.items()}


def tensors(c: Mapping[str, Any]) -> Iterator[Shape]:
    """Every tensor with its shape, the fastest dimension first."""
    own, arch = facts(c), NAMES[c["model_type"]]
    wide, words = own["wide"], own["words"]
    yield "token_embd.weight", (wide, words)
    if arch == "gpt2":
        yield "position_embd.weight", (wide, own["context"])
    yield from _both("output_norm", (wide,))
    if arch in ("gptneox", "phi2"):
        yield "output.weight", (wide, words)
    if arch == "phi2":
        yield "output.bias", (words,)
    for i in range(own["layers"]):
        for name, shape in _layer(arch, own):
            yield f"blk.{i}.{name}", shape


def _layer(arch: str, own: Mapping[str, int]) -> Iterator[Shape]:
    wide, hidden = own["wide"], own["hidden"]
    kept = own["kept"] * wide // own["heads"]
    yield from _both("attn_norm", (wide,))
    if arch in _SPLIT:
        for name, out in (("q", wide), ("k", kept), ("v", kept)):
            yield from _both(f"attn_{name}", (wide, out))
    else:
        yield from _both("attn_qkv", (wide, wide + 2 * kept))
    yield from _both("attn_output", (wide, wide))
    if arch not in _ALONE:
        yield from _both("ffn_norm", (wide,))
    yield from _both("ffn_up", (wide, hidden))
    yield from _both("ffn_down", (hidden, wide))


def _both(name: str, shape: tuple[int, ...]) -> Iterator[Shape]:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[-1:]
