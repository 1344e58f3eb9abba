"""The view of tasks: by modality, and what is made for one task."""

from __future__ import annotations

import streamlit as st

from catalog.query import Query
from catalog.records import Found
from catalog.reports import Tally
from catalog.vocabulary import GENERAL_TASKS, KINDS, MODALITIES, UNKNOWN
from ui import chart_rows, look, panels, safe, services, state, wording
from ui.chart_rows import Row
from ui.i18n import _
from ui.panels import Sheet

_SHOWN = 5  # tasks of a modality that have a bar


def draw(query: Query, found: Found) -> None:
    """Tasks under their modality, and beside them what is made for one task."""
    left, right = st.columns(2, gap="large")
    with left:
        _tasks(query, services.tally(query, "tasks"))
    with right:
        _purposes(query, services.tally(query, "purposes"))


def _tasks(query: Query, tally: Tally) -> None:
    parts = [
        part
        for modality in (*MODALITIES, UNKNOWN)
        for part in tally.slices
        if part.keys[0] == modality
    ]
    rows: list[Row] = []
    for modality in MODALITIES:
        own = [(at, part) for at, part in enumerate(parts) if part.keys[0] == modality]
        if own:
            rows.append(Row(label=wording.modality(modality)))
        for at, part in own[:_SHOWN]:
            rows.append(
                Row(
                    label=wording.value("task", part.keys[1]),
                    count=part.count,
                    at=at,
                    hollow=part.keys[1] == UNKNOWN,
                )
            )
        if len(own) > _SHOWN:
            left = sum(part.count for _at, part in own[_SHOWN:])
            rows.append(Row(label=wording.others(len(own) - _SHOWN), count=left))
    silent = [(at, part) for at, part in enumerate(parts) if part.keys[0] == UNKNOWN]
    if silent:
        unknown = sum(part.count for _at, part in silent)
        rows.append(
            Row(label=wording.value("task", UNKNOWN), count=unknown, at=silent[0][0], hollow=True)
        )
    first = max(parts, key=lambda part: part.count)
    panels.draw(
        "tasks",
        _("{task} leads with {share}").format(
            task=safe.text(wording.value("task", first.keys[1])),
            share=wording.share(first.count, tally.total),
        ),
        chart_rows.rows(rows, look.palette(state.theme())),
        Sheet(
            columns=(_("Modality"), _("Task"), _("Repositories")),
            rows=tuple(
                (
                    wording.value("modality", part.keys[0]),
                    wording.value("task", part.keys[1]),
                    part.count,
                )
                for part in parts
            ),
            opens=tuple(panels.narrowed(query, "task", part.keys[1]) for part in parts),
        ),
        alt=_("Repositories by modality and task"),
        caption=_(
            "Up to five tasks of each modality; {unknown} of {all} state no task. "
            "Choose a bar to see its models."
        ).format(
            unknown=wording.whole(sum(p.count for p in parts if p.keys[1] == UNKNOWN)),
            all=wording.whole(tally.total),
        ),
    )


def _purposes(query: Query, tally: Tally) -> None:
    words = {
        "general": _("General purpose"),
        "specific": _("Made for one task"),
        UNKNOWN: _("No task stated"),
    }
    ranked = {kind: at for at, kind in enumerate((*KINDS, UNKNOWN))}
    parts = sorted(
        tally.slices, key=lambda part: ([*words].index(part.keys[0]), ranked[part.keys[1]])
    )
    rows: list[Row] = []
    for purpose, heading in words.items():
        own = [(at, part) for at, part in enumerate(parts) if part.keys[0] == purpose]
        if own:
            share = wording.share(sum(part.count for _at, part in own), tally.total)
            rows.append(Row(label=f"{heading} · {share}"))
        rows += [
            Row(
                label=wording.value("kind", part.keys[1]),
                count=part.count,
                at=at,
                hollow=part.keys[1] == UNKNOWN,
            )
            for at, part in own
        ]
    panels.draw(
        "purposes",
        _("{general} are general-purpose, {specific} are made for one task").format(
            specific=wording.share(tally.count("specific"), tally.total),
            general=wording.share(tally.count("general"), tally.total),
        ),
        chart_rows.rows(rows, look.palette(state.theme()), letters=40),
        Sheet(
            columns=(_("Purpose by task"), _("Kind"), _("Repositories")),
            rows=tuple(
                (words[part.keys[0]], wording.value("kind", part.keys[1]), part.count)
                for part in parts
            ),
            opens=tuple(of_purpose(query, *part.keys) for part in parts),
        ),
        alt=_("Repositories by what their task says of their purpose, and by kind"),
        caption=_(
            "General purpose: text generation, fill-mask, features, image-text-to-text and "
            "any-to-any; every other task is one that a model was made for. "
            "{unknown} of {all} state no kind."
        ).format(
            unknown=wording.whole(sum(p.count for p in parts if p.keys[1] == UNKNOWN)),
            all=wording.whole(tally.total),
        ),
    )


def of_purpose(query: Query, purpose: str, kind: str) -> Query:
    """The search for the models of one purpose and kind."""
    query = panels.narrowed(query, "kind", kind)
    if purpose == UNKNOWN:
        return panels.narrowed(query, "task", UNKNOWN)
    if purpose == "general":
        asked = [task for task in GENERAL_TASKS if task in query.chosen("task")]
        return panels.narrowed(query, "task", *(asked or GENERAL_TASKS))
    for task in (*GENERAL_TASKS, UNKNOWN):
        query = query.without_value("task", task)
    return query.joined(panels.without("task", *GENERAL_TASKS, UNKNOWN))
