"""What a click on a facet makes of the query."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def clicks(done: list[tuple[str, str, str]], text: str) -> None:
    import streamlit as st

    from catalog.query import parse
    from ui import filters, state

    state.go(parse(text))
    for action, key, value in done:
        getattr(filters, action)(key, value)
    st.text(str(state.changing()))


@pytest.mark.parametrize(
    ("text", "done", "query"),
    [
        ("", [("toggle", "kind", "adapter")], "kind:adapter"),
        ("kind:adapter", [("toggle", "kind", "adapter")], ""),
        ("", [("exclude", "kind", "adapter")], "-kind:adapter"),
        ("kind:adapter", [("exclude", "kind", "adapter")], "-kind:adapter"),
        ("-kind:adapter", [("toggle", "kind", "adapter")], ""),
        ("-kind:adapter,merge", [("toggle", "kind", "merge")], "-kind:adapter"),
        (
            "",
            [("toggle", "task", "translation"), ("toggle", "lang", "zh")],
            "task:translation lang:zh",
        ),
    ],
)
def test_a_click_changes_its_own_facet_only(
    text: str, done: list[tuple[str, str, str]], query: str
) -> None:
    app = AppTest.from_function(clicks, args=(done, text), default_timeout=30).run()
    assert not app.exception
    assert app.text[0].value == query
