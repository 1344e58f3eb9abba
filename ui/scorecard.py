"""How complete and how sound the rows of each source are, and what was corrected by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from catalog.query import parse
from catalog.records import JsonValue
from catalog.reports import COVERAGE_SHARES, Correction, Coverage
from ui import frame, safe, services, wording
from ui.i18n import _, ngettext

_ROW_HEIGHT = 34
_CORRECTIONS_SHOWN = 50


def draw() -> None:
    """The shares as a table, the doubts as ways into the catalog, the checks, the corrections."""
    found = services.coverage()
    whole = found[-1]
    st.markdown("#### " + _("How complete and sound the facts are"), anchors=False)
    if not whole.models:
        st.caption(_("There are no rows to look at yet."))
        return
    _shares(found)
    _doubts(whole)
    _checks(whole)
    _corrections(services.corrections(), services.correction_problems())


def _shares(found: Sequence[Coverage]) -> None:
    """A row for each fact, a column for each source: how many of the rows that could have it."""
    names = {
        "license": (_("License verdict"), _("rows that state anything about a license")),
        "parameters": (_("Parameters"), _("rows that are no adapter and no part of a model")),
        "quantization": (_("Quantization"), _("rows that are no adapter and no part of a model")),
        "task": (_("Task"), _("all rows")),
        "family": (_("Family"), _("all rows")),
        "size": (_("Size"), _("rows that are no adapter and no part of a model")),
        "context": (_("Context"), _("rows whose task reads text")),
    }
    told = {
        "fact": [names[fact][0] for fact in COVERAGE_SHARES],
        **{f"share.{one.source}": [_share(one, fact) for fact in COVERAGE_SHARES] for one in found},
        "over": [names[fact][1] for fact in COVERAGE_SHARES],
    }
    columns = {
        f"share.{one.source}": st.column_config.TextColumn(
            wording.source(one.source) if one.source else _("All"), width=110
        )
        for one in found
    }
    st.dataframe(
        pd.DataFrame(told),
        key="sources.scorecard",
        hide_index=True,
        height=_ROW_HEIGHT * (len(COVERAGE_SHARES) + 1) + 2,
        row_height=_ROW_HEIGHT,
        column_config={
            "fact": st.column_config.TextColumn(_("Known"), width=150),
            **columns,
            "over": st.column_config.TextColumn(_("Counted over"), width=330),
        },
    )
    whole = found[-1]
    silent = whole.models - whole.license.of
    words = ngettext(
        "{number} of {all} rows has no statement about a license that is known here.",
        "{number} of {all} rows have no statement about a license that is known here.",
        silent,
    )
    st.caption(words.format(number=wording.whole(silent), all=wording.whole(whole.models)))


def _share(one: Coverage, fact: str) -> str:
    share = getattr(one, fact)
    return wording.share(share.known, share.of) if share.of else wording.DASH


def _doubts(whole: Coverage) -> None:
    """Each flag that occurs, with its count; a click opens the rows that carry it."""
    with st.container(horizontal=True, gap="small"):
        for flag, number in whole.flags:
            label = f":material/flag: **{wording.whole(number)}** · {safe.text(wording.flag(flag))}"
            if st.button(label, key=f"sources.flag.{flag}", type="tertiary"):
                frame.open_page("explore", q=str(parse(f"flag:{flag}")))


def _checks(whole: Coverage) -> None:
    beyond = ngettext(
        "{number} row is more permissive than a base of its own.",
        "{number} rows are more permissive than a base of theirs.",
        whole.beyond_base,
    ).format(number=wording.whole(whole.beyond_base))
    wrong = ngettext(
        "{number} of {all} counts is over 15% from the size in the name without saying so.",
        "{number} of {all} counts are over 15% from the size in the name without saying so.",
        whole.names_wrong,
    ).format(number=wording.whole(whole.names_wrong), all=wording.whole(whole.names_checked))
    st.caption(f"{beyond} {wrong}")


def _corrections(found: Sequence[Correction], problems: Sequence[str]) -> None:
    for problem in problems:
        st.warning(safe.text(problem, 400), icon=":material/warning:")
    if not found:
        return
    label = ngettext(
        "{number} value corrected by hand", "{number} values corrected by hand", len(found)
    ).format(number=wording.whole(len(found)))
    with st.expander(label, type="compact", key="sources.corrections"):
        for one in found[:_CORRECTIONS_SHOWN]:
            st.markdown(f"- {_told(one)}")


def _told(one: Correction) -> str:
    words = _("{ref}: {field} is {value}. {reason} ({author}, {day})")
    return words.format(
        ref=safe.text(one.ref, 200),
        field=safe.text(one.field),
        value=safe.text(_value(one.value)),
        reason=safe.text(one.reason, 300),
        author=safe.text(one.author),
        day=wording.day(one.date),
    )


def _value(value: JsonValue) -> str:
    if value is None:
        return wording.not_stated()
    return wording.whole(value) if isinstance(value, int) else str(value)
