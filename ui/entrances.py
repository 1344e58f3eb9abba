"""The ways into the catalog on the first page; each is a query that one could type."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from catalog.query import parse
from catalog.records import CatalogStatus, Found, ModelRecord
from catalog.vocabulary import TASKS
from ui import fit_facet, frame, freshness, look, safe, services, state, tables, wording
from ui.i18n import _, ngettext

_TASKS_SHOWN = 8
_TOP = 8
# Memory that people have, and the file sizes that leave a tenth of it free.
_MACHINES = (
    ("8 GiB", "..7GiB"),
    ("16 GiB", "..14GiB"),
    ("24 GiB", "..21GiB"),
    ("80 GiB", "..72GiB"),
)
_EXAMPLES = (
    "qwen task:text-generation params:3B..14B",
    "task:token-classification commercial:yes",
    "t5 sort:params-asc",
)


def opening(status: CatalogStatus, found: Found) -> None:
    """What Cardex is for in one sentence, what it holds and how fresh that is."""
    held = freshness.age(status.sources, datetime.now(UTC))
    st.header(
        _("Find an open model that does the task, may be used, and runs on your machine"),
        anchor=False,
    )
    names = wording.listed(
        wording.source(source.source) for source in status.sources if source.models
    )
    words = _(
        "{models} in {repositories} of {sources}, kept on this machine: it works without a "
        "network and nothing you type leaves it."
    ).format(
        models=wording.models(found.total),
        repositories=wording.repositories(status.models),
        sources=names,
    )
    st.markdown(f":gray[{words}] {held.badge() if held else ''}")


def search() -> None:
    """The search line, and three examples of what it understands."""
    st.text_input(
        _("Search"),
        type="search",
        icon=":material/search:",
        placeholder=_("A name, a task, a license: try {example}").format(example=_EXAMPLES[0]),
        label_visibility="collapsed",
        key="home.line",
    )
    typed = state.widget("home.line")
    if typed:
        _explore(str(typed))
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        for index, example in enumerate(_EXAMPLES):
            label = f":primary[{safe.text(example)}]"
            if st.button(label, key=f"home.example.{index}", type="tertiary"):
                _explore(example)


def tasks(found: Found) -> None:
    """The tasks with the most models as cards."""
    st.markdown("#### " + _("By task"), anchors=False)
    facet = found.facet("task")
    known = [value for value in facet.values if value.value in TASKS][:_TASKS_SHOWN]
    with st.grid(columns=4, min_column_width=220, gap="small"):
        for value in known:
            with st.container(border=True, gap=None):
                if st.button(
                    f"**{safe.text(value.value)}**", key=f"home.task.{value.value}", type="tertiary"
                ):
                    _explore(f"task:{value.value} variants:collapsed")
                modality = wording.modality(TASKS[value.value])
                count = wording.repositories(value.count)
                st.markdown(f":gray[:small[{count} · {safe.text(modality)}]]")


def verdicts(found: Found) -> None:
    """What the licenses allow, each verdict with its count and what it means."""
    st.markdown("#### " + _("By what the license allows"), anchors=False)
    counts = {value.value: value.count for value in found.facet("commercial").values}
    meaning = {
        "yes": _("use it in a product; at most keep the notice"),
        "conditions": _("allowed, with terms to read first"),
        "ask": _("a license that nobody here has read"),
        "no": _("research or private use only"),
        "unknown": _("no license is known here"),
    }
    for verdict in look.VERDICTS:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            count = wording.whole(counts.get(verdict, 0))
            if st.button(
                f"{look.verdict_badge(verdict)} **{count}**",
                key=f"home.verdict.{verdict}",
                type="tertiary",
            ):
                _explore(f"commercial:{verdict} variants:collapsed")
            st.markdown(f":gray[:small[{meaning[verdict]}]]", width="content")
    st.caption(_("Counts of repositories: copies of a model are counted too."))


def sizes(found: Found) -> None:
    """File sizes that leave room in the memory that people have, and how many state none."""
    st.markdown("#### " + _("By the memory you have"), anchors=False)
    for name, size in _MACHINES:
        fitting = services.search(parse(f"size:{size} variants:collapsed"))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if st.button(
                f":material/memory: **{name}**", key=f"home.memory.{size}", type="tertiary"
            ):
                _explore(f"size:{size} variants:collapsed")
            words = _("files that leave a tenth free: {repositories}").format(
                repositories=wording.repositories(fitting.repositories)
            )
            st.markdown(f":gray[:small[{words}]]", width="content")
    silent = found.range("size").unknown
    told = _("Files only; context and runtime need room too.")
    if silent:
        told += " " + ngettext(
            "The size of {number} of {all} repositories is not known: it is in no count here.",
            "The sizes of {number} of {all} repositories are not known: they are in no count here.",
            silent,
        ).format(number=wording.whole(silent), all=wording.whole(found.repositories))
    st.caption(told)
    if st.button(
        _("What is the best I can run?"), key="home.best", icon=":material/trophy:", type="tertiary"
    ):
        fit_facet.ask_best()


def most_downloaded() -> None:
    """The most downloaded of all, one row per base model, as cards."""
    found = services.search(parse("variants:collapsed sort:downloads"), page_size=_TOP)
    st.markdown("#### " + _as_of(found.models), anchors=False)
    with st.grid(columns=4, min_column_width=240, gap="small"):
        for model in found.models:
            tables.card(model)


def _as_of(models: Sequence[ModelRecord]) -> str:
    """The heading with the day of the counts: they may be months old."""
    days = sorted({model.downloads_as_of for model in models if model.downloads_as_of})
    if not days:
        return _("Most downloaded")
    if days[0] == days[-1]:
        return _("Most downloaded as of {day}").format(day=wording.day(days[0]))
    return _("Most downloaded, by counts of {first} to {last}").format(
        first=wording.day(days[0]), last=wording.day(days[-1])
    )


def _explore(text: str) -> None:
    state.type_in(text)
    frame.open_page("explore")
