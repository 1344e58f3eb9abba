"""How many layers go to the card, and what main memory the rest needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.fit import answer, hardware, memory, offload
from catalog.fit.architecture import Architecture, Layer
from catalog.fit.memory import Need

PLAIN = Architecture(
    name="plain",
    layers=(Layer(key=1024, value=1024),) * 40,
    embedding=4096,
    vocabulary=32_000,
    feed_forward=11_008,
)


def need_of(weights: int) -> memory.Breakdown:
    return memory.memory(PLAIN, Need(context=4096), weights=(weights, weights))


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_what_is_on_the_card_fits_there_and_nothing_is_lost(weights: int, size: int) -> None:
    found = need_of(weights)
    parts = offload.split(found, PLAIN, size)
    assert parts is not None and found.total is not None
    assert 0 <= parts.on_card <= parts.layers == 40
    on_card = found.total - parts.host_bytes
    beside = sum(found.term(name).bytes or 0 for name in ("compute", "output", "overhead"))
    assert on_card <= max(size, beside)
    inside = found.total - beside
    if parts.on_card < 40 and size > beside:  # one more would not have fitted
        assert beside + inside * (parts.on_card + 1) / 40 > size - 1


def test_half_of_a_model_is_half_of_its_layers() -> None:
    found = need_of(40 * 10**9)
    inside = sum(found.term(name).bytes or 0 for name in ("weights", "kv_cache", "state"))
    beside = (found.total or 0) - inside
    parts = offload.split(found, PLAIN, beside + inside // 2)
    assert parts is not None and parts.on_card == 20 and parts.share == 0.5
    assert parts.host_bytes == pytest.approx(inside / 2, rel=1e-6)
    whole = offload.split(found, PLAIN, beside + inside)
    assert whole is not None and (whole.on_card, whole.host_bytes) == (40, 0)


def test_without_layers_or_an_end_there_is_no_split() -> None:
    bare = Architecture(name="bare", layers=None, doubt="nothing is stated")
    assert offload.split(memory.memory(bare, Need(), weights=(1, 1)), bare, 10**9) is None
    assert offload.split(memory.memory(PLAIN, Need()), PLAIN, 10**9) is None


def test_main_memory_that_is_too_small_is_no_way_out() -> None:
    found, size = need_of(40 * 10**9), 24 << 30
    assert found.total is not None
    over = found.total - size
    hosts = (None, over, over - 1, 0)
    assert [memory.grade(found, size, host_bytes=host) for host in hosts] == [
        *("offload", "offload"),
        *("no", "no"),
    ]
    card, apple = hardware.machine("rtx-4090"), hardware.machine("apple-m4-max-36gb")
    assert answer.spare(card) is None and answer.spare(apple) == 0
    assert answer.graded(found, card) == "offload" and answer.graded(found, apple) == "no"
    assert answer.graded(found, None) == "unknown"
