"""The foot of every page: how old the facts are, what is wrong with them, the language."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from catalog.errors import CardexError
from ui import freshness, i18n, look, safe, services, state
from ui.i18n import _


def draw() -> None:
    """One discreet row; a catalog that cannot be read is the page's to tell."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(_facts(), width="content")
        with st.container(horizontal=True, width="content", gap="small"):
            for code, name in i18n.LANGUAGES.items():
                if code != state.language():
                    st.button(
                        name,
                        key=f"frame.speak.{code}",
                        type="tertiary",
                        icon=":material/translate:",
                        on_click=state.speak,
                        args=(code,),
                    )


def _facts() -> str:
    try:
        status = services.status()
    except CardexError:
        return look.gray(_("No catalog is open."))
    now = datetime.now(UTC)
    age = freshness.age(status.sources, now)
    parts = [f":gray[:small[{safe.text(freshness.sentence(status, now))}]]"]
    if age is not None and age.color != "gray":
        parts.append(age.badge())
    if status.notice:
        parts.append(f":orange-badge[:material/warning: {safe.text(status.notice)}]")
    return " ".join(parts)
