"""What a fit is asked for: the machine, the context, the users, the cache, the engine."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from catalog.errors import QueryError
from catalog.fit.hardware import Machine
from catalog.fit.terms import ENGINES, Need
from ui import fit_words, machine, machine_menu, messages, services, state, wording
from ui.i18n import _

_FEWEST, _USUAL_MOST = 2048, 131_072  # tokens: the first step, and the last where none is stated
_LONGEST = 1 << 24


def ask(context_length: int | None, *, talks: bool) -> tuple[Machine | None, Need]:
    """One row of controls; gives back the machine, None where none is chosen, and the need.

    Without `talks` context, users, cache and engine are not asked for: they change nothing.
    """
    one = chosen()
    steps = contexts(context_length)
    need = machine.need()
    need = replace(need, context=max([step for step in steps if step <= need.context] or steps[:1]))
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        _machine(one)
        if talks:
            _context(steps, need)
            machine_menu.users(
                "fit.users",
                need.users,
                on_change=lambda: machine.set_(users=state.widget("fit.users")),
                width=130,
            )
            _cache(need)
            _engine(need)
    return one, need


def chosen() -> Machine | None:
    """The machine that the visitor chose; where it is no more, that is said and none is chosen."""
    named = machine.chosen()
    if named is None:
        return None
    try:
        return services.machine(named)
    except QueryError as error:
        machine.forget()
        messages.show(error)
        return None


def contexts(longest: int | None) -> list[int]:
    """Powers of two from 2,048 to what the model was made for, which is the last of them."""
    most = min(longest or _USUAL_MOST, _LONGEST)
    steps = [_FEWEST << at for at in range(32) if _FEWEST << at < most]
    return [*steps, most]


def _machine(one: Machine | None) -> None:
    key = "fit.machine"

    def turned() -> None:
        named = machine_menu.typed(key)
        if named:
            machine.set_(named)
        else:
            machine.forget()

    machine_menu.machine(
        key,
        _("Machine"),
        chosen=one.slug if one else None,
        on_change=turned,
        placeholder=_("Choose or type one"),
        explained=_(
            "Type a part of a name, several of one as `2x-rtx-4090`, or a bare size as `24GiB`. "
            "This machine is the one that serves this page."
        ),
        width=290,
    )


def _context(steps: list[int], need: Need) -> None:
    key = "fit.context"
    label, meaning = _("Context of each user"), _("Tokens that a conversation may hold, K is 1,024")
    if len(steps) == 1:
        st.text_input(label, wording.context(steps[0]), disabled=True, key=f"{key}.only", width=290)
        return
    state.show(key, need.context)
    st.select_slider(
        label,
        steps,
        format_func=wording.context,
        key=key,
        on_change=lambda: machine.set_(context=state.widget(key)),
        help=meaning,
        width=290,
    )


def _cache(need: Need) -> None:
    key = "fit.cache"
    state.show(key, need.kv)
    st.segmented_control(
        _("Type of the cache"),
        machine.caches(need.engine),
        required=True,
        key=key,
        on_change=lambda: machine.set_(kv=state.widget(key)),
        help=_("How exactly the keys and values of the context are kept; `f16` is the usual."),
    )


def _engine(need: Need) -> None:
    key = "fit.engine"
    state.show(key, need.engine)
    st.selectbox(
        _("Engine"),
        ENGINES,
        format_func=fit_words.engine,
        key=key,
        on_change=lambda: machine.set_(engine=state.widget(key)),
        width=150,
    )
