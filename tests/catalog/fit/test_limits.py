"""The largest weights of each grade are where `memory.grade` changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.fit import estimate, hardware, known, limits, memory, weights
from catalog.fit.answer import graded
from catalog.fit.architecture import Architecture
from catalog.fit.hardware import Machine
from catalog.fit.memory import Need

GIB = 1 << 30
ARCHITECTURES: list[Architecture] = [
    *(one for ref in known.refs()[:30:3] if (one := known.architecture(ref))),
    *(estimate.architecture(kind, step) for kind in estimate.KINDS for step in (None, 180, 264)),
]
MACHINES = st.builds(
    Machine,
    slug=st.just("any"),
    name=st.just("any"),
    kind=st.sampled_from(["gpu", "unified"]),
    memory_bytes=st.integers(1, 200 * GIB),
    cards=st.integers(1, 4),
    host_bytes=st.none() | st.integers(0, 100 * GIB),
)
NEEDS = st.builds(Need, context=st.integers(1, 200_000), users=st.integers(1, 20))
KINDS = {
    limits.EXACT: lambda size: weights.stated(size),
    limits.ESTIMATED: lambda size: weights.stated(size, estimated=True),
    limits.COUNTED: lambda size: weights.band(size, weights.FROM_BITS),
    limits.UNSTATED: weights.unstated,
}
_LEAST = 1_000  # bytes; of less, the rounding of a band is wider than the band


@given(st.sampled_from(ARCHITECTURES), MACHINES, NEEDS, st.sampled_from(sorted(KINDS)))
def test_grades_change_right_behind_the_largest_size(
    one: Architecture, machine: Machine, need: Need, kind: int
) -> None:
    bare = memory.memory(one, need, weights=(0, 0), cards=machine.cards)
    ends = limits.most([limits.rest(bare)], kind, machine)[:, 0].tolist()
    assert ends == sorted(ends)

    def grade(size: int) -> str:
        found = memory.memory(one, need, weights=KINDS[kind](size), cards=machine.cards)
        return graded(found, machine)

    for end in ends:
        for size in (end - 1, end, end + 1):
            if _LEAST <= size < limits.NO_END:
                rank = sum(size > other for other in ends)
                assert grade(size) == limits.RANKS[rank], (size, ends)


@given(st.sampled_from(ARCHITECTURES), MACHINES, NEEDS)
def test_weights_of_unknown_size_have_one_grade(
    one: Architecture, machine: Machine, need: Need
) -> None:
    bare = memory.memory(one, need, weights=(0, 0), cards=machine.cards)
    ends = limits.most([limits.rest(bare)], limits.UNKNOWN, machine)[:, 0].tolist()
    found = memory.memory(one, need, weights=None, cards=machine.cards)
    assert limits.RANKS[sum(end < 0 for end in ends)] == graded(found, machine)


@pytest.mark.parametrize("bits", [1.58, 4.85, 16.0])
def test_parameters_are_limited_by_their_bits(bits: float) -> None:
    machine = hardware.machine("rtx-4090")
    one = estimate.architecture("text", 264)
    bare = limits.rest(memory.memory(one, Need(), weights=(0, 0)))
    ends = limits.most([bare], limits.COUNTED, machine, bits=bits)[:, 0].tolist()
    for rank, end in enumerate(ends[:3]):
        if end < _LEAST:
            continue
        for count, expected in ((end, rank), (end + 8, rank + 1)):
            found = memory.memory(one, Need(), weights=weights.counted(count, bits))
            assert graded(found, machine) in limits.RANKS[expected:], (count, ends)
        found = memory.memory(one, Need(), weights=weights.counted(end, bits))
        assert limits.RANKS.index(graded(found, machine)) <= rank


def test_a_machine_of_unknown_memory_grades_nothing() -> None:
    machine = replace(hardware.machine("rtx-4090"), memory_bytes=None)
    bare = limits.rest(memory.memory(ARCHITECTURES[0], Need(), weights=(0, 0)))
    for kind in range(limits.KINDS):
        ends = limits.most([bare], kind, machine)[:, 0].tolist()
        assert limits.RANKS[sum(end < 5 * GIB for end in ends)] == "unknown"
