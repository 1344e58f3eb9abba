"""Records to figures in one template; pure. Foreign words enter through `safe.chart` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import plotly.graph_objects as go

from catalog.records import RangeBin, SamplePoint
from ui import look, safe, wording
from ui.i18n import _
from ui.look import Palette

CONFIG = {"displayModeBar": False, "scrollZoom": False}
MOST_MARKS = 500
_SMALL, _LARGE = 10**6, 10**12  # what is beyond is one bar each
_STRIP_HEIGHT = 168
_BROKEN = 1.2  # times the highest known bar: where a longer bar of unknown is cut
_GAP = "\N{NO-BREAK SPACE}" * 2  # between a name and its bar
_NAMES = 6  # direct labels in a scatter
_NAMED = 120  # of the most popular points, those that may have one
_LETTER, _LINE = 1 / 130, 1 / 18  # of a label, as parts of the width and height of a scatter
_BEFORE, _BEYOND = 0.15, 0.3  # decades of room at the ends of its axes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a count: how it is typed and read, how many, whether the result holds it."""

    value: str
    label: str
    count: int
    inside: bool = True
    color: str | None = None  # a mark colour of the palette, None for the accent


def figure(palette: Palette, height: int, title: str = "") -> go.Figure:
    """An empty chart in our template; the title is for small multiples."""
    axis: dict[str, Any] = {
        "gridcolor": palette.grid,
        "zeroline": False,
        "linecolor": palette.border,
        "ticks": "",
        "automargin": True,
        "tickfont": {"color": palette.muted, "size": 12},
    }
    layout: dict[str, Any] = {
        "template": go.layout.Template(),
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 0, "r": 0, "t": 32 if title else 8, "b": 0},
        "font": {"family": look.FONT, "size": 13, "color": palette.text},
        "xaxis": axis,
        "yaxis": axis,
        "bargap": 0.28,
        "barcornerradius": 2,
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
    }
    if title:
        layout["title"] = {
            "text": f"<b>{title}</b>",
            "x": 0,
            "xref": "container",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 11},
            "font": {"size": 13, "color": palette.muted},
        }
    return go.Figure(layout=layout)


def hover(fig: go.Figure, palette: Palette) -> None:
    """Give the words under the pointer the colours of the theme."""
    fig.update_layout(
        hoverlabel={
            "bgcolor": palette.panel,
            "bordercolor": palette.border,
            "font": {"color": palette.text, "size": 13},
        }
    )


def hatched(palette: Palette) -> dict[str, Any]:
    """The marker of what is not known: hollow and hatched, never a second hue."""
    gray = palette.marks["gray"]
    return {
        "color": palette.page,
        "line": {"color": gray, "width": 1.5},
        "pattern": {
            "shape": "/",
            "fgcolor": gray,
            "bgcolor": palette.page,
            "size": 7,
            "solidity": 0.22,
        },
    }


def folded(bins: Sequence[RangeBin]) -> list[RangeBin]:
    """The bars of a histogram of parameters with the thin ends under 1M and over 1T as one bar."""
    small = [part for part in bins if float(part.high) < _SMALL]
    large = [part for part in bins if float(part.low) >= _LARGE]
    middle = [part for part in bins if float(part.high) >= _SMALL and float(part.low) < _LARGE]
    return [*_one(small), *middle, *_one(large)]


def _one(bins: Sequence[RangeBin]) -> list[RangeBin]:
    count = sum(part.count for part in bins)
    return [RangeBin(low=bins[0].low, high=bins[-1].high, count=count)] if count else []


def range_words(part: RangeBin) -> str:
    """The ends of a bar as one reads them: `1B – 1.78B`, `< 1M`, `≥ 1T`."""
    low, high = float(part.low), float(part.high)
    if high < _SMALL:
        return f"< {wording.short(_SMALL)}"
    if low >= _LARGE:
        return f"≥ {wording.short(_LARGE)}"
    return f"{wording.short(low)} – {wording.short(high)}"


def whole_ticks(most: int, about: int) -> dict[str, int]:
    """The marks of an axis of counts: about so many, and never at half a model."""
    return {"dtick": 1} if most <= about else {"nticks": about}


