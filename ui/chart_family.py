"""The chart of the article: the sizes of model families on one axis, and what a memory holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

import plotly.graph_objects as go

from catalog.reports import FamilySizes
from ui import safe, wording
from ui.chart_rows import savable
from ui.charts import figure, hatched, hover
from ui.i18n import _
from ui.look import Palette

QUANTS = ("F16", "Q8_0", "Q4_K_M")  # the first one decides which bars are solid
_ROW = 40
_GAP = "\N{NO-BREAK SPACE}" * 2
_LINE = 16  # pixels of one line of tick labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The memory of a visitor, and how many bits each weight takes in each of QUANTS."""

    memory_gib: float
    bits: dict[str, float]

    def holds(self, quant: str) -> float:
        """The parameters whose weights alone fill the memory."""
        return self.memory_gib * wording.GIB * 8 / self.bits[quant]

    def takes(self, parameters: float, quant: str) -> int:
        """The bytes of so many weights."""
        return round(parameters * self.bits[quant] / 8)

    def best(self, parameters: int) -> str | None:
        """The largest of QUANTS at which the weights fit, None where none does."""
        return next((quant for quant in QUANTS if parameters <= self.holds(quant)), None)


def bars(
    families: Sequence[FamilySizes],
    machine: Machine,
    palette: Palette,
    *,
    log: bool = True,
    phone: bool = False,
) -> go.Figure:
    """A bar per size, solid where it fits at the first of QUANTS, with lines at the memory."""
    labels: list[str] = []
    spots: list[tuple[int, int, int, str]] = []  # place, parameters, row of the table, colour
    for family, color in zip(families, palette.series, strict=False):
        if len(families) > 1:
            labels.append(f"<b>{safe.chart(family.name, 24)}</b>{_GAP}")
        for size in family.sizes:
            spots.append((len(labels), size.parameter_count, len(spots), color))
            extra = f" {wording.short(size.parameter_count)}" if phone else ""
            labels.append(f"{safe.chart(size.name, 18 if phone else 30)}{extra}{_GAP}")
    counts = [count for _place, count, _at, _color in spots]
    most = max([*counts, machine.holds(QUANTS[-1]) if log else machine.holds(QUANTS[0])])
    low = floor(log10(min(counts)) - 0.15) + (0.0 if phone else -0.08)
    end = log10(most * 2.2) if log else most * 1.18
    above = 60 if phone else 88  # the lines' labels stand below the button that saves the chart
    fig = figure(palette, 68 + above + _ROW * max(len(labels), 3))
    for solid in (True, False):
        for color in dict.fromkeys(one[3] for one in spots):
            _bars(fig, [one for one in spots if one[3] == color], color, solid, machine, palette)
    if not phone:
        _numbers(fig, spots, palette, log)
    _axes(fig, machine, palette, (low, end) if log else (0.0, end), log, phone)
    fig.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=labels,
        range=[max(len(labels), 3) - 0.5, -0.5],
        showgrid=False,
        showline=False,
        tickfont={"color": palette.text, "size": 13 if phone else 14},
    )
    for level, quant in enumerate(QUANTS[:1] if phone else QUANTS):
        _memory_line(fig, machine, quant, level, palette, end, log)
    hover(fig, palette)
    fig.update_layout(barmode="overlay", bargap=0.34, margin_t=above, margin_l=0 if phone else 112)
    return savable(fig, palette)


def _bars(
    fig: go.Figure,
    spots: Sequence[tuple[int, int, int, str]],
    color: str,
    solid: bool,
    machine: Machine,
    palette: Palette,
) -> None:
    own = [spot for spot in spots if (spot[1] <= machine.holds(QUANTS[0])) == solid]
    if not own:
        return
    marker: dict[str, Any] = {"color": color, "line": {"color": color, "width": 1.5}}
    if not solid:
        marker = hatched(palette)
        marker["line"] = {"color": color, "width": 1.5}
        marker["pattern"] = marker["pattern"] | {"fgcolor": color}
    fig.add_bar(
        y=[place for place, _count, _at, _color in own],
        x=[count for _place, count, _at, _color in own],
        orientation="h",
        marker=marker,
        customdata=[at for _place, _count, at, _color in own],
        hovertext=[
            "<br>".join(f"{quant}: {wording.gib(machine.takes(count, quant))}" for quant in QUANTS)
            for _place, count, _at, _color in own
        ],
        hovertemplate="%{x:,}<br>%{hovertext}<extra></extra>",
    )


def _numbers(
    fig: go.Figure, spots: Sequence[tuple[int, int, int, str]], palette: Palette, log: bool
) -> None:
    """The count at the end of each bar, on a ground of its own where a line runs behind it."""
    for place, count, _at, _color in spots:
        fig.add_annotation(
            x=log10(count) if log else count,
            y=place,
            text=f"<b>{wording.short(count)}</b>",
            xanchor="left",
            xshift=4,
            showarrow=False,
            bgcolor=palette.page,
            borderpad=1,
            font={"size": 14, "color": palette.text},
        )


def _axes(
    fig: go.Figure,
    machine: Machine,
    palette: Palette,
    ends: tuple[float, float],
    log: bool,
    phone: bool,
) -> None:
    """Parameters along the axis, and under each what so many weights take at each of QUANTS."""
    if log:
        ticks = [10.0**decade for decade in range(ceil(ends[0] + 0.01), floor(ends[1]) + 1)]
    else:
        step = 10.0 ** floor(log10(ends[1] / 2))
        step *= 5 if ends[1] / step > 12 else 2 if ends[1] / step > 6 else 1
        ticks = [step * number for number in range(int(ends[1] / step) + 1)]
    quants = QUANTS[:1] if phone else QUANTS
    fig.update_xaxes(
        type="log" if log else "linear",
        range=list(ends),
        tickvals=ticks,
        ticktext=[
            "<br>".join(
                [
                    f"<b>{wording.short(tick)}</b>",
                    *(wording.gib(machine.takes(tick, quant)) for quant in quants),
                ]
            )
            for tick in ticks
        ],
    )
    if not phone:
        fig.add_annotation(
            x=0,
            xref="paper",
            xanchor="right",
            xshift=-36,
            y=0,
            yref="paper",
            yanchor="top",
            yshift=-3,
            align="right",
            showarrow=False,
            font={"size": 12, "color": palette.muted},
            text="<br>".join([f"<b>{_('parameters')}</b>", *QUANTS]),
        )
    fig.update_layout(margin_b=(len(quants) + 2) * _LINE)


def _memory_line(
    fig: go.Figure,
    machine: Machine,
    quant: str,
    level: int,
    palette: Palette,
    end: float,
    log: bool,
) -> None:
    limit = machine.holds(quant)
    spot = log10(limit) if log else limit
    if spot > end * (0.99 if log else 1):
        return
    first = level == 0
    color = palette.text if first else palette.muted
    fig.add_vline(
        limit,
        line={"color": color, "width": 1.5, "dash": "4px,3px"}
        if first
        else {"color": color, "width": 1, "dash": "1px,3px"},
    )
    words = _("{memory} GiB holds {count} at {quant}") if first else "{count} {quant}"
    text = words.format(memory=f"{machine.memory_gib:g}", count=wording.short(limit), quant=quant)
    fig.add_annotation(
        x=spot,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right",  # to the left of their line: at the right end a narrow window cuts them
        xshift=4,
        yshift=18 * level,
        showarrow=False,
        font={"size": 12, "color": color},
        text=f"<b>{text}</b>" if first else text,
    )
