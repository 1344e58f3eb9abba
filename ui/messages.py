"""Sentences for what went wrong or was not found, each with what to do next."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from catalog import errors
from catalog.query import WORD, Query, parse
from catalog.records import QueryWarning, Relaxation
from ui import frame, safe, state, wording
from ui.i18n import _, ngettext

_SYNC = "python -m catalog sync"
_WARNINGS_SHOWN = 4


def show(error: errors.CardexError) -> None:
    """The error as a title, its sentence, and what the visitor or the admin can do."""
    title, advice = _told(error)
    st.error(safe.text(str(error), 400), title=title, icon=":material/error:")
    if advice:
        st.markdown(advice)


def _told(error: errors.CardexError) -> tuple[str, str]:
    match error:
        case errors.NoCatalog():
            return _("There is no catalog yet"), _(
                "Fill one with `{command}`, then reload this page."
            ).format(command=_SYNC)
        case errors.SnapshotDamaged():
            return _("The catalog is damaged"), _(
                "Nothing was changed. Write it anew with `{command}`."
            ).format(command=_SYNC)
        case errors.SchemaMismatch():
            return _("The catalog was written by another version"), _(
                "Write it anew with `{command}`, or start the version that wrote it."
            ).format(command=_SYNC)
        case errors.StoreUnwritable():
            return _("The data folder cannot be written"), _(
                "Free some space or name another folder in `CARDEX_DATA_DIR`."
            )
        case errors.UnknownRef():
            return _("No model in the catalog has this name"), ""
        case errors.NotAllowed():
            return _("Only an admin may do this"), ""
        case errors.SyncError() | errors.SourceError():
            return _("The sync could not be started"), ""
        case errors.QueryError():
            return _("This question cannot be answered as asked"), ""
    return _("The catalog cannot answer now"), _(
        "Reload the page; the log of the server says more."
    )


def unknown_model(error: errors.UnknownRef) -> None:
    """No such model: the sentence, and the nearest as buttons that lead there."""
    st.header(_("No model in the catalog has this name"), anchor=False)
    st.text(safe.plain(error.ref))
    if st.button(_("Search for it"), key="model.search", icon=":material/search:"):
        state.type_in(error.ref)
        frame.open_page("explore")
    if error.nearest:
        st.markdown(_("The nearest names:"))
    for ref in error.nearest:
        st.button(
            safe.text(ref),
            key=f"model.nearest.{ref}",
            type="tertiary",
            icon=":material/arrow_forward:",
            on_click=state.choose_ref,
            args=(ref,),
        )


def left_out(query: Query, warnings: tuple[QueryWarning, ...]) -> None:
    """What of the query is not known here, each with the nearest known one as a button."""
    _told_with_nearest(
        "left",
        query,
        warnings,
        ngettext(
            "{number} filter of this link does not exist here and was left out.",
            "{number} filters of this link do not exist here and were left out.",
            len(warnings),
        ),
    )


def matches_nothing(query: Query, warnings: tuple[QueryWarning, ...]) -> None:
    """Which words and values of the query no model has, each with the nearest that some has."""
    filters = tuple(one for one in warnings if not one.taken and one.term != query.words)
    words = [warning for warning in warnings if warning not in filters]
    for index, warning in enumerate(words[:_WARNINGS_SHOWN]):
        _words_told(query, warning, index)
    _told_with_nearest(
        "empty",
        query,
        filters,
        ngettext(
            "{number} filter names something that no model here has.",
            "{number} filters name something that no model here has.",
            len(filters),
        ),
    )


def _words_told(query: Query, warning: QueryWarning, index: int) -> None:
    """What words were taken for, or which model is called most alike where there is none."""
    term, nearest = safe.text(warning.term, 80), safe.text(warning.nearest or "", 80)
    if warning.taken:
        sentence = _("Nothing is called {term}; these are the results for {nearest}.")
    elif warning.absent:
        sentence = _("{term} is not in this catalog.")
    elif nearest:
        sentence = _("No model is called {term}. Did you mean {nearest}?")
    else:
        sentence = _("No model is called {term}.")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        told = sentence.format(term=f"**{term}**", nearest=f"**{nearest}**")
        st.markdown(f":material/spellcheck: {told}", width="content")
        if warning.nearest is not None:
            st.button(
                _("Use {term}").format(term=nearest),
                key=f"explore.words.{index}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=state.go,
                args=(_meant(query, warning.term, warning.nearest),),
            )


def _told_with_nearest(
    name: str, query: Query, warnings: tuple[QueryWarning, ...], sentence: str
) -> None:
    if not warnings:
        return
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":material/rule: {sentence.format(number=wording.whole(len(warnings)))}")
        for index, warning in enumerate(warnings[:_WARNINGS_SHOWN]):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f":gray[~~{safe.text(warning.term, 80)}~~]", width="content")
                if warning.nearest is not None:
                    st.button(
                        _("Use {term}").format(term=safe.text(warning.nearest, 80)),
                        key=f"explore.use.{name}.{index}",
                        type="tertiary",
                        icon=":material/arrow_forward:",
                        on_click=state.go,
                        args=(_meant(query, warning.term, warning.nearest),),
                    )


def _meant(query: Query, term: str, nearest: str) -> Query:
    if term == query.words:  # all of them together
        others = tuple(part for part in query.conditions if part.key != WORD)
        return replace(query, conditions=others).joined(parse(nearest))
    return query.without_term(term).joined(parse(nearest))


def nothing_found(relaxations: tuple[Relaxation, ...]) -> None:
    """An empty result: the filter whose removal gives most back, as a button, then the others."""
    if not relaxations:
        st.markdown(
            "### " + _("Nothing matches, whichever single filter is removed"), anchors=False
        )
        st.caption(_("Take several filters out above, or start again."))
        st.button(
            _("Show everything"),
            key="explore.everything",
            icon=":material/restart_alt:",
            on_click=state.go,
            args=(parse(state.START),),
        )
        return
    best = relaxations[0]
    st.markdown(
        "### "
        + ngettext(
            "Nothing matches; without {term} there is {number} model",
            "Nothing matches; without {term} there are {number} models",
            best.total,
        ).format(term=f":primary[{safe.text(best.term, 80)}]", number=wording.whole(best.total)),
        anchors=False,
    )
    for index, relaxation in enumerate(relaxations[:5]):
        st.button(
            _("Remove {term} · {models}").format(
                term=safe.text(relaxation.term, 80), models=wording.models(relaxation.total)
            ),
            key=f"explore.relax.{index}",
            type="secondary" if index == 0 else "tertiary",
            icon=":material/filter_list_off:",
            on_click=state.go,
            args=(parse(relaxation.query),),
        )
