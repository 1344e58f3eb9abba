"""The keys of a GGUF header to the facts of an architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.fit.architecture import Architecture, Layer
from catalog.fit.config import UNGATED, Odd, beside, latent, peak, state_size

# Every name was loaded in a real llama.cpp (docs/fit.md). With a window: one layer in so many, the
# last of each round, sees all (llama.cpp src/models/NAME.cpp, set_swa_pattern).
PERIODS = {"cohere2": 4, "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "olmo2": 4}
WITHOUT_TOO = frozenset({"olmo2"})  # has windows where it states one: OLMo 3 is of this kind
PLAIN = frozenset({"gemma", "llama", "openelm", "phi3", "qwen2", "qwen3", "qwen3moe"})
PLAIN |= {"exaone", "glm4", "granite", "granitemoe", "internlm2", "minimax-m2", "olmoe"}
PLAIN |= {"qwen2vl", "qwen3vl", "qwen3vlmoe"}
PLAIN |= {"gpt2", "gptneox", "phi2", "starcoder2"}
PLAIN |= {"qwen2moe", "seed_oss", "smollm3"}
OTHER = frozenset({"deepseek2", "falcon-h1", "granitehybrid", "lfm2", "lfm2moe", "mamba"})
OTHER |= {"nemotron_h", "nemotron_h_moe", "qwen3next", "qwen35", "qwen35moe"}
_DELTA = frozenset({"qwen3next", "qwen35", "qwen35moe"})  # one layer in four attends
_SHORT = frozenset({"lfm2", "lfm2moe"})
_ONE_PART = frozenset({"nemotron_h", "nemotron_h_moe"})  # a layer does one thing
_STATES = frozenset({"mamba", "falcon-h1", "granitehybrid"}) | _DELTA | _ONE_PART
# llama.cpp src/models/gemma3n.cpp: n_layer_kv_from_start
_GEMMA3N_OWN = 20
_MOST = 1 << 24
_MOST_LAYERS = 2_000
_LONGEST_NAME = 100


class _Keys:
    """Values of one architecture, for one layer where they are lists."""

    def __init__(self, values: Mapping[str, Any], name: str) -> None:
        self._values, self._name = values, name

    def get(self, key: str, layer: int = 0) -> int | None:
        value = self._values.get(f"{self._name}.{key}")
        if isinstance(value, list):
            value = value[layer] if layer < len(value) else None
        good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST
        return value if good else None

    def need(self, key: str, layer: int = 0) -> int:
        value = self.get(key, layer)
        if value is None:
            raise Odd(f"its header does not state {key}")
        return value

    def pattern(self) -> list[bool] | None:
        value = self._values.get(f"{self._name}.attention.sliding_window_pattern")
        return [bool(one) for one in value] if isinstance(value, list) else None


def facts(values: Mapping[str, Any], weights_bytes: int | None) -> Architecture:
    """The facts that the keys tell; what cannot be worked out is told in `doubt`."""
    name = values.get("general.architecture")
    name = name if isinstance(name, str) and name else "unknown"
    keys = _Keys(values, name)
    doubt, layers = None, None
    try:
        layers = _layers(name, keys)
    except Odd as odd:
        doubt = str(odd)
    tokens = values.get("tokenizer.ggml.tokens")
    used = keys.get("expert_used_count")
    count = min(keys.get("block_count") or 1, _MOST_LAYERS)
    hidden = max(keys.get("feed_forward_length", i) or 0 for i in range(max(count, 1))) or None
    expert = keys.get("expert_feed_forward_length")
    wide, inner = keys.get("embedding_length"), hidden
    if name == "mamba":
        inner = keys.get("ssm.inner_size")
    return Architecture(
        name=name,
        layers=layers,
        layer_count=keys.get("block_count"),
        embedding=wide,
        vocabulary=len(tokens) if isinstance(tokens, list | range) else keys.get("vocab_size"),
        feed_forward=inner,
        gated=name not in UNGATED,
        expert_feed_forward=(expert or hidden) if used else None,
        experts_used=used or None,
        latent_values=_unfolded(keys) if layers and name == "deepseek2" else 0,
        peak_values=peak(name, wide, inner, keys.get("altup.num_inputs")),
        beside_values=beside(name, wide, count, keys.get("embedding_length_per_layer_input")),
        head=keys.get("attention.key_length") or _even(wide, keys.get("attention.head_count")),
        context_length=keys.get("context_length"),
        weights_bytes=weights_bytes,
        doubt=doubt,
        most=None if layers else _most(keys),
    )


def _even(wide: int | None, heads: int | None) -> int | None:
    return wide // heads if wide and heads and wide % heads == 0 else None


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that `facts` needs, the vocabulary as its size; empty where no kind is named."""
    name = values.get("general.architecture")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        return {}
    chosen = {
        key: value
        for key, value in values.items()
        if key.startswith(f"{name}.") and len(key) <= _LONGEST_NAME and _small(value)
    }
    tokens = values.get("tokenizer.ggml.tokens")
    if isinstance(tokens, list):
        chosen.setdefault(f"{name}.vocab_size", len(tokens))
    return {"general.architecture": name, **chosen} if chosen else {}


