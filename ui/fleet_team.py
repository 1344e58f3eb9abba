"""The machines of the team: saved under names of their own, listed, removed, brought back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from catalog.errors import CardexError, QueryError
from catalog.fit import hardware
from catalog.fit.hardware import MOST_CARDS, Machine
from catalog.services.machines import LONGEST, named
from ui import machine_menu, messages, safe, services, state, wording
from ui.i18n import _, ngettext

_GONE = "compare.gone"
_TOLD = "compare.told"
_MOST_HOST_GIB = 16_384


def draw() -> None:
    """What is saved, what was removed a moment ago, and a form for one more."""
    saved = [one for one in services.machines() if one.saved]
    title = _("Machines of the team")
    if saved:
        title += f" :gray[{wording.whole(len(saved))}]"
    with st.expander(title, type="compact", key="compare.team"):
        problem = services.machines_problem()
        if problem:
            st.markdown(f":material/rule: {safe.text(problem, 400)}")
        told = state.noted(_TOLD)
        if isinstance(told, CardexError):
            messages.show(told)
        _removed()
        for one in saved:
            _line(one)
        if not saved:
            st.caption(_("None is saved yet. A saved machine is in every menu of machines."))
        _form()


def _line(one: Machine) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{safe.text(one.name, 60)}** {describe(one)}", width="content")
        st.button(
            _("Remove"),
            key=f"compare.remove.{one.slug}",
            type="tertiary",
            icon=":material/delete:",
            on_click=_remove,
            args=(one,),
        )


def describe(one: Machine) -> str:
    """What a saved machine has, as Markdown that stands back."""
    facts = [wording.gib(one.memory_bytes)]
    if one.cards > 1:
        facts.insert(
            0, ngettext("{number} card", "{number} cards", one.cards).format(number=one.cards)
        )
    if one.host_bytes is not None:
        facts.append(_("{size} of main memory").format(size=wording.gib(one.host_bytes)))
    return f":gray[:small[{safe.text(' · '.join(facts))}]]"


def _remove(one: Machine) -> None:
    if _done(lambda: services.remove_machine(one.slug)):
        state.note(_GONE, one)


def _removed() -> None:
    """The way back after a removal."""
    gone = state.noted(_GONE)
    if not isinstance(gone, Machine):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        told = _("{name} was removed.").format(name=safe.text(gone.name, 60))
        st.markdown(f":material/delete: {told}", width="content")
        st.button(
            _("Undo"),
            key="compare.undo",
            type="tertiary",
            icon=":material/undo:",
            on_click=_undo,
            args=(gone,),
        )


def _undo(gone: Machine) -> None:
    if _done(lambda: services.save_machine(gone)):
        state.note(_GONE, None)


def _form() -> None:
    with st.form("compare.save", border=False, clear_on_submit=False):
        with st.grid(columns=4, min_column_width=160, gap="medium"):
            st.text_input(
                _("Name"), max_chars=LONGEST, key="compare.save.name",
                placeholder=_("Such as: lab server"),
            )  # fmt: skip
            machine_menu.machine(
                "compare.save.device",
                _("Device"),
                among=hardware.machines(),
                placeholder=_("Choose a device or type 24GiB"),
            )
            st.number_input(
                _("Graphics cards"), min_value=1, max_value=MOST_CARDS, value=1, step=1,
                key="compare.save.cards",
            )  # fmt: skip
            st.number_input(
                _("Main memory in GiB"),
                min_value=1,
                max_value=_MOST_HOST_GIB,
                value=None,
                step=1,
                placeholder=_("not stated"),
                key="compare.save.host",
                help=_("What layers that do not fit on the card may use."),
            )
        st.form_submit_button(_("Save this machine"), icon=":material/save:", on_click=_save)


def _save() -> None:
    name = str(state.widget("compare.save.name") or "").strip()
    device = str(state.widget("compare.save.device") or "").strip()
    cards = int(state.widget("compare.save.cards") or 1)
    host = state.widget("compare.save.host")
    if _done(lambda: services.save_machine(made(name, machine_menu.meant(device), cards, host))):
        state.show("compare.save.name", "")


def made(name: str, device: str, cards: int, host_gib: int | None) -> Machine:
    """The machine that the form describes; QueryError for a name or a device that is missing."""
    if not device:
        raise QueryError("Choose the device that the machine has.")
    host = None if host_gib is None else host_gib * wording.GIB
    return named(name, f"{cards}x-{device}" if cards > 1 else device, host_bytes=host)


def _done(action: Callable[[], object]) -> bool:
    """Whether something could be done; why not is said where the list is drawn."""
    try:
        action()
    except CardexError as error:
        state.note(_TOLD, error)
        return False
    state.note(_TOLD, None)
    return True
