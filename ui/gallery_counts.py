"""The views of quantizations and of growth."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence

import streamlit as st

from catalog.query import Query
from catalog.records import Found
from catalog.reports import Rung, Slice, Tally
from catalog.vocabulary import SOURCES, UNKNOWN
from ui import chart_rows, look, panels, safe, services, state, wording
from ui.chart_rows import Column, Row
from ui.i18n import _
from ui.panels import Sheet

_RUNGS = 18  # quantizations that have a bar
_EVERY = {"month": 1, "quarter": 3, "year": 12}


def quantizations(query: Query, found: Found) -> None:
    """Who offers which quantization, from most bits to fewest."""
    ladder = services.quant_ladder(query)
    if not ladder.rungs:
        st.caption(_("No repository of this result states a quantization."))
        return
    popular = sorted(ladder.rungs, key=lambda rung: -rung.repositories)[:_RUNGS]
    rows = [
        Row(label=_rung(rung), count=rung.repositories, at=at)
        for at, rung in enumerate(ladder.rungs)
        if rung in popular
    ]
    if ladder.unknown:
        rows.append(
            Row(
                label=wording.value("quant", UNKNOWN),
                count=ladder.unknown,
                at=len(ladder.rungs),
                hollow=True,
            )
        )
    unknown = Rung(quant_type=UNKNOWN, repositories=ladder.unknown, file_sets=ladder.unknown)
    rungs = [*ladder.rungs, *([unknown] if ladder.unknown else [])]
    panels.draw(
        "quantizations",
        _("{quant} is offered most: by {number} of {stating} that state any").format(
            quant=safe.text(popular[0].quant_type),
            number=wording.whole(popular[0].repositories),
            stating=wording.whole(ladder.total - ladder.unknown),
        ),
        chart_rows.rows(rows, look.palette(state.theme())),
        Sheet(
            columns=(
                _("Quantization"),
                _("Bits per weight"),
                _("Repositories"),
                _("File sets"),
            ),
            rows=tuple(
                (
                    wording.value("quant", rung.quant_type),
                    rung.bits_per_weight,
                    rung.repositories,
                    None if rung.quant_type == UNKNOWN else rung.file_sets,
                )
                for rung in rungs
            ),
            opens=tuple(panels.narrowed(query, "quant", rung.quant_type) for rung in rungs),
        ),
        alt=_("Repositories by the quantization that they offer, most bits per weight first"),
        caption=_(
            "The number after a name is bits per weight. The {shown} most offered of {all} "
            "quantizations have a bar, a repository counts at each that it offers, and {unknown} "
            "of {total} state none."
        ).format(
            shown=wording.whole(len(popular)),
            all=wording.whole(len(ladder.rungs)),
            unknown=wording.whole(ladder.unknown),
            total=wording.whole(ladder.total),
        ),
    )


def _rung(rung: Rung) -> str:
    return f"{rung.quant_type} · {wording.bits(rung.bits_per_weight)}"


def growth(query: Query, found: Found) -> None:
    """When the repositories were created, by source."""
    words = {"month": _("Months"), "quarter": _("Quarters"), "year": _("Years")}
    every = st.segmented_control(
        _("Period"),
        list(words),
        default="quarter",
        required=True,
        format_func=words.__getitem__,
        label_visibility="collapsed",
        key="charts.every",
        persist_state="session",
    )
    months = _EVERY[every or "quarter"]
    tally = services.tally(query, "growth", months)
    parts = list(tally.slices)
    dated = [part for part in parts if part.keys[0] != UNKNOWN]
    silent = tally.count(UNKNOWN)
    if not dated:
        st.caption(_("No repository states when it was created"))
        return
    shown = periods(dated, months)
    columns = [
        Column(period=part.keys[0], series=part.keys[1], count=part.count, at=at)
        for at, part in enumerate(parts)
        if part.keys[0] != UNKNOWN
    ]
    starter = sum(source.starter_models for source in services.status().sources)
    panels.draw(
        "growth",
        _peak(tally, shown),
        chart_rows.columns(
            columns,
            shown,
            [(source, wording.source(source)) for source in SOURCES],
            (silent, len(dated)),
            look.palette(state.theme()),
            phone=state.phone(),
        ),
        Sheet(
            columns=(_("Created"), _("Source"), _("Repositories")),
            rows=tuple(
                (
                    _period(part.keys[0], months),
                    wording.source(part.keys[1]),
                    part.count,
                )
                for part in parts
            ),
            opens=tuple(created(query, part, months) for part in parts),
        ),
        alt=_("Repositories of this catalog by when they were created, and by source"),
        caption=_growth_words(silent, tally.total, starter),
    )


def _growth_words(silent: int, total: int, starter: int) -> str:
    words = _("{unknown} of {all} state no date of creation.").format(
        unknown=wording.whole(silent), all=wording.whole(total)
    )
    if starter:
        words += " " + _(
            "{number} models of this catalog are the bundled selection, chosen mostly by "
            "downloads: this is how old they are, not how the sources grew."
        ).format(number=wording.whole(starter))
    return words


def _peak(tally: Tally, periods: Sequence[tuple[str, str]]) -> str:
    key, label = max(periods, key=lambda period: tally.count(period[0]))
    return _("Most were created in {period}: {number}").format(
        period=label, number=wording.whole(tally.count(key))
    )


def periods(parts: Sequence[Slice], months: int) -> list[tuple[str, str]]:
    """Every period from the first to the last, those without a repository too."""
    numbers = [_number(part.keys[0]) for part in parts]
    every = range(min(numbers), max(numbers) + 1, months) if numbers else ()
    keys = [f"{number // 12:04}-{number % 12 + 1:02}" for number in every]
    return [(key, wording.period(key, months)) for key in keys]


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _period(key: str, months: int) -> str:
    return wording.not_stated() if key == UNKNOWN else wording.period(key, months)


def created(query: Query, part: Slice, months: int) -> Query:
    """The search for what one source has of one period."""
    key, source = part.keys
    query = panels.narrowed(query, "source", source)
    if key == UNKNOWN:
        return panels.within(query, "created", UNKNOWN)
    last = _number(key) + months - 1
    year, month = last // 12, last % 12 + 1
    end = f"{year:04}-{month:02}-{monthrange(year, month)[1]:02}"
    return panels.within(query, "created", f"{key}-01..{end}")
