"""The view of parameters: how many models of which size, and what is downloaded of each."""

from __future__ import annotations

import streamlit as st

from catalog.query import Query
from catalog.records import Found, RangeFacet
from catalog.vocabulary import UNKNOWN
from ui import chart_rows, charts, look, panels, services, state, wording
from ui.charts import Bar
from ui.i18n import _
from ui.panels import Sheet

_LETTER = 1 / 75  # of a label, as a part of the width of half a page


def draw(query: Query, found: Found) -> None:
    """The histogram, and beside it the marks."""
    left, right = st.columns(2, gap="large")
    with left:
        _histogram(query, services.parameter_bars(query))
    with right:
        _scatter(found)


def _histogram(query: Query, counted: RangeFacet) -> None:
    folded = charts.folded(counted.bins)
    bars = [
        Bar(value=f"{part.low}..{part.high}", label=charts.range_words(part), count=part.count)
        for part in folded
    ]
    if counted.unknown:
        bars.append(Bar(value=UNKNOWN, label=wording.not_stated(), count=counted.unknown))
    stated = sum(part.count for part in folded)
    total = stated + counted.unknown
    fig = charts.parameters(
        bars, look.palette(state.theme()), height=380, titled=False, phone=state.phone()
    )
    _numbered(fig)
    panels.draw(
        "parameters",
        _most(bars, stated),
        chart_rows.savable(fig, look.palette(state.theme())),
        Sheet(
            columns=(_("Parameters"), _("Repositories")),
            rows=tuple((bar.label, bar.count) for bar in bars),
            opens=tuple(panels.within(query, "params", bar.value) for bar in bars),
        ),
        alt=_("Histogram of the parameters of the result on a logarithmic axis"),
        caption=_(
            "Four bars to a power of ten; {unknown} of {all} repositories state no parameters. "
            "Choose a bar to see its models."
        ).format(unknown=wording.whole(counted.unknown), all=wording.whole(total)),
    )


def _most(bars: list[Bar], stated: int) -> str:
    known = [bar for bar in bars if bar.value != UNKNOWN]
    if not known:
        return _("No repository states its parameters")
    most = max(known, key=lambda bar: bar.count)
    return _("{share} of those that state it have {range} parameters").format(
        share=wording.share(most.count, stated), range=most.label
    )


def _numbered(fig: object) -> None:
    """Marks carry the number of their row in the table, not the words of a query."""
    at = 0
    for trace in fig.data:  # type: ignore[attr-defined]
        trace.customdata = list(range(at, at + len(trace.y)))
        at += len(trace.y)


def _scatter(found: Found) -> None:
    points = [
        point for point in found.sample if point.parameter_count > 0 and point.downloads_30d > 0
    ][: charts.MOST_MARKS]
    if not points:
        st.caption(_("No model of this result states both parameters and downloads."))
        return
    palette = look.palette(state.theme())
    fig = charts.scatter(points, palette, phone=state.phone(), letter=_LETTER)
    place = {point.ref: at for at, point in enumerate(points)}
    for trace in fig.data:
        trace.customdata = [place[ref] for ref in trace.customdata]
    panels.draw(
        "downloads",
        _("Downloads against parameters"),
        chart_rows.savable(fig, palette),
        Sheet(
            columns=(_("Model"), _("Parameters"), _("Downloads 30 d"), _("License verdict")),
            rows=tuple(
                (
                    point.ref,
                    point.parameter_count,
                    point.downloads_30d,
                    look.verdict_chip(point.commercial_use),
                )
                for point in points
            ),
            opens=tuple(point.ref for point in points),
        ),
        alt=_("Downloads in 30 days against parameters, marked by license verdict"),
        caption=_(
            "{shown} of the {stating} repositories that state both; {unknown} do not. "
            "Both axes are logarithmic. Choose a mark to open the model."
        ).format(
            shown=wording.whole(len(points)),
            stating=wording.whole(found.sample_of),
            unknown=wording.whole(found.repositories - found.sample_of),
        ),
    )
