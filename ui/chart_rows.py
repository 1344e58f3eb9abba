"""Figures of the Charts page: counts as rows, periods as columns, licenses as tiles; pure.

Every mark carries the number of its row in the table behind the chart. Foreign words enter through
`safe.chart` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ui import look, safe, wording
from ui.charts import figure, hatched, hover, whole_ticks
from ui.i18n import _
from ui.look import Palette

ROW_HEIGHT = 24
_GAP = "\N{NO-BREAK SPACE}" * 2
_WIDE = 0.68  # of a row, its bar
_BROKEN = 1.25  # times the longest known bar: where a longer one of unknown is cut
_ROOT = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bar of a list of bars, or a heading over some where the count is None."""

    label: str
    count: int | None = None
    at: int = -1  # of its row in the table
    hollow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One part of a column: the period it belongs to, of which series, how many."""

    period: str
    series: str
    count: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One tile of a treemap and the one that holds it."""

    id: str
    parent: str
    label: str
    count: int
    verdict: str
    head: bool = False


def exportable(name: str, kind: str) -> dict[str, Any]:
    """The plotly settings of a chart that the browser can save as `png` or `svg`."""
    return {
        "displayModeBar": True,
        "displaylogo": False,
        "displayNotifier": False,
        "scrollZoom": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": kind, "filename": name, "scale": 2},
    }


def savable(fig: go.Figure, palette: Palette) -> go.Figure:
    """The figure with a ground of its own, so that a saved picture reads anywhere."""
    return fig.update_layout(
        paper_bgcolor=palette.page,
        modebar={
            "bgcolor": "rgba(0,0,0,0)",
            "color": palette.muted,
            "activecolor": palette.primary,
        },
    )


def rows(shown: Sequence[Row], palette: Palette, *, letters: int = 30) -> go.Figure:
    """Bars with their counts at the end, under bold headings; hollow ones are not known."""
    fig = figure(palette, 40 + ROW_HEIGHT * max(len(shown), 4))
    known = [row.count for row in shown if row.count is not None and not row.hollow]
    most = max(known, default=0) or max((row.count or 0 for row in shown), default=0) or 1
    longest = most * _BROKEN
    for hollow in (False, True):
        part = [
            (place, row)
            for place, row in enumerate(shown)
            if row.count is not None and row.hollow == hollow
        ]
        if part:
            fig.add_bar(
                y=[place for place, _row in part],
                x=[min(row.count or 0, longest) for _place, row in part],
                width=_WIDE,
                orientation="h",
                marker=hatched(palette)
                if hollow
                else {"color": palette.primary, "line": {"color": palette.primary, "width": 1}},
                customdata=[row.at for _place, row in part],
                text=[wording.whole(row.count) for _place, row in part],
                textposition="outside",
                constraintext="none",
                cliponaxis=False,
                hoverinfo="none",
            )
    for place, row in enumerate(shown):
        if (row.count or 0) > longest:  # a gap in the bar says that it is longer than drawn
            _gap(fig, palette, (most, most * 1.03), (place - _WIDE, place + _WIDE))
    end = max(min(row.count or 0, longest) for row in shown) if shown else 1
    fig.update_xaxes(visible=False, range=[0, end * 1.25])
    labels = [safe.chart(row.label, letters) + _GAP for row in shown]
    fig.update_yaxes(
        tickvals=list(range(len(shown))),
        ticktext=[
            f"<b>{label}</b>" if row.count is None else label
            for row, label in zip(shown, labels, strict=True)
        ],
        range=[max(len(shown), 4) - 0.5, -0.5],
        showgrid=False,
        showline=False,
        tickfont={"color": palette.text, "size": 13},
    )
    fig.update_layout(barmode="overlay", margin_t=28)
    return savable(fig, palette)


