"""The sidebar and the search line: widgets that read the query and write it, nothing else."""

from __future__ import annotations

import streamlit as st
from cardex_facet_bars import Group, Row, facet_bars

from catalog.query import Condition, Query, parse
from catalog.records import Facet, FacetValue, Found
from catalog.vocabulary import (
    COMMERCIAL_USE,
    FORMATS,
    GATED,
    KINDS,
    MODALITIES,
    SOURCES,
    TASKS,
    UNKNOWN,
)
from ui import fit_facet, look, safe, services, sliders, state, wording
from ui.i18n import _, ngettext

ROWS = 7  # of a facet before "38 more"
_LONG = frozenset({"task", "quant", "license", "library", "lang", "family", "author"})
_FIXED = {
    "source": SOURCES,
    "commercial": COMMERCIAL_USE,
    "format": FORMATS,
    "kind": KINDS,
    "gated": GATED,
}
_FIRST_FOLDS = ("quant", "license", "format")
_LAST_FOLDS = ("kind", "library", "lang", "family", "author", "gated", "updated")


def sidebar(query: Query, found: Found) -> None:
    """All facets under the current query, in the order of the visual direction."""
    with st.sidebar:
        first = ("source", "task", "commercial") if _mixed(query, found) else ("task", "commercial")
        _bars("open", [_group(query, found, key) for key in first])
        fit_facet.draw(query, found)
        sliders.draw("params", query, found)
        _variants(query, found)
        _bars("first", [_group(query, found, key, fold=True) for key in _FIRST_FOLDS])
        for key in ("size", "context"):
            label = wording.facet(key)
            chosen = ", ".join(query.chosen(key))
            if chosen:
                label += f" :primary[**{safe.text(chosen, 40)}**]"
            with st.expander(label, type="compact", key=f"explore.fold.{key}"):
                sliders.draw(key, query, found, labelled=False)
        _bars("last", [_group(query, found, key, fold=True) for key in _LAST_FOLDS])
    asked = state.take_more()
    if asked in _LONG:
        more_values(asked)


def _mixed(query: Query, found: Found) -> bool:
    """Whether the source tells rows apart: more than one has some, or one is asked for."""
    return (
        found.facet("source").distinct > 1
        or bool(query.chosen("source"))
        or bool(query.excluded("source"))
    )


def search_line(query: Query) -> None:
    """The line that is the state: words and terms as typed, canonical when the page wrote them."""
    state.show_line("explore.line", state.text(), lambda typed: parse(typed) == query)
    st.text_input(
        _("Search"),
        type="search",
        icon=":material/search:",
        placeholder=_("Words and filters, such as: qwen task:text-generation params:3B..14B"),
        label_visibility="collapsed",
        key="explore.line",
        on_change=_typed,
    )


def _typed() -> None:
    state.type_in(str(state.widget("explore.line") or ""))


def chips(query: Query) -> None:
    """One pill per term; taking it off takes the term out of the query."""
    terms = query.terms()
    if not terms:
        return
    key = f"explore.chips.{query}"
    st.pills(
        _("Active filters"),
        terms,
        selection_mode="multi",
        default=terms,
        format_func=lambda term: f"{safe.text(term, 60)}  ✕",
        label_visibility="collapsed",
        key=key,
        on_change=_unpicked,
        args=(key, str(query)),
    )


def _unpicked(key: str, text: str) -> None:
    query = state.changing()
    kept = state.widget(key) or ()
    for term in parse(text).terms():
        if term not in kept:
            query = query.without_term(term)
    state.go(query)


def _variants(query: Query, found: Found) -> None:
    state.show("explore.collapsed", query.variants == "collapsed")
    st.toggle(
        _("One row per base model"),
        key="explore.collapsed",
        help=_("Fine-tunes, adapters and quantized copies stand behind their base model."),
        on_change=_collapse,
    )
    if query.variants == "collapsed":
        st.caption(
            ngettext(
                "The counts here are of {number} matching repository.",
                "The counts here are of {number} matching repositories.",
                found.repositories,
            ).format(number=wording.whole(found.repositories))
        )


def _collapse() -> None:
    collapsed = bool(state.widget("explore.collapsed"))
    state.go(state.changing().with_variants("collapsed" if collapsed else "all"))


def _bars(name: str, groups: list[Group]) -> None:
    facet_bars(
        [group for group in groups if group.rows],
        key=f"explore.facets.{name}",
        on_toggle=toggle,
        on_exclude=exclude,
        on_more=state.ask_more,
        hint=_("Shift-click or the minus key leaves it out"),
    )


def toggle(key: str, value: str) -> None:
    """Ask for a value of a facet, or no longer; an exclusion of it ends first."""
    query = state.changing()
    if value in query.excluded(key):
        state.go(_without_exclusion(query, key, value))
    else:
        state.go(query.toggled(key, value))


def exclude(key: str, value: str) -> None:
    """Leave a value of a facet out of the result."""
    query = state.changing().without_value(key, value)
    state.go(query.joined(Query(conditions=(Condition(key=key, values=(value,), negated=True),))))


