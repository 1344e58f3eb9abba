"""The cheapest machines that run a model as it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from catalog.errors import QueryError
from catalog.fit import hardware
from catalog.fit.answer import FitAnswer
from catalog.fit.memory import Need
from ui import fit_words, look, services, wording
from ui.i18n import _

_MOST = 8
_ROW = 34


def cheapest(ref: str, need: Need, quant: str | None, *, use: str) -> None:
    """Up to eight machines by price, for a use in words; where none is known, that is said."""
    title = _("Cheapest machines that run this {use}").format(use=use).strip()
    st.markdown(f"#### {title}", anchors=False)
    try:
        found = list(services.cheapest(ref, need, quant))[:_MOST]
    except QueryError:
        found = []
    if not found:
        st.caption(_("No machine of known price holds it for certain."))
        return
    _table(found)
    st.caption(
        _(
            "List prices in US dollars; of cards without the rest of the machine. What they sell "
            "for today may differ; those of unknown price are left out. Facts: {source}."
        ).format(source=hardware.source())
    )


def _table(found: Sequence[FitAnswer]) -> None:
    column = st.column_config
    chips = look.fit_chips()
    st.dataframe(
        pd.DataFrame([_row(answer) for answer in found]),
        key="fit.cheapest",
        hide_index=True,
        row_height=_ROW,
        height=_ROW * (len(found) + 1) + 2,
        placeholder=wording.DASH,
        column_config={
            "machine": column.TextColumn(_("Machine"), width=210),
            "price": column.TextColumn(_("Price"), width=80, alignment="right"),
            "watts": column.NumberColumn(_("Watts"), format="localized", width=70),
            "memory": column.TextColumn(_("Memory"), width=90, alignment="right"),
            "rung": column.TextColumn(_("Largest set that fits"), width=150),
            "needs": column.TextColumn(_("Needs"), width=90, alignment="right"),
            "grade": column.MultiselectColumn(
                _("Fit"), width=110, options=list(chips), color=list(chips.values())
            ),
            "speed": column.TextColumn(_("Tokens/s"), width=110, alignment="right"),
        },
        alt=_("Machines by price, with watts, memory and speed"),
    )


def _row(answer: FitAnswer) -> dict[str, object]:
    one, speed = answer.machine, answer.speed
    band = wording.band(speed.decode_low, speed.decode_high, "").strip() if speed else None
    return {
        "machine": fit_words.machine_name(one) if one else None,
        "price": wording.dollars(one.price_usd) if one else None,
        "watts": one.watts if one else None,
        "memory": wording.gib(one.memory_bytes) if one else None,
        "rung": fit_words.rung(answer),
        "needs": fit_words.total(answer.breakdown),
        "grade": [look.fit_chip(answer.grade)],
        "speed": band,
    }
