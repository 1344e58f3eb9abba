"""Files of a model whose bytes nobody has told: for admins, what asks the Hub for them.

A sync of this one model runs as a process of its own; the page waits for nothing and draws itself
anew when the catalog has another generation.
"""

from __future__ import annotations

import time

import streamlit as st

from catalog.errors import CardexError
from catalog.records import ModelDetail
from ui import admin, messages, services, state
from ui.i18n import _

_SOURCE = "huggingface"
_POLL_SECONDS = 2
_START_SECONDS = 20  # a process needs a moment until it says that it runs
_ASKED = "model.asked"


def ask(detail: ModelDetail) -> None:
    """The button that asks for exact files, where that would tell more and the visitor may."""
    if detail.model.source != _SOURCE or _exact(detail) or services.offline():
        return
    if not admin.is_admin():
        return
    if _busy():
        st.fragment(_wait, run_every=_POLL_SECONDS)(services.generation())
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(
            _("Ask the Hub for exact files"), key="model.ask", icon=":material/sync:"
        )
        words = _("The list gives no sizes. This asks for them, for this model alone.")
        st.markdown(f":gray[:small[{words}]]", width="content")
    if pressed:
        try:
            services.ask_for_model(detail.model.ref)
        except CardexError as error:
            messages.show(error)
        else:
            state.note(_ASKED, time.time())
            st.rerun()


def _exact(detail: ModelDetail) -> bool:
    weights = [file for file in detail.files if file.role in (None, "weights")]
    return bool(weights) and all(file.size_bytes and file.sha256 for file in weights)


def _busy() -> bool:
    """Whether a sync runs, or this visitor's has not yet said anything."""
    now = services.refresh_state()
    asked = state.noted(_ASKED)
    if now.running or asked is None:
        return now.running
    silent = now.started_at is None or now.started_at.timestamp() < asked - 1
    return bool(silent and time.time() - asked < _START_SECONDS)


def _wait(generation: str) -> None:
    if not _busy() or services.generation() != generation:
        st.rerun()
    st.markdown(":material/sync: " + _("A sync is running; what it finds appears here."))
