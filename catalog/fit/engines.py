"""What transformers and vLLM allocate beside the weights, from the facts of an architecture.

No run of either was measured here: each constant names the file that fixes it, and the bands are
wide where nothing does.
"""

from __future__ import annotations

from dataclasses import replace

from catalog.fit.architecture import Architecture, Layer
from catalog.fit.terms import F16_BYTES, F32_BYTES, Need, Term, on_each, overhead, padded

GIB = 1 << 30
BLOCK = 16  # tokens; vllm/config/cache.py, CacheConfig.block_size
SHARE = 0.9  # of the memory; vllm/config/cache.py, CacheConfig.gpu_memory_utilization
# Tokens of a batch: server on most cards, LLM class on them, LLM class on cards of 70 GiB and more
# (vllm/engine/arg_utils.py, default_max_num_batched_tokens).
VLLM_BATCH = (2048, 8192, 16384)
VLLM_SEQUENCES = (256, 1024)  # the same file, default_max_num_seqs; logits of all are tried out
# "CUDA graphs can take additional 1~3 GiB memory per GPU" (vllm/worker/model_runner.py); none with
# enforce_eager.
GRAPHS = (0, 1 * GIB, 3 * GIB)
# Of the weights: accelerate's documentation of its memory estimator expects up to 20 % beside them
# when inferring. The middle is chosen.
ALLOCATOR = (0.0, 0.05, 0.20)
# A layer holds for each token gate, up and their product, and five rows of the width; attention
# keeps no scores (sdpa, flash). Nobody measured how much of it is alive at once.
ACTIVE = (0.5, 1.0, 2.0)
_BLOCKS = "sum over layers: blocks of 16 tokens x (key + value) x 2"
_DENSE = "sum over layers: tokens x (key + value) x 2"
_VLLM = "vLLM: vllm/v1/core/kv_cache_utils.py"
_TRANSFORMERS = "transformers: cache_utils.py, DynamicCache"


def terms(
    architecture: Architecture, need: Need, cards: int, weights: tuple[int, int] | None
) -> tuple[Term, ...]:
    """All terms but the weights."""
    return (
        _cache(architecture, need),
        _state(architecture, need),
        on_each(_compute(architecture, need), cards),
        _output(architecture, need),
        runtime(need, cards, weights),
    )


def doubt(architecture: Architecture, need: Need) -> str | None:
    """Why the cache of windows is a range: some versions keep every token of them."""
    windows = any(layer.window is not None for layer in architecture.layers or ())
    if need.engine == "llama_cpp" or not windows:
        return None
    return "versions differ in whether they keep every token of a layer with a window"


def usable(memory_bytes: int, engine: str) -> int:
    """What an engine takes of a memory."""
    return int(memory_bytes * SHARE) if engine == "vllm" else memory_bytes


def _tokens(need: Need) -> int:
    one = padded(need.context, BLOCK) if need.engine == "vllm" else need.context
    return one * need.users


def _cache(architecture: Architecture, need: Need) -> Term:
    """Windows are kept as such where a version knows them, in full where it does not."""
    vllm = need.engine == "vllm"
    term = Term(
        name="kv_cache", bytes=None, low=0, high=None,
        formula=_BLOCKS if vllm else _DENSE,
        inputs={"context": need.context, "users": need.users, "tokens": _tokens(need)},
        source=_VLLM if vllm else _TRANSFORMERS,
    )  # fmt: skip
    layers = architecture.layers
    if layers is None:
        most, count = architecture.most, architecture.layer_count
        high = _row(most, need) * count if most and count else None
        return replace(term, high=high, formula="at most: " + term.formula)
    dense = sum(_row(layer, need) for layer in layers)
    low = sum(_row(layer, _within(layer, need)) for layer in layers)
    if vllm:
        return replace(term, bytes=dense if low == dense else None, low=low, high=dense)
    latent = sum(bool(layer.key) and not layer.value for layer in layers)
    if latent:
        # modeling_deepseek_v3.py keeps what the latent rows unfold to, for every head
        wide = latent * architecture.latent_values * F16_BYTES * _tokens(need)
        return replace(term, low=low, high=dense + wide, formula="at most: all heads unfolded")
    # torch.cat makes a new layer before it lets go of the old one
    again = max((_row(layer, need) for layer in layers), default=0)
    return replace(term, bytes=dense if low == dense else None, low=low, high=dense + again)


