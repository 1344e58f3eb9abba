"""Models that could stand in for one, in a table."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from catalog.records import ModelRecord
from catalog.reports import Similar
from catalog.services.similar import comparable
from ui import frame, look, safe, tables, terms, wording
from ui.i18n import _, ngettext


def similar(model: ModelRecord, found: Sequence[Similar]) -> None:
    """The finding, then the models; or why none can be named."""
    if not comparable(model):
        st.markdown("### " + _("Nothing to compare it by"), anchors=False)
        st.caption(_("Its task or its parameter count is not stated, so no likeness is claimed."))
        return
    if not found:
        st.markdown("### " + _("No other model of its task and size"), anchors=False)
        return
    freer = sum("license" in one.gains for one in found)
    words = ngettext(
        "{number} similar model has a freer license",
        "{number} similar models have a freer license",
        freer,
    ).format(number=wording.whole(freer))
    nothing = _("{number} similar models, none with a freer license").format(
        number=wording.whole(len(found))
    )
    st.markdown(f"### {words if freer else nothing}", anchors=False)
    st.caption(
        _("Same task ({task}), between half and twice the parameters; its own variants left out.")
        .format(task=safe.text(model.pipeline_tag))
    )  # fmt: skip
    _table(found)


def _table(found: Sequence[Similar]) -> None:
    models = [one.model for one in found]
    column = st.column_config
    event = st.dataframe(
        pd.DataFrame(
            {
                "name": [tables.full_name(model) for model in models],
                "source": [wording.source_mark(model.source) for model in models],
                "verdict": [[look.verdict_chip(look.verdict_of(model))] for model in models],
                "params": [wording.short(model.parameter_count) for model in models],
                "size": [
                    None if model.size_bytes is None else model.size_bytes / wording.GIB
                    for model in models
                ],
                "license": [
                    wording.license_name(model.license) if model.license else None
                    for model in models
                ],
                "gains": [[terms.gain(key) for key in one.gains] or None for one in found],
            }
        ),
        key="model.similar",
        hide_index=True,
        row_height=tables.ROW_HEIGHT,
        placeholder=wording.DASH,
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "name": column.TextColumn(_("Model"), width=300),
            "source": column.TextColumn(_("Source"), width=70),
            "verdict": column.MultiselectColumn(
                _("License verdict"),
                width=140,
                options=list(look.verdict_chips()),
                color=list(look.verdict_chips().values()),
            ),
            "params": column.TextColumn(_("Params"), width=80, alignment="right"),
            "size": column.NumberColumn(_("GiB"), width=70, format="%.1f"),
            "license": column.TextColumn(_("License"), width=150),
            "gains": column.ListColumn(_("What speaks for it"), width=250),
        },
        alt=_("Similar models, those with a freer license first; choose a name to open it"),
    )
    for row, name in event.selection.cells:
        if name == "name" and row < len(models):
            frame.open_page("model", ref=models[row].ref)
