"""Configs that contradict themselves or make no sense give a range or nothing, and no error."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.fit import config, known, memory, offload
from catalog.fit.terms import ENGINES

STATED = {ref: dict(known.stated(ref) or {}) for ref in known.refs()[:60]}
NAMES = sorted({name for fields in STATED.values() for name in fields})
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.integers(-3, 4),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(-5, 5), st.text(max_size=3)), max_size=40),
    st.dictionaries(st.sampled_from(NAMES), st.integers(-5, 5), max_size=2),
)


@given(
    st.sampled_from(sorted(STATED)),
    st.dictionaries(st.sampled_from(NAMES), ODD, min_size=1, max_size=4),
    st.sampled_from(ENGINES),
    st.none() | st.tuples(st.integers(0, 10**12), st.integers(0, 10**12)).map(sorted),
)
def test_whatever_a_config_states_the_answer_is_in_order(
    ref: str, odd: dict[str, Any], engine: str, weights: list[int] | None
) -> None:
    architecture = config.read({**STATED[ref], **odd})
    band = (weights[0], weights[1]) if weights else None
    found = memory.memory(architecture, memory.Need(engine=engine), weights=band, cards=2)
    for term in found.terms:
        assert term.low >= 0
        assert term.high is None or term.low <= term.high
        if term.bytes is not None:
            assert term.high is not None and term.low <= term.bytes <= term.high, term
    assert (found.total is None) == (found.doubt is not None)
    assert memory.grade(found, 24 << 30) in {"fits", "tight", "offload", "no", "unknown"}
    parts = offload.split(found, architecture, 24 << 30)
    assert parts is None or 0 <= parts.on_card <= parts.layers
