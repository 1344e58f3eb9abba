"""The shape of a result: its charts, each with its numbers as a table one click away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from catalog.query import Bounds, Query, bounds
from catalog.records import Found
from catalog.vocabulary import UNKNOWN
from ui import charts, frame, look, safe, state, wording
from ui.charts import Bar
from ui.i18n import _

_BARS = 5


def draw(query: Query, found: Found) -> None:
    """The strip above the list, closed at first on phones."""
    with st.expander(
        _("Shape of this result"), expanded=not state.phone(), type="compact", key="explore.shape"
    ):
        views = {
            "overview": _("Overview"),
            "scatter": _("Downloads and size"),
            "tables": _("Tables"),
        }
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            view = st.segmented_control(
                _("Chart"),
                list(views),
                default="overview",
                required=True,
                format_func=views.__getitem__,
                label_visibility="collapsed",
                key="explore.chart",
                persist_state="session",
            )
            if st.button(
                _("See as charts"),
                key="explore.charts",
                icon=":material/bar_chart:",
                type="tertiary",
            ):
                frame.open_page("charts")
        if view == "scatter":
            _scatter(found)
        elif view == "tables":
            _tables(query, found)
        else:
            _overview(query, found)


def _overview(query: Query, found: Found) -> None:
    """The charts; a bar that the query leaves out shows what taking its filter off would add."""
    palette = look.palette(state.theme())
    columns = st.columns([5, 5, 4, 4], gap="medium")
    with columns[0]:
        _plot(
            charts.parameters(sizes(query, found), palette),
            "params",
            query,
            _("Histogram of parameter counts on a logarithmic axis; choose bars to filter"),
        )
    for column, (title, key, counted) in zip(columns[1:], _groups(query, found), strict=True):
        with column:
            _plot(
                charts.bars(title, counted, palette, letters=22 if key == "task" else 16),
                key,
                query,
                _("{title}: number of models; choose a bar to filter").format(title=title),
            )
    if query.conditions:
        st.caption(_("Pale bars are outside the result: what their own filter leaves out."))


def _groups(query: Query, found: Found) -> list[tuple[str, str, list[Bar]]]:
    return [
        (_("Tasks"), "task", counted(query, found, "task")),
        (_("License verdict"), "commercial", _verdicts(query, found)),
        (_("Licenses"), "license", counted(query, found, "license")),
    ]


def _tables(query: Query, found: Found) -> None:
    """The numbers behind every chart of the strip."""
    columns = st.columns(4, gap="medium")
    counts = [(_("Parameters"), "params", sizes(query, found)), *_groups(query, found)]
    for column, (title, key, counted) in zip(columns, counts, strict=True):
        with column:
            _table(title, counted, key)
    points = found.sample[: charts.MOST_MARKS]
    st.dataframe(
        pd.DataFrame(
            {
                "ref": [safe.plain(point.ref) for point in points],
                "params": [point.parameter_count for point in points],
                "downloads": [point.downloads_30d for point in points],
                "verdict": [look.verdict_chip(point.commercial_use) for point in points],
            }
        ),
        hide_index=True,
        height=220,
        column_config={
            "ref": _("Model"),
            "params": st.column_config.NumberColumn(_("Parameters"), format="localized"),
            "downloads": st.column_config.NumberColumn(_("Downloads 30 d"), format="localized"),
            "verdict": _("License verdict"),
        },
        alt=_("Parameters and downloads of the models in the chart"),
        key="explore.scatter_table",
    )


def _scatter(found: Found) -> None:
    points = found.sample[: charts.MOST_MARKS]
    if not points:
        st.caption(_("No model of this result states both parameters and downloads."))
        return
    event = st.plotly_chart(
        charts.scatter(points, look.palette(state.theme()), phone=state.phone()),
        theme=None,
        key="explore.scatter",
        config=charts.CONFIG,
        on_select="rerun",
        selection_mode="points",
        alt=_("Downloads in 30 days against parameters, marked by license verdict"),
    )
    chosen = _chosen(event)
    if chosen:
        frame.open_page("model", ref=chosen[0])
    st.caption(_sample_words(len(points), found.sample_of))


def _sample_words(shown: int, of: int) -> str:
    if shown < of:
        return _(
            "A sample of {shown} of the {all} models that state both; both axes are logarithmic. "
            "Choose a mark to open the model."
        ).format(shown=wording.whole(shown), all=wording.whole(of))
    return _(
        "All {all} models that state both; both axes are logarithmic. "
        "Choose a mark to open the model."
    ).format(all=wording.whole(of))


def _plot(fig: go.Figure, key: str, query: Query, alt: str) -> None:
    # The choice made in a chart ends when the query says it: the next chart is a new widget.
    widget = f"explore.plot.{key}.{','.join(query.chosen(key))}"
    st.plotly_chart(
        fig,
        theme=None,
        key=widget,
        config=charts.CONFIG,
        on_select=lambda: _filter(key, widget),
        selection_mode="points",  # box selection swallows the plain click
        alt=alt,
    )


def _filter(key: str, widget: str) -> None:
    """Ask for what was chosen in a chart; choosing what is asked for already takes it out."""
    chosen = _chosen(state.widget(widget))
    if not chosen:
        return
    query = state.changing()
    if key != "params":
        for value in dict.fromkeys(chosen):
            query = query.toggled(key, value)
    elif UNKNOWN in chosen:
        query = query.with_range(key, UNKNOWN)
    else:
        lows = [int(value.partition("..")[0]) for value in chosen]
        highs = [int(value.partition("..")[2]) for value in chosen]
        query = query.with_range(key, f"{min(lows)}..{max(highs)}")
    state.go(query)


def _chosen(event: Any) -> list[str]:
    points = event["selection"]["points"] if event else []
    values = [point.get("customdata") for point in points]
    flat = [value[0] if isinstance(value, list) else value for value in values]
    return [str(value) for value in flat if value is not None]


def sizes(query: Query, found: Found) -> list[Bar]:
    """The histogram of parameters; the thin ends under 1M and over 1T are one bar each."""
    histogram = found.range("params")
    counted: list[Bar] = []
    for part in charts.folded(histogram.bins):
        low, high = float(part.low), float(part.high)
        counted.append(
            Bar(
                value=f"{part.low}..{part.high}",
                label=charts.range_words(part),
                count=part.count,
                inside=_within(query, low, high),
            )
        )
    return counted + _unknown_bar(query, "params", histogram.unknown)


def _within(query: Query, low: float, high: float) -> bool:
    """Whether a bar of the histogram and the ranges of the query meet."""
    for ends in _ranges(query.excluded("params")):
        if (ends.low is None or low >= ends.low) and (ends.high is None or high <= ends.high):
            return False
    chosen = query.chosen("params")
    return not chosen or any(
        (ends.low is None or high >= ends.low) and (ends.high is None or low <= ends.high)
        for ends in _ranges(chosen)
    )


def _ranges(values: Sequence[str]) -> list[Bounds]:
    today = datetime.now(UTC).date()
    return [bounds("params", value, today) for value in values if value != UNKNOWN]


def _inside(query: Query, key: str, value: str) -> bool:
    """Whether the result holds what a bar counts; licenses are the same in any letter case."""
    chosen = {one.casefold() for one in query.chosen(key)}
    excluded = {one.casefold() for one in query.excluded(key)}
    return value.casefold() not in excluded and (not chosen or value.casefold() in chosen)


def counted(query: Query, found: Found, key: str) -> list[Bar]:
    """The most frequent values, those asked for first, unknown last."""
    chosen = {value.casefold() for value in query.chosen(key)}
    values = [value for value in found.facet(key).values if value.count > 0]
    known = [value for value in values if value.value != UNKNOWN]
    known.sort(key=lambda value: value.value.casefold() not in chosen)
    bars = [
        Bar(
            value=value.value,
            label=wording.value(key, value.value),
            count=value.count,
            inside=_inside(query, key, value.value),
        )
        for value in known[:_BARS]
    ]
    unknown = next((value.count for value in values if value.value == UNKNOWN), 0)
    return bars + _unknown_bar(query, key, unknown)


def _unknown_bar(query: Query, key: str, count: int) -> list[Bar]:
    if not count:
        return []
    inside = _inside(query, key, UNKNOWN)
    return [Bar(value=UNKNOWN, label=wording.not_stated(), count=count, inside=inside)]


def _verdicts(query: Query, found: Found) -> list[Bar]:
    counts = {value.value: value.count for value in found.facet("commercial").values}
    return [
        Bar(
            value=verdict,
            label=look.verdict_chip(verdict),
            count=counts.get(verdict, 0),
            inside=_inside(query, "commercial", verdict),
            color=token.color,
        )
        for verdict, token in look.VERDICTS.items()
    ]


def _table(title: str, counted: list[Bar], key: str) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "label": [bar.label for bar in counted],
                "count": [bar.count for bar in counted],
                "inside": [bar.inside for bar in counted],
            }
        ),
        hide_index=True,
        height=220,
        column_config={
            "label": st.column_config.TextColumn(title, width=130),
            "count": st.column_config.NumberColumn(_("Models"), format="localized", width=70),
            "inside": st.column_config.CheckboxColumn(_("In the result"), width=80),
        },
        key=f"explore.table.{key}",
        alt=_("{title}: number of models").format(title=title),
    )
