"""What holds for every answer of the arithmetic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import QueryError
from catalog.fit import known, memory
from catalog.fit.architecture import Architecture, Layer, attention_kind
from catalog.fit.memory import Need

LAYERS = st.lists(
    st.builds(
        Layer,
        key=st.integers(0, 4096),
        value=st.integers(0, 4096),
        window=st.none() | st.integers(1, 8192),
        state=st.integers(0, 1 << 20),
    ),
    min_size=1,
    max_size=6,
)
CONTEXTS, USERS = st.integers(1, 200_000), st.integers(1, 64)
KV = st.sampled_from(sorted(memory.KV_TYPES))


def an_architecture(layers: list[Layer], weights: int = 10**9) -> Architecture:
    return Architecture(
        name="any",
        layers=tuple(layers),
        embedding=512,
        vocabulary=1000,
        feed_forward=2048,
        weights_bytes=weights,
    )


def total(architecture: Architecture, context: int, users: int, kv: str) -> int:
    found = memory.memory(architecture, memory.Need(context=context, users=users, kv=kv))
    assert found.doubt is None and found.total is not None and found.high is not None
    assert found.low <= found.total <= found.high
    return found.total


@given(LAYERS, CONTEXTS, CONTEXTS, USERS, KV)
def test_more_context_never_needs_less(
    layers: list[Layer], one: int, other: int, users: int, kv: str
) -> None:
    architecture, (few, many) = an_architecture(layers), sorted((one, other))
    assert total(architecture, few, users, kv) <= total(architecture, many, users, kv)


@given(LAYERS, CONTEXTS, USERS, USERS, KV)
def test_more_users_never_need_less(
    layers: list[Layer], context: int, one: int, other: int, kv: str
) -> None:
    architecture, (few, many) = an_architecture(layers), sorted((one, other))
    assert total(architecture, context, few, kv) <= total(architecture, context, many, kv)


@given(LAYERS, CONTEXTS, USERS, st.integers(0, 10**9))
def test_more_bits_never_need_less(
    layers: list[Layer], context: int, users: int, more: int
) -> None:
    # whole blocks: a row that does not fill its blocks is refused by llama.cpp
    even = [
        Layer(key=one.key // 32 * 32, value=one.value // 32 * 32, window=one.window)
        for one in layers
    ]
    small, large = an_architecture(even), an_architecture(even, 10**9 + more)
    sizes = [total(small, context, users, kv) for kv in ("q4_0", "q8_0", "f16")]
    assert sizes == sorted(sizes)
    assert sizes[0] <= total(large, context, users, "q4_0")


@pytest.mark.parametrize(
    "wrong",
    [
        {"context": 0},
        {"context": -5},
        {"context": 10**12},
        {"users": 0},
        {"users": 10**9},
        {"kv": "q3"},
        {"engine": "ollama"},
        {"engine": "vllm", "kv": "q8_0"},
    ],
)
def test_an_absurd_need_is_refused_in_a_sentence(wrong: dict[str, int | str]) -> None:
    with pytest.raises(QueryError, match=r"\.$"):
        memory.Need(**wrong)  # type: ignore[arg-type]


def test_windows_of_gemma_3_27b_count_as_llama_cpp_counts_them() -> None:
    # 62 GiB where windows are ignored (llmfit 1.1.17)
    gemma = known.architecture("huggingface:google/gemma-3-27b-it")
    assert gemma is not None and attention_kind(gemma) == "sliding window"
    found = memory.memory(gemma, memory.Need(context=131_072))
    assert found.term("kv_cache").bytes == (10 * 131_072 + 52 * 1536) * 2 * 16 * 128 * 2


def test_an_unknown_architecture_gives_a_range_and_says_why() -> None:
    strange = Architecture(
        name="strange",
        layers=None,
        layer_count=10,
        most=Layer(key=1024, value=1024),
        vocabulary=1000,
        doubt="the cache of strange was not measured",
    )
    found = memory.memory(strange, memory.Need(context=1024), weights=(10, 30))
    cache = found.term("kv_cache")
    assert (cache.bytes, cache.low, cache.high) == (None, 0, 10 * 1024 * 2 * 1024 * 2)
    assert found.total is None and found.doubt is not None and "was not measured" in found.doubt
    assert found.term("weights").bytes is None
    bare = Architecture(name="bare", layers=None, doubt="nothing is stated")
    assert attention_kind(bare) == "unknown"
    nothing = memory.memory(bare, memory.Need())
    assert nothing.high is None and nothing.term("output").bytes is None
    assert memory.grade(nothing, 10**12) == "unknown"
    assert memory.grade(nothing, 10**6) == "no"
    whole = an_architecture([Layer(key=64, value=64)])
    ranged = Architecture(
        name="any", layers=whole.layers, embedding=512, vocabulary=1000, feed_forward=2048
    )
    wide = memory.memory(ranged, memory.Need(), weights=(9 * 10**9, 14 * 10**9))
    assert wide.total is None and wide.high is not None
    sizes = (10**8, 5 * 10**9, 12 * 10**9, wide.high, 2 * wide.high)
    grades = ["no", "offload", "unknown", "tight", "fits"]
    assert [memory.grade(wide, size) for size in sizes] == grades
    near = memory.memory(ranged, memory.Need(), weights=(950, 1050))
    assert near.term("weights").bytes == 1000
    with pytest.raises(ValueError, match="reason"):
        Architecture(name="bare", layers=None)


def test_stated_heads_and_widths_bound_what_was_not_measured() -> None:
    qwen = known.architecture("huggingface:Qwen/Qwen3-8B")
    assert qwen is not None and qwen.layers is not None
    strange = replace(
        qwen, name="strange", layers=None, doubt="new", most=Layer(key=4096, value=4096)
    )
    need = memory.Need(context=8192, users=2)
    found, measured = (memory.memory(one, need, weights=(1, 1)) for one in (strange, qwen))
    for name in ("kv_cache", "state", "compute"):
        term, size = found.term(name), measured.term(name).bytes
        assert term.bytes is None and term.low == 0
        assert size is not None and term.high is not None and size < term.high
    assert found.term("state").high == 2 * 4 * 36 * 4096 * 576
    one_mask = measured.term("compute").bytes
    assert one_mask is not None
    assert found.term("compute").high == 2 * (one_mask + 2 * 512 * 8192)
    assert found.total is None and memory.grade(found, 10**11) == "fits"


def test_what_is_not_stated_is_told() -> None:
    bare = Architecture(name="bare", layers=(Layer(key=64, value=64),))
    found = memory.memory(bare, memory.Need())
    assert found.doubt == (
        "Not known: weights, compute, output; not stated where the facts are from."
    )


def test_grades_go_from_no_to_fits_as_memory_grows() -> None:
    need = memory.Need(context=8192)
    found = memory.memory(an_architecture([Layer(key=1024, value=1024)] * 8), need)
    sizes = range(10_000_000, 3_000_000_000, 10_000_000)
    grades = [memory.grade(found, size) for size in sizes]
    order = ("no", "offload", "tight", "fits")
    assert [order.index(grade) for grade in grades] == sorted(order.index(g) for g in grades)
    assert set(grades) == set(order)


@given(LAYERS, CONTEXTS, USERS, st.integers(0, 10**11), st.integers(0, 10**11))
def test_grades_never_get_worse_with_more_memory(
    layers: list[Layer], context: int, users: int, one: int, other: int
) -> None:
    found = memory.memory(an_architecture(layers), memory.Need(context=context, users=users))
    order = ("no", "offload", "tight", "fits")
    small, large = (order.index(memory.grade(found, size)) for size in sorted((one, other)))
    assert small <= large


@given(LAYERS, CONTEXTS, st.integers(0, 10**11), st.integers(1, 16))
def test_more_cards_never_need_less(
    layers: list[Layer], context: int, weights: int, cards: int
) -> None:
    architecture, need = an_architecture(layers, weights), memory.Need(context=context)
    one, several = (memory.memory(architecture, need, cards=count) for count in (1, cards))
    assert one.low <= several.low and (one.total or 0) <= (several.total or 0)
    for name in ("compute", "overhead"):
        assert several.term(name).bytes == cards * (one.term(name).bytes or 0)


def test_above_nine_tenths_is_tight() -> None:
    found = memory.memory(an_architecture([Layer(key=64, value=64)], 10**12), memory.Need())
    assert found.total is not None and found.high is not None
    assert memory.grade(found, found.high) == "tight"
    assert memory.grade(found, found.total * 10 // 9 - 1) == "tight"
    assert memory.grade(found, found.total * 10 // 9 + 1) == "fits"
    assert memory.grade(found, found.total) == "tight"
    assert memory.grade(found, found.total - 1) == "offload"


def test_a_type_whose_blocks_do_not_divide_a_head_is_refused() -> None:
    phi = known.architecture("huggingface:microsoft/phi-2")  # heads of 80 values
    assert phi is not None
    refused = memory.memory(phi, Need(kv="q8_0"), weights=(1, 1))
    assert refused.term("kv_cache").bytes is None and refused.total is None
    assert refused.doubt is not None and "no q8_0 cache for heads of 80" in refused.doubt
    assert memory.memory(phi, Need(kv="f16"), weights=(1, 1)).total is not None