def _small(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= _MOST_LAYERS and all(isinstance(one, int) for one in value)
    return isinstance(value, int) and 0 <= value <= _MOST


def _layers(name: str, keys: _Keys) -> tuple[Layer, ...]:
    if name not in PLAIN | OTHER | set(PERIODS):
        raise Odd(f"the cache of {name[:40]} was not measured")
    count = keys.need("block_count")
    if not 0 < count <= _MOST_LAYERS:
        raise Odd(f"its header states {count} layers")
    return tuple(_layer(name, keys, i) for i in range(count))


def _layer(name: str, keys: _Keys, i: int) -> Layer:
    if name == "deepseek2":
        rank = keys.need("attention.kv_lora_rank")
        return Layer(key=rank + keys.need("rope.dimension_count"))
    if name == "gemma3n" and i >= _GEMMA3N_OWN:
        return Layer(shared=True)
    state = _state(name, keys, i)
    heads = 0 if name == "mamba" else keys.need("attention.head_count_kv", i)
    if name in _DELTA and state:
        heads = 0
    if not heads:
        return Layer(state=state)
    key, value = _head(keys, "key", i), _head(keys, "value", i)
    return Layer(key=heads * key, value=heads * value, window=_window(name, keys, i), state=state)


def _unfolded(keys: _Keys) -> int:
    kept = (keys.get("attention.kv_lora_rank") or 0) + (keys.get("rope.dimension_count") or 0)
    heads = keys.get("attention.head_count") or 0
    return latent(heads, kept, keys.get("attention.key_length_mla") or 0)


def _head(keys: _Keys, which: str, i: int) -> int:
    stated = keys.get(f"attention.{which}_length")
    if stated:
        return stated
    heads = keys.need("attention.head_count", i)
    if not heads:
        raise Odd("its header does not state the size of a head")
    return keys.need("embedding_length") // heads


def _window(name: str, keys: _Keys, i: int) -> int | None:
    if name not in PERIODS:
        return None
    if name in WITHOUT_TOO and not keys.get("attention.sliding_window"):
        return None
    window, pattern = keys.need("attention.sliding_window"), keys.pattern()
    if pattern is not None and i < len(pattern):
        return window if pattern[i] else None
    period = keys.get("attention.sliding_window_pattern") or PERIODS[name]
    return None if i % period == period - 1 else window


def _state(name: str, keys: _Keys, i: int) -> int:
    if name in _SHORT:
        whole = keys.need("attention.head_count_kv", i)
        wide = keys.need("embedding_length")
        return 0 if whole else (keys.need("shortconv.l_cache") - 1) * wide
    if name in _DELTA and (i + 1) % (keys.get("full_attention_interval") or 4) == 0:
        return 0
    if name == "granitehybrid" and keys.need("attention.head_count_kv", i):
        return 0
    if name in _ONE_PART and (
        keys.need("attention.head_count_kv", i) or keys.need("feed_forward_length", i)
    ):
        return 0
    if name not in _STATES:
        return 0
    state = keys.need("ssm.state_size")
    groups = 0 if name == "mamba" else keys.need("ssm.group_count")
    kernel, inner = keys.need("ssm.conv_kernel"), keys.need("ssm.inner_size")
    return state_size(kernel, inner, groups * state, state)


def _most(keys: _Keys) -> Layer | None:
    heads, wide = keys.get("attention.head_count"), keys.get("embedding_length")
    size = keys.get("attention.key_length") or (wide // heads if wide and heads else None)
    value = keys.get("attention.value_length") or size
    return Layer(key=heads * size, value=heads * value) if heads and size and value else None
