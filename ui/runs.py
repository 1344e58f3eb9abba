"""The history of syncs as a table, and the commands that an admin types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from catalog.records import SourceRun
from ui import safe, wording
from ui.i18n import _


def commands() -> None:
    """The same from a terminal of the server, for cron and for those without a button."""
    with st.expander(_("The same from the command line"), type="compact", key="sources.commands"):
        st.caption(
            _("Run one of these on the server; open pages show the new facts without a restart.")
        )
        st.code(
            "python -m catalog sync\n"
            "python -m catalog sync huggingface --limit 5000\n"
            "python -m catalog sync civitai ollama\n"
            "python -m catalog sync huggingface --full\n"
            "python -m catalog doctor",
            language=None,
        )


def table(done: Sequence[SourceRun]) -> None:
    """The last syncs as a table."""
    shown = [run for run in done if run.scope != "starter"]
    if not shown:
        st.caption(_("No sync has run yet: what is shown is the bundled catalog."))
        return
    st.dataframe(
        pd.DataFrame(
            {
                "source": [wording.source(run.source) for run in shown],
                "scope": [wording.scope(run.scope) for run in shown],
                "started": [run.started_at for run in shown],
                "ok": [_("done") if run.ok else _("failed") for run in shown],
                "took": [_took(run) for run in shown],
                "fetched": [run.fetched for run in shown],
                "kept": [run.kept for run in shown],
                "unread": [run.quarantined - run.by_rule for run in shown],
                "by_rule": [run.by_rule for run in shown],
                "pages": [run.pages or None for run in shown],
                "endpoint": [safe.places(run.endpoint) or None for run in shown],
                "error": [safe.plain(run.error) or None for run in shown],
            }
        ),
        key="sources.runs",
        hide_index=True,
        row_height=34,
        placeholder=wording.DASH,
        column_config=_columns(),
        alt=_("The last syncs of all sources"),
    )


def _took(run: SourceRun) -> str | None:
    if run.started_at is None or run.finished_at is None:
        return None
    return wording.duration((run.finished_at - run.started_at).total_seconds())


def _columns() -> dict[str, Any]:
    column = st.column_config
    number: dict[str, Any] = {"format": "localized", "width": 86}
    return {
        "source": column.TextColumn(_("Source"), width=110),
        "scope": column.TextColumn(_("Scope"), width=150),
        "started": column.DatetimeColumn(_("Started"), format="YYYY-MM-DD HH:mm", width=140),
        "ok": column.TextColumn(_("Result"), width=70),
        "took": column.TextColumn(_("Took"), width=80, alignment="right"),
        "fetched": column.NumberColumn(_("Rows read"), **number),
        "kept": column.NumberColumn(_("Kept"), **number),
        "unread": column.NumberColumn(_("Unreadable"), **number),
        "by_rule": column.NumberColumn(_("By rule"), **number),
        "pages": column.NumberColumn(_("Answers"), **number),
        "endpoint": column.TextColumn(_("Read from"), width=170),
        "error": column.TextColumn(_("Error"), width=260),
    }