def columns(
    parts: Sequence[Column],
    periods: Sequence[tuple[str, str]],
    series: Sequence[tuple[str, str]],
    unknown: tuple[int, int],
    palette: Palette,
    *,
    phone: bool = False,
) -> go.Figure:
    """Stacked columns per period (key, label) and series (key, label); unknown (count, at) last."""
    fig = figure(palette, 380)
    place = {key: at for at, (key, _label) in enumerate(periods)}
    labels = dict(periods)
    for (key, label), color in zip(series, palette.series, strict=False):
        own = [part for part in parts if part.series == key]
        if own:
            fig.add_bar(
                x=[place[part.period] for part in own],
                y=[part.count for part in own],
                name=f"{label}  {wording.whole(sum(part.count for part in own))}",
                marker={"color": color, "line": {"color": palette.page, "width": 0.5}},
                customdata=[part.at for part in own],
                hovertext=[f"{labels[part.period]} · {label}" for part in own],
                hovertemplate="%{hovertext}: %{y:,}<extra></extra>",
            )
    totals: dict[str, int] = {}
    for part in parts:
        totals[part.period] = totals.get(part.period, 0) + part.count
    most = max(totals.values(), default=0) or 1
    step = max(1, -(-len(periods) // (3 if phone else 8)))
    ticks = [at for at in range(len(periods)) if at % step == 0]
    words = [periods[at][1] for at in ticks]
    end = len(periods) - 0.4
    if unknown[0]:
        spot = len(periods) + max(0.8, len(periods) * 0.05)
        end = spot + max(0.8, len(periods) * 0.06)
        _unknown_column(fig, palette, spot, most, unknown)
        ticks.append(spot)  # type: ignore[arg-type]  # half a place from the last period
        words.append(wording.not_stated())
    fig.update_xaxes(
        tickvals=ticks,
        ticktext=words,
        ticklabeloverflow="allow",
        tickangle=0,
        showgrid=False,
        range=[-0.6, end],
    )
    top = most * (_BROKEN + 0.15 if unknown[0] else 1.08)
    fig.update_yaxes(range=[0, top], separatethousands=True, **whole_ticks(most, 5))
    hover(fig, palette)
    fig.update_layout(
        barmode="stack",
        barcornerradius=0,
        showlegend=True,
        margin_t=36,
        margin_r=16 if phone else 0,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"color": palette.text, "size": 13},
            "itemclick": False,
            "itemdoubleclick": False,
            "traceorder": "normal",
        },
    )
    return savable(fig, palette)


def _unknown_column(
    fig: go.Figure, palette: Palette, spot: float, most: int, unknown: tuple[int, int]
) -> None:
    """The column of what is not known; one that dwarfs the others is cut and says its number."""
    count, at = unknown
    cut = count > most * _BROKEN
    wide = max(0.7, spot * 0.03)
    fig.add_bar(
        x=[spot],
        y=[most * _BROKEN if cut else count],
        width=wide,
        marker=hatched(palette),
        customdata=[at],
        text=[wording.whole(count)],
        textposition="outside",
        constraintext="none",
        textfont={"size": 12, "color": palette.text},
        cliponaxis=False,
        showlegend=False,
        hovertemplate=f"{wording.not_stated()}: {wording.whole(count)}<extra></extra>",
    )
    if cut:
        _gap(fig, palette, (spot - wide * 0.8, spot + wide * 0.8), (most, most * 1.08))


def _gap(
    fig: go.Figure, palette: Palette, xs: tuple[float, float], ys: tuple[float, float]
) -> None:
    fig.add_shape(
        type="line",
        x0=xs[0],
        x1=xs[1],
        y0=ys[0],
        y1=ys[1],
        line={"color": palette.page, "width": 5},
    )


def treemap(tiles: Sequence[Tile], total: int, palette: Palette, height: int = 520) -> go.Figure:
    """Tiles in tiles, the outer ones headed by their verdict; choosing one looks into it."""
    colors = [palette.page]
    inks = [palette.muted]
    for tile in tiles:
        name = look.VERDICTS[tile.verdict].color
        colors.append(palette.marks[name] if tile.head else palette.tints[name])
        inks.append(palette.page if tile.head else palette.text)
    fig = figure(palette, height)
    fig.add_treemap(
        ids=[_ROOT, *(tile.id for tile in tiles)],
        parents=["", *(tile.parent or _ROOT for tile in tiles)],
        labels=[
            safe.chart(_("All licenses")),
            *(
                f"<b>{safe.chart(tile.label)}  {wording.whole(tile.count)}</b>"
                if tile.head
                else safe.chart(tile.label, 40)
                for tile in tiles
            ),
        ],
        values=[total, *(tile.count for tile in tiles)],
        text=[wording.whole(total), *(wording.whole(tile.count) for tile in tiles)],
        branchvalues="total",
        sort=False,
        maxdepth=3,
        textfont={"size": 13, "color": inks},
        textposition="top left",
        texttemplate=[
            "%{label}",
            *("%{label}" if tile.head else "%{label}  %{text}" for tile in tiles),
        ],
        hovertemplate="%{label}: %{text} · %{percentRoot:.1%}<extra></extra>",
        marker={
            "colors": colors,
            "line": {"color": palette.page, "width": 1},
            "pad": {"t": 24, "l": 2, "r": 2, "b": 2},
            "cornerradius": 2,
        },
        tiling={"pad": 2},
        pathbar={
            "side": "bottom",
            "thickness": 24,
            "textfont": {"size": 13, "color": palette.text},
        },
    )
    hover(fig, palette)
    fig.update_layout(uniformtext={"minsize": 12, "mode": "hide"}, margin_t=32)
    return savable(fig, palette)
