"""The history of syncs as a table, and the commands that an admin types."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from catalog.records import SourceRun
from ui import safe, said, wording
from ui.i18n import _

_REASONS = 5  # of the newest runs that did not end well


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
                "scope": [_scope(run) for run in shown],
                "started": [_began(run) for run in shown],
                "ok": [_result(run) for run in shown],
                "took": [_took(run) for run in shown],
                "fetched": [run.fetched for run in shown],
                "kept": [run.kept for run in shown],
                "unread": [run.quarantined - run.by_rule for run in shown],
                "by_rule": [run.by_rule for run in shown],
                "pages": [run.pages or None for run in shown],
                "endpoint": [safe.places(run.endpoint) or None for run in shown],
            }
        ),
        key="sources.runs",
        hide_index=True,
        row_height=34,
        placeholder=wording.DASH,
        column_config=_columns(),
        alt=_("The last syncs of all sources"),
    )
    if any(run.resumed_at for run in shown):
        st.caption(
            _(
                "A sync that was gone on with counts the rows of all its parts; start and time "
                "are those of the last part."
            )
        )
    _why(shown)


def _why(shown: Sequence[SourceRun]) -> None:
    """Why runs did not end well, in whole sentences, which a cell would cut."""
    told = [run for run in shown if not run.ok][:_REASONS]
    lines = [
        safe.text(
            _("{when}, {source}, {result}: {why}").format(
                when=wording.minute(run.finished_at or run.started_at),
                source=wording.source(run.source),
                result=_result(run),
                why=said.of_run(run),
            ),
            500,
        )
        for run in told
    ]
    if lines:
        st.markdown(":small[" + _("What did not end well, the newest first:") + "]")
        st.markdown("\n".join(f"- :small[{line}]" for line in lines))


def _result(run: SourceRun) -> str:
    if run.stopped:
        return _("stopped")
    return _("done") if run.ok else _("failed")


def _scope(run: SourceRun) -> str:
    words = wording.scope(run.scope)
    return _("{scope}, gone on with").format(scope=words) if run.resumed_at else words


def _began(run: SourceRun) -> datetime | None:
    """When the process began that ended the run: there may be hours between it and the first."""
    return run.resumed_at or run.started_at


def _took(run: SourceRun) -> str | None:
    began = _began(run)
    if began is None or run.finished_at is None:
        return None
    return wording.duration((run.finished_at - began).total_seconds())


def _columns() -> dict[str, Any]:
    column = st.column_config
    number: dict[str, Any] = {"format": "localized", "width": 86}
    return {
        "source": column.TextColumn(_("Source"), width=110),
        "scope": column.TextColumn(_("Scope"), width=215),
        "started": column.DatetimeColumn(_("Started"), format="YYYY-MM-DD HH:mm", width=140),
        "ok": column.TextColumn(_("Result"), width=70),
        "took": column.TextColumn(_("Took"), width=80, alignment="right"),
        "fetched": column.NumberColumn(_("Rows read"), **number),
        "kept": column.NumberColumn(_("Kept"), **number),
        "unread": column.NumberColumn(_("Unreadable"), **number),
        "by_rule": column.NumberColumn(_("By rule"), **number),
        "pages": column.NumberColumn(_("Answers"), **number),
        "endpoint": column.TextColumn(_("Read from"), width=200),
    }
