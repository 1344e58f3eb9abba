"""The sources page: one panel a source, the commands of a sync, the history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from catalog.records import CatalogStatus, SourceRun, SourceStatus
from ui import freshness, look, safe, wording
from ui.i18n import _


def finding(status: CatalogStatus) -> None:
    """The headline: how old the newest facts are."""
    age = freshness.age(status.sources, datetime.now(UTC))
    if age is None:
        st.header(_("The catalog is empty"), anchor=False)
        return
    st.header(
        _("The newest facts are from {day}, {age}").format(
            day=wording.day(age.newest), age=wording.days_ago(age.days)
        ),
        anchor=False,
    )
    st.markdown(
        ":gray["
        + _("Generation {id}, published {when}; {models} and {files} files.").format(
            id=safe.text(status.generation),
            when=safe.text(wording.minute(status.published_at)),
            models=wording.models(status.models),
            files=wording.whole(status.files),
        )
        + "]"
    )


def notice(words: str) -> None:
    """What is wrong with the current generation."""
    st.warning(safe.text(words, 400), icon=":material/warning:")


def source(status: SourceStatus) -> None:
    """One source: rows, their dates, the last sync and its error."""
    age = freshness.age([status], datetime.now(UTC))
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"#### {safe.text(wording.source(status.source))}", width="content", anchors=False
            )
            st.markdown(_state(status, age), width="content")
        if status.models:
            _numbers(status)
        else:
            st.caption(_("Nothing of it is in the catalog yet."))
        _outcome(status.last_run)


def _numbers(status: SourceStatus) -> None:
    with st.grid(columns=5, min_column_width=150, gap="small"):
        st.metric(_("Models"), wording.whole(status.models))
        st.metric(_("From the bundled catalog"), wording.whole(status.starter_models))
        st.metric(_("Oldest facts"), wording.day(status.oldest))
        st.metric(_("Newest facts"), wording.day(status.newest))
        st.metric(_("Last sync"), _last(status.last_run))


def _outcome(run: SourceRun | None) -> None:
    if run is None:
        return
    if run.error:
        failed, kept = _("Last sync failed"), look.gray(_("The last good rows are shown."))
        st.markdown(f":red-badge[:material/error: {failed}] {safe.text(run.error, 400)} {kept}")
    elif run.quarantined:
        st.caption(
            _("{number} rows of the last sync could not be read and were set aside.").format(
                number=wording.whole(run.quarantined)
            )
        )


def _state(status: SourceStatus, age: freshness.Age | None) -> str:
    if status.models == 0:
        return look.badge(_("not fetched yet"), "hourglass_empty")
    return age.badge() if age is not None else ""


def _last(run: SourceRun | None) -> str:
    if run is None or run.scope == "starter":
        return _("never")
    return wording.day(run.finished_at or run.started_at)


def commands() -> None:
    """What an admin types; a page never calls upstream."""
    st.caption(
        _("Run one of these on the server; open pages show the new facts without a restart.")
    )
    st.code(
        "python -m catalog sync\n"
        "python -m catalog sync huggingface --limit 5000\n"
        "python -m catalog sync huggingface --full",
        language=None,
    )


def history(runs: Sequence[SourceRun]) -> None:
    """The last syncs as a table."""
    shown = [run for run in runs if run.scope != "starter"]
    if not shown:
        st.caption(_("No sync has run yet: what is shown is the bundled catalog."))
        return
    st.dataframe(
        pd.DataFrame(
            {
                "source": [wording.source(run.source) for run in shown],
                "scope": [safe.plain(run.scope) for run in shown],
                "started": [run.started_at for run in shown],
                "ok": [_("done") if run.ok else _("failed") for run in shown],
                "fetched": [run.fetched for run in shown],
                "kept": [run.kept for run in shown],
                "quarantined": [run.quarantined for run in shown],
                "error": [safe.plain(run.error) or None for run in shown],
            }
        ),
        key="sources.runs",
        hide_index=True,
        placeholder=wording.DASH,
        column_config={
            "source": _("Source"),
            "scope": _("Scope"),
            "started": st.column_config.DatetimeColumn(_("Started"), format="YYYY-MM-DD HH:mm"),
            "ok": _("Result"),
            "fetched": st.column_config.NumberColumn(_("Rows read"), format="localized"),
            "kept": st.column_config.NumberColumn(_("Kept"), format="localized"),
            "quarantined": st.column_config.NumberColumn(_("Set aside"), format="localized"),
            "error": _("Error"),
        },
        alt=_("The last syncs of all sources"),
    )
