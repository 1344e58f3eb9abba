"""The models that are compared stand in the address, in the order they were added."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ui import state


def told(script: str, refs: str | None = None) -> object:
    """What these lines leave in `out`."""
    app = AppTest.from_string(
        f"import streamlit as st\nfrom ui import state\n{script}\nst.session_state['told'] = out"
    )
    if refs is not None:
        app.query_params["refs"] = refs
    app.run()
    assert not app.exception
    return app.session_state["told"]


@pytest.mark.parametrize(
    ("refs", "names"),
    [
        (None, ()),
        ("", ()),
        ("a:b", ("a:b",)),
        (" a:b , c:d,a:b,,", ("a:b", "c:d")),
        ("ollama:llama3.1:8b,huggingface:Qwen/Qwen3-8B",
         ("ollama:llama3.1:8b", "huggingface:Qwen/Qwen3-8B")),
    ],
)  # fmt: skip
def test_the_address_names_each_model_once(refs: str | None, names: tuple[str, ...]) -> None:
    assert told("out = state.refs()", refs) == names


def test_of_too_many_only_so_many_are_compared_and_the_newest_stays() -> None:
    many = ",".join(f"huggingface:o/{number}" for number in range(40))
    assert len(told("out = state.refs()", many)) == state.MOST_REFS  # type: ignore[arg-type]
    grown = str(told("out = state.refs_with('civitai:1')", many)).split(",")
    assert len(grown) == state.MOST_REFS
    assert grown[-1] == "civitai:1"


def test_a_model_that_is_there_already_is_not_added_twice() -> None:
    assert told("out = state.refs_with('a:b')", "a:b,c:d") == "c:d,a:b"


def test_what_was_compared_is_still_there_after_another_page() -> None:
    script = (
        "state.begin('compare')\nstate.compare(['a:b', 'c:d'])\nstate.begin('model')\n"
        "del st.query_params['refs']\nstate.begin('compare')\n"
        "out = (state.refs(), st.query_params['refs'])"
    )
    assert told(script) == (("a:b", "c:d"), "a:b,c:d")
