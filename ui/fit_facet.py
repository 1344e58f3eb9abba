"""Explore: only what fits a machine; widgets that read one `fits:` term and write it."""

from __future__ import annotations

import streamlit as st

from catalog.fit.memory import Need
from catalog.query import Query, fits_term, parse
from catalog.query.fits import FitsTerm
from catalog.records import Found
from ui import frame, look, machine, machine_menu, safe, state, wording
from ui.i18n import _

_MACHINE, _CONTEXT, _USERS = (f"explore.fits.{part}" for part in ("machine", "context", "users"))
BEST = "task:text-generation variants:collapsed"  # what "the best I can run" asks besides


def draw(query: Query, found: Found) -> None:
    """The block of the sidebar: a machine, its use, and how many models it holds."""
    terms = query.chosen("fits")
    term = asked(query)
    with st.container(gap="xsmall"):
        _machine(term)
        if len(terms) > 1:
            told = _("Set in the query line: {ranges}").format(ranges=", ".join(terms))
            st.caption(safe.text(told))
        elif term is None:
            _offers(query)
        else:
            _use(term)
            _counts(found)


def asked(query: Query) -> FitsTerm | None:
    """What the one `fits:` term of a query asks; None where there is none, or are several."""
    terms = query.chosen("fits")
    return fits_term(terms[0]) if len(terms) == 1 else None


def text(term: FitsTerm) -> str:
    """The value of `fits:`; what is the default is left out."""
    usual = Need()
    context = term.context or usual.context
    use = "" if context == usual.context and term.users == 1 else f"@{tokens(context)}"
    if use and term.users > 1:
        use += f"x{term.users}"
    return f"{term.device}{use}{f'/{term.quant}' if term.quant else ''}"


def tokens(number: int) -> str:
    """`32k` where that is exact, else the number in digits, so that nothing is rounded."""
    return f"{number // 1024}k" if number % 1024 == 0 else str(number)


def rewritten(query: Query, term: FitsTerm | None) -> Query:
    """The query with this `fits:` term in place of those that it has."""
    return query.with_range("fits", text(term) if term else None)


def best(term: FitsTerm) -> Query:
    """Models that write text and fit, the popular first: what is the best that it can run?"""
    return rewritten(parse(BEST), term)


def remembered() -> FitsTerm | None:
    """The machine that the visitor chose on another page, as it was used there."""
    named = machine.chosen()
    if named is None:
        return None
    context, users = machine.use()
    return fits_term(f"{named}@{tokens(context)}x{users}")


def sentence(term: FitsTerm) -> str:
    """The machine and its use, as plain text: `RTX 4090 · 24 GiB, 8k of context, 1 user`."""
    parts = {
        "machine": machine_menu.label(term.device),
        "context": wording.context(term.context or Need().context),
        "users": wording.users(term.users),
    }
    told = _("{machine}, {context} of context, {users}").format(**parts)
    if term.quant:
        told = _("{what}, as {quant}").format(what=told, quant=safe.plain(term.quant, 20))
    return told


def _machine(term: FitsTerm | None) -> None:
    machine_menu.machine(
        _MACHINE,
        _("Fits a machine"),
        chosen=term.device if term else None,
        on_change=_chose,
        explained=_(
            "Shows what fits its memory with room for the context: weights, cache and buffers. "
            "Type a part of a name, several of one as `2x-rtx-4090`, or a bare size as `24GiB`."
        ),
    )


def _chose() -> None:
    picked = machine_menu.typed(_MACHINE)
    query = state.changing()
    if not picked:
        state.go(rewritten(query, None))
        return
    before = asked(query)
    context, users = (before.context, before.users) if before else machine.use()
    term = _named(picked, context or Need().context, users, before.quant if before else None)
    if term is None:
        state.type_in(f"{query} fits:{picked}")  # the page says what is wrong with it
        return
    machine.set_(term.device)
    state.go(rewritten(query, term))


def _named(device: str, context: int, users: int, quant: str | None) -> FitsTerm | None:
    """The term of a machine as it was typed; a name may hold what the language has no room for."""
    term = fits_term(f"{device}@{tokens(context)}x{users}")
    return FitsTerm(term.device, context, users, quant) if term else None


def _use(term: FitsTerm) -> None:
    context = term.context or Need().context
    left, right = st.columns([3, 2], gap="small")
    with left:
        machine_menu.context(_CONTEXT, _("Context"), context, on_change=_used)
    with right:
        machine_menu.users(_USERS, term.users, on_change=_used)


def _used() -> None:
    query = state.changing()
    term = asked(query)
    if term is None:
        return
    context = int(state.widget(_CONTEXT))
    users = int(state.widget(_USERS))
    machine.set_(context=context, users=users)
    state.go(rewritten(query, FitsTerm(term.device, context, users, term.quant)))


def _counts(found: Found) -> None:
    """How many there are of each grade under the other filters."""
    counts = {value.value: value.count for value in found.facet("fits").values}
    if not counts:
        return
    shown = [
        f"{safe.text(look.fit_chip(grade))} **{wording.whole(counts.get(grade, 0))}**"
        for grade in look.FITS
    ]
    st.caption("  \n".join(shown))


def _offers(query: Query) -> None:
    """With no machine chosen: the one of this visit, and the question that most people have."""
    own = remembered()
    if own is not None:
        st.button(
            safe.text(machine_menu.label(own.device), 60),
            key="explore.fits.own",
            icon=":material/memory:",
            type="tertiary",
            help=_("The machine that you chose last"),
            on_click=state.go,
            args=(rewritten(query, own),),
        )
    if st.button(
        _("What is the best I can run?"),
        key="explore.fits.best",
        icon=":material/trophy:",
        type="tertiary",
    ):
        ask_best()


def ask_best() -> None:
    """Ask for a machine in a dialog, then show what writes text and fits it."""

    @st.dialog(_("What is the best I can run?"), on_dismiss=state.settle)
    def dialog() -> None:
        own = remembered()
        picked = machine_menu.machine(
            "explore.best.machine", _("Machine"), chosen=own.device if own else None
        )
        st.caption(
            _(
                "Models that write text and fit it, one row for each base model, the most popular "
                "of their time first. Order them by parameters to see the largest first."
            )
        )
        if st.button(_("Show them"), key="explore.best.go", icon=":material/arrow_forward:",
                     disabled=not picked):  # fmt: skip
            context, users = machine.use()
            term = _named(machine_menu.meant(picked or ""), context, users, None)
            if term is not None:
                machine.set_(term.device)
                state.go(best(term))
                frame.open_page("explore")

    dialog()
