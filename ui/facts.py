"""One model in words: header, badges, numbers, and a table that says where each fact is from."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from catalog.records import ModelDetail, ModelRecord
from catalog.services import counts
from catalog.services.denoisers import counts_denoiser_alone
from catalog.vocabulary import UNKNOWN
from ui import frame, look, safe, services, state, terms, wording
from ui.i18n import _, ngettext

_TAGS_SHOWN = 40


def way_back() -> None:
    """The way back to the results, with the query and the count as they were."""
    total = state.results()
    if total is None:
        label = _("To the results")
    else:
        label = ngettext("{number} result", "{number} results", total).format(
            number=wording.whole(total)
        )
    if st.button(label, type="tertiary", icon=":material/arrow_back:", key="model.back"):
        frame.open_page("explore")


def header(model: ModelRecord) -> None:
    """Owner and name on one line, the link out at the right."""
    with st.container(
        horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"
    ):
        st.markdown(f"## {safe.name(model)}", width="content", anchors=False)
        url = safe.address(model.url)
        if url is not None:
            st.link_button(
                _("Open at {source}").format(source=wording.source(model.source)),
                url,
                icon=":material/open_in_new:",
            )


def standing(model: ModelRecord) -> None:
    """The badges, and beside them the ref with a button that copies it for any search line."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        _badges(model)
        st.code(safe.plain(model.ref), language=None, width="content")


def _badges(model: ModelRecord) -> None:
    """The verdict with its license, then what else decides in one look."""
    shown = [look.verdict_badge(look.verdict_of(model), _license(model))]
    if model.pipeline_tag:
        shown.append(look.badge(model.pipeline_tag))
    if model.kind:
        shown.append(look.badge(wording.kind(model.kind)))
    if model.base_label:
        shown.append(look.badge(model.base_label, "account_tree"))
    if model.gated not in {"no", "unknown"}:
        shown.append(look.badge(wording.access(model.gated, model.tags), "lock"))
    if "cloud_only" in model.flags:
        shown.append(look.badge(_("cloud only"), "cloud"))
    if model.languages:
        languages = ngettext("{number} language", "{number} languages", len(model.languages))
        shown.append(look.badge(languages.format(number=wording.whole(len(model.languages)))))
    if model.nsfw:
        shown.append(look.badge(_("adult content"), "eighteen_up_rating"))
    st.markdown(" ".join(shown), width="content", help=terms.unread(look.verdict_of(model)))


def _license(model: ModelRecord) -> str | None:
    return wording.license_name(model.license) if model.license else None


def metrics(model: ModelRecord) -> None:
    """The six numbers that are asked for first."""
    downloads = (_("Downloads 30 d"), model.downloads_30d)
    if model.downloads_30d is None and model.downloads_total is not None:
        downloads = (_("Downloads in all"), model.downloads_total)
    numbers = (
        (_("Parameters"), wording.short(model.parameter_count), "parameters"),
        (_("Context"), wording.tokens(model.context_length), "context"),
        (_("Smallest file set"), wording.gib(model.size_bytes), "size"),
        (downloads[0], wording.short(downloads[1]), "downloads"),
        (_("Likes"), wording.whole(model.likes), "likes"),
        (_("Updated"), wording.day(model.last_modified), "updated"),
    )
    with st.grid(columns=6, min_column_width=150, gap="small"):
        for label, value, meaning in numbers:
            st.metric(label, value, help=terms.fact(meaning))


def doubts(detail: ModelDetail) -> None:
    """What is doubtful about the row, in words; of counts that disagree, each of them."""
    for flag in detail.model.flags:
        words = wording.flag(flag)
        if flag == "params_disagree":
            words = " · ".join((words, *_counts(detail)))
        st.markdown(f":orange[:material/flag:] :small[{safe.text(words, 600)}]")


def _counts(detail: ModelDetail) -> Iterator[str]:
    yield _("here {number}").format(number=wording.short(detail.model.parameter_count))
    for other in counts.others(detail):
        number = wording.short(other.parameter_count)
        if other.of is None:
            yield _("in its name {number}").format(number=number)
        else:
            yield _("{name}: {number}").format(name=other.of, number=number)


def overview(detail: ModelDetail) -> None:
    """The facts with their origin and date, the tags, and the same from the command line."""
    table(detail.model, listed=bool(detail.files))
    tags(detail.model)
    command(detail.model)


def table(model: ModelRecord, *, listed: bool) -> None:
    """Every fact with where it is from and of which day; what nobody stated is shown as that."""
    none = wording.not_stated()
    corrected = _corrected(model)
    rows = [
        (name, value, corrected.get(name) or (wording.DASH if value == none else origin))
        for name, value, origin in _facts(model, _of_files(listed))
    ]
    st.dataframe(
        pd.DataFrame(
            {
                "fact": [row[0] for row in rows],
                "value": [row[1] for row in rows],
                "origin": [row[2] for row in rows],
                "day": [wording.day(model.fetched_at)] * len(rows),
            }
        ),
        key="model.facts",
        hide_index=True,
        height=34 * (len(rows) + 1) + 2,
        row_height=34,
        column_config={
            "fact": st.column_config.TextColumn(_("Fact"), width=170),
            "value": st.column_config.TextColumn(_("Value"), width=430),
            "origin": st.column_config.TextColumn(_("Where it is from"), width=330),
            "day": st.column_config.TextColumn(_("As of"), width=100),
        },
        alt=_("Facts about the model, where each is from and of which day"),
    )


