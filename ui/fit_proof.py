"""How a need in memory was worked out: every part with its bytes, band, formula and source."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from catalog.fit.answer import FitAnswer
from catalog.fit.memory import Breakdown, Term
from ui import fit_words, look, safe, said_fit, wording
from ui.i18n import _

_LEAST = wording.GIB / 200  # bytes that two decimals of a GiB can tell from nothing


def summary(answer: FitAnswer) -> None:
    """A small table of the parts that are not nothing, their sum, and what is left over."""
    found = answer.breakdown
    rows = [(fit_words.term(term.name), _short(term)) for term in found.terms if term.bytes != 0]
    memory = answer.machine.memory_bytes if answer.machine else None
    head = _("{name} needs").format(name=safe.text(fit_words.rung(answer), 32))
    lines = [f"| {head} | GiB |", "|:--|--:|"]
    lines += [f"| {name} | {size} |" for name, size in rows]
    lines.append(
        f"| **{fit_words.together()}** | **{_range(found.total, found.low, found.high)}** |"
    )
    if memory is not None and found.total is not None:
        left = memory - found.total
        word = _("Left over") if left >= 0 else _("Missing")
        lines.append(f"| {word} | {abs(left) / wording.GIB:.2f} |")
    st.markdown("\n".join(lines), width="content")


def _short(term: Term) -> str:
    return _range(term.bytes, term.low, term.high)


def _range(size: int | None, low: int, high: int | None) -> str:
    if size is not None:
        return _digits(size)
    if high is None:
        return f"≥ {_digits(low)}" if low else wording.DASH
    if low == 0:
        return f"≤ {_digits(high)}" if high >= _LEAST else _digits(high)
    return f"{_digits(low)} – {_digits(high)}"


def _digits(size: int) -> str:
    gib = size / wording.GIB
    if 0 < size < _LEAST:
        return "< 0.01"
    return f"{gib:.2f}" if gib < 99.995 else wording.whole(round(gib))


def proof(answer: FitAnswer) -> None:
    """Each part in turn, then the sum and how the grade follows from it."""
    found = answer.breakdown
    for term in found.terms:
        _term(term)
    st.markdown(f"**{fit_words.together()}** {_size(found.total, found.low, found.high)}")
    st.markdown(f":gray[:small[{_rule(answer, found)}]]")


def _term(term: Term) -> None:
    """One part: what it comes to, the formula with what went into it, and who says so."""
    lines = [
        f"**{fit_words.term(term.name)}** {_size(term.bytes, term.low, term.high)}",
        f":small[{safe.text(said_fit.formula(term.formula), 600)}]",
    ]
    if term.inputs:
        lines.append(f":gray[:small[{safe.text(_inputs(term.inputs), 600)}]]")
    source = _("Source: {source}").format(source=said_fit.source(term.source))
    lines.append(f":gray[:small[{safe.text(source, 400)}]]")
    st.markdown("  \n".join(lines))


def _size(size: int | None, low: int, high: int | None) -> str:
    """Bytes to the last one, and the band that they are in."""
    band = safe.text(fit_words.between(low, high))
    if size is None:
        none = wording.not_stated()
        return none if band == none else f"{none} · {band}"
    if high == 0:
        return _("none")
    shown = _("{size} · {bytes} bytes").format(size=wording.gib(size), bytes=wording.whole(size))
    if low == high == size:
        band = _("exact")
    return f"{shown} · {band}"


def _inputs(inputs: Mapping[str, int | float | str]) -> str:
    """`context 32,768 · users 1`: names as the formula has them."""
    parts = []
    for name, value in inputs.items():
        shown = wording.whole(value) if isinstance(value, int) else said_fit.value(str(value))
        parts.append(f"{said_fit.input_name(name)} {shown}")
    return " · ".join(parts)


def _rule(answer: FitAnswer, found: Breakdown) -> str:
    """Why the grade is what it is."""
    memory = answer.machine.memory_bytes if answer.machine else None
    if memory is None:
        return _("Without the memory of a machine there is no grade.")
    words = {
        "fits": _("the sum is within 90% of {memory}, and the whole band within it."),
        "tight": _("the sum is within {memory}, but above 90% of it or not with its whole band."),
        "offload": _("the sum is more than {memory}, but a part of the layers can go there."),
        "no": _("the sum is more than {memory}, and too little of it would go there."),
    }
    why = words.get(answer.grade, _("too little is known to hold it against {memory}."))
    return f"{look.fit_word(answer.grade)}: " + why.format(memory=wording.gib(memory))
