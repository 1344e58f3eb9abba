"""What a GGUF file of each architecture holds: its metadata and the true shapes of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tools import fit_shapes_older as older

Shape = tuple[str, tuple[int, ...]]
# model_type of config.json -> architecture of GGUF
NAMES = {
    "llama": "llama",
    "mistral": "llama",
    "mistral3": "llama",
    "mixtral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
    "qwen3_moe": "qwen3moe",
    "gemma": "gemma",
    "gemma2": "gemma2",
    "gemma3": "gemma3",
    "gemma3_text": "gemma3",
    "gemma3n": "gemma3n",
    "gpt_oss": "gpt-oss",
    "deepseek_v2": "deepseek2",
    "deepseek_v3": "deepseek2",
    "phi3": "phi3",
    "cohere2": "cohere2",
    "olmo2": "olmo2",
    "lfm2": "lfm2",
    "mamba": "mamba",
    "granitemoehybrid": "granitehybrid",
    "falcon_h1": "falcon-h1",
    "qwen3_next": "qwen3next",
    "openelm": "openelm",
    "exaone": "exaone",
    "glm4": "glm4",
    "glm4_moe_lite": "deepseek2",
    "granite": "granite",
    "granitemoe": "granitemoe",
    "internlm2": "internlm2",
    "kimi_k2": "deepseek2",
    "lfm2_moe": "lfm2moe",
    "minimax_m2": "minimax-m2",
    "nemotron_h": "nemotron_h",
    "olmo3": "olmo2",
    "olmoe": "olmoe",
    "qwen2_moe": "qwen2moe",
    "qwen3_5": "qwen35",
    "qwen3_5_moe": "qwen35moe",
    "qwen2_5_vl": "qwen2vl",
    "qwen3_vl": "qwen3vl",
    "qwen3_vl_moe": "qwen3vlmoe",
    "seed_oss": "seed_oss",
    "smollm3": "smollm3",
}
_COUNTS = ("num_hidden_layers", "num_transformer_layers", "num_layers")
_QK_NORMS = {"qwen3", "qwen3moe", "gemma3", "gemma3n", "qwen3next", "openelm", "lfm2"}
_QK_NORMS |= {"qwen3vl", "qwen3vlmoe", "lfm2moe", "qwen35", "qwen35moe"}
_WHOLE_NORMS = {"minimax-m2", "olmo2", "olmoe"}  # of all heads at once
_POST_NORMS = {"gemma2", "gemma3", "gemma3n", "glm4", "olmo2"}
_BIASES = {"qwen2vl", "qwen2", "gpt-oss", "qwen2moe", "seed_oss"}
_DELTA = {"qwen3next", "qwen35", "qwen35moe"}
_GATED = {"qwen3next", "qwen2moe", "qwen35moe"}  # a gate before the expert that all share
_SIGMOID = {"lfm2moe", "minimax-m2", "nemotron_h_moe"}  # experts are chosen with a bias


def name_of(config: Mapping[str, Any]) -> str:
    """The architecture of GGUF."""
    name = (NAMES | older.NAMES)[config["model_type"]]
    return "nemotron_h_moe" if name == "nemotron_h" and config.get("n_routed_experts") else name


def metadata(config: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a GGUF header for the facts of a config.json, as converters write them."""
    if config["model_type"] in older.NAMES:
        return older.metadata(config)
    arch = name_of(config)
    c = config.get("text_config", config)
    layers = next(c[key] for key in _COUNTS if key in c)
    width = c.get("hidden_size", c.get("model_dim"))
    keys: dict[str, Any] = {
        "block_count": layers,
        "embedding_length": width,
        "context_length": c.get("max_position_embeddings", 2048),
        "vocab_size": c["vocab_size"],
        "feed_forward_length": feed_forward(c),
        "attention.layer_norm_rms_epsilon": 1e-6,
        "attention.layer_norm_epsilon": 1e-5,
        "attention.head_count": c.get("num_attention_heads", c.get("num_query_heads", 0)),
        "attention.head_count_kv": heads_kv(c, arch),
    }
    if c.get("head_dim"):
        keys["attention.key_length"] = keys["attention.value_length"] = c["head_dim"]
        keys["rope.dimension_count"] = c["head_dim"]
    if arch in ("gemma2", "gemma3", "gemma3n", "gpt-oss", "cohere2", "phi3", "olmo2") and (
        c.get("sliding_window")
    ):
        keys["attention.sliding_window"] = c["sliding_window"]
    if arch == "cohere2":
        keys |= {"logit_scale": 0.25}
    experts = c.get("num_local_experts") or c.get("num_experts") or c.get("n_routed_experts")
    if experts:
        keys |= {"expert_count": experts, "expert_used_count": c["num_experts_per_tok"]}
        expert = c.get("moe_intermediate_size") or c["intermediate_size"]
        if arch != "llama":
            keys["expert_feed_forward_length"] = expert
    return {f"{arch}.{name}": value for name, value in (keys | _special(arch, c)).items()}


