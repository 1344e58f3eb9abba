"""Compare: which models, on which machines, used how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from catalog.errors import QueryError
from catalog.fit.hardware import Machine
from catalog.fit.memory import Need
from catalog.query import parse
from catalog.records import ModelRecord
from ui import (
    fit_words,
    frame,
    machine,
    machine_menu,
    messages,
    safe,
    services,
    state,
    tables,
    wording,
)
from ui.i18n import _

# Common ones of four prices; a card, a larger card, a laptop or desk, a server.
USUAL = ("rtx-3060-12gb", "rtx-4090", "apple-m4-max-64gb", "a100-80gb")
MOST_MACHINES = 8
_OFFERED = 6
_MACHINES = "compare.machines"


def models(refs: Sequence[str]) -> list[ModelRecord]:
    """The models of these refs; those that the catalog does not have are named and can go."""
    found, gone = [], []
    for ref in refs:
        model = services.known(ref)
        if model is None:
            gone.append(ref)
        else:
            found.append(model)
    for ref in gone:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            told = _("No model in the catalog is called {name}.").format(name=safe.text(ref, 80))
            st.markdown(f":material/rule: {told}", width="content")
            st.button(
                _("Take it out"),
                key=f"compare.gone.{ref}",
                type="tertiary",
                icon=":material/close:",
                on_click=state.compare,
                args=([kept for kept in refs if kept != ref],),
            )
    unique = {model.ref: model for model in found}
    return list(unique.values())


def pick_models(chosen: Sequence[ModelRecord], refs: Sequence[str]) -> None:
    """A line that finds models to add, and what is compared, each with a cross that takes it out.

    `refs` is what the address says.
    """
    with st.container(gap="xsmall"):
        typed = st.text_input(
            _("Models to compare"),
            type="search",
            icon=":material/add:",
            placeholder=_("Add a model: type a part of its name"),
            disabled=len(refs) >= state.MOST_REFS,
            live="250ms",
            key="compare.add",
        )
        if typed:
            _offer(str(typed), {model.ref for model in chosen})
        names = {model.ref: tables.full_name(model) for model in chosen}
        _pills("compare.models", _("Models compared"), names, state.compare)


def _offer(typed: str, chosen: set[str]) -> None:
    try:
        found = services.search(parse(typed), page_size=_OFFERED)
    except QueryError as error:
        messages.show(error)
        return
    offered = [model for model in found.models if model.ref not in chosen]
    if not offered:
        st.caption(_("No other model is called that."))
    with st.container(gap=None):
        _offers(offered)


def _offers(offered: Sequence[ModelRecord]) -> None:
    for model in offered:
        count = model.parameter_count
        size = f" · {wording.short(count)}" if count is not None else ""
        source = "" if model.source == "huggingface" else f" · {wording.source(model.source)}"
        st.button(
            f"{safe.text(tables.full_name(model), 70)}:gray[{size}{source}]",
            key=f"compare.offer.{model.ref}",
            type="tertiary",
            icon=":material/add:",
            on_click=_add_model,
            args=(model.ref,),
        )


def _add_model(ref: str) -> None:
    state.compare(state.refs_with(ref).split(","))
    state.show("compare.add", "")


def machines() -> list[Machine]:
    """The machines to compare, by memory; one that somebody removed since is said and dropped."""
    found = []
    for slug in slugs():
        try:
            found.append(services.machine(slug))
        except QueryError as error:
            messages.show(error)
            _keep(kept for kept in slugs() if kept != slug)
    return sorted(found, key=lambda one: (one.memory_bytes or 0, one.cards, one.slug))


def slugs() -> tuple[str, ...]:
    """What this visitor compares on: chosen, else the usual ones, the team's and one's own."""
    kept = state.noted(_MACHINES)
    if isinstance(kept, tuple):
        return kept
    saved = [one.slug for one in services.machines() if one.saved]
    own = machine.chosen()
    return tuple(dict.fromkeys([*([own] if own else []), *saved, *USUAL]))[:MOST_MACHINES]


def pick_machines(chosen: Sequence[Machine]) -> None:
    """A menu that adds a machine, and those that are compared, each with a cross."""
    with st.container(gap="xsmall"):
        names = {one.slug: fit_words.machine_name(one) for one in chosen}
        machine_menu.machine(
            "compare.machine",
            _("Machines"),
            among=[one for one in services.machines() if one.slug not in names],
            on_change=_add_machine,
            placeholder=_("Add a machine: choose one or type 2x-rtx-4090, 24GiB"),
            disabled=len(chosen) >= MOST_MACHINES,
        )
        _pills("compare.on", _("Machines compared"), names, _keep)


def _add_machine() -> None:
    named = machine_menu.typed("compare.machine")
    state.show("compare.machine", None)
    if not named:
        return
    try:
        slug = services.machine(named).slug
    except QueryError as error:
        state.note("compare.refused", str(error))
        return
    _keep([*slugs(), slug])


def refused() -> None:
    """Says why the machine that was typed a moment ago is none."""
    told = state.noted("compare.refused")
    if told:
        state.note("compare.refused", None)
        messages.show(QueryError(str(told)))


def _keep(slugs: Iterable[str]) -> None:
    state.note(_MACHINES, tuple(dict.fromkeys(slugs))[:MOST_MACHINES])


def use() -> Need:
    """Context and users for every cell; shared with the Fit tab of a model."""
    need = machine.need()
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        machine_menu.context(
            "compare.context",
            _("Context of each user"),
            need.context,
            on_change=lambda: machine.set_(context=state.widget("compare.context")),
            width=160,
        )
        machine_menu.users(
            "compare.users",
            need.users,
            on_change=lambda: machine.set_(users=state.widget("compare.users")),
            width=160,
        )
    return need


def _pills(
    name: str, label: str, names: dict[str, str], keep: Callable[[Iterable[str]], None]
) -> None:
    """What is chosen as pills; to take one off takes it out."""
    if not names:
        return
    key = f"{name}.{','.join(names)}"

    def turned() -> None:
        left = state.widget(key) or ()
        keep([one for one in names if one in left])

    st.pills(
        label,
        list(names),
        selection_mode="multi",
        default=list(names),
        format_func=lambda one: f"{safe.text(names[one], 60)}  ✕",
        label_visibility="collapsed",
        key=key,
        on_change=turned,
    )


def entrance(ref: str) -> None:
    """A button that leads from one model to the comparison, with it among what is compared."""
    if st.button(_("Compare on machines"), key=f"fit.compare.{ref}", icon=":material/grid_on:"):
        frame.open_page("compare", refs=state.refs_with(ref))


def nothing_chosen() -> None:
    """No model yet: how to add some, and three that people compare."""
    st.markdown("#### " + _("No model is compared yet"), anchors=False)
    st.markdown(
        _(
            "Add models with the line above, or open one and choose Compare on machines on its "
            "Fit tab."
        )
    )
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Compare the three most popular"),
            key="compare.popular",
            icon=":material/add:",
            on_click=_popular,
        )
        if st.button(
            _("Find models"), key="compare.explore", type="tertiary", icon=":material/search:"
        ):
            frame.open_page("explore")


def _popular() -> None:
    found = services.search(
        parse("task:text-generation format:gguf variants:collapsed sort:downloads"), page_size=3
    )
    state.compare([model.ref for model in found.models])


def no_machine() -> None:
    """Every machine was taken out: say so, and offer the usual ones again."""
    st.markdown("#### " + _("No machine is compared yet"), anchors=False)
    st.button(
        _("Compare on the usual ones"),
        key="compare.usual",
        icon=":material/memory:",
        on_click=_keep,
        args=(USUAL,),
    )
