"""Records to a table or cards, and the pages of a result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from catalog.errors import QueryError
from catalog.fit.answer import FitAnswer
from catalog.query import Query
from catalog.records import Found, ModelRecord
from ui import fit_badge, fit_facet, frame, look, safe, services, state, wording
from ui.i18n import _, ngettext

ROW_HEIGHT = 34
_VISIBLE_ROWS = 16
_TEXT = pa.string()
_LIST = pa.list_(_TEXT)
_QUANTS = 2  # chips in a row
_LETTERS = 9  # of two chips that stand uncut beside each other; else one and "+5"


@st.fragment(key="results")
def results(view: str) -> None:
    """One page of the result with its pager; turning a page runs this alone."""
    query = state.query()
    size = services.CARD_PAGE_SIZE if view == "cards" else services.PAGE_SIZE
    found = services.search(query, page=state.page_number(), page_size=size)
    fits = _fits(query, found)
    if view == "cards":
        _cards(found, fits)
    else:
        _table(found, fits)
    _pager(found)


def _fits(query: Query, found: Found) -> tuple[FitAnswer, ...]:
    """Whether each model of the page fits, where the query asks for one machine; else nothing."""
    term = fit_facet.asked(query)
    if term is None or not found.models:
        return ()
    try:
        return services.fit_badges(term, [model.ref for model in found.models])
    except QueryError:
        return ()  # of a machine that nobody knows, the page has said so already


def _table(found: Found, fits: Sequence[FitAnswer]) -> None:
    models = found.models
    key = f"explore.table.{found.generation}.{found.query}.{found.page}"
    rows = _rows(found, fits)
    event = st.dataframe(
        rows,
        key=key,
        height=ROW_HEIGHT * min(_VISIBLE_ROWS, len(models) + 1) + 2,
        hide_index=True,
        row_height=ROW_HEIGHT,
        placeholder=wording.DASH,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_columns(rows.column_names, fits),
        alt=_("Models that match the query; choose a name to open it"),
    )
    for row, column in event.selection.cells:
        if column == "name" and row < len(models):
            frame.open_page("model", ref=models[row].ref)


def _rows(found: Found, fits: Sequence[FitAnswer]) -> pa.Table:
    """The page as Arrow: a pandas frame would send its own description along on every rerun."""
    models = found.models
    columns: dict[str, pa.Array] = {
        "name": pa.array([full_name(model) for model in models]),
        "source": pa.array([wording.source_mark(model.source) for model in models], _TEXT),
        "verdict": pa.array([[look.verdict_chip(look.verdict_of(model))] for model in models]),
        "fit": pa.array(_fit_chips(fits, len(models)), _LIST),
        "params": pa.array([_short_or_none(model.parameter_count) for model in models], _TEXT),
        "base": pa.array([safe.plain(model.base_label, 40) or None for model in models], _TEXT),
        "quants": pa.array([_few(model.quantizations) for model in models], _LIST),
        "size": pa.array([_gib_or_none(model.size_bytes) for model in models], pa.float32()),
        "license": pa.array([_license(model) for model in models], _TEXT),
        "downloads_30d": pa.array([model.downloads_30d for model in models], pa.int64()),
        "downloads_total": pa.array([model.downloads_total for model in models], pa.int64()),
        "updated": pa.array([_day(model) for model in models], pa.date32()),
    }
    for name in _left_out(models):
        del columns[name]
    del columns["quants" if fits else "fit"]  # the fit names the files that matter
    if any(number > 1 for number in found.variants):
        columns["variants"] = pa.array(found.variants, pa.int32())
    return pa.table(columns)


def _left_out(models: Sequence[ModelRecord]) -> list[str]:
    """The columns that would tell nothing on this page."""
    names = []
    if {model.source for model in models} == {"huggingface"}:
        names.append("source")
    window = any(model.downloads_30d is not None for model in models)
    if window or not any(model.base_label for model in models):
        names.append("base")  # beside rows of the Hub there is no room for it
    if not any(model.downloads_30d is None and model.downloads_total for model in models):
        names.append("downloads_total")
    elif not window:
        names.append("downloads_30d")
    return names


def _license(model: ModelRecord) -> str | None:
    """The stated license, else what explains a verdict without one."""
    if model.license:
        return wording.license_name(model.license)
    if model.source == "civitai" and model.license_raw:
        return _("creator's terms")
    if model.license_raw:
        return safe.plain(model.license_raw, 40)
    return _("from the base") if model.commercial_use != "unknown" else None


def _day(model: ModelRecord) -> date | None:
    return None if model.last_modified is None else model.last_modified.astimezone(UTC).date()


def _columns(names: Sequence[str], fits: Sequence[FitAnswer]) -> dict[str, Any]:
    """Columns that fit beside the sidebar at 1440 pixels, narrower ones where there are more."""
    column = st.column_config
    tight = "source" in names
    tighter = tight and bool(fits)
    columns = {
        "name": column.TextColumn(_("Model"), width=186 if tighter else 232 if tight else 252),
        "source": column.TextColumn(_("Source"), width=62),
        "verdict": column.MultiselectColumn(
            _("License verdict"),
            width=126,
            options=list(look.verdict_chips()),
            color=list(look.verdict_chips().values()),
        ),
        "fit": _fit_column(fits),
        "params": column.TextColumn(_("Params"), width=60, alignment="right"),
        "base": column.TextColumn(_("Made for"), width=80),
        "quants": column.ListColumn(_("Quantizations"), width=98 if tight else 128),
        "size": column.NumberColumn(_("GiB"), width=52, format="%.1f"),
        "license": column.TextColumn(_("License"), width=78 if tighter else 90 if tight else 96),
        "downloads_30d": _downloads(_("Downloads 30 d"), names),
        "downloads_total": _downloads(_("Downloads all"), names),
        "updated": column.DateColumn(_("Updated"), width=86, format="YYYY-MM-DD"),
        "variants": column.NumberColumn(_("Variants"), width=64, format="localized"),
    }
    return {name: columns[name] for name in names}


def _fit_chips(fits: Sequence[FitAnswer], rows: int) -> list[list[str] | None]:
    return [fit_badge.of(answer) for answer in fits] if fits else [None] * rows


def _fit_column(fits: Sequence[FitAnswer]) -> Any:
    """The grade in its colour, the files that it means in gray."""
    colors = look.fit_chips()
    chips = dict.fromkeys(chip for answer in fits for chip in fit_badge.of(answer))
    return st.column_config.MultiselectColumn(
        _("Fit"),
        width=154,
        options=list(chips),
        color=[colors.get(chip, "gray") for chip in chips],
        help=_("The largest set of files that fits; ~ is an estimate."),
    )


def _downloads(title: str, names: Sequence[str]) -> Any:
    """Downloads in full; in three digits where those of 30 days and all of them are shown."""
    if not {"downloads_30d", "downloads_total"} <= set(names):
        return st.column_config.NumberColumn(title, width=110, format="localized")
    mark = {_("Downloads 30 d"): _("↓ 30 d"), _("Downloads all"): _("↓ all")}[title]
    return st.column_config.NumberColumn(mark, width=66, format="compact", help=title)


def full_name(model: ModelRecord) -> str:
    """The id of a model at its source as plain text, the name where the id says nothing."""
    if model.source == "civitai":
        return safe.plain(model.name)
    return safe.plain(model.repo_id)


def _few(names: Sequence[str]) -> list[str] | None:
    if not names:
        return None
    if len(names) <= _QUANTS and sum(map(len, names)) <= _LETTERS:
        return [safe.plain(name, 20) for name in names]
    return [safe.plain(names[0], 20), f"+{len(names) - 1}"]


def _short_or_none(number: int | None) -> str | None:
    return None if number is None else wording.short(number)


def _gib_or_none(size_bytes: int | None) -> float | None:
    return None if size_bytes is None else size_bytes / wording.GIB


def _cards(found: Found, fits: Sequence[FitAnswer]) -> None:
    with st.grid(min_column_width=300, gap="small"):
        for index, model in enumerate(found.models):
            variants = found.variants[index] if index < len(found.variants) else 1
            card(model, variants, fit=fits[index] if fits else None)


def card(model: ModelRecord, variants: int = 1, *, fit: FitAnswer | None = None) -> None:
    """One model in five lines: name, what it is, the verdict, its numbers, its license."""
    with st.container(border=True, gap=None):
        if st.button(
            f"**{safe.text(model.name, 60)}**", type="tertiary", key=f"explore.card.{model.ref}"
        ):
            frame.open_page("model", ref=model.ref)
        st.markdown("  \n".join(card_lines(model, variants, fit=fit)))


def card_lines(model: ModelRecord, variants: int = 1, *, fit: FitAnswer | None = None) -> list[str]:
    """The Markdown under the name on a card."""
    about = [safe.text(model.author, 40)] if model.author else []
    if model.source != "huggingface" or not model.author:
        about.insert(0, safe.text(wording.source(model.source)))
    about.append(safe.text(model.pipeline_tag) if model.pipeline_tag else _("task not stated"))
    if model.base_label:
        about.append(safe.text(model.base_label, 40))
    numbers = [
        wording.short(model.parameter_count) + " " + look.gray(_("params"))
        if model.parameter_count is not None
        else look.gray(_("params not stated"))
    ]
    if model.size_bytes is not None:
        numbers.append(wording.gib(model.size_bytes))
    if model.downloads_30d is not None:
        numbers.append(wording.short(model.downloads_30d) + " " + look.gray(_("in 30 d")))
    elif model.downloads_total is not None:
        numbers.append(wording.short(model.downloads_total) + " " + look.gray(_("in all")))
    silent = look.verdict_of(model) == look.UNREAD
    license_ = safe.text(_license(model), 40) or (
        _("license not read") if silent else _("license not stated")
    )
    last = license_
    if model.last_modified is not None:
        last += " · " + _("updated {day}").format(day=wording.day(model.last_modified))
    if variants > 1:
        last += " · " + ngettext("{number} variant", "{number} variants", variants).format(
            number=wording.whole(variants)
        )
    badges = [look.verdict_badge(look.verdict_of(model))]
    if fit is not None:
        badges.append(fit_badge.badge(fit.grade, fit_badge.files(fit), estimated=fit.estimated))
    else:
        badges += _quant_badges(model)
    return [
        f":gray[:small[{' · '.join(about)}]]",
        " ".join(badges),
        f":small[{' · '.join(numbers)}]",
        f":gray[:small[{last}]]",
    ]


def _quant_badges(model: ModelRecord) -> list[str]:
    badges = [look.badge(name) for name in model.quantizations[:_QUANTS]]
    if len(model.quantizations) > _QUANTS:
        badges.append(look.badge(f"+{len(model.quantizations) - _QUANTS}"))
    return badges


def _pager(found: Found) -> None:
    first = (found.page - 1) * found.page_size + 1
    last = min(found.total, found.page * found.page_size)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.caption(
            _("{first}–{last} of {total}").format(
                first=wording.whole(first),
                last=wording.whole(last),
                total=wording.whole(found.total),
            ),
            width="content",
        )
        if found.pages > 1:
            key = state.keyed("explore.pager", found.page)
            st.pagination(found.pages, default=found.page, key=key, on_change=_turned, args=(key,))


def _turned(key: str) -> None:
    state.turn_to(int(state.widget(key) or 1))


def models(shown: Sequence[ModelRecord], key: str, alt: str) -> None:
    """A short list of models, such as the children of one; choose a name to open it."""
    columns = {
        "name": [full_name(model) for model in shown],
        "kind": [wording.kind(model.kind) if model.kind else None for model in shown],
        "verdict": [[look.verdict_chip(look.verdict_of(model))] for model in shown],
        "params": [_short_or_none(model.parameter_count) for model in shown],
        "downloads_30d": pd.array([model.downloads_30d for model in shown], dtype="Int64"),
        "downloads_total": pd.array([model.downloads_total for model in shown], dtype="Int64"),
    }
    for name in _left_out(shown):
        columns.pop(name, None)
    event = st.dataframe(
        pd.DataFrame(columns),
        key=key,
        hide_index=True,
        row_height=ROW_HEIGHT,
        placeholder=wording.DASH,
        on_select="rerun",
        selection_mode="single-cell",
        column_config=_short_columns(),
        alt=alt,
    )
    for row, column in event.selection.cells:
        if column == "name" and row < len(shown):
            frame.open_page("model", ref=shown[row].ref)


def _short_columns() -> dict[str, Any]:
    column = st.column_config
    return {
        "name": column.TextColumn(_("Model"), width="large"),
        "kind": column.TextColumn(_("Kind")),
        "verdict": column.MultiselectColumn(
            _("License verdict"),
            options=list(look.verdict_chips()),
            color=list(look.verdict_chips().values()),
        ),
        "params": column.TextColumn(_("Params"), alignment="right"),
        "downloads_30d": column.NumberColumn(_("Downloads 30 d"), format="localized"),
        "downloads_total": column.NumberColumn(_("Downloads all"), format="localized"),
    }