def _corrected(model: ModelRecord) -> dict[str, str]:
    """For each fact that a person corrected, and that the catalog has so by now, why."""
    names = {
        "parameter_count": _("Parameters"),
        "active_parameter_count": _("Active parameters"),
        "context_length": _("Context length"),
        "size_bytes": _("Smallest file set"),
        "kind": _("Kind"),
        "pipeline_tag": _("Task"),
        "license": _("License"),
        "family": _("Family"),
    }
    return {
        names[one.field]: _("corrected: {reason}").format(reason=safe.plain(one.reason, 300))
        for one in services.corrections(model.ref)
        if getattr(model, one.field) == one.value
    }


def _of_files(listed: bool) -> tuple[str, str]:
    """Where formats and size are from, with a list of files and without one."""
    if listed:
        return _("read from the file list"), _("added up from the files")
    return _("read from tags, name and tensor types"), _("worked out from the tensor types")


def _facts(model: ModelRecord, files: tuple[str, str]) -> Iterator[tuple[str, str, str]]:
    stated = _("stated by {source}").format(source=wording.source(model.source))
    if model.origin == "starter":
        stated = _("stated by {source}, bundled with Cardex").format(
            source=wording.source(model.source)
        )
    none = wording.not_stated()

    def words(value: str | None) -> str:
        return safe.plain(value) or none

    def many(values: tuple[str, ...]) -> str:
        return safe.plain(", ".join(values), 300) or none

    yield _("Ref"), safe.plain(model.ref), _("how Cardex names it")
    if model.aliases:
        yield _("Other names"), many(model.aliases), _("they lead here too")
    yield _("Revision"), words(model.revision), stated
    task_origin = wording.task_origin(model.pipeline_tag_origin)
    yield _("Task"), words(model.pipeline_tag), task_origin if model.pipeline_tag else none
    yield _("Kind"), wording.kind(model.kind) if model.kind else none, stated
    origin = wording.parameter_origin(model.parameter_count_origin)
    if counts_denoiser_alone(model):
        origin = _("counted in the weight files of the denoiser alone")
    yield _("Parameters"), wording.whole(model.parameter_count), origin
    if model.active_parameter_count is not None:
        yield _("Active parameters"), wording.whole(model.active_parameter_count), origin
    yield _("Context length"), wording.tokens(model.context_length), stated
    yield _("Architecture"), words(model.architecture), stated
    yield _("Library"), words(model.library_name), stated
    yield _("File formats"), many(model.formats), files[0]
    yield _("Quantizations"), many(model.quantizations), files[0]
    yield _("Smallest file set"), wording.gib(model.size_bytes), files[1]
    if look.verdict_of(model) == look.UNREAD:
        yield _("License"), _("not read"), _("a sync of Ollama asks its registry")
    else:
        yield _("License"), words(model.license), stated
    access = none if model.gated == UNKNOWN else wording.access(model.gated, model.tags)
    yield _("Access"), access, stated
    if model.base_label:
        yield _("Made for"), words(model.base_label), stated
    yield _("Languages"), many(model.languages), stated
    yield _("Family"), words(model.family), _("derived from the name and the base model")
    as_of = wording.day(model.downloads_as_of)
    counted = _("counted by {source} up to {day}").format(
        source=wording.source(model.source), day=as_of
    )
    yield _("Downloads 30 d"), wording.whole(model.downloads_30d), counted
    yield _("Downloads in all"), wording.whole(model.downloads_total), counted
    yield _("Likes"), wording.whole(model.likes), _liked(model)
    yield _("Created"), wording.day(model.created_at), stated
    yield _("Updated"), wording.day(model.last_modified), stated


def _liked(model: ModelRecord) -> str:
    """Who counted the likes; the bundled catalog has them of another day than the downloads."""
    if model.origin == "starter":
        return _("counted by {source}, at the latest on {day}").format(
            source=wording.source(model.source), day=wording.day(model.fetched_at)
        )
    return _("counted by {source} up to {day}").format(
        source=wording.source(model.source), day=wording.day(model.fetched_at)
    )


def tags(model: ModelRecord) -> None:
    """The tags of the source; long lists are cut and say so."""
    if not model.tags:
        return
    st.markdown("#### " + _("Tags"), anchors=False)
    shown = " ".join(look.badge(tag) for tag in model.tags[:_TAGS_SHOWN])
    st.markdown(shown)
    if len(model.tags) > _TAGS_SHOWN:
        st.caption(
            ngettext(
                "and {number} more", "and {number} more", len(model.tags) - _TAGS_SHOWN
            ).format(number=wording.whole(len(model.tags) - _TAGS_SHOWN))
        )


def command(model: ModelRecord) -> None:
    """The command line that prints the same."""
    st.markdown("#### " + _("The same from the command line"), anchors=False)
    quoted = "'" + safe.plain(model.ref).replace("'", "'\\''") + "'"
    st.code(f"python -m catalog show {quoted} --json", language=None)
