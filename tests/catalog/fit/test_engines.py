"""What transformers and vLLM need beside llama.cpp."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.fit import engines, estimate, known, memory
from catalog.fit.architecture import Architecture, Layer
from catalog.fit.memory import Need

GIB = 1 << 30
OTHERS = ["transformers", "vllm"]
GEMMA, LLAMA = "huggingface:google/gemma-3-27b-it", "huggingface:meta-llama/Llama-3.1-8B-Instruct"
DEEPSEEK, MAMBA = "huggingface:deepseek-ai/DeepSeek-V3.1", "huggingface:state-spaces/mamba-2.8b-hf"
NEEDS = st.tuples(st.integers(1, 200_000), st.integers(1, 64))


def found(ref: str, engine: str, context: int, users: int = 1, cards: int = 1) -> memory.Breakdown:
    architecture = known.architecture(ref)
    assert architecture is not None
    need = Need(context=context, users=users, engine=engine)
    return memory.memory(architecture, need, weights=(10**10, 10**10), cards=cards)


@pytest.mark.parametrize("engine", OTHERS)
@pytest.mark.parametrize("ref", [GEMMA, LLAMA, MAMBA])
@given(NEEDS, NEEDS)
def test_more_never_needs_less(
    engine: str, ref: str, one: tuple[int, int], other: tuple[int, int]
) -> None:
    small = found(ref, engine, min(one[0], other[0]), min(one[1], other[1]))
    large = found(ref, engine, max(one[0], other[0]), max(one[1], other[1]))
    several = found(ref, engine, max(one[0], other[0]), max(one[1], other[1]), cards=2)
    for few, many in ((small, large), (large, several)):
        assert few.high is not None and many.high is not None
        assert few.low <= many.low and few.high <= many.high
        assert few.total is None or few.low <= few.total <= few.high
        assert few.total is None or many.total is None or few.total <= many.total
        assert ref == GEMMA or many.total is not None


def test_vllm_gives_out_blocks_of_sixteen_tokens() -> None:
    sizes = [found(LLAMA, "vllm", context, 3).term("kv_cache").bytes for context in (1, 16, 17)]
    block = 3 * 16 * 32 * 2 * 1024 * 2
    assert sizes == [block, block, 2 * block]


def test_transformers_keeps_every_token_and_no_more() -> None:
    cache = found(LLAMA, "transformers", 1001, 2).term("kv_cache")
    assert cache.bytes == cache.low == 2 * 1001 * 32 * 2 * 1024 * 2
    assert cache.high == cache.bytes + cache.bytes // 32


@pytest.mark.parametrize("engine", OTHERS)
def test_windows_may_be_kept_in_full(engine: str) -> None:
    told = found(GEMMA, engine, 131_072)
    cache = told.term("kv_cache")
    row = 2 * 16 * 128 * 2
    assert cache.bytes is None and told.total is None
    assert told.doubt is not None and "versions differ" in told.doubt
    assert cache.high is not None and cache.high >= 62 * 131_072 * row
    assert cache.low == (10 * 131_072 + 52 * 1024) * row


def test_transformers_may_unfold_latent_rows() -> None:
    unfolded, kept = (found(DEEPSEEK, engine, 4096).term("kv_cache") for engine in OTHERS)
    assert kept.bytes == kept.high == 61 * 576 * 2 * 4096
    # 128 heads, each with a key of 192 and a value of 128
    assert unfolded.bytes is None and unfolded.low == kept.bytes
    assert unfolded.high is not None and unfolded.high > 61 * 128 * (192 + 128) * 2 * 4096


def test_vllm_takes_nine_tenths_of_a_memory_and_splits_nothing() -> None:
    one = found(LLAMA, "vllm", 8192)
    assert one.total is not None and one.high is not None
    assert engines.usable(100, "vllm") == 90 and engines.usable(100, "llama_cpp") == 100
    exactly = -(-one.total * 10 // 9)
    assert memory.grade(one, exactly + 10) == "tight"
    assert memory.grade(one, exactly - 10) == "no"
    assert memory.grade(one, 2 * one.high) == "fits"


@pytest.mark.parametrize("engine", OTHERS)
def test_what_is_not_known_is_a_range(engine: str) -> None:
    need = Need(context=1024, engine=engine)
    bare = memory.memory(Architecture(name="bare", layers=None, doubt="nothing"), need)
    assert bare.total is None and bare.high is None
    some = Architecture(
        name="some", layers=None, doubt="new", layer_count=2, most=Layer(key=64, value=64)
    )
    cache = memory.memory(some, need).term("kv_cache")
    assert (cache.bytes, cache.low, cache.high) == (None, 0, 2 * 1024 * 128 * 2)
    step = estimate.step(8 * 10**9)
    sized = memory.memory(estimate.architecture("text", step), need, weights=(10**10, 10**10))
    assert sized.total is None and sized.high is not None
    known_here = found(LLAMA, engine, 1024).high
    assert known_here is not None and sized.high > known_here


def test_the_runtime_takes_a_share_of_the_weights_or_graphs() -> None:
    shared, graphs = (found(LLAMA, engine, 1024).term("overhead") for engine in OTHERS)
    least, usual, most = memory.OVERHEAD
    assert (shared.low, shared.bytes, shared.high) == (least, usual + 5 * 10**8, most + 2 * 10**9)
    assert (graphs.low, graphs.bytes, graphs.high) == (least, usual + GIB, most + 3 * GIB)
    two = found(LLAMA, "vllm", 1024, cards=2).term("overhead")
    assert two.bytes == 2 * (usual + GIB)


def test_the_buffers_grow_with_the_tokens_that_are_read_at_once() -> None:
    row = 2 * (3 * 14_336 + 5 * 4096)  # of Llama-3.1-8B
    whole, batch = (found(LLAMA, engine, 1024, 3).term("compute") for engine in OTHERS)
    assert (whole.low, whole.bytes, whole.high) == tuple(
        3 * 1024 * row * share // 2 for share in (1, 2, 4)
    )
    assert (batch.low, batch.bytes, batch.high) == (1024 * row, 8192 * row, 2 * 16_384 * row)
    last, tried = (found(LLAMA, engine, 1024, 3).term("output") for engine in OTHERS)
    assert (last.bytes, tried.bytes) == (3 * 128_256 * 6, 256 * 128_256 * 4)
