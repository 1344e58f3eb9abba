"""Facts of an architecture from a `config.json` of the Hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from catalog.fit.architecture import Architecture, Layer

# Key and value of every layer for every token. Each was loaded in a real llama.cpp (docs/fit.md);
# that keeps every token of phi3, whatever window its config states.
PLAIN = frozenset({"gemma", "llama", "mistral", "mixtral", "olmo2", "openelm", "phi3"})
PLAIN |= {"exaone", "glm4", "granite", "granitemoe", "internlm2", "minimax_m2", "olmoe", "qwen2"}
PLAIN |= {"qwen2_5_vl", "qwen2_5_vl_text", "qwen3_vl_text", "qwen3_vl_moe_text"}
PLAIN |= {"gpt2", "gpt_neox", "phi", "starcoder2"}
PLAIN |= {"qwen2_moe", "qwen3", "qwen3_moe", "seed_oss", "smollm3"}
# What a config.json leaves out is the default of transformers (configuration_gemma3.py,
# Gemma3TextConfig), for the files of gemma-3-4b-it are written without it.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "gemma3_text": {
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "vocab_size": 262208,
        "sliding_window_pattern": 6,
    },
}
# The fields that the cache, the state, the compute buffer and the count of parameters depend on.
_KEPT = frozenset(
    """
    model_type num_hidden_layers num_transformer_layers n_layer n_layers num_layers hidden_size
    model_dim n_embd d_model num_attention_heads num_query_heads n_head n_heads num_key_value_heads
    num_kv_heads multi_query multi_query_group_num head_dim kv_channels vocab_size
    intermediate_size n_inner ffn_dim ffn_hidden_size ffn_multipliers ffn_dim_divisor
    max_position_embeddings max_context_length n_positions seq_length tie_word_embeddings
    num_local_experts num_experts n_routed_experts n_shared_experts num_experts_per_tok
    moe_intermediate_size shared_intermediate_size shared_expert_intermediate_size
    first_k_dense_replace kv_lora_rank q_lora_rank qk_rope_head_dim qk_nope_head_dim v_head_dim
    sliding_window sliding_window_pattern use_sliding_window max_window_layers layer_types
    num_kv_shared_layers conv_L_cache full_attn_idxs conv_kernel state_size time_step_rank
    mamba_d_conv mamba_d_head mamba_d_ssm mamba_d_state mamba_expand mamba_n_groups mamba_n_heads
    full_attention_interval linear_conv_kernel_dim linear_key_head_dim linear_value_head_dim
    linear_num_key_heads linear_num_value_heads altup_num_inputs laurel_rank
    hidden_size_per_layer_input attention_bias num_dense_layers
    hybrid_override_pattern mamba_num_heads mamba_head_dim ssm_state_size n_groups
    moe_shared_expert_intermediate_size
    """.split()  # noqa: SIM905 - one to a line would be a hundred lines
)
_WHOLE = ("text_config", "llm_config")  # of models that see or hear
_LONGEST_TEXT = 500  # a letter for each layer
_COUNTS = ("num_hidden_layers", "num_transformer_layers", "num_layers", "n_layer")
_HEADS = ("num_attention_heads", "n_head")
_WIDTHS = ("hidden_size", "model_dim", "n_embd")
UNGATED = frozenset({"gpt2", "gpt_neox", "gptneox", "phi", "phi2", "starcoder2"})
_MOST_LAYERS = 2_000  # a thousand times over nonsense; the deepest known models have 126
_MOST_WIDTH = 1 << 24
_Facts = Mapping[str, Any]


class Odd(Exception):
    """A config that does not say what its kind needs; the text says what."""


def read(config: Mapping[str, Any]) -> Architecture:
    """The facts of a parsed `config.json`; what cannot be worked out is told in `doubt`."""
    text = next((config[part] for part in _WHOLE if config.get(part)), config)
    facts = text if isinstance(text, Mapping) else config
    name = facts.get("model_type", config.get("model_type"))
    name = name if isinstance(name, str) and name else "unknown"
    facts = {**_DEFAULTS.get(name, {}), **facts}
    doubt, layers = None, None
    try:
        layers = _layers(name, facts)
    except Odd as odd:
        doubt = str(odd)
    expert = _number(facts, "moe_intermediate_size")
    used = _number(facts, "num_experts_per_tok")
    hidden, count = _hidden(facts), _number(facts, *_COUNTS)
    wide = _number(facts, *_WIDTHS)
    return Architecture(
        name=name,
        layers=layers,
        layer_count=count,
        embedding=wide,
        vocabulary=_number(facts, "vocab_size"),
        feed_forward=hidden,
        gated=name not in UNGATED,
        expert_feed_forward=(expert or hidden) if used else None,
        experts_used=used,
        latent_values=_unfolded(facts) if layers and "kv_lora_rank" in facts else 0,
        peak_values=peak(name, wide, hidden, _number(facts, "altup_num_inputs")),
        beside_values=beside(name, wide, count, _number(facts, "hidden_size_per_layer_input")),
        head=None if "kv_lora_rank" in facts else _stated_head(facts),
        context_length=_number(
            facts, "max_position_embeddings", "max_context_length", "n_positions"
        ),
        doubt=doubt,
        most=None if layers else _most(facts),
    )


def kept(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that `read` needs, of the language model too; empty where it names no kind."""
    parts = {part: config[part] for part in _WHOLE if isinstance(config.get(part), Mapping)}
    inner = {part: own for part, whole in parts.items() if (own := _chosen(whole))}
    chosen = _chosen(config) | inner
    named = chosen.get("model_type") or any("model_type" in own for own in inner.values())
    return chosen if named and len(chosen) > 1 else {}