def _row(layer: Layer, need: Need) -> int:
    return (layer.key + layer.value) * F16_BYTES * _tokens(need)


def _within(layer: Layer, need: Need) -> Need:
    return need if layer.window is None else replace(need, context=min(need.context, layer.window))


def _state(architecture: Architecture, need: Need) -> Term:
    layers = architecture.layers
    values = None if layers is None else sum(layer.state for layer in layers) * need.users
    return Term(
        name="state",
        bytes=None if values is None else values * F32_BYTES,
        low=0 if values is None else values * F16_BYTES,
        high=None if values is None else values * F32_BYTES,
        formula="users x values of recurrent layers, in 2 or 4 bytes",
        inputs={"users": need.users},
        source="the type is that of the model or 32-bit floats, by version",
    )


def _compute(architecture: Architecture, need: Need) -> Term:
    """Transformers reads a whole prompt at once, vLLM a batch of tokens."""
    batches = VLLM_BATCH if need.engine == "vllm" else (_tokens(need),) * 3
    formula = "batch x 2 x (max(3 x FF, 3 x k x FF of an expert) + 5 x D)"
    wide, hidden = architecture.embedding, architecture.feed_forward
    low: int = 0
    size: int | None = None
    high: int | None = None
    if wide is not None and hidden is not None:
        expert, used = architecture.expert_feed_forward or 0, architecture.experts_used or 0
        one = F16_BYTES * (3 * max(hidden, used * expert) + 5 * wide)
        ends = [round(batch * one * share) for batch, share in zip(batches, ACTIVE, strict=True)]
        low, size, high = ends
    return Term(
        name="compute",
        bytes=size,
        low=low,
        high=high,
        formula=formula,
        inputs={"batch": batches[1], **({"D": wide, "FF": hidden} if wide and hidden else {})},
        source="counted from modeling_llama.py; half to twice as much, nobody measured it",
    )


def _output(architecture: Architecture, need: Need) -> Term:
    words, users = architecture.vocabulary, need.users
    formula, source = (
        ("sequences x words x 4", "vLLM: arg_utils.py, default_max_num_seqs")
        if need.engine == "vllm"
        else ("users x words x (2 + 4)", "transformers: generation/utils.py, the last token alone")
    )
    low: int = 0
    size: int | None = None
    high: int | None = None
    if words is not None:
        low = F16_BYTES * users * words
        size, high = (F16_BYTES + F32_BYTES) * users * words, 10 * users * words
        if need.engine == "vllm":
            few, many = (max(users, count) for count in VLLM_SEQUENCES)
            size, high = F32_BYTES * few * words, 2 * F32_BYTES * many * words
    return Term(
        name="output",
        bytes=size,
        low=low,
        high=high,
        formula=formula,
        inputs={"users": users, **({"words": words} if words else {})},
        source=source,
    )


def runtime(need: Need, cards: int, weights: tuple[int, int] | None) -> Term:
    """The context of each card, and what the allocator or captured graphs take beside it."""
    context = overhead(cards)
    if need.engine == "vllm":
        more = [cards * size for size in GRAPHS]
        return _more(
            context, more[0], more[1], more[2], "what the runtime takes + captured graphs",
            'vLLM: "CUDA graphs can take additional 1~3 GiB memory per GPU"',
        )  # fmt: skip
    low, high = weights if weights is not None else (0, None)
    usual = None if high is None else round(ALLOCATOR[1] * (low + high) / 2)
    most = None if high is None else round(ALLOCATOR[2] * high)
    return _more(
        context, 0, usual, most, "what the runtime takes + a share of the weights",
        "documentation of accelerate: up to 20 % beside the weights; the middle is chosen",
    )  # fmt: skip


def _more(
    term: Term, low: int, usual: int | None, most: int | None, formula: str, source: str
) -> Term:
    return replace(
        term,
        bytes=None if usual is None or term.bytes is None else term.bytes + usual,
        low=term.low + low,
        high=None if most is None or term.high is None else term.high + most,
        formula=formula,
        source=source,
    )