def _without_exclusion(query: Query, key: str, value: str) -> Query:
    for condition in query.conditions:
        if condition.key == key and condition.negated and condition.holds(value):
            query = query.without(condition)
            rest = tuple(other for other in condition.values if other != value)
            if rest:
                kept = Condition(key=key, values=rest, negated=True)
                query = query.joined(Query(conditions=(kept,)))
    return query


def _group(query: Query, found: Found, key: str, *, fold: bool = False) -> Group:
    facet = _years(found) if key == "updated" else found.facet(key)
    values = _picked(query, key, facet)
    rows = [_row(query, key, value) for value in values]
    if key == "task":
        rows = _by_modality(query, values)
    hidden = facet.distinct - sum(value.count > 0 for value in values)
    chosen = query.chosen(key)
    return Group(
        key=key,
        title=wording.facet(key),
        rows=tuple(rows),
        more=_more(key, hidden) if key in _LONG and hidden > 0 else "",
        foldable=fold,
        note=_note(key, chosen) if fold else "",
    )


def _more(key: str, hidden: int) -> str:
    if key == "task":
        return ngettext("{number} more task", "{number} more tasks", hidden).format(
            number=wording.whole(hidden)
        )
    return ngettext("{number} more", "{number} more", hidden).format(number=wording.whole(hidden))


def _note(key: str, chosen: tuple[str, ...]) -> str:
    if not chosen:
        return ""
    return _label(key, chosen[0]) if len(chosen) == 1 else wording.whole(len(chosen))


def _picked(query: Query, key: str, facet: Facet) -> list[FacetValue]:
    """The rows to show: fixed lists whole, long ones cut, what is chosen always among them."""
    by_value = {value.value: value for value in facet.values}
    if key in _FIXED:
        known = list(_FIXED[key])
        if UNKNOWN in by_value and UNKNOWN not in known:
            known.append(UNKNOWN)
        return [by_value.get(name, FacetValue(value=name, count=0)) for name in known]
    if key == "updated":
        return list(facet.values)
    wanted = {*query.chosen(key), *query.excluded(key)}
    missing = wanted - set(by_value)
    if missing:
        for value in services.facet_values(query, key, limit=20_000).values:
            if value.value in missing:
                by_value[value.value] = value
    known_values = [value for value in by_value.values() if value.value != UNKNOWN]
    shown = known_values[:ROWS]
    named = {value.value for value in shown}
    late = [name for name in sorted(wanted - named) if name != UNKNOWN]
    shown += [by_value.get(name, FacetValue(value=name, count=0)) for name in late]
    if UNKNOWN in by_value:
        shown.append(by_value[UNKNOWN])
    return shown


def _years(found: Found) -> Facet:
    """The histogram of the last update as a facet, the newest year first."""
    histogram = found.range("updated")
    bins = [part for part in reversed(histogram.bins) if part.count > 0]
    values = [FacetValue(value=f"{part.low}..{part.high}", count=part.count) for part in bins]
    if histogram.unknown:
        values.append(FacetValue(value=UNKNOWN, count=histogram.unknown))
    return Facet(key="updated", values=tuple(values), distinct=len(values))


def _label(key: str, value: str) -> str:
    if key == "commercial":
        return look.verdict_chip(value)
    if key == "updated" and value != UNKNOWN:
        low, _dots, high = value.partition("..")
        return low[:4] if low[:4] == high[:4] else safe.plain(value)
    return wording.value(key, value)


def _row(query: Query, key: str, value: FacetValue) -> Row:
    chosen = value.value in query.chosen(key)
    excluded = value.value in query.excluded(key)
    return Row(
        value=value.value,
        label=_label(key, value.value),
        count=value.count,
        state="chosen" if chosen else "excluded" if excluded else "",
    )


def _by_modality(query: Query, values: list[FacetValue]) -> list[Row]:
    """Tasks under the heading of their modality, tasks that nobody stated last."""
    rows: list[Row] = []
    for modality in MODALITIES:
        group = [value for value in values if TASKS.get(value.value) == modality]
        if group:
            rows.append(Row(value=None, label=wording.modality(modality)))
            rows += [_row(query, "task", value) for value in group]
    rest = [value for value in values if value.value not in TASKS]
    if rest:
        rows.append(Row(value=None, label=""))
        rows += [_row(query, "task", value) for value in rest]
    return rows


def more_values(key: str) -> None:
    """A dialog with every value of a long facet and a search inside it."""

    @st.dialog(wording.facet(key), on_dismiss=state.settle)
    def dialog() -> None:
        contains = st.text_input(
            _("Search inside"),
            type="search",
            icon=":material/search:",
            label_visibility="collapsed",
            placeholder=_("Part of a name"),
            live="250ms",
            key=f"explore.more.{key}",
        )
        query = state.query()
        facet = services.facet_values(query, key, contains=contains or "")
        values = [value for value in facet.values if value.count > 0 or value.value == UNKNOWN]
        rows = [_row(query, key, value) for value in values]
        if key == "task":
            rows = _by_modality(query, values)
        if not rows:
            st.caption(_("No value contains this."))
            return
        with st.container(height=420, border=False):
            _bars(f"more.{key}", [Group(key=key, title="", rows=tuple(rows))])
        if facet.distinct > len(values):
            st.caption(
                _("The {number} most frequent are listed; search for the others.").format(
                    number=wording.whole(len(values))
                )
            )

    dialog()