def _chosen(config: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name in _KEPT and _small(value)}


def _small(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= _MOST_LAYERS and not any(
            isinstance(one, list) or not _small(one) for one in value
        )
    if isinstance(value, str):
        return len(value) <= _LONGEST_TEXT
    return isinstance(value, bool | int | float) and abs(value) <= _MOST_WIDTH


def _hidden(facts: _Facts) -> int | None:
    wide = _number(facts, "intermediate_size", "n_inner")
    if wide is None and facts.get("model_type") == "gpt2":
        return 4 * (_number(facts, "n_embd") or 0) or None
    multipliers, model = facts.get("ffn_multipliers"), _number(facts, "model_dim")
    if wide is None and isinstance(multipliers, list) and multipliers and model:
        by = _number(facts, "ffn_dim_divisor") or 1
        return max(int(m * model + by / 2) // by * by for m in multipliers)
    return wide


def _number(facts: _Facts, *names: str) -> int | None:
    for name in names:
        value = facts.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST_WIDTH:
            return value
    return None


def _needed(facts: _Facts, *names: str) -> int:
    value = _number(facts, *names)
    if value is None:
        raise Odd(f"its config does not state {names[0]}")
    return value


def _layers(name: str, facts: _Facts) -> tuple[Layer, ...]:
    count = _needed(facts, *_COUNTS)
    if count > _MOST_LAYERS:
        raise Odd(f"its config states {count} layers")
    if name in PLAIN:
        return _plain(facts, count)
    kind = _KINDS.get(name)
    if kind is None:
        raise Odd(f"the cache of {name[:40]} was not measured")
    return kind(facts, count)


def _stated_head(facts: _Facts) -> int | None:
    try:
        return _head(facts)
    except Odd:
        return None


def _head(facts: _Facts) -> int:
    size = _number(facts, "head_dim")
    heads = _number(facts, *_HEADS)
    wide = _number(facts, *_WIDTHS)
    if size is None and heads and wide and wide % heads == 0:
        return wide // heads
    if size is None:
        raise Odd("its config does not state the size of a head")
    return size


def _attention(facts: _Facts) -> Layer:
    heads = _number(facts, *_HEADS)
    kept = _number(facts, "num_key_value_heads") or heads
    if kept is None:
        raise Odd("its config does not state num_attention_heads")
    if heads and (kept > heads or heads % kept):
        raise Odd(f"its config contradicts itself: {heads} heads and {kept} key-value heads")
    width = kept * _head(facts)
    return Layer(key=width, value=width)


def _plain(facts: _Facts, count: int) -> tuple[Layer, ...]:
    lists = facts.get("num_kv_heads")
    if isinstance(lists, list):
        if len(lists) != count or not all(isinstance(n, int) and 0 < n < 4096 for n in lists):
            raise Odd("its config contradicts itself: heads are not stated for each layer")
        size = _head(facts)
        return tuple(Layer(key=heads * size, value=heads * size) for heads in lists)
    return (_attention(facts),) * count


def _windowed(every: int, *, last: bool) -> Callable[[_Facts, int], tuple[Layer, ...]]:
    """Layers with a window; one in `every` sees all, the last one of each round or the first."""

    def layers(facts: _Facts, count: int) -> tuple[Layer, ...]:
        whole, window = _attention(facts), _needed(facts, "sliding_window")
        narrow = Layer(key=whole.key, value=whole.value, window=window)
        types = _types(facts, count)
        if types is not None:
            return tuple(whole if kind == "full_attention" else narrow for kind in types)
        period = _number(facts, "sliding_window_pattern") or every
        full = period - 1 if last else 0
        return tuple(whole if i % period == full else narrow for i in range(count))

    return layers


def _types(facts: _Facts, count: int) -> list[str] | None:
    types = facts.get("layer_types")
    if types is None:
        return None
    if not isinstance(types, list) or len(types) != count:
        raise Odd("its config contradicts itself: layer_types does not name each layer")
    return [str(kind) for kind in types]


def _nested(facts: _Facts, count: int) -> tuple[Layer, ...]:
    shared = _needed(facts, "num_kv_shared_layers")
    if shared >= count:
        raise Odd("its config contradicts itself: every layer shares the cache of another")
    own = _windowed(5, last=True)(facts, count)[: count - shared]
    return own + (Layer(shared=True),) * shared


def _latent(facts: _Facts, count: int) -> tuple[Layer, ...]:
    rank = _needed(facts, "kv_lora_rank")
    return (Layer(key=rank + _needed(facts, "qk_rope_head_dim")),) * count


def _unfolded(facts: _Facts) -> int:
    heads, rope = _number(facts, "num_attention_heads"), _number(facts, "qk_rope_head_dim")
    rank, rest = _number(facts, "kv_lora_rank"), _number(facts, "qk_nope_head_dim")
    return latent(heads or 0, (rank or 0) + (rope or 0), (rest or 0) + (rope or 0))


def latent(heads: int, kept: int, key: int) -> int:
    """Values of a token while its latent cache is unfolded; fitted to DeepSeek-V3.1."""
    return heads * (2 * kept + key)


def peak(name: str, wide: int | None, inner: int | None, streams: int | None) -> int:
    """Values of a token at the widest moment; fitted to both sizes of Gemma 3n and to mamba."""
    if name.startswith("gemma3n"):
        return 4 * (streams or 0) * (wide or 0)
    return 5 * (inner or 0) if name == "mamba" else 0


def beside(name: str, wide: int | None, count: int | None, each: int | None) -> int:
    """Values of a token that are kept all the while: inputs of the layers beside the usual one.

    Of Gemma 3n one for every layer; of Qwen3-VL what is seen, 9 to 17 widths in five sizes.
    """
    if name.startswith(("qwen3_vl", "qwen3vl")):
        return 13 * (wide or 0)
    return (wide or 0) + 2 * (count or 0) * (each or 0) if name.startswith("gemma3n") else 0


def _short(facts: _Facts, count: int) -> tuple[Layer, ...]:
    whole, wide = _attention(facts), _needed(facts, "hidden_size")
    conv = Layer(state=(_needed(facts, "conv_L_cache") - 1) * wide)
    full = facts.get("full_attn_idxs")
    if full is None:
        types = _types(facts, count)
        full = [i for i, kind in enumerate(types) if kind == "full_attention"] if types else None
    if not isinstance(full, list):
        raise Odd("its config does not state which layers attend")
    return tuple(whole if i in full else conv for i in range(count))


def state_size(kernel: int, inner: int, mixed: int, state: int) -> int:
    """Values of one layer for one sequence: the last inputs of the convolution, and the state."""
    return (kernel - 1) * (inner + 2 * mixed) + state * inner


def _mamba(facts: _Facts, count: int) -> tuple[Layer, ...]:
    kernel, inner = _needed(facts, "conv_kernel"), _needed(facts, "intermediate_size")
    size = state_size(kernel, inner, 0, _needed(facts, "state_size"))
    return (Layer(state=size),) * count


def _mamba2(facts: _Facts) -> int:
    state = _needed(facts, "mamba_d_state")
    inner = _needed(facts, "mamba_n_heads") * _needed(facts, "mamba_d_head")
    groups = _needed(facts, "mamba_n_groups")
    return state_size(_needed(facts, "mamba_d_conv"), inner, groups * state, state)


def _granite(facts: _Facts, count: int) -> tuple[Layer, ...]:
    types, whole = _types(facts, count), _attention(facts)
    if types is None:
        raise Odd("its config does not state which layers attend")
    recurrent = Layer(state=_mamba2(facts))
    return tuple(whole if kind == "attention" else recurrent for kind in types)


def _falcon(facts: _Facts, count: int) -> tuple[Layer, ...]:
    whole = _attention(facts)
    return (Layer(key=whole.key, value=whole.value, state=_mamba2(facts)),) * count


def _delta(facts: _Facts, count: int) -> tuple[Layer, ...]:
    whole, state = _attention(facts), _needed(facts, "linear_key_head_dim")
    inner = _needed(facts, "linear_num_value_heads") * _needed(facts, "linear_value_head_dim")
    mixed = _needed(facts, "linear_num_key_heads") * state
    size = state_size(_needed(facts, "linear_conv_kernel_dim"), inner, mixed, state)
    every = _number(facts, "full_attention_interval") or 4
    return tuple(whole if (i + 1) % every == 0 else Layer(state=size) for i in range(count))


def _parts(facts: _Facts, count: int) -> tuple[Layer, ...]:
    """Layers that each do one thing: M is recurrent, * attends, the others keep nothing."""
    pattern, whole = facts.get("hybrid_override_pattern"), _attention(facts)
    if not isinstance(pattern, str) or len(pattern) != count:
        raise Odd("its config does not state what each layer does")
    state, inner = _needed(facts, "ssm_state_size"), _needed(facts, "mamba_num_heads")
    inner *= _needed(facts, "mamba_head_dim")
    mixed = _needed(facts, "n_groups") * state
    recurrent = Layer(state=state_size(_needed(facts, "conv_kernel"), inner, mixed, state))
    return tuple({"M": recurrent, "*": whole}.get(kind, Layer()) for kind in pattern)


_KINDS: dict[str, Callable[[_Facts, int], tuple[Layer, ...]]] = {
    "cohere2": _windowed(4, last=True),
    "deepseek_v2": _latent,
    "deepseek_v3": _latent,
    "falcon_h1": _falcon,
    "gemma2": _windowed(2, last=True),
    "gemma3_text": _windowed(6, last=True),
    "gemma3n_text": _nested,
    "gpt_oss": _windowed(2, last=True),
    "glm4_moe_lite": _latent,
    "granitemoehybrid": _granite,
    "kimi_k2": _latent,
    "lfm2": _short,
    "lfm2_moe": _short,
    "mamba": _mamba,
    "nemotron_h": _parts,
    "olmo3": _windowed(4, last=True),
    "qwen3_5": _delta,
    "qwen3_5_moe": _delta,
    "qwen3_5_moe_text": _delta,
    "qwen3_5_text": _delta,
    "qwen3_next": _delta,
}


def _most(facts: _Facts) -> Layer | None:
    """The most that a layer of stated heads can keep: a key and a value of every one of them."""
    heads = _number(facts, "num_attention_heads")
    wide = _number(facts, "hidden_size")
    size = _number(facts, "head_dim") or (wide // heads if wide and heads else None)
    if not heads or not size:
        return None
    return Layer(key=heads * size, value=heads * size)
