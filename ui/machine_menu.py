"""Menus of machines, contexts and users: the same on every page that asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Literal

import streamlit as st

from catalog.errors import QueryError
from catalog.fit.hardware import Machine
from catalog.fit.memory import MOST_USERS
from ui import fit_words, safe, services, state, wording
from ui.i18n import _

CONTEXTS = tuple(1 << power for power in range(11, 21))  # 2k to 1M tokens
Width = int | Literal["stretch"]


def meant(typed: str) -> str:
    """The slug of the machine that was typed or picked: a name, else a part of one.

    What nobody knows comes back as it is, so that the page can say so.
    """
    with suppress(QueryError):
        return services.machine(typed).slug
    words = typed.casefold().replace("-", " ").split()
    for one in services.machines():
        name = fit_words.machine_label(one).casefold().replace("-", " ")
        if words and all(word in name for word in words):
            return one.slug
    return typed


def label(slug: str) -> str:
    """Name and memory of a machine as plain text, what was typed where nobody knows it."""
    try:
        return fit_words.machine_label(services.machine(slug))
    except QueryError:
        return safe.plain(slug, 60)


def machine(
    key: str,
    title: str,
    *,
    chosen: str | None = None,
    among: Iterable[Machine] | None = None,
    on_change: Callable[[], None] | None = None,
    placeholder: str | None = None,
    explained: str | None = None,
    disabled: bool = False,
    width: Width = "stretch",
) -> str | None:
    """A menu of machines by slug that takes what is typed too; gives back what it holds.

    `chosen` is in the menu whatever it is; `among` are those to choose from, None for all. With
    `on_change` the menu shows `chosen` in every run, without it only at first.
    """
    offered = services.machines() if among is None else among
    names = {one.slug: fit_words.machine_label(one) for one in offered}
    if chosen is not None and chosen not in names:
        names[chosen] = label(chosen)
    if on_change is not None:
        state.show(key, chosen)
    picked = st.selectbox(
        title,
        list(names),
        index=list(names).index(chosen) if chosen is not None and on_change is None else None,
        format_func=lambda slug: names.get(slug, slug),
        placeholder=placeholder or _("Choose a machine or type 24GiB"),
        accept_new_options=True,
        key=key,
        on_change=on_change,
        help=explained,
        disabled=disabled,
        width=width,
    )
    return str(picked).strip() if picked else None


def typed(key: str) -> str:
    """What a menu of machines was just turned to, as the slug that is meant; "" for nothing."""
    return meant(str(state.widget(key) or "").strip())


def context(
    key: str,
    title: str,
    tokens: int,
    *,
    on_change: Callable[[], None],
    width: Width = "stretch",
) -> None:
    """A menu of contexts; what is asked for is in it even where it is none of the steps."""
    state.show(key, tokens)
    st.selectbox(
        title,
        sorted({*CONTEXTS, tokens}),
        format_func=wording.context,
        key=key,
        on_change=on_change,
        help=_("Tokens that a conversation may hold, K is 1,024"),
        width=width,
    )


def users(
    key: str, number: int, *, on_change: Callable[[], None], width: Width = "stretch"
) -> None:
    """How many users there are at once."""
    state.show(key, min(number, MOST_USERS))
    st.number_input(
        _("Users at once"),
        min_value=1,
        max_value=MOST_USERS,
        step=1,
        key=key,
        on_change=on_change,
        width=width,
    )