def feed_forward(c: dict[str, Any]) -> int | list[int]:
    """Width of the feed-forward part, or a list of one for each layer."""
    if "ffn_multipliers" in c:
        by = c["ffn_dim_divisor"]
        wide = [m * c["model_dim"] for m in c["ffn_multipliers"]]
        return [max(by, int(w + by / 2) // by * by) for w in wide]
    if c["model_type"] == "nemotron_h":
        part = int(c.get("moe_intermediate_size") or c["intermediate_size"])
        return [part if kind in "-E" else 0 for kind in c["hybrid_override_pattern"]]
    return 0 if c["model_type"] == "mamba" else int(c["intermediate_size"])


def heads_kv(c: dict[str, Any], arch: str) -> int | list[int]:
    """Heads of the cache; a list where layers differ, 0 where a layer has none."""
    if arch == "openelm":
        return list(c["num_kv_heads"])
    heads: int = c.get("num_key_value_heads", 0)
    if arch == "deepseek2":
        return 1
    if arch in ("lfm2", "lfm2moe"):
        return [heads if i in c["full_attn_idxs"] else 0 for i in range(c["num_hidden_layers"])]
    if c["model_type"] == "nemotron_h":
        return [heads if kind == "*" else 0 for kind in c["hybrid_override_pattern"]]
    if arch == "granitehybrid":
        return [heads if kind == "attention" else 0 for kind in c["layer_types"]]
    return heads


def _special(arch: str, c: dict[str, Any]) -> dict[str, Any]:
    make = _SPECIAL.get(arch)
    return make(arch, c) if make is not None else {}


def _latent_keys(_arch: str, c: dict[str, Any]) -> dict[str, Any]:
    lora, rope = c["kv_lora_rank"], c["qk_rope_head_dim"]
    keys = {
        "attention.kv_lora_rank": lora,
        "attention.key_length": lora + rope,
        "attention.value_length": lora,
        "attention.key_length_mla": c["qk_nope_head_dim"] + rope,
        "attention.value_length_mla": c["v_head_dim"],
        "rope.dimension_count": rope,
        "leading_dense_block_count": c["first_k_dense_replace"],
        "expert_shared_count": c["n_shared_experts"],
        "expert_weights_scale": 1.0,
    }
    return keys | ({"attention.q_lora_rank": c["q_lora_rank"]} if c["q_lora_rank"] else {})


def _short_keys(arch: str, c: dict[str, Any]) -> dict[str, Any]:
    keys = {"shortconv.l_cache": c["conv_L_cache"]}
    if arch == "lfm2moe":
        keys |= {"leading_dense_block_count": c["num_dense_layers"], "expert_gating_func": 2}
    return keys


def _mamba_keys(_arch: str, c: dict[str, Any]) -> dict[str, Any]:
    return _ssm(c["conv_kernel"], c["intermediate_size"], c["state_size"], c["time_step_rank"])


def _mamba2_keys(arch: str, c: dict[str, Any]) -> dict[str, Any]:
    heads, groups = c["mamba_n_heads"], c["mamba_n_groups"]
    keys: dict[str, Any] = _scales(arch, c) if arch == "granitehybrid" else {}
    shared = c.get("shared_intermediate_size")
    if shared:
        keys["expert_shared_feed_forward_length"] = shared
    inner = heads * c["mamba_d_head"]
    keys |= _ssm(c["mamba_d_conv"], inner, c["mamba_d_state"], heads)
    return keys | {"ssm.group_count": groups}


def _scales(_arch: str, _c: dict[str, Any]) -> dict[str, Any]:
    scales = {f"{name}_scale": 1.0 for name in ("embedding", "residual", "logit")}
    return scales | {"attention.scale": 0.1}


def _delta_keys(arch: str, c: dict[str, Any]) -> dict[str, Any]:
    values = c["linear_num_value_heads"]
    inner = values * c["linear_value_head_dim"]
    keys = _ssm(c["linear_conv_kernel_dim"], inner, c["linear_key_head_dim"], values)
    shared = c.get("shared_expert_intermediate_size")
    if shared:
        keys["expert_shared_feed_forward_length"] = shared
    if arch != "qwen3next":
        keys |= {"rope.dimension_sections": [11, 11, 10, 0], "rope.dimension_count": 64}
    return keys | {"ssm.group_count": c["linear_num_key_heads"]}


def _nested_keys(_arch: str, c: dict[str, Any]) -> dict[str, Any]:
    return {
        "altup.num_inputs": c["altup_num_inputs"],
        "altup.active_idx": 0,
        "embedding_length_per_layer_input": c["hidden_size_per_layer_input"],
        "attention.shared_kv_layers": c["num_kv_shared_layers"],
        "attention.sliding_window_pattern": [
            kind == "sliding_attention" for kind in c["layer_types"]
        ],
    }


def _shared_keys(_arch: str, c: dict[str, Any]) -> dict[str, Any]:
    return {"expert_shared_feed_forward_length": c["shared_expert_intermediate_size"]}


def _place_keys(arch: str, _c: dict[str, Any]) -> dict[str, Any]:
    """Places in time, height and width; three layers of what is seen go into the first layers."""
    if arch == "qwen2vl":
        return {"rope.dimension_sections": [16, 24, 24, 0]}
    return {"rope.dimension_sections": [24, 20, 20, 0], "n_deepstack_layers": 3}


def _rope_keys(arch: str, _c: dict[str, Any]) -> dict[str, Any]:
    gate = {"expert_gating_func": 2} if arch in _SIGMOID else {}
    return {"rope.dimension_count": 64} | gate


def _nemotron_keys(_arch: str, c: dict[str, Any]) -> dict[str, Any]:
    heads = c["mamba_num_heads"]
    inner = heads * c["mamba_head_dim"]
    keys = _ssm(c["conv_kernel"], inner, c["ssm_state_size"], heads)
    keys["ssm.group_count"] = c["n_groups"]
    if not c.get("n_routed_experts"):
        return keys
    shared = c["moe_shared_expert_intermediate_size"]
    more = {"expert_shared_feed_forward_length": shared, "expert_shared_count": 1}
    return keys | more | {"expert_gating_func": 2, "expert_weights_norm": True}


_SPECIAL: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
    "deepseek2": _latent_keys,
    "falcon-h1": _mamba2_keys,
    "gemma3n": _nested_keys,
    "glm4": _rope_keys,
    "granite": _scales,
    "granitehybrid": _mamba2_keys,
    "granitemoe": _scales,
    "lfm2": _short_keys,
    "lfm2moe": _short_keys,
    "mamba": _mamba_keys,
    "minimax-m2": _rope_keys,
    "nemotron_h": _nemotron_keys,
    "nemotron_h_moe": _nemotron_keys,
    "qwen2moe": _shared_keys,
    "qwen2vl": _place_keys,
    "qwen3next": _delta_keys,
    "qwen3vl": _place_keys,
    "qwen3vlmoe": _place_keys,
    "qwen35": _delta_keys,
    "qwen35moe": _delta_keys,
}


def _ssm(kernel: int, inner: int, state: int, rank: int) -> dict[str, Any]:
    names = ("ssm.conv_kernel", "ssm.inner_size", "ssm.state_size", "ssm.time_step_rank")
    return dict(zip(names, (kernel, inner, state, rank), strict=True))


def tensors(config: Mapping[str, Any]) -> Iterator[Shape]:
    """Every tensor with its shape, the fastest dimension first."""
    if config["model_type"] in older.NAMES:
        yield from older.tensors(config)
        return
    arch = name_of(config)
    c = config.get("text_config", config)
    keys = {k.removeprefix(f"{arch}."): v for k, v in metadata(config).items()}
    wide, vocabulary = keys["embedding_length"], c["vocab_size"]
    yield "token_embd.weight", (wide, vocabulary)
    norm = "token_embd_norm" if arch in ("lfm2", "lfm2moe") else "output_norm"
    yield f"{norm}.weight", (wide,)
    if not c.get("tie_word_embeddings") and arch != "openelm":
        yield "output.weight", (wide, vocabulary)
    if arch == "gemma3n":
        layers, per = keys["block_count"], c["hidden_size_per_layer_input"]
        yield "altup_proj.weight", (wide, wide, c["altup_num_inputs"] - 1)
        yield "altup_unembd_proj.weight", (wide, wide, c["altup_num_inputs"] - 1)
        yield "per_layer_token_embd.weight", (per * layers, vocabulary)
        yield "per_layer_model_proj.weight", (wide, per * layers)
        yield "per_layer_proj_norm.weight", (per,)
    for layer in range(keys["block_count"]):
        for name, shape in _layer(arch, c, keys, layer):
            yield f"blk.{layer}.{name}", shape


def _layer(arch: str, c: dict[str, Any], keys: dict[str, Any], i: int) -> Iterator[Shape]:
    wide = keys["embedding_length"]
    if arch != "olmo2":
        yield "attn_norm.weight", (wide,)
    if c["model_type"] == "nemotron_h":
        yield from _one_part(arch, c, keys, i)
        return
    recurrent = _recurrent(arch, c, i)
    if arch in ("lfm2", "lfm2moe") and recurrent:
        yield "shortconv.conv.weight", (c["conv_L_cache"], wide)
        yield "shortconv.in_proj.weight", (wide, 3 * wide)
        yield "shortconv.out_proj.weight", (wide, wide)
    elif arch in _DELTA and recurrent:
        yield from _delta_net(arch, keys, wide)
    elif arch == "mamba" or recurrent or arch == "falcon-h1":
        yield from _state_space(arch, keys, wide)
    if arch == "deepseek2":
        yield from _latent(c, wide)
    elif arch != "mamba" and not recurrent:
        yield from _attention(arch, c, keys, i)
    if arch == "gemma3n":
        yield from _nested(c, wide)
    if arch != "mamba":
        yield from _feed_forward(arch, c, keys, i)


def _one_part(arch: str, c: dict[str, Any], keys: dict[str, Any], i: int) -> Iterator[Shape]:
    """A layer that is either recurrent, attention, feed-forward or experts."""
    wide, kind = keys["embedding_length"], c["hybrid_override_pattern"][i]
    if kind == "M":
        yield from _state_space(arch, keys, wide)
    elif kind == "*":
        yield from _attention(arch, c, keys, i)
    elif kind == "-":
        yield "ffn_up.weight", (wide, c["intermediate_size"])
        yield "ffn_down.weight", (c["intermediate_size"], wide)
    else:
        experts, inner = c["n_routed_experts"], c["moe_intermediate_size"]
        shared = c["moe_shared_expert_intermediate_size"]
        yield "ffn_gate_inp.weight", (wide, experts)
        yield "exp_probs_b.bias", (experts,)
        yield "ffn_up_exps.weight", (wide, inner, experts)
        yield "ffn_down_exps.weight", (inner, wide, experts)
        yield "ffn_up_shexp.weight", (wide, shared)
        yield "ffn_down_shexp.weight", (shared, wide)


def _recurrent(arch: str, c: dict[str, Any], i: int) -> bool:
    if arch in ("lfm2", "lfm2moe"):
        return i not in c["full_attn_idxs"]
    if arch == "granitehybrid":
        return bool(c["layer_types"][i] == "mamba")
    return arch in _DELTA and bool((i + 1) % c["full_attention_interval"])


def _attention(arch: str, c: dict[str, Any], keys: dict[str, Any], i: int) -> Iterator[Shape]:
    wide, bias = keys["embedding_length"], arch in _BIASES or c.get("attention_bias")
    heads, kv = (keys[f"attention.{n}"] for n in ("head_count", "head_count_kv"))
    heads = heads[i] if isinstance(heads, list) else heads
    kv = kv[i] if isinstance(kv, list) else kv
    size = keys.get("attention.key_length") or wide // heads
    query = heads * size * (2 if arch in _DELTA else 1)
    if arch in ("phi3", "openelm"):
        yield "attn_qkv.weight", (wide, (heads + 2 * kv) * size)
    else:
        for name, out in (("q", query), ("k", kv * size), ("v", kv * size)):
            yield f"attn_{name}.weight", (wide, out)
            if bias:
                yield f"attn_{name}.bias", (out,)
    yield "attn_output.weight", (heads * size, wide)
    if arch == "gpt-oss":
        yield "attn_output.bias", (wide,)
        yield "attn_sinks.weight", (heads,)
    if arch in _QK_NORMS:
        yield "attn_q_norm.weight", (size,)
        yield "attn_k_norm.weight", (size,)
    if arch in _WHOLE_NORMS:
        yield "attn_q_norm.weight", (heads * size,)
        yield "attn_k_norm.weight", (kv * size,)


def _latent(c: dict[str, Any], wide: int) -> Iterator[Shape]:
    heads, lora, rope = c["num_attention_heads"], c["kv_lora_rank"], c["qk_rope_head_dim"]
    query = heads * (c["qk_nope_head_dim"] + rope)
    if c["q_lora_rank"]:
        yield "attn_q_a.weight", (wide, c["q_lora_rank"])
        yield "attn_q_a_norm.weight", (c["q_lora_rank"],)
        yield "attn_q_b.weight", (c["q_lora_rank"], query)
    else:
        yield "attn_q.weight", (wide, query)
    yield "attn_kv_a_mqa.weight", (wide, lora + rope)
    yield "attn_kv_a_norm.weight", (lora,)
    yield "attn_k_b.weight", (c["qk_nope_head_dim"], lora, heads)
    yield "attn_v_b.weight", (lora, c["v_head_dim"], heads)
    yield "attn_output.weight", (heads * c["v_head_dim"], wide)


def _state_space(arch: str, keys: dict[str, Any], wide: int) -> Iterator[Shape]:
    names = ("conv_kernel", "inner_size", "state_size", "time_step_rank")
    kernel, inner, state, rank = (keys[f"ssm.{name}"] for name in names)
    if arch == "mamba":
        yield "ssm_in.weight", (wide, 2 * inner)
        yield "ssm_conv1d.weight", (kernel, inner)
        yield "ssm_conv1d.bias", (inner,)
        yield "ssm_x.weight", (inner, rank + 2 * state)
        yield "ssm_dt.weight", (rank, inner)
        yield "ssm_dt.bias", (inner,)
        yield "ssm_a", (state, inner)
        yield "ssm_d", (inner,)
    else:
        groups = keys["ssm.group_count"]
        mixed = inner + 2 * groups * state
        yield "ssm_in.weight", (wide, inner + mixed + rank)
        yield "ssm_conv1d.weight", (kernel, mixed)
        yield "ssm_conv1d.bias", (mixed,)
        yield "ssm_dt.bias", (rank,)
        yield "ssm_a", (1, rank)
        yield "ssm_d", (1, rank)
        yield "ssm_norm.weight", (inner // groups, groups)
    yield "ssm_out.weight", (inner, wide)


def _delta_net(arch: str, keys: dict[str, Any], wide: int) -> Iterator[Shape]:
    inner, state = keys["ssm.inner_size"], keys["ssm.state_size"]
    mixed, heads = inner + 2 * keys["ssm.group_count"] * state, keys["ssm.time_step_rank"]
    yield "attn_qkv.weight", (wide, mixed)
    yield "attn_gate.weight", (wide, inner)
    yield "ssm_conv1d.weight", (keys["ssm.conv_kernel"], mixed)
    yield "ssm_dt.bias", (heads,)
    yield "ssm_a", (heads,)
    if arch == "qwen3next":
        yield "ssm_ba.weight", (wide, 2 * heads)
    else:
        yield "ssm_alpha.weight", (wide, heads)
        yield "ssm_beta.weight", (wide, heads)
    yield "ssm_norm.weight", (state,)
    yield "ssm_out.weight", (inner, wide)


def _nested(c: dict[str, Any], wide: int) -> Iterator[Shape]:
    inputs, per, rank = (
        c[name] for name in ("altup_num_inputs", "hidden_size_per_layer_input", "laurel_rank")
    )
    yield "inp_gate.weight", (wide, per)
    yield "proj.weight", (per, wide)
    yield "post_norm.weight", (wide,)
    yield "altup_correct_coef.weight", (inputs, inputs)
    yield "altup_correct_scale.weight", (wide,)
    yield "altup_predict_coef.weight", (inputs, inputs * inputs)
    yield "altup_router.weight", (wide, inputs)
    yield "altup_router_norm.weight", (wide,)
    yield "laurel_l.weight", (wide, rank)
    yield "laurel_r.weight", (rank, wide)
    yield "laurel_post_norm.weight", (wide,)


def _feed_forward(arch: str, c: dict[str, Any], keys: dict[str, Any], i: int) -> Iterator[Shape]:
    wide, hidden = keys["embedding_length"], keys["feed_forward_length"]
    hidden = hidden[i] if isinstance(hidden, list) else hidden
    if arch in _POST_NORMS | _DELTA | {"gpt-oss", "seed_oss"}:
        yield "post_attention_norm.weight", (wide,)
    if arch in _POST_NORMS:
        yield "post_ffw_norm.weight", (wide,)
    if arch not in _DELTA | {"cohere2", "olmo2", "gpt-oss", "seed_oss"}:
        yield "ffn_norm" + ("" if arch == "falcon-h1" else ".weight"), (wide,)
    dense = c.get("first_k_dense_replace") or c.get("num_dense_layers") or 0
    if keys.get("expert_count") and i >= dense:
        yield from _experts(arch, c, keys, hidden)
    elif arch in ("phi3", "glm4"):
        yield "ffn_up.weight", (wide, 2 * hidden)
        yield "ffn_down.weight", (hidden, wide)
    else:
        yield "ffn_gate.weight", (wide, hidden)
        yield "ffn_up.weight", (wide, hidden)
        yield "ffn_down.weight", (hidden, wide)


def _experts(arch: str, c: dict[str, Any], keys: dict[str, Any], hidden: int) -> Iterator[Shape]:
    wide, experts = keys["embedding_length"], keys["expert_count"]
    inner = keys.get("expert_feed_forward_length") or hidden
    yield "ffn_gate_inp.weight", (wide, experts)
    shapes = {"gate": (wide, inner), "up": (wide, inner), "down": (inner, wide)}
    for name, shape in shapes.items():
        yield f"ffn_{name}_exps.weight", (*shape, experts)
        if arch == "gpt-oss":
            yield f"ffn_{name}_exps.bias", (shape[1], experts)
    if arch == "gpt-oss":
        yield "ffn_gate_inp.bias", (experts,)
    shared = _shared(c, inner)
    if arch in _SIGMOID:
        yield "exp_probs_b.bias", (experts,)
    if arch in _GATED:
        yield "ffn_gate_inp_shexp.weight", (wide,)
    for name in ("gate", "up") if shared else ():
        yield f"ffn_{name}_shexp.weight", (wide, shared)
    if shared:
        yield "ffn_down_shexp.weight", (shared, wide)


def _shared(c: dict[str, Any], inner: int) -> int:
    names = ("shared_intermediate_size", "shared_expert_intermediate_size")
    stated = next((c[name] for name in names if c.get(name)), None)
    return int(stated or (c.get("n_shared_experts") or 0) * inner)
