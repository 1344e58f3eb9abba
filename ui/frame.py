"""The frame round every page: navigation, language, the age of the data.

`pages/*.py` beside `st.navigation` would run alone on the first deep link after a start, so each
page calls `enter()` first: reached alone, it starts the frame, which runs the page again inside.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ui import footer, i18n, safe, state
from ui.i18n import _

_ROOT = Path(__file__).resolve().parents[1]
_ASSETS = Path(__file__).resolve().parent / "assets"
_inside: ContextVar[bool] = ContextVar("inside_frame", default=False)

# (file in pages/ and its place in the URL, Material symbol, in the menu)
PAGES: tuple[tuple[str, str, bool], ...] = (
    ("home", "home", True),
    ("explore", "search", True),
    ("charts", "bar_chart", True),
    ("compare", "grid_on", True),
    ("model", "article", False),
    ("sources", "database", True),
)


def title(page: str) -> str:
    """The name of a page in the menu."""
    return {
        "home": _("Home"),
        "explore": _("Explore"),
        "charts": _("Charts"),
        "compare": _("Compare"),
        "model": _("Model"),
        "sources": _("Sources"),
    }[page]


def file(page: str) -> Path:
    """The script of a page, for `st.switch_page` and `st.page_link`."""
    return _ROOT / "pages" / f"{page}.py"


def run() -> None:
    """Draw the page that the URL names; `app.py` calls this and nothing else."""
    token = _inside.set(True)
    try:
        # First, or the browser fetches the icons of the pages from a foreign host.
        st.set_page_config("Cardex", page_icon=_ASSETS / "mark.svg", layout="wide")
        st.logo(_ASSETS / "logo.svg", size="medium")
        page = st.navigation(_pages(), position="top")
        st.set_page_config(_title(page))
        state.begin(page.url_path or PAGES[0][0])
        body = st.container()
        footer.draw()  # before the page, which may end early; it still stands below
        with body:
            page.run()
    finally:
        _inside.reset(token)


def enter() -> None:
    """The first line of every page: nothing inside the frame, the whole frame outside it."""
    if not _inside.get():
        run()
        st.stop()


def _title(page: StreamlitPage) -> str:
    """The name of the browser's tab: the model's, else the page's."""
    ref = state.ref() if page.url_path == "model" else None
    return f"{safe.plain(ref.rpartition('/')[2], 80) if ref else page.title} · Cardex"


def open_page(page: str, **parameters: str) -> None:
    """Leave for another page, taking the query and the language along."""
    st.switch_page(file(page), query_params=state.link(**parameters))


def _pages() -> list[StreamlitPage]:
    """Made anew in each run, because a page object remembers whether it may run."""
    with i18n.speaking(_language_before_begin()):
        return [
            st.Page(
                file(name),
                title=title(name),
                icon=f":material/{icon}:",
                default=name == PAGES[0][0],
                visibility="visible" if shown else "hidden",
                url_path=None if name == PAGES[0][0] else name,
            )
            for name, icon, shown in PAGES
        ]


def _language_before_begin() -> str:
    """The menu is made before the URL has been taken in."""
    return state.language_asked() or state.language()
