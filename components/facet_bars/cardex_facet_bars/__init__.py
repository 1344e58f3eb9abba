"""Facets with counts and bars: the one place of the page where Streamlit has no widget.

Several groups are drawn by one mounted component, so that a rerun sends one small message for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


@cache
def _bars() -> ComponentRenderer:
    """The component, registered on first use: only a running Streamlit knows its files."""
    return st.components.v2.component(
        "cardex-facet-bars.facet_bars",
        html='<div class="facets"></div>',
        css="facet.css",
        js="facet.js",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value of a facet; a row with `value` None is a heading between values."""

    value: str | None
    label: str
    count: int = 0
    state: str = ""  # "" (free), "chosen" or "excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One facet: a title, its rows, and what the button for the rest says (empty: no button)."""

    key: str
    title: str
    rows: tuple[Row, ...]
    more: str = ""
    foldable: bool = False
    note: str = ""  # what a folded group says about its choice


def facet_bars(
    groups: Sequence[Group],
    *,
    key: str,
    on_toggle: Callable[[str, str], None],
    on_exclude: Callable[[str, str], None],
    on_more: Callable[[str], None],
    hint: str = "",
) -> None:
    """Draw the groups; the callbacks run before the rerun with the key (and value) of the row."""

    def event(name: str) -> tuple[str, ...]:
        sent = getattr(st.session_state[key], name, None)
        return tuple(str(part) for part in sent) if isinstance(sent, list | tuple) else ()

    def toggled() -> None:
        match event("toggled"):
            case (facet, value):
                on_toggle(facet, value)

    def excluded() -> None:
        match event("excluded"):
            case (facet, value):
                on_exclude(facet, value)

    def more() -> None:
        match event("more"):
            case (facet,):
                on_more(facet)

    _bars()(
        key=key,
        data={"groups": [_plain(group) for group in groups], "hint": hint},
        on_toggled_change=toggled,
        on_excluded_change=excluded,
        on_more_change=more,
    )


def _plain(group: Group) -> dict[str, object]:
    """The group as the browser reads it; rows are lists, since they are most of the message."""
    plain: dict[str, object] = {
        "key": group.key,
        "title": group.title,
        "rows": [_row(row) for row in group.rows],
    }
    if group.more:
        plain["more"] = group.more
    if group.foldable:
        plain["fold"] = group.note
    return plain


def _row(row: Row) -> list[object]:
    if row.value is None:
        return [row.label]
    state = {"chosen": 1, "excluded": 2}.get(row.state, 0)
    if row.label != row.value:
        return [row.value, row.count, state, row.label]
    return [row.value, row.count, state] if state else [row.value, row.count]