def parameters(
    counted: Sequence[Bar],
    palette: Palette,
    *,
    height: int = _STRIP_HEIGHT,
    titled: bool = True,
    phone: bool = False,
) -> go.Figure:
    """Models per quarter decade of parameters; soft outside the query, unknown hatched."""
    known = [bar for bar in counted if bar.value != "unknown"]
    unknown = [bar for bar in counted if bar.value == "unknown"]
    middles = [_middle(*bar.value.split("..")) for bar in known]
    fig = figure(palette, height, _("Parameters") if titled else "")
    fig.update_layout(margin_t=32)
    fig.add_bar(
        x=middles,
        y=[bar.count for bar in known],
        width=0.22,
        marker={
            "color": _same([_fill(bar, palette) for bar in known]),
            "line": {"color": palette.primary, "width": 1},
        },
        customdata=[bar.value for bar in known],
        hovertext=[bar.label for bar in known],
        hovertemplate="%{hovertext}: %{y:,}<extra></extra>",
    )
    low, high = min(middles, default=6.0), max(middles, default=11.0)
    decades = [decade for decade in range(6, 13) if low - 0.2 <= decade <= high + 0.2]
    # Every other decade where they would touch.
    decades = decades[:: 2 if len(decades) > 5 else 1]
    if unknown:  # the word beside the last one needs its room
        decades = [decade for decade in decades if decade < high - (0.4 if phone else 0.3)]
    ticks: list[float] = [*decades]
    labels = [wording.short(10**decade) for decade in decades]
    end = high + 0.2
    most = max((bar.count for bar in known), default=0) or 1
    for bar in unknown:
        spot = high + 0.6
        end = spot + 0.45
        cut = bar.count > most * _BROKEN
        fig.add_bar(
            x=[spot],
            y=[most * _BROKEN if cut else bar.count],
            width=0.3,
            marker=hatched(palette),
            customdata=[bar.value],
            text=[wording.whole(bar.count)],
            textposition="outside",
            constraintext="none",
            textfont={"size": 12, "color": palette.text},
            cliponaxis=False,
            hovertemplate=f"{wording.not_stated()}: {wording.whole(bar.count)}<extra></extra>",
        )
        if cut:  # a gap in the bar says that it is longer than drawn
            fig.add_shape(
                type="line",
                x0=spot - 0.28,
                x1=spot + 0.28,
                y0=most * 0.98,
                y1=most * 1.06,
                line={"color": palette.page, "width": 5},
            )
        ticks.append(spot)
        labels.append(wording.not_stated())
    fig.update_xaxes(
        tickvals=ticks,
        ticktext=labels,
        ticklabeloverflow="allow",
        tickangle=0,
        showgrid=False,
        range=[low - 0.2, end],
    )
    hover(fig, palette)
    top = most * (_BROKEN + 0.15 if unknown else 1.08)
    fig.update_yaxes(range=[0, top], separatethousands=True, **whole_ticks(most, 4))
    return fig


def bars(title: str, counted: Sequence[Bar], palette: Palette, *, letters: int = 16) -> go.Figure:
    """Counts as horizontal bars with the number at the end; unknown is the last and hatched."""
    fig = figure(palette, max(_STRIP_HEIGHT, 44 + 24 * len(counted)), title)
    for hollow in (False, True):
        part = [
            (place, bar) for place, bar in enumerate(counted) if (bar.value == "unknown") == hollow
        ]
        if part:
            fig.add_bar(
                y=[place for place, _bar in part],
                x=[bar.count for _place, bar in part],
                orientation="h",
                marker=hatched(palette) if hollow else _solid([bar for _p, bar in part], palette),
                customdata=[bar.value for _place, bar in part],
                text=[wording.whole(bar.count) for _place, bar in part],
                textposition="outside",
                constraintext="none",
                cliponaxis=False,
                hoverinfo="none",  # the label and the number stand beside the bar
            )
    most = max((bar.count for bar in counted), default=1) or 1
    fig.update_xaxes(visible=False, range=[0, most * 1.7])
    # Places instead of names: two names that are cut to the same letters stay two bars.
    fig.update_yaxes(
        tickvals=list(range(len(counted))),
        ticktext=[safe.chart(bar.label, letters) + _GAP for bar in counted],
        range=[max(len(counted), 5) - 0.5, -0.5],
        showgrid=False,
        showline=False,
        tickfont={"color": palette.text, "size": 13},
    )
    fig.update_layout(barmode="overlay")
    return fig


def _solid(counted: Sequence[Bar], palette: Palette) -> dict[str, Any]:
    return {
        "color": _same([_fill(bar, palette) for bar in counted]),
        "line": {"color": _same([_rim(bar, palette) for bar in counted]), "width": 1},
    }


def _same(colors: list[str]) -> list[str] | str:
    """One colour for a list of equal ones: a figure is sent on every rerun."""
    return colors[0] if len(set(colors)) == 1 else colors


