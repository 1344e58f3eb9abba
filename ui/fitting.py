"""Whether a model fits a machine, how fast it runs there, and how that was worked out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from catalog.errors import QueryError
from catalog.fit.answer import FitAnswer
from catalog.fit.hardware import Machine
from catalog.fit.memory import Need
from catalog.records import ModelDetail, ModelRecord
from ui import (
    fit_inputs,
    fit_ladder,
    fit_machines,
    fit_proof,
    fit_verdict,
    fit_words,
    fleet_choice,
    look,
    messages,
    safe,
    services,
    state,
    wording,
)
from ui.i18n import _

_ROW = 34
_ROWS_VISIBLE = 20
_USUAL = ("Q4_K_M", "Q6_K", "Q8_0", "F16")  # what models are converted to, smallest first


def fitting(detail: ModelDetail) -> None:
    """The controls, the finding, the ladder with its proof, and the cheapest machines."""
    model = detail.model
    try:
        talks = fit_words.talks(services.fit(model.ref, Need()).breakdown)
        one, need = fit_inputs.ask(model.context_length, talks=talks)
        best, quant = services.fit(model.ref, need, one), None
        rungs = services.fit_ladder(model.ref, need, one)
        if talks and model.parameter_count and not any(map(_listed, rungs)):
            rungs, best = _converted(model, need, one)
            quant = _USUAL[0]
    except QueryError as error:
        messages.show(error)
        return
    fit_verdict.verdict(best)
    _ladder(best, rungs, one)
    with st.expander(_("How this was worked out"), type="compact", key="fit.proof"):
        fit_proof.proof(_picked(best, rungs, model))
    fit_machines.cheapest(model.ref, need, quant, use=fit_words.use(best.breakdown))
    fleet_choice.entrance(model.ref)
    _command(model, one, need if talks else None)


def _converted(
    model: ModelRecord, need: Need, one: Machine | None
) -> tuple[tuple[FitAnswer, ...], FitAnswer]:
    """A ladder of what one would convert it to, where no files are known; the best of it."""
    rungs = tuple(services.fit(model.ref, need, one, quant) for quant in _USUAL)
    good = [each for each in rungs if each.grade in {"fits", "tight"}]
    return rungs, (good or rungs[:1])[-1]


def _ladder(best: FitAnswer, rungs: Sequence[FitAnswer], one: Machine | None) -> None:
    """Bars of the rungs beside the parts of the best one; the same as a table below."""
    bars = fit_ladder.shown(rungs)
    mine = next((each for each in bars if _same(each, best)), None)
    if not bars:
        fit_proof.summary(best)
        return
    chart, numbers = st.columns([3, 1], gap="large")
    with chart:
        st.plotly_chart(
            fit_ladder.draw(bars, mine, one, look.palette(state.theme()), phone=state.phone()),
            theme=None,
            key="fit.ladder",
            config={"displayModeBar": False, "scrollZoom": False},
            alt=_("Memory that each set of files needs, against the memory of the machine"),
        )
        st.caption(_legend(bars, len(rungs)))
    with numbers:
        fit_proof.summary(best)
    with st.expander(_("The numbers as a table"), type="compact", key="fit.numbers"):
        _table(rungs)


def _listed(one: FitAnswer) -> bool:
    return one.rung is not None or one.breakdown.term("weights").bytes is not None


def _same(one: FitAnswer, other: FitAnswer) -> bool:
    return (one.rung, one.quant) == (other.rung, other.quant)


def _legend(bars: Sequence[FitAnswer], of: int) -> str:
    """What the depths and hatches mean; only of what is drawn."""
    grades = {each.grade if each.machine else "" for each in bars}
    words = []
    if grades & {"fits", "tight"}:
        words.append(_("Bold is the best that fits."))
    if grades - {"no", "unknown", "offload"}:
        words.append(_("Dark is weights, light the cache and the rest."))
    if "offload" in grades:
        words.append(_("Gray runs with a part of its layers in main memory."))
    if "no" in grades:
        words.append(_("Hatched is too large."))
    if "unknown" in grades:
        words.append(_("Hatched may be needed or not, so there is no grade."))
    if any(each.breakdown.total is None for each in bars):
        words.append(_("Bars of a range reach to its upper end."))
    if any(each.estimated and each.breakdown.total is not None for each in bars):
        words.append(_("~ is an estimate."))
    if of > len(bars):
        words.append(
            _("{shown} of {all} sets of files are drawn.").format(
                shown=wording.whole(len(bars)), all=wording.whole(of)
            )
        )
    return " ".join(words)


def _table(rungs: Sequence[FitAnswer]) -> None:
    column = st.column_config

    def gib(title: str) -> Any:
        return column.NumberColumn(title, format="%.2f", width=90)

    chips = look.fit_chips()
    st.dataframe(
        fit_ladder.table(rungs),
        key="fit.table",
        hide_index=True,
        row_height=_ROW,
        height=_ROW * (min(len(rungs), _ROWS_VISIBLE) + 1) + 2,
        placeholder=wording.DASH,
        column_config={
            "rung": column.TextColumn(_("Quantization or dtype"), width=150),
            "grade": column.MultiselectColumn(
                _("Fit"), width=110, options=list(chips), color=list(chips.values())
            ),
            "total": gib(_("Needs GiB")),
            "low": gib(_("At least")),
            "high": gib(_("At most")),
            "weights": gib(_("Weights")),
            "cache": gib(_("Cache")),
            "context": column.NumberColumn(_("Longest context"), format="localized", width=120),
            "users": column.NumberColumn(_("Most users"), format="localized", width=100),
            "speed": column.TextColumn(_("Tokens/s"), width=110, alignment="right"),
        },
        alt=_("Memory that each set of files needs, as numbers"),
    )


def _picked(best: FitAnswer, rungs: Sequence[FitAnswer], model: ModelRecord) -> FitAnswer:
    """The set of files whose proof is asked for, the best one until another is picked."""
    if len(rungs) < 2:
        return best
    places = list(range(len(rungs)))
    at = next((place for place in places if _same(rungs[place], best)), 0)
    picked = st.selectbox(
        _("Quantization or file set"),
        places,
        index=at,
        format_func=lambda place: fit_words.rung(rungs[place]),
        key=f"fit.proof.of.{model.ref}.{at}",
        width=320,
    )
    return rungs[picked]


def _command(model: ModelRecord, one: Machine | None, need: Need | None) -> None:
    """The command line that answers the same, with a button that copies it."""
    st.markdown("#### " + _("The same from the command line"), anchors=False)
    quoted = "'" + safe.plain(model.ref).replace("'", "'\\''") + "'"
    st.code(f"python -m catalog fit {quoted}{_options(one, need)}", language=None, wrap_lines=True)


def _options(one: Machine | None, need: Need | None) -> str:
    """Devices by their slug; of what a team named only the memory, for names are foreign text."""
    parts = []
    if one is not None and one.memory_bytes is not None:
        named = services.is_device(one.slug)
        parts.append(f"--hardware {one.slug}" if named else f"--memory {one.memory_bytes}")
    if need is None:
        return "".join(f" {part}" for part in parts)
    parts += [f"--context {need.context}", f"--users {need.users}", f"--kv {need.kv}"]
    if need.engine != Need().engine:
        parts.append(f"--engine {need.engine}")
    return "".join(f" {part}" for part in parts)
