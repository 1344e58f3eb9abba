"""The ladder of a model against the memory of a machine: a figure and its table; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from catalog.fit.answer import FitAnswer
from catalog.fit.hardware import Machine
from ui import fit_words, look, safe, wording
from ui.charts import figure, hatched, hover
from ui.look import Palette

MOST = 40  # bars of one ladder; the table has all
_ROW = 27
_GAP = "\N{NO-BREAK SPACE}" * 2
_MONO = "'Source Code Pro', monospace"
_NEAR = 4  # times the longest bar: a memory beyond that is named at the end of the scale
_WHOLE = frozenset({"offload", "no"})  # grades whose bars have one part


def shown(answers: Sequence[FitAnswer]) -> tuple[FitAnswer, ...]:
    """The rungs that have a bar."""
    return tuple(one for one in answers if _length(one))[:MOST]


def draw(
    answers: Sequence[FitAnswer],
    best: FitAnswer | None,
    machine: Machine | None,
    palette: Palette,
    *,
    phone: bool = False,
) -> go.Figure:
    """A bar for each rung, weights dark and the rest light, and the memory as a line.

    `answers` come as `shown` gives them; hatched ones are too large, or not known.
    """
    wide = 0.6 if phone else 0.8
    fig = figure(palette, 60 + _ROW * max(len(answers), 2))
    if machine is None:
        _bars(fig, list(enumerate(answers)), _plain(palette), hover_grade=False)
    for grade in look.FITS if machine else ():
        own = [(place, one) for place, one in enumerate(answers) if one.grade == grade]
        if own:
            _bars(fig, own, _markers(grade, palette), hover_grade=True)
    for place, one in enumerate(answers):
        _column(fig, place, one, palette, wide, bold=one == best)
    end = max((_length(one) for one in answers), default=wording.GIB)
    memory = machine.memory_bytes if machine else None
    near = memory is not None and memory <= end * _NEAR
    end = max(end, memory or 0) if near else end
    fig.update_xaxes(domain=[0, wide], range=[0, end * 1.04], **_ticks(end * 1.04, phone=phone))
    fig.update_yaxes(
        tickvals=list(range(len(answers))),
        ticktext=[_name(one, 14 if phone else 34, bold=one == best) for one in answers],
        range=[max(len(answers), 2) - 0.5, -0.5],
        showgrid=False,
        showline=False,
        tickfont={"color": palette.text, "size": 13, "family": _MONO},
    )
    fig.update_layout(barmode="stack", barcornerradius=0, margin_t=30)
    if machine is not None and memory is not None:
        share = memory / (end * 1.04) if near else None
        _memory_line(fig, machine, memory, share, palette, phone=phone)
    hover(fig, palette)
    return fig


def _length(one: FitAnswer) -> int:
    """The bytes that a bar shows: the sum, else the end of its range, 0 where that is open."""
    found = one.breakdown
    return found.total or found.high or 0


def _first(one: FitAnswer) -> int:
    """The dark part: the weights; of what is not graded, what is needed at least."""
    if one.machine is not None and one.grade == "unknown":
        return min(one.breakdown.low, _length(one))
    term = one.breakdown.term("weights")
    return min(term.bytes or term.low, _length(one))


def _plain(palette: Palette) -> list[dict[str, Any]]:
    """The markers of weights and the rest where no machine is chosen."""
    line = {"color": palette.primary, "width": 1}
    return [{"color": palette.primary, "line": line}, {"color": palette.soft, "line": line}]


def _markers(grade: str, palette: Palette) -> list[dict[str, Any]]:
    """The markers of weights and the rest of one grade; one alone where a bar has one part."""
    color = look.FITS[grade].color
    line = {"color": palette.marks[color], "width": 1}
    solid: dict[str, Any] = {"color": palette.marks[color], "line": line}
    soft: dict[str, Any] = {"color": palette.tints[color], "line": line}
    if grade in _WHOLE:
        return [soft if grade == "offload" else hatched(palette)]
    return [soft, hatched(palette)] if grade == "unknown" else [solid, soft]


def _bars(
    fig: go.Figure,
    own: Sequence[tuple[int, FitAnswer]],
    markers: Sequence[dict[str, Any]],
    *,
    hover_grade: bool,
) -> None:
    """Weights and the rest of some rungs; one bar for both where there is one marker."""
    parts = [[_length(one) for _place, one in own]]
    if len(markers) > 1:
        first = [_first(one) for _place, one in own]
        parts = [first, [whole - part for whole, part in zip(parts[0], first, strict=True)]]
    for sizes, marker in zip(parts, markers, strict=True):
        fig.add_bar(
            y=[place for place, _one in own],
            x=sizes,
            orientation="h",
            width=0.6,
            marker=marker,
            hovertext=[_told(one, graded=hover_grade) for _place, one in own],
            hovertemplate="%{hovertext}<extra></extra>",
        )


def _told(one: FitAnswer, *, graded: bool) -> str:
    found = one.breakdown
    chip = f" {safe.chart(look.fit_chip(one.grade))}" if graded else ""
    lines = [f"<b>{safe.chart(fit_words.rung(one))}</b>{chip}"]
    for term in found.terms:
        size = wording.gib(term.bytes) if term.bytes else fit_words.between(term.low, term.high)
        if term.bytes != 0:
            lines.append(f"{fit_words.term(term.name)}: {size}")
    return "<br>".join([*lines, f"{fit_words.together()}: {fit_words.total(found)}"])


def _name(one: FitAnswer, letters: int, *, bold: bool) -> str:
    name = fit_words.rung(one)
    if len(name) > letters:  # files of one repository differ at their ends
        name = f"{name[: letters // 3]}…{name[-(letters - letters // 3 - 1) :]}"
    name = safe.chart(name, letters)
    return (f"<b>{name}</b>" if bold else name) + _GAP


def _column(
    fig: go.Figure, place: int, one: FitAnswer, palette: Palette, wide: float, *, bold: bool
) -> None:
    """Size and grade at the right of the plot, where no line crosses them."""
    style = {
        "y": place,
        "xref": "paper",
        "x": wide,
        "showarrow": False,
        "font": {"size": 13, "color": palette.text if bold else palette.muted},
    }
    about = "~" if one.estimated and one.breakdown.total is not None else ""
    columns = [(f"{about}{number(one)}", "right", 54)]
    if one.machine is not None:
        columns.append((look.fit_chip(one.grade), "left", 64))
    for words, anchor, shift in columns:
        text = f"<b>{safe.chart(words)}</b>" if bold else safe.chart(words)
        fig.add_annotation(text=text, xanchor=anchor, xshift=shift, **style)


def number(one: FitAnswer) -> str:
    """The bytes of a rung in GiB without the unit: `7.1`, `< 17.6` the end of a range."""
    found = one.breakdown
    return f"< {_digits(found.high or 0)}" if found.total is None else _digits(found.total)


def _digits(size: int) -> str:
    gib = size / wording.GIB
    return f"{gib:.1f}" if gib < 99.95 else wording.whole(round(gib))


def _ticks(end: int | float, *, phone: bool) -> dict[str, Any]:
    """Round numbers of GiB along the axis, the unit at the last one."""
    most, step = end / wording.GIB, 0.05
    for factor in (2, 2.5, 2) * 6:
        if most / step <= (3 if phone else 6):
            break
        step *= factor
    ticks = [step * at for at in range(int(most / step) + 1)]
    words = [f"{tick:g}" for tick in ticks]
    return {
        "tickvals": [tick * wording.GIB for tick in ticks],
        "ticktext": [*words[:-1], f"{words[-1]} GiB"],
    }


def _memory_line(
    fig: go.Figure,
    machine: Machine,
    memory: int,
    share: float | None,
    palette: Palette,
    *,
    phone: bool,
) -> None:
    """The one dashed line, named above the plot; at `share` of the scale, None is beyond it."""
    name = f"{safe.chart(fit_words.machine_name(machine), 22 if phone else 40)}, "
    name += wording.gib(memory)
    if share is None:
        share, name = 1.0, f"{name} →"
    else:
        fig.add_vline(memory, line={"color": palette.text, "width": 1.5, "dash": "4px,3px"})
    fig.add_annotation(
        x=share,
        xref="x domain",
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right" if share > 0.6 else "left" if share < 0.25 else "center",
        showarrow=False,
        font={"size": 12, "color": palette.text},
        text=f"<b>{name}</b>",
    )


def table(answers: Sequence[FitAnswer]) -> pd.DataFrame:
    """The same as numbers: sizes in GiB, what is not known is empty."""

    def gib(size: int | None) -> float | None:
        return None if size is None else size / wording.GIB

    return pd.DataFrame(
        {
            "rung": [fit_words.rung(one) for one in answers],
            "grade": [[look.fit_chip(one.grade)] for one in answers],
            "total": [gib(one.breakdown.total) for one in answers],
            "low": [gib(one.breakdown.low) for one in answers],
            "high": [gib(one.breakdown.high) for one in answers],
            "weights": [gib(one.breakdown.term("weights").bytes) for one in answers],
            "cache": [gib(one.breakdown.term("kv_cache").bytes) for one in answers],
            "context": [one.longest_context for one in answers],
            "users": [one.most_users for one in answers],
            "speed": [_speed(one) for one in answers],
        }
    )


def _speed(one: FitAnswer) -> str | None:
    speed = one.speed
    return None if speed is None else wording.band(speed.decode_low, speed.decode_high, "").strip()
