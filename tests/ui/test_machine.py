"""The machine of a visitor is chosen once and known on every page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from catalog.fit.memory import Need
from ui import look


def remembered(script: str, **kept: object) -> dict[str, object]:
    """What a page is told after another page has run these lines."""
    app = AppTest.from_string(
        f"""
import streamlit as st
from ui import machine
{script}
st.session_state["told"] = (machine.chosen(), machine.use(), machine.need())
"""
    )
    for name, value in kept.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    chosen, use, need = app.session_state["told"]
    return {"chosen": chosen, "use": use, "need": need}


def test_before_any_choice_there_is_no_machine_and_the_usual_need() -> None:
    told = remembered("")
    assert told == {"chosen": None, "use": (8192, 1), "need": Need()}


def test_what_is_set_stays_and_what_is_not_given_stays_too() -> None:
    told = remembered(
        "machine.set_('rtx-4090', context=32768)\nmachine.set_(users=5, kv='q8_0')",
    )
    assert told["chosen"] == "rtx-4090"
    assert told["use"] == (32768, 5)
    assert told["need"] == Need(context=32768, users=5, kv="q8_0")


def test_a_machine_is_forgotten_and_its_use_is_not() -> None:
    told = remembered("machine.set_('rtx-4090', users=3)\nmachine.forget()")
    assert told["chosen"] is None
    assert told["use"] == (8192, 3)


def test_an_engine_that_knows_one_type_of_cache_is_given_that() -> None:
    told = remembered("machine.set_(kv='q8_0', engine='vllm')")
    assert told["need"] == Need(engine="vllm")
    told = remembered("machine.set_(kv='q8_0', engine='vllm')\nmachine.set_(engine='llama_cpp')")
    assert told["need"] == Need(kv="q8_0")


@pytest.mark.parametrize(
    "nonsense",
    ["context=0", "context=-5", "context=1 << 40", "users=0", "users=10**6", "kv='q3'",
     "engine='magic'", "machine='x' * 81", "machine=''"],
)  # fmt: skip
def test_nonsense_is_not_remembered(nonsense: str) -> None:
    told = remembered(f"machine.set_({nonsense})")
    assert told == {"chosen": None, "use": (8192, 1), "need": Need()}


def test_a_session_that_holds_something_else_starts_anew() -> None:
    told = remembered("", **{"cardex.note.machine": "broken"})
    assert told["use"] == (8192, 1)


def test_every_grade_has_a_mark_of_its_own_besides_its_colour() -> None:
    chips = [look.fit_chip(grade) for grade in look.FITS]
    assert [chip[0] for chip in chips] == ["≤", "≈", "÷", ">", "–"]
    assert look.fit_badge("tight", "Q8_0") == ":yellow-badge[:material/compress: Tight · Q8\\_0]"
    assert "Unknown" in look.fit_badge("something else")
    assert list(look.fit_chips()) == chips
