"""The sliders read and write exact ranges of the query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.query import parse
from ui import sliders


@pytest.mark.parametrize(
    ("q", "handles"),
    [
        ("", (sliders.LOW, sliders.HIGH)),
        ("params:3B..14B", ("3B", "14B")),
        ("params:..14B", (sliders.LOW, "14B")),
        ("params:3B..", ("3B", sliders.HIGH)),
        ("params:2.5B..13B", ("2.5B", "13B")),
        ("params:8B", ("8B", "8B")),
        ("params:unknown", (sliders.LOW, sliders.HIGH)),
        ("params:1B..3B,unknown", (sliders.LOW, sliders.HIGH)),
        ("-params:1B..3B", (sliders.LOW, sliders.HIGH)),
    ],
)
def test_the_handles_stand_where_the_query_says(q: str, handles: tuple[str, str]) -> None:
    options, value = sliders.setting("params", parse(q))
    assert value == handles
    assert set(handles) <= set(options)


def test_an_end_between_two_steps_becomes_a_stop_between_them() -> None:
    options, _value = sliders.setting("params", parse("params:2.5B..13B"))
    assert options.index("1B") < options.index("2.5B") < options.index("3B")
    assert options.index("8B") < options.index("13B") < options.index("14B")


@pytest.mark.parametrize("key", list(sliders.STEPS))
def test_steps_ascend_and_are_what_one_types(key: str) -> None:
    numbers = [sliders._number(key, step) for step in sliders.STEPS[key]]
    assert numbers == sorted(set(numbers))
    for step in sliders.STEPS[key]:
        assert parse(f"{key}:{step}..").chosen(key) == (f"{step}..",)


@given(st.sampled_from(list(sliders.STEPS)), st.data())
def test_what_the_handles_write_they_read_again(key: str, data: st.DataObject) -> None:
    stops = (sliders.LOW, *sliders.STEPS[key], sliders.HIGH)
    low = data.draw(st.integers(0, len(stops) - 2))
    high = data.draw(st.integers(max(low, 1), len(stops) - 1))
    wanted = (stops[low], stops[high])
    query = parse("").with_range(key, sliders.text(*wanted))
    assert sliders.setting(key, parse(str(query)))[1] == wanted
