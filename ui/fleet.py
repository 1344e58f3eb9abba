"""Models on machines: each cell says whether it fits, how far it goes and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from catalog.fit.answer import FitAnswer
from catalog.fit.hardware import Machine
from catalog.records import ModelRecord
from catalog.services import exports
from ui import fit_badge, fit_words, look, safe, state, tables, wording
from ui.i18n import _, ngettext

Row = tuple[ModelRecord, tuple[FitAnswer, ...]]  # a model, an answer for each machine
RUNS = ("fits", "tight")
_ROW = 34
_ROWS_VISIBLE = 16


def draw(rows: Sequence[Row], machines: Sequence[Machine]) -> None:
    """The finding, the order, the grid, and the same as a table to take away."""
    st.markdown(f"### {safe.text(finding(rows, machines), 300)}", anchors=False)
    rows = ordered(rows, _order()) if len(rows) > 1 else rows
    if state.phone():
        _stacked(rows)
    else:
        _grid(rows, machines)
    st.caption(_caption(rows, machines))
    _numbers(rows)


def finding(rows: Sequence[Row], machines: Sequence[Machine]) -> str:
    """Which machine is enough, as plain text: the smallest on which most of the models run."""
    held = [
        sum(answers[place].grade in RUNS for _model, answers in rows)
        for place in range(len(machines))
    ]
    most = max(held, default=0)
    if not most:
        return _("None of these machines holds any of these models whole")
    name = fit_words.machine_name(machines[held.index(most)])
    if most < len(rows):
        return _("{machine} is the smallest that holds {held} of {all}; none holds more").format(
            machine=name, held=wording.whole(most), all=wording.models(len(rows))
        )
    if len(rows) == 1:
        return _("{machine} is the smallest of these that holds {model}").format(
            machine=name, model=safe.plain(rows[0][0].name, 60)
        )
    return _("{machine} is the smallest of these that holds all of the models").format(machine=name)


ORDERS = ("chosen", "fits", "speed")


def _order() -> str:
    words = {"chosen": _("As chosen"), "fits": _("Fits most"), "speed": _("Fastest")}
    picked = st.segmented_control(
        _("Order"),
        list(ORDERS),
        default="chosen",
        required=True,
        format_func=words.__getitem__,
        label_visibility="collapsed",
        key="compare.order",
        persist_state="session",
    )
    return picked or "chosen"


def ordered(rows: Sequence[Row], order: str) -> list[Row]:
    """The rows as chosen, by the number of machines that hold them, or by their best speed."""
    if order == "fits":
        return sorted(rows, key=lambda row: [-_count(row[1], grade) for grade in look.FITS])
    if order == "speed":
        return sorted(rows, key=lambda row: -max(map(_rate, row[1]), default=0.0))
    return list(rows)


def _count(answers: Sequence[FitAnswer], grade: str) -> int:
    return sum(answer.grade == grade for answer in answers)


def _rate(answer: FitAnswer) -> float:
    """Tokens a second that are certain, 0 where it does not run or nobody knows."""
    return answer.speed.decode_low if answer.speed and answer.grade in RUNS else 0.0


def _grid(rows: Sequence[Row], machines: Sequence[Machine]) -> None:
    columns: dict[str, list[str]] = {_("Model"): [_model(model) for model, _answers in rows]}
    for place, one in enumerate(machines):
        columns[_head(one)] = ["  \n".join(cell(answers[place])) for _m, answers in rows]
    st.table(pd.DataFrame(columns), border="horizontal", hide_index=True)


def _stacked(rows: Sequence[Row]) -> None:
    """One table for each model: on a phone there is no room for machines side by side."""
    for model, answers in rows:
        st.markdown(f"#### {_link(model)}", anchors=False)
        frame = pd.DataFrame(
            {
                _("Machine"): [_head(one.machine) for one in answers if one.machine],
                _("Fit"): ["  \n".join(cell(one)) for one in answers if one.machine],
            }
        )
        st.table(frame, border="horizontal", hide_index=True)


def _head(one: Machine) -> str:
    """A machine with what it has, draws and costs."""
    facts = [wording.gib(one.memory_bytes)]
    if one.watts is not None:
        facts.append(_("{number} W").format(number=wording.whole(one.watts)))
    facts.append(wording.dollars(one.price_usd) if one.price_usd else _("price not stated"))
    name = safe.text(fit_words.machine_name(one), 60)
    return f"**{name}**  \n:gray[:small[{safe.text(' · '.join(facts))}]]"


def _model(model: ModelRecord) -> str:
    about = [safe.text(model.author, 40)] if model.author else [wording.source(model.source)]
    if model.parameter_count is not None:
        about.append(wording.short(model.parameter_count))
    return f"{_link(model)}  \n:gray[:small[{' · '.join(about)}]]"


def _link(model: ModelRecord) -> str:
    """The name as a link to the Fit tab of the model; a cell of a table holds no button."""
    query = urlencode(state.link(ref=model.ref, tab="fit"))
    return f"[**{safe.text(model.name, 60)}**](model?{query})"


def cell(answer: FitAnswer) -> list[str]:
    """One model on one machine, as lines of Markdown."""
    lines = [fit_badge.badge(answer.grade, fit_badge.files(answer), estimated=answer.estimated)]
    if answer.grade in RUNS:
        lines.append(f":small[{_reach(answer)}]")
    else:
        needs = _("needs {size}").format(size=fit_words.total(answer.breakdown))
        if answer.grade == "offload" and answer.offload_layers is not None:
            needs += " · " + ngettext(
                "{number} layer on the card", "{number} layers on the card", answer.offload_layers
            ).format(number=wording.whole(answer.offload_layers))
        if answer.breakdown.low or answer.breakdown.high is not None:
            lines.append(f":gray[:small[{safe.text(needs)}]]")
    if answer.speed is not None and answer.grade in (*RUNS, "offload"):
        rate = wording.band(answer.speed.decode_low, answer.speed.decode_high, _("tokens/s"))
        how = _("measured") if answer.speed.measured else ""
        lines.append(f":gray[:small[{safe.text(' · '.join(filter(None, (rate, how))))}]]")
    return lines


def _reach(answer: FitAnswer) -> str:
    """How long a context and how many users it still holds, each with the other as asked for."""
    context, users = answer.longest_context, answer.most_users
    if context and users:
        words = _("up to {context} tokens, or {users}")
    elif context:
        words = _("up to {context} tokens")
    elif users:
        words = _("up to {users}")
    else:
        return wording.not_stated()
    told = words.format(
        context=wording.context(context), users=wording.users(users) if users else ""
    )
    return safe.text(told)


def _caption(rows: Sequence[Row], machines: Sequence[Machine]) -> str:
    told = [
        _("Each cell is the largest set of files that fits, else the smallest."),
        _("The longest context is that of the users asked for, the users at the context."),
        _("Tokens a second are of one user; a band is an estimate unless it says measured."),
    ]
    if any(one.price_usd for one in machines):
        told.append(_("Prices and watts are of cards alone, or of the whole of an Apple machine."))
    if any(answer.grade == "unknown" for _model, answers in rows for answer in answers):
        told.append(_("Unknown: no source states enough to work it out."))
    return " ".join(told)


COLUMNS = (
    "ref", "machine", "memory_bytes", "watts", "price_usd", "files", "grade", "estimated",
    "context", "users", "total_bytes", "low_bytes", "high_bytes", "longest_context", "most_users",
    "tokens_per_second_low", "tokens_per_second_high", "measured",
)  # fmt: skip


def sheet(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    """A row for each model on each machine in bytes and tokens; None is not known. See COLUMNS."""
    return [_values(answer) for _model, answers in rows for answer in answers]


def _values(answer: FitAnswer) -> tuple[object, ...]:
    one, found, speed = answer.machine, answer.breakdown, answer.speed
    return (
        answer.ref,
        fit_words.machine_name(one) if one else None,
        one.memory_bytes if one else None,
        one.watts if one else None,
        one.price_usd if one else None,
        fit_badge.files(answer),
        answer.grade,
        answer.estimated,
        found.need.context,
        found.need.users,
        found.total,
        found.low,
        found.high,
        answer.longest_context,
        answer.most_users,
        speed.decode_low if speed else None,
        speed.decode_high if speed else None,
        speed.measured if speed else None,
    )


def _numbers(rows: Sequence[Row]) -> None:
    """The same as a table, and as a file."""
    with st.expander(_("The numbers as a table"), type="compact", key="compare.fold"):
        column = st.column_config
        chips = look.fit_chips()
        number: Any = {"format": "%.2f", "width": 90}
        st.dataframe(
            pd.DataFrame([_shown(model, one) for model, answers in rows for one in answers]),
            key="compare.table",
            hide_index=True,
            row_height=_ROW,
            height=_ROW * (min(len(sheet(rows)), _ROWS_VISIBLE) + 1) + 2,
            placeholder=wording.DASH,
            column_config={
                "model": column.TextColumn(_("Model"), width=230),
                "machine": column.TextColumn(_("Machine"), width=150),
                "grade": column.MultiselectColumn(
                    _("Fit"), width=110, options=list(chips), color=list(chips.values())
                ),
                "files": column.TextColumn(_("Files"), width=100),
                "needs": column.NumberColumn(_("Needs GiB"), **number),
                "memory": column.NumberColumn(_("Memory GiB"), **number),
                "context": column.NumberColumn(_("Longest context"), format="localized", width=120),
                "users": column.NumberColumn(_("Most users"), format="localized", width=100),
                "speed": column.TextColumn(_("Tokens/s"), width=110, alignment="right"),
                "watts": column.NumberColumn(_("Watts"), format="localized", width=70),
                "price": column.NumberColumn(_("US dollars"), format="localized", width=90),
            },
            alt=_("Each model on each machine, as numbers"),
        )
        values = sheet(rows)  # here, where the language of the visitor is known
        st.download_button(
            "CSV",
            lambda: exports.sheet(COLUMNS, values),
            file_name="cardex-compare.csv",
            mime="text/csv",
            key="compare.csv",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def _shown(model: ModelRecord, answer: FitAnswer) -> dict[str, object]:
    one, total, speed = answer.machine, answer.breakdown.total, answer.speed
    memory = one.memory_bytes if one else None
    return {
        "model": tables.full_name(model),
        "machine": fit_words.machine_name(one) if one else None,
        "grade": [look.fit_chip(answer.grade)],
        "files": fit_badge.detail(fit_badge.files(answer)),
        "needs": None if total is None else total / wording.GIB,
        "memory": None if memory is None else memory / wording.GIB,
        "context": answer.longest_context,
        "users": answer.most_users,
        "speed": wording.band(speed.decode_low, speed.decode_high, "").strip() if speed else None,
        "watts": one.watts if one else None,
        "price": one.price_usd if one else None,
    }
