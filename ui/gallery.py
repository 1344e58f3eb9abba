"""The views of the Charts page: which charts stand together; only the one shown is counted."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from catalog.query import Query
from catalog.records import Found
from ui import (
    frame,
    gallery_counts,
    gallery_families,
    gallery_licenses,
    gallery_sizes,
    gallery_tasks,
    state,
    wording,
)
from ui.i18n import _, ngettext

View = Callable[[Query, Found], None]


def opening(query: Query, found: Found) -> None:
    """The title, how many repositories are charted, and the way to their list."""
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        st.header(_("The catalog in charts"), anchor=False, width="content")
        if st.button(_("See as a list"), key="charts.explore", icon=":material/list:"):
            frame.open_page("explore")


def draw(query: Query, found: Found) -> None:
    """The choice of a view, and the view."""
    words = {
        "families": _("Families"),
        "parameters": _("Parameters"),
        "licenses": _("Licenses"),
        "tasks": _("Tasks"),
        "quantization": _("Quantization"),
        "growth": _("Growth"),
    }
    views: dict[str, View] = {
        "families": gallery_families.draw,
        "parameters": gallery_sizes.draw,
        "licenses": gallery_licenses.draw,
        "tasks": gallery_tasks.draw,
        "quantization": gallery_counts.quantizations,
        "growth": gallery_counts.growth,
    }
    chosen = state.tab(views)
    state.show("charts.view", chosen)
    st.segmented_control(
        _("Chart"),
        list(words),
        required=True,
        format_func=words.__getitem__,
        label_visibility="collapsed",
        key="charts.view",
        on_change=_chosen,
    )
    st.caption(_counted(query, found))
    views[chosen](query, found)


def _chosen() -> None:
    state.choose_tab(str(state.widget("charts.view")))


def _counted(query: Query, found: Found) -> str:
    number, everything = wording.whole(found.repositories), wording.whole(found.catalog_total)
    words = ngettext(
        "{number} of {all} repositories is counted here.",
        "{number} of {all} repositories are counted here.",
        found.repositories,
    ).format(number=number, all=everything)
    if query.variants == "collapsed" and found.total < found.repositories:
        words += " " + _("Copies count one by one, also where the list has one row per base model.")
    return words
