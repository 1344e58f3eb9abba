"""Tabs whose open one stands in the URL, so that a link leads to it; only that one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from ui import state


def show(tabs: Mapping[str, tuple[str, Callable[[], None]]], key: str) -> None:
    """Draw the tab that the URL asks for; `tabs` are words of the URL with title and drawer."""
    names = list(tabs)
    titles = [title for title, _draw in tabs.values()]
    opened = state.tab(names)
    state.show(key, tabs[opened][0])

    def turned() -> None:
        chosen = state.widget(key)
        state.choose_tab(names[titles.index(chosen)] if chosen in titles else names[0])

    for name, container in zip(names, st.tabs(titles, key=key, on_change=turned), strict=True):
        if name == opened:
            with container:
                tabs[name][1]()
