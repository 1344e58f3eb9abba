"""The URL and the few session keys: the only place that touches either.

`q` holds the text of the query. Every widget is unbound; before it is drawn it is given what the
URL says, so that Back, Forward and shared links need no further care.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

import streamlit as st

from catalog import query as language_of
from catalog.query import Parsed, Query
from ui import i18n

PARAMETERS = ("q", "page", "ref", "refs", "tab", "lang", "review", "step", "baseline")
START = "variants:collapsed"  # what Explore shows when the URL says nothing
MOST_REFS = 12  # models that are compared at once
_MOST_TEXT = 4000  # characters of a query that we read
_PAGE = "cardex.page"
_QUERY = "cardex.query"
_LANGUAGE = "cardex.language"
_REFS = "cardex.refs"
_RESULTS = "cardex.results"
_MORE = "cardex.more"
_WRITTEN = "cardex.written"
_ROUND_TRIP_SECONDS = 10.0  # of a busy server; a Back in between is noticed by its own run


def begin(page: str) -> None:
    """Take in the URL on entering a run of `page`; put back what the page menu dropped."""
    arrived = st.session_state.get(_PAGE) not in (None, page)
    st.session_state[_PAGE] = page
    asked = language_asked()
    if asked is not None:
        st.session_state[_LANGUAGE] = asked
    elif arrived and _LANGUAGE in st.session_state:
        st.query_params["lang"] = st.session_state[_LANGUAGE]
    if st.query_params.get("q", START) != st.session_state.get(_WRITTEN, (None, None))[1]:
        # No click is being answered, for that would have written: the visitor went somewhere else.
        st.session_state.pop(_WRITTEN, None)
    if "refs" in st.query_params:
        st.session_state[_REFS] = st.query_params["refs"][:_MOST_TEXT]
    elif arrived and page == "compare" and _REFS in st.session_state:
        st.query_params["refs"] = st.session_state[_REFS]
    if "q" in st.query_params:
        st.session_state[_QUERY] = st.query_params["q"][:_MOST_TEXT]
    elif arrived and _QUERY in st.session_state:
        st.query_params["q"] = st.session_state[_QUERY]
    else:
        st.session_state.pop(_QUERY, None)


def language_asked() -> str | None:
    """The language that the URL asks for, before `begin` has taken it in."""
    return i18n.nearest(st.query_params.get("lang"))


def language() -> str:
    """The language of this visitor: chosen, else that of the browser, else English."""
    chosen = st.session_state.get(_LANGUAGE)
    return chosen or i18n.nearest(st.context.locale) or i18n.DEFAULT


def speak(language: str) -> None:
    """Show everything in this language from now on; it goes into the URL, so links keep it."""
    st.session_state[_LANGUAGE] = language
    st.query_params["lang"] = language


def text() -> str:
    """The text of the query as the URL has it."""
    return str(st.query_params.get("q", START))[:_MOST_TEXT]


def _overtaken() -> str | None:
    """What was written a moment ago, where the browser asks again before it has heard of it.

    A browser sends its address along with every click. Of two clicks in quick succession the
    second still carries the address from before the first, which would undo the first.
    """
    before, written, when = st.session_state.get(_WRITTEN, (None, "", 0.0))
    late = time.monotonic() - when < _ROUND_TRIP_SECONDS
    return str(written) if late and st.query_params.get("q", START) == before else None


def read() -> Parsed:
    """The query of the URL, and what of it was not understood."""
    return language_of.read(text())


def query() -> Query:
    """The query of the URL."""
    return language_of.parse(text())


def changing() -> Query:
    """The query that a click is to change: the one of the URL, or the one it has not heard of."""
    return language_of.parse(_overtaken() or text())


def settle() -> None:
    """Keep what was written a moment ago when a dialog is closed at once."""
    overtaken = _overtaken()
    if overtaken is not None:
        _write(overtaken)


def go(query: Query) -> None:
    """Ask this from now on, from its first page."""
    _write(str(query))


def type_in(line: str) -> None:
    """Ask what was typed; what was not understood stays in the URL, so that the page can say so."""
    parsed = language_of.read(line[:_MOST_TEXT])
    _write(line.strip()[:_MOST_TEXT] if parsed.warnings else str(parsed.query))


def _write(q: str) -> None:
    before = st.query_params.get("q", START)
    if before != q:
        st.session_state[_WRITTEN] = (before, q, time.monotonic())
    st.session_state[_QUERY] = q
    st.query_params["q"] = q
    st.query_params.pop("page", None)


def page_number() -> int:
    """The page of the result that the URL asks for, 1 when it says nothing sensible."""
    asked = st.query_params.get("page", "")
    return int(asked[:9]) if asked.isascii() and asked.isdigit() and int(asked[:9]) > 0 else 1


def keyed(name: str, value: object) -> str:
    """The key of a widget that starts at `value`: a new one only when the URL says otherwise.

    As long as the visitor alone moves the widget its key stays, and so does the focus.
    """
    counter = f"cardex.turn.{name}"
    turn = int(st.session_state.get(counter, 0))
    if st.session_state.get(f"{name}.{turn}", value) != value:
        turn += 1
        st.session_state[counter] = turn
    return f"{name}.{turn}"


def turn_to(page: int) -> None:
    """Show this page of the result."""
    if page > 1:
        st.query_params["page"] = str(page)
    else:
        st.query_params.pop("page", None)


def tab(known: Collection[str]) -> str:
    """The view of a page that the URL names, the first known one when it names none."""
    asked = st.query_params.get("tab", "")
    return asked if asked in known else next(iter(known))


def choose_tab(name: str) -> None:
    """Name another view of this page in the URL."""
    st.query_params["tab"] = name


def ref() -> str | None:
    """The model that the URL names."""
    return st.query_params.get("ref") or None


def choose_ref(ref: str) -> None:
    """Name another model in the URL of this page."""
    st.query_params["ref"] = ref


def refs() -> tuple[str, ...]:
    """The models to compare: those of the URL, else those of this visit."""
    asked = st.query_params.get("refs")
    kept = st.session_state.get(_REFS, "") if asked is None else asked
    named = (name.strip() for name in str(kept)[:_MOST_TEXT].split(","))
    return tuple(dict.fromkeys(name for name in named if name))[:MOST_REFS]


def refs_with(ref: str) -> str:
    """What `refs` is once this model is compared too; of too many the oldest goes."""
    kept = [name for name in refs() if name != ref]
    return ",".join([*kept[-(MOST_REFS - 1) :], ref])


def compare(refs: Iterable[str]) -> None:
    """Compare these models from now on."""
    st.query_params["refs"] = ",".join(refs)
    st.session_state[_REFS] = st.query_params["refs"]


def ask_more(facet: str) -> None:
    """Open the dialog with all values of a facet in the coming run."""
    st.session_state[_MORE] = facet


def take_more() -> str:
    """The facet whose dialog is to open in this run; asked once, then forgotten."""
    return str(st.session_state.pop(_MORE, ""))


def link(**changes: str) -> dict[str, str]:
    """The parameters that a change of page takes along: query, page of the result, language.

    Streamlit leaves one history entry with these on the old page, so Back must find its page there.
    """
    names = ("q", "page", "lang")
    kept = {name: st.query_params[name] for name in names if name in st.query_params}
    return {**kept, **changes}


def widget(key: str) -> Any:
    """What the visitor did with a widget, for its own callback."""
    return st.session_state.get(key)


def show(key: str, value: object) -> None:
    """Give a widget this value before it is drawn."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def show_line(key: str, line: str, same: Callable[[str], bool]) -> None:
    """Give the search line this text, unless what is typed there already means the same."""
    typed = st.session_state.get(key)
    if not isinstance(typed, str) or not same(typed):
        st.session_state[key] = line


def remember_results(total: int) -> None:
    """Keep how many rows the query had, for the way back from a model."""
    st.session_state[_RESULTS] = (text(), total)


def results() -> int | None:
    """How many rows the query had when it was last shown, None when it was not."""
    asked, total = st.session_state.get(_RESULTS, (None, None))
    return total if asked == text() else None


def note(name: str, value: object) -> None:
    """Keep something about this visit, such as when a sync was asked for."""
    st.session_state[f"cardex.note.{name}"] = value


def noted(name: str) -> Any:
    """What was kept under this name in this visit, None where nothing was."""
    return st.session_state.get(f"cardex.note.{name}")


def theme() -> str:
    """`light` or `dark`, as the browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def phone() -> bool:
    """Whether a phone seems to ask: a hint for defaults; the server never learns the width."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")


i18n.ask_language_from(language)
