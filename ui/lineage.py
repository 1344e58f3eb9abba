"""The files of a model, what it was made from, and what was made from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from catalog.query import quote
from catalog.records import ModelDetail, ModelFile
from ui import frame, look, safe, state, tables, wording
from ui.i18n import _, ngettext

ROW_HEIGHT = 34
_SETS_VISIBLE = 20


def files(detail: ModelDetail) -> None:
    """What can be fetched: one row per runnable set, then every file."""
    if not detail.files:
        st.markdown("### " + _("The catalog holds no list of its files"), anchors=False)
        st.caption(_("Formats and size are known as far as the facts and their origin say."))
        return
    rounded = _rounded(detail)
    digits = "%.1f" if rounded else "%.2f"
    sets = groups(detail.files)
    known = [entry for entry in sets if entry[2] is not None]
    st.markdown(f"### {_finding(len(detail.files), known)}", anchors=False)
    if sets:
        _sets(sets, digits)
        if rounded:
            st.caption(rounded)
    label = ngettext("{number} file", "{number} files", len(detail.files))
    with st.expander(label.format(number=wording.whole(len(detail.files))), type="compact"):
        _listing(detail.files)


def _rounded(detail: ModelDetail) -> str | None:
    """Why the sizes are not exact, None where they are."""
    model = detail.model
    if model.source == "huggingface" and model.origin == "starter":
        return _("The bundled catalog knows these sizes to a tenth of a GiB.")
    if model.source == "ollama" and not any(file.sha256 for file in detail.files):
        return _("The library states these sizes in rounded figures.")
    return None


def _sets(sets: Sequence[tuple[str, list[ModelFile], int | None]], digits: str) -> None:
    columns: dict[str, list[Any]] = {
        "set": [safe.plain(label(name, part)) for name, part, _size in sets],
        "version": [_versions(part) for _name, part, _size in sets],
        "size": [None if size is None else size / wording.GIB for *_, size in sets],
        "bits": [_bits(part) for _name, part, _size in sets],
        "files": [len(part) for _name, part, _size in sets],
        "format": [_formats(part) for _name, part, _size in sets],
    }
    if not any(columns["version"]):
        del columns["version"]
    st.dataframe(
        pd.DataFrame(columns),
        key="model.sets",
        width="content",
        height=ROW_HEIGHT * (min(len(sets), _SETS_VISIBLE) + 1) + 2,
        hide_index=True,
        row_height=ROW_HEIGHT,
        placeholder=wording.DASH,
        column_config={
            "set": st.column_config.TextColumn(_("Quantization or dtype"), width=190),
            "version": st.column_config.TextColumn(_("Version"), width=100),
            "size": st.column_config.NumberColumn(_("GiB"), format=digits, width=90),
            "bits": st.column_config.NumberColumn(_("Bits per weight"), format=digits, width=130),
            "files": st.column_config.NumberColumn(_("Files"), width=80),
            "format": st.column_config.TextColumn(_("Format"), width=130),
        },
        alt=_("Sets of files that run, smallest first"),
    )


def _versions(part: Sequence[ModelFile]) -> str | None:
    return safe.plain(wording.listed(sorted({file.version_id or "" for file in part}))) or None


def groups(files: Sequence[ModelFile]) -> list[tuple[str, list[ModelFile], int | None]]:
    """Runnable sets as (name, files, bytes), smallest first, those of unknown size last."""
    by_name: dict[str, list[ModelFile]] = {}
    for file in files:
        if file.group is not None and file.role in {None, "weights"}:
            by_name.setdefault(file.group, []).append(file)
    sets = [(name, part, _total(part)) for name, part in by_name.items()]
    return sorted(sets, key=lambda entry: (entry[2] is None, entry[2] or 0, entry[0]))


def label(name: str, part: Sequence[ModelFile]) -> str:
    """A set without the version before its name, which has a column of its own."""
    version = part[0].version_id
    return name.removeprefix(f"{version} ") if version else name


def _total(part: Sequence[ModelFile]) -> int | None:
    sizes = [file.size_bytes for file in part]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def _finding(number: int, known: list[tuple[str, list[ModelFile], int | None]]) -> str:
    if not known:
        return ngettext("{number} file", "{number} files", number).format(
            number=wording.whole(number)
        )
    name, last = (label(name, part) for name, part, _size in (known[0], known[-1]))
    size, largest = known[0][2], known[-1][2]
    if len(known) == 1:
        return _("One set of files runs: {name}, {size}").format(
            name=safe.text(name), size=safe.text(wording.gib(size))
        )
    return _("{number} sets of files, from {smallest} ({size}) to {largest} ({most})").format(
        number=wording.whole(len(known)),
        smallest=safe.text(name),
        size=safe.text(wording.gib(size)),
        largest=safe.text(last),
        most=safe.text(wording.gib(largest)),
    )


def _bits(part: Sequence[ModelFile]) -> float | None:
    return next((file.bits_per_weight for file in part if file.bits_per_weight), None)


def _formats(part: Sequence[ModelFile]) -> str:
    return ", ".join(sorted({file.format for file in part if file.format}))


def _listing(files: Sequence[ModelFile]) -> None:
    columns: dict[str, list[Any]] = {
        "path": [safe.plain(file.path) for file in files],
        "version": [safe.plain(file.version_id) or None for file in files],
        "size": [
            None if file.size_bytes is None else wording.gib(file.size_bytes) for file in files
        ],
        "quant": [safe.plain(file.quant_type or file.dtype) or None for file in files],
        "format": [safe.plain(file.format) or None for file in files],
        "role": [safe.plain(file.role) or None for file in files],
        "scan": [safe.plain(file.scan) or None for file in files],
        "sha256": [safe.plain(file.sha256) or None for file in files],
    }
    for name in ("version", "scan", "sha256"):  # what this source never says
        if not any(columns[name]):
            del columns[name]
    st.dataframe(
        pd.DataFrame(columns),
        key="model.files",
        hide_index=True,
        placeholder=wording.DASH,
        column_config={
            "path": st.column_config.TextColumn(_("File"), width="large"),
            "version": st.column_config.TextColumn(_("Version")),
            "size": st.column_config.TextColumn(_("Size"), alignment="right"),
            "quant": st.column_config.TextColumn(_("Quantization or dtype")),
            "format": st.column_config.TextColumn(_("Format")),
            "role": st.column_config.TextColumn(_("Role")),
            "scan": st.column_config.TextColumn(_("Scan by the source")),
            "sha256": st.column_config.TextColumn("SHA-256"),
        },
        alt=_("All files of the model"),
    )
    if "scan" in columns:
        st.caption(_("A scan is what the source reports; it does not make a file safe."))


def family(detail: ModelDetail) -> None:
    """Bases above, children below; refs that the catalog does not hold are named as text."""
    model = detail.model
    held = {base.ref for base in detail.bases}
    if model.base_models:
        st.markdown(f"#### {_sentence(wording.relation(model.base_model_relation))}", anchors=False)
    elif model.base_label:
        st.markdown(f"#### {_sentence(wording.relation(model.base_model_relation))}", anchors=False)
        st.text(safe.plain(model.base_label))
    if detail.bases:
        tables.models(detail.bases, "model.bases", _("Models that this one was made from"))
    for ref in model.base_models:
        if ref not in held:
            st.markdown(safe.text(ref) + " " + look.gray(_("not in this catalog")))
    st.markdown(
        "#### "
        + ngettext(
            "{number} model was made from it",
            "{number} models were made from it",
            detail.children_total,
        ).format(number=wording.whole(detail.children_total)),
        anchors=False,
    )
    if detail.children:
        tables.models(detail.children, "model.children", _("Models that were made from this one"))
    if detail.children_total > len(detail.children) and st.button(
        _("List all of them"), key="model.all_children", icon=":material/list:"
    ):
        state.type_in(f"base:{quote(model.ref)}")
        frame.open_page("explore")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
