"""A panel of the Charts page: a finding, its figure, the same as a table, and files of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from catalog.query import Condition, Query
from catalog.services import exports
from ui import chart_rows, frame, safe, state
from ui.i18n import _

_IMAGES = ("PNG", "SVG")
_TABLE_HEIGHT = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The numbers of a chart: headings, rows, and the query or model that each row opens."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]
    opens: tuple[Query | str | None, ...]  # a query for Explore, a ref for Model

    def leads(self) -> bool:
        """Whether a row opens anything."""
        return any(target is not None for target in self.opens)


def narrowed(query: Query, key: str, *values: str) -> Query:
    """The query with these values of a key and no others; what it leaves out stays left out."""
    return query.with_range(key, None).joined(
        Query(conditions=(Condition(key=key, values=values),))
    )


def without(key: str, *values: str) -> Query:
    """A query that leaves these values of a key out."""
    return Query(conditions=(Condition(key=key, values=values, negated=True),))


def within(query: Query, key: str, ends: str) -> Query:
    """The query, and a range of a key on top of what it asks of it."""
    return query.joined(Query(conditions=(Condition(key=key, values=(ends,)),)))


def draw(name: str, finding: str, fig: go.Figure, sheet: Sheet, *, alt: str, caption: str) -> None:
    """The panel; finding and caption are Markdown of our own."""
    image = state.widget(f"charts.image.{name}") or _IMAGES[0]
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        st.markdown(f"#### {finding}", anchors=False, width="stretch")
        _exports(name, sheet)
    event = st.plotly_chart(
        fig,
        theme=None,
        key=f"charts.plot.{name}.{image}",
        config=chart_rows.exportable(f"cardex-{name}", image.lower()),
        on_select="rerun" if sheet.leads() else "ignore",
        selection_mode="points",
        alt=alt,
    )
    st.caption(caption)
    chosen = _marked(event)
    with st.expander(_("The numbers as a table"), type="compact", key=f"charts.fold.{name}"):
        picked = _table(name, sheet, alt)
    for place in (chosen, picked):
        if place is not None and 0 <= place < len(sheet.opens):
            _open(sheet.opens[place])


def _exports(name: str, sheet: Sheet) -> None:
    with st.popover(":material/download:", help=_("Save this chart"), key=f"charts.export.{name}"):
        st.download_button(
            "CSV",
            lambda: exports.sheet(sheet.columns, sheet.rows),
            file_name=f"cardex-{name}.csv",
            mime="text/csv",
            key=f"charts.csv.{name}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        st.segmented_control(
            _("Picture"),
            _IMAGES,
            default=_IMAGES[0],
            required=True,
            key=f"charts.image.{name}",
            persist_state="session",
        )
        st.caption(_("The camera above the chart saves it as this kind of picture."))


def _table(name: str, sheet: Sheet, alt: str) -> int | None:
    """The table; gives back the row that was chosen."""
    if sheet.leads():
        st.caption(_("Choose a row to see its models."))
    shown: list[list[Any]] = [
        [safe.plain(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows
    ]
    config = {
        column: st.column_config.NumberColumn(format="localized")
        for place, column in enumerate(sheet.columns)
        if _numbers([row[place] for row in shown])
    }
    event: Any = st.dataframe(
        pd.DataFrame(shown, columns=list(sheet.columns)),
        hide_index=True,
        height=min(_TABLE_HEIGHT, 38 + 35 * max(1, len(shown))),
        column_config=config,
        placeholder="–",
        on_select="rerun" if sheet.leads() else "ignore",
        selection_mode="single-row",
        key=f"charts.table.{name}",
        alt=alt,
    )
    rows = event["selection"]["rows"] if sheet.leads() else []
    return int(rows[0]) if rows else None


def _numbers(cells: Sequence[Any]) -> bool:
    known = [cell for cell in cells if cell is not None]
    return bool(known) and all(isinstance(cell, int | float) for cell in known)


def _marked(event: Any) -> int | None:
    points = event["selection"]["points"] if event and "selection" in event else []
    for point in points:
        at = point.get("customdata")
        at = at[0] if isinstance(at, list) else at
        if at is not None:
            return int(at)
    return None


def _open(target: Query | str | None) -> None:
    if isinstance(target, Query):
        state.turn_to(1)
        frame.open_page("explore", q=str(target), tab=str(state.widget("charts.view")))
    elif target is not None:
        frame.open_page("model", ref=target)
