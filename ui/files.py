"""The files of a model: the ladder of what runs, what scans say, and every file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from catalog.records import ModelDetail, ModelFile, ModelRecord
from catalog.reports import FileSet
from catalog.services.ladder import ladder
from ui import asking, safe, terms, wording
from ui.i18n import _, ngettext

ROW_HEIGHT = 34
_SETS_VISIBLE = 20


def files(detail: ModelDetail) -> None:
    """What can be fetched; for admins, what asks the source for more."""
    _known(detail)
    asking.ask(detail)


def _known(detail: ModelDetail) -> None:
    """One row per runnable set, then every file."""
    sets = ladder(detail.model, detail.files)
    known = [one for one in sets if one.size_bytes is not None]
    if not detail.files and not known:
        st.markdown("### " + _("The catalog holds no list of its files"), anchors=False)
        st.caption(_("Formats and size are known as far as the facts and their origin say."))
        return
    st.markdown(f"### {_finding(len(detail.files), known)}", anchors=False)
    _dangers(detail.model, sets)
    exact = _rounded(detail)
    if sets:
        _ladder(sets, exact=exact is None)
    if exact:
        st.caption(exact)
    if not detail.files:
        return
    label = ngettext("{number} file", "{number} files", len(detail.files))
    with st.expander(label.format(number=wording.whole(len(detail.files))), type="compact"):
        _listing(detail.files)


def _rounded(detail: ModelDetail) -> str | None:
    """Why the sizes are not exact, None where they are."""
    model = detail.model
    if not detail.files:
        return _("No list of files has been read; sizes with ≈ are worked out from the bits.")
    if model.source == "huggingface" and model.origin == "starter":
        return _("The bundled catalog knows these sizes to a tenth of a GiB.")
    if model.source == "ollama" and not any(file.sha256 for file in detail.files):
        return _("The library states these sizes in rounded figures.")
    return None


def _dangers(model: ModelRecord, sets: Sequence[FileSet]) -> None:
    """Pickle and unsafe scans, before anything is fetched."""
    if any(one.pickle for one in sets):
        st.markdown(f":orange[:material/warning:] {terms.recipe_note('pickle')}")
    if "unsafe_scan" in model.flags:
        st.markdown(f":red[:material/gpp_bad:] {terms.recipe_note('unsafe_scan')}")


def _finding(number: int, known: Sequence[FileSet]) -> str:
    if not known:
        return ngettext("{number} file", "{number} files", number).format(
            number=wording.whole(number)
        )
    first, last = known[0], known[-1]
    if len(known) == 1:
        return _("One set of files runs: {name}, {size}").format(
            name=safe.text(first.name), size=_size(first)
        )
    return _("{number} sets of files, from {smallest} ({size}) to {largest} ({most})").format(
        number=wording.whole(len(known)),
        smallest=safe.text(first.name),
        size=_size(first),
        largest=safe.text(last.name),
        most=_size(last),
    )


def _size(one: FileSet) -> str:
    about = "≈ " if one.estimated else ""
    return safe.text(f"{about}{wording.gib(one.size_bytes)}")


def _ladder(sets: Sequence[FileSet], *, exact: bool) -> None:
    guessed = any(one.estimated for one in sets)
    columns: dict[str, list[Any]] = {
        "set": [safe.plain(one.name) or None for one in sets],
        "size": [None if one.size_bytes is None else one.size_bytes / wording.GIB for one in sets],
        "version": [safe.plain(one.version_id) or None for one in sets],
        "about": ["≈" if one.estimated else None for one in sets],
        "bytes": [one.size_bytes for one in sets],
        "bits": [one.bits_per_weight for one in sets],
        "files": [one.files or None for one in sets],
        "format": [safe.plain(one.format) or None for one in sets],
        "scan": [safe.plain(wording.listed(one.scans)) or None for one in sets],
    }
    for name in ("version", "about", "files", "format", "scan"):
        if not any(columns[name]):
            del columns[name]
    if not exact or guessed:
        del columns["bytes"]
    st.dataframe(
        pd.DataFrame(columns),
        key="model.sets",
        height=ROW_HEIGHT * (min(len(sets), _SETS_VISIBLE) + 1) + 2,
        hide_index=True,
        row_height=ROW_HEIGHT,
        placeholder=wording.DASH,
        column_config=_columns(max((one.size_bytes or 0 for one in sets), default=0), exact=exact),
        alt=_("Sets of files that run, smallest first"),
    )


def _columns(largest: int, *, exact: bool) -> dict[str, Any]:
    column = st.column_config
    digits = "%.2f" if exact else "%.1f"
    return {
        "set": column.TextColumn(
            _("Quantization or dtype"), width=150, help=terms.fact("quantization")
        ),
        # With the name it is as wide as a phone: the figure stands at the right end of its bar.
        "size": column.ProgressColumn(
            _("GiB"), format=digits, width=190, min_value=0, max_value=largest / wording.GIB or 1
        ),
        "version": column.TextColumn(_("Version"), width=90),
        "about": column.TextColumn(_("Estimate"), width=80, alignment="center"),
        "bytes": column.NumberColumn(_("Bytes"), format="localized", width=140),
        "bits": column.NumberColumn(_("Bits per weight"), format=digits, width=120),
        "files": column.NumberColumn(_("Files"), width=70),
        "format": column.TextColumn(_("Format"), width=110),
        "scan": column.TextColumn(_("Scan by the source"), width=220),
    }


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