def scatter(
    points: Sequence[SamplePoint],
    palette: Palette,
    *,
    phone: bool = False,
    letter: float = _LETTER,
) -> go.Figure:
    """Downloads against parameters on log axes, colour and shape by verdict.

    `letter` is the width of one of a label as a part of the width of the chart.
    """
    shown = [p for p in points if p.parameter_count > 0 and p.downloads_30d > 0][:MOST_MARKS]
    fig = figure(palette, 380)
    for verdict, token in look.VERDICTS.items():
        part = [point for point in shown if point.commercial_use == verdict]
        if not part:
            continue
        color = palette.marks[token.color]
        hollow = "open" in token.marker
        fig.add_scatter(
            x=[point.parameter_count for point in part],
            y=[point.downloads_30d for point in part],
            mode="markers",
            name=look.verdict_word(verdict),
            text=[safe.chart(_short_ref(point.ref)) for point in part],
            customdata=[point.ref for point in part],
            hovertemplate="%{text}<br>%{x:.3s} · %{y:,}<extra></extra>",
            marker={
                "symbol": token.marker,
                "size": 8,
                "color": color,
                "opacity": 0.8,
                "line": {
                    "width": 1.2 if hollow else 0.5,
                    "color": color if hollow else palette.page,
                },
            },
        )
    if not phone:
        for point in _apart(shown, letter):
            fig.add_annotation(
                x=log10(point.parameter_count),
                y=log10(point.downloads_30d),
                text=safe.chart(_last(point.ref)),
                showarrow=False,
                xanchor="left",
                xshift=8,
                font={"size": 12, "color": palette.text},
            )
    _log_axis(fig.update_xaxes, [p.parameter_count for p in shown], _("parameters"), palette)
    _log_axis(
        fig.update_yaxes, [p.downloads_30d for p in shown], _("downloads in 30 days"), palette
    )
    hover(fig, palette)
    fig.update_layout(
        showlegend=True,
        margin_t=32,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"color": palette.muted, "size": 12},
            "itemclick": False,
            "itemdoubleclick": False,
        },
    )
    return fig


def _log_axis(update: Any, numbers: Sequence[int], title: str, palette: Palette) -> None:
    low, high = min(numbers, default=1), max(numbers, default=10)
    first, last = int(log10(low)), int(log10(high)) + 1
    ticks = [10**decade for decade in range(first, last + 1)]
    update(
        type="log",
        tickvals=ticks,
        ticktext=[wording.short(tick) for tick in ticks],
        title={
            "text": title,
            "font": {"color": palette.muted, "size": 12},
            "standoff": 8,
        },
        range=[log10(low) - _BEFORE, log10(high) + _BEYOND],
    )


def _apart(points: Sequence[SamplePoint], part: float) -> list[SamplePoint]:
    """The first points whose label meets no label, no other point and no edge of the chart."""
    spots = [(log10(p.parameter_count), log10(p.downloads_30d)) for p in points]
    width = max((x for x, _y in spots), default=1.0) - min((x for x, _y in spots), default=0.0)
    height = max((y for _x, y in spots), default=1.0) - min((y for _x, y in spots), default=0.0)
    edge = max((x for x, _y in spots), default=0.0) + _BEYOND
    letter = part * (width + _BEFORE + _BEYOND)
    line = _LINE * (height + _BEFORE + _BEYOND)
    kept: list[tuple[float, float, float]] = []
    named = []
    for point, (x, y) in zip(points[:_NAMED], spots, strict=False):
        end = x + letter * (len(_last(point.ref)) + 2)
        meets = any(x < b and a < end and abs(y - c) < line for a, b, c in kept)
        covers = any(x < a < end and abs(y - b) < line / 2 for a, b in spots)
        if not meets and not covers and end < edge:
            kept.append((x, end, y))
            named.append(point)
        if len(named) == _NAMES:
            break
    return named


def _fill(bar: Bar, palette: Palette) -> str:
    if bar.color is not None:
        return palette.marks[bar.color] if bar.inside else palette.tints[bar.color]
    return palette.primary if bar.inside else palette.soft


def _rim(bar: Bar, palette: Palette) -> str:
    return palette.marks[bar.color] if bar.color is not None else palette.primary


def _middle(low: str, high: str) -> float:
    """The place of a bar on the axis of decades; the two end bars stand beside their limit."""
    if float(high) < _SMALL:
        return log10(_SMALL) - 0.125
    if float(low) >= _LARGE:
        return log10(_LARGE) + 0.125
    return round((log10(float(low)) + log10(float(high) + 1)) / 2, 3)


def _short_ref(ref: str) -> str:
    return ref.partition(":")[2]


def _last(ref: str) -> str:
    return _short_ref(ref).split("/")[-1]
