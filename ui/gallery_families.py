"""The view of families: pick some, compare their sizes with a memory."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from catalog.query import Query
from catalog.records import Found
from catalog.reports import FamilySizes, Tally
from catalog.vocabulary import UNKNOWN
from ui import chart_family, look, panels, safe, services, state, wording
from ui.chart_family import QUANTS, Machine
from ui.i18n import _, ngettext
from ui.panels import Sheet

FIRST = "t5"  # the family of the article
_OFFERED, _MOST = 12, 5
_SERIES = 3  # sizes that make a chart worth a look
_MEMORY_GIB = 16.0
_NONE = ("", UNKNOWN)  # no family


def draw(query: Query, found: Found) -> None:
    """Controls, then the bars of the chosen families."""
    counted = services.tally(query, "families", 400)
    chosen = _pick(query, counted)
    memory, log = _controls(counted)
    bits = {quant: services.bits_per_weight(quant) or 16.0 for quant in QUANTS}
    machine = Machine(memory_gib=memory, bits=bits)
    families = services.family_sizes(query, chosen)
    drawn = [family for family in families if family.sizes]
    if not drawn:
        st.caption(_("No family of this result states its sizes; choose another one."))
        return
    panels.draw(
        "families",
        _finding(drawn, machine),
        chart_family.bars(
            drawn, machine, look.palette(state.theme()), log=log, phone=state.phone()
        ),
        _sheet(drawn, machine),
        alt=_("Parameters of the sizes of model families, against what a memory holds"),
        caption=_caption(families, machine, log),
    )


def _pick(query: Query, counted: Tally) -> list[str]:
    """The families to draw: as offered, and any other by its name."""
    counts = {part.keys[0]: part.count for part in counted.slices}
    names = [name for name in counts if name not in _NONE]
    start = _start(query, names)
    added = [name for name in state.noted("families") or () if name in names]
    offered = list(dict.fromkeys([*start, *added, *names[:_OFFERED]]))
    picked = st.pills(
        _("Families"),
        offered,
        selection_mode="multi",
        default=list(dict.fromkeys([*start, *added]))[:_MOST],
        format_func=lambda name: (
            f"{safe.text(name, 30)} {look.gray(wording.whole(counts.get(name, 0)))}"
        ),
        key=f"charts.families.{query}.{','.join(added)}",
        help=_("Up to five at once; the number is how many repositories of the result are of it."),
    )
    return list(picked)[:_MOST] or start


def _another(counted: Tally) -> None:
    """A list of every family, to add one to those that are offered."""
    names = {part.keys[0]: part.count for part in counted.slices if part.keys[0] not in _NONE}
    added = state.noted("families") or ()
    key = f"charts.family.{len(added)}"
    st.selectbox(
        _("Another family"),
        list(names),
        index=None,
        placeholder=_("Part of a name"),
        format_func=lambda name: f"{safe.plain(name, 40)} · {wording.whole(names[name])}",
        key=key,
        on_change=_add,
        args=(key,),
        width=240,
    )


def _add(key: str) -> None:
    name = state.widget(key)
    if name:
        state.note("families", [*(state.noted("families") or ()), str(name)])


def _start(query: Query, names: Sequence[str]) -> list[str]:
    """What the query asks for, else the family of the article, else one that comes in sizes."""
    asked = [name for name in query.chosen("family") if name in names][:_MOST]
    if asked or not names:
        return asked
    likely = [name for name in (FIRST, *names[:_OFFERED]) if name in names]
    sizes = services.family_sizes(query, likely)
    best = [family.family for family in sizes if len(family.sizes) >= _SERIES]
    some = [family.family for family in sizes if family.sizes]
    return [*best, *some, *likely][:1]


def _controls(counted: Tally) -> tuple[float, bool]:
    """The memory to compare with, and whether the axis is logarithmic."""
    scales = {"log": _("Log"), "linear": _("Linear")}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        memory = st.number_input(
            _("My memory, GiB"),
            min_value=0.5,
            max_value=4096.0,
            value=_MEMORY_GIB,
            step=8.0,
            format="%g",
            key="charts.memory",
            persist_state="session",
            help=_("Of the graphics card, or of the whole machine. Weights alone are compared."),
            width=160,
        )
        scale = st.segmented_control(
            _("Scale"),
            list(scales),
            default="log",
            required=True,
            format_func=scales.__getitem__,
            key="charts.scale",
            persist_state="session",
        )
        _another(counted)
    return float(memory or _MEMORY_GIB), scale != "linear"


def _finding(families: Sequence[FamilySizes], machine: Machine) -> str:
    sizes = [size.parameter_count for family in families for size in family.sizes]
    full = sum(size <= machine.holds(QUANTS[0]) for size in sizes)
    least = sum(size <= machine.holds(QUANTS[-1]) for size in sizes)
    return ngettext(
        "{memory} GiB holds {full} of {number} size at {quant}, {least} at {smallest}",
        "{memory} GiB holds {full} of {number} sizes at {quant}, {least} at {smallest}",
        len(sizes),
    ).format(
        memory=f"{machine.memory_gib:g}",
        full=full,
        least=least,
        number=len(sizes),
        quant=safe.text(QUANTS[0]),
        smallest=safe.text(QUANTS[-1]),
    )


def _caption(families: Sequence[FamilySizes], machine: Machine, log: bool) -> str:
    bits = wording.listed(
        f"{safe.text(quant)} {wording.bits(machine.bits[quant])}" for quant in QUANTS
    )
    said = [
        _("Weights alone are compared; context and runtime take more. Bits per weight: {bits}."),
        _("Solid fits at F16, hatched does not."),
        _("The axis is logarithmic.") if log else _("The axis is linear."),
    ]
    words = " ".join(said).format(bits=bits)
    for family in families:
        words += " " + _of(family)
    return words


def _of(family: FamilySizes) -> str:
    """Whose sizes are shown, and what of the family is not."""
    name = safe.text(family.name, 40)
    if not family.sizes:
        return _("{family}: no repository of the result states its size.").format(family=name)
    words = _("{family}: sizes by {author}, of {number} repositories; {unknown} state none.")
    told = words.format(
        family=name,
        author=safe.text(family.author, 40) or wording.not_stated(),
        number=wording.whole(family.repositories),
        unknown=wording.whole(family.unknown),
    )
    if family.more:
        told += " " + ngettext(
            "{number} more size is not drawn.", "{number} more sizes are not drawn.", family.more
        ).format(number=wording.whole(family.more))
    return told


def _sheet(families: Sequence[FamilySizes], machine: Machine) -> Sheet:
    sizes = [(family, size) for family in families for size in family.sizes]
    return Sheet(
        columns=(
            _("Family"),
            _("Model"),
            _("Parameters"),
            *(f"{quant}, GiB" for quant in QUANTS),
            _("Fits at"),
            _("Origin of the count"),
        ),
        rows=tuple(
            (
                family.name,
                size.name,
                size.parameter_count,
                *(
                    round(machine.takes(size.parameter_count, quant) / wording.GIB, 3)
                    for quant in QUANTS
                ),
                machine.best(size.parameter_count) or _("none of these"),
                _("published by its maker") if size.published else _("stated by the source"),
            )
            for family, size in sizes
        ),
        opens=tuple(size.ref for _family, size in sizes),
    )
