"""The row over a result: how many, table or cards, the order, the export."""

from __future__ import annotations

import streamlit as st

from catalog.query import Query
from catalog.records import Found
from ui import fit_facet, safe, services, state, wording
from ui.i18n import _, ngettext

_SORTS = (
    "popularity",
    "downloads",
    "likes",
    "updated",
    "created",
    "params",
    "params-asc",
    "size-asc",
    "name",
)
_MIMES = {"CSV": "text/csv", "JSON": "application/json"}


def draw(query: Query, found: Found) -> str:
    """The row; gives back the chosen view, `table` or `cards`."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(_headline(found, query), width="content", anchors=False)
        with st.container(
            horizontal=True, vertical_alignment="center", width="content", gap="small"
        ):
            view = _view()
            _sort(query)
            _export(query)
    _fits(query)
    return view


def _fits(query: Query) -> None:
    """What the marks of fit in the list mean, where one machine is asked for."""
    term = fit_facet.asked(query)
    if term is not None:
        st.caption(
            _("Fits {machine}. Fit names the files that are meant; ~ is an estimate.").format(
                machine=safe.text(fit_facet.sentence(term), 120)
            )
        )


def _headline(found: Found, query: Query) -> str:
    total, everything = wording.whole(found.total), wording.whole(found.catalog_total)
    if query.variants == "collapsed":
        of = ngettext(
            "model in {number} of {all} repositories",
            "models in {number} of {all} repositories",
            found.total,
        ).format(number=wording.whole(found.repositories), all=everything)
    else:
        of = _("of {all} repositories").format(all=everything)
    return f"#### {total} :gray[{of}]"


def _view() -> str:
    views = {"table": _("Table"), "cards": _("Cards")}
    chosen = st.segmented_control(
        _("View"),
        list(views),
        default="cards" if state.phone() else "table",
        required=True,
        format_func=views.__getitem__,
        label_visibility="collapsed",
        key="explore.view",
        persist_state="session",
        on_change=state.turn_to,
        args=(1,),
    )
    return chosen or "table"


def _sort(query: Query) -> None:
    options = list(_SORTS)
    if query.words:
        options.insert(0, "relevance")
    st.menu_button(
        wording.sort(query.order),
        options,
        icon=":material/swap_vert:",
        format_func=wording.sort,
        key="explore.sort",
        help=_("Order of the rows")
        + ". "
        + _("Popularity: the share of models of one source and half-year with fewer downloads."),
        on_click=_sorted,
    )


def _sorted() -> None:
    wanted = state.widget("explore.sort")
    query = state.changing()
    default = query.with_sort(None).order
    state.go(query.with_sort(None if wanted == default else wanted))


def _export(query: Query) -> None:
    with st.popover(":material/download:", help=_("Export the whole result"), key="explore.export"):
        st.caption(_("Every row of the result, not only this page."))
        for kind, (name, make) in services.exporters(query).items():
            st.download_button(
                kind,
                make,
                file_name=name,
                mime=_MIMES[kind],
                key=f"explore.export.{kind}",
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
