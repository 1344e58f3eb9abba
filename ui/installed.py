"""What Ollama has installed near by: on the sources page, and as a mark on a model's own page."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from catalog.records import Installed, ModelRecord, Runtime
from ui import frame, look, safe, services, wording
from ui.i18n import _, ngettext

ROW_HEIGHT = 34
_ROWS_VISIBLE = 10


def places(runtimes: Sequence[Runtime]) -> None:
    """Each place where models are installed, with its models and those that have an update."""
    st.markdown("**" + _("Where models are installed") + "**")
    if not runtimes:
        st.caption(
            _(
                "No Ollama has been asked yet. A sync of Ollama asks the one at `OLLAMA_HOST` and "
                "reads the folder `OLLAMA_MODELS`."
            )
        )
    for index, runtime in enumerate(runtimes):
        _place(runtime, f"sources.runtime.{index}")


def _place(runtime: Runtime, key: str) -> None:
    st.markdown(" ".join(_heading(runtime)))
    if runtime.error:
        seen = wording.minute(runtime.seen_at) if runtime.seen_at else _("never")
        told = _("Last good answer: {when}.").format(when=safe.text(seen))
        st.markdown(f":orange[:material/warning:] {safe.text(runtime.error, 300)} {told}")
    if runtime.notice:
        st.markdown(f":orange[:material/warning:] {safe.text(runtime.notice, 300)}")
    if runtime.models:
        _models(runtime.models, key)
        _pulls([model.name for model in runtime.models if model.update == "available"])


def _heading(runtime: Runtime) -> Iterator[str]:
    yield safe.text(where(runtime), 120)
    if runtime.kind == "folder":
        yield look.badge(_("folder"), "folder")
    elif runtime.version:
        yield look.badge(f"Ollama {runtime.version}", "dns")
    yield look.badge(wording.models(len(runtime.models)))
    if runtime.unfinished:
        broken = ngettext(
            "{number} unfinished download", "{number} unfinished downloads", runtime.unfinished
        )
        yield look.badge(broken.format(number=wording.whole(runtime.unfinished)), "downloading")
    updates = sum(model.update == "available" for model in runtime.models)
    if updates:
        words = ngettext("{number} update", "{number} updates", updates)
        yield look.badge(words.format(number=wording.whole(updates)), "update")


def where(runtime: Runtime) -> str:
    """A server without what may be secret in its address; a folder as it is."""
    if runtime.kind == "folder":
        return runtime.where
    return safe.place(runtime.where)


def _models(models: Sequence[Installed], key: str) -> None:
    event = st.dataframe(
        pd.DataFrame(
            {
                "name": [safe.plain(model.name) for model in models],
                "state": [update_words(model) for model in models],
                "size": [
                    None if model.size_bytes is None else model.size_bytes / wording.GIB
                    for model in models
                ],
                "params": [safe.plain(model.parameter_size) or None for model in models],
                "quant": [safe.plain(model.quant_type) or None for model in models],
                "known": [_("yes") if model.ref else _("no") for model in models],
            }
        ),
        key=key,
        hide_index=True,
        height=ROW_HEIGHT * (min(len(models), _ROWS_VISIBLE) + 1) + 2,
        row_height=ROW_HEIGHT,
        placeholder=wording.DASH,
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "name": st.column_config.TextColumn(_("Model"), width="medium"),
            "state": st.column_config.TextColumn(_("State")),
            "size": st.column_config.NumberColumn(_("GiB"), format="%.2f"),
            "params": st.column_config.TextColumn(_("Params"), alignment="right"),
            "quant": st.column_config.TextColumn(_("Quantization")),
            "known": st.column_config.TextColumn(_("In the catalog")),
        },
        alt=_("Installed models; choose a name to open it"),
    )
    for row, column in event.selection.cells:
        if column == "name" and row < len(models) and models[row].ref is not None:
            frame.open_page("model", ref=str(models[row].ref))


def update_words(model: Installed) -> str:
    """How an installed model stands to the library, and whether it is in memory."""
    words = {
        "available": _("update available"),
        "current": _("up to date"),
    }.get(model.update, _("not compared"))
    if model.remote:
        return _("runs in the cloud")
    if not model.complete:
        return _("incomplete")
    return wording.listed([words, _("loaded")]) if model.loaded else words


def _pulls(names: Sequence[str]) -> None:
    """The commands that fetch the updates, to copy."""
    if names:
        lines = [f"ollama pull {shlex.quote(safe.plain(name))}" for name in names]
        st.code("\n".join(lines), language=None)


def marks(model: ModelRecord) -> None:
    """On the page of a model: where it is installed, and whether there is a newer one."""
    updates = []
    for runtime in services.runtimes():
        for held in runtime.models:
            if held.ref == model.ref:
                st.markdown(_mark(runtime, held))
                updates += [held.name] if held.update == "available" else []
    _pulls(list(dict.fromkeys(updates)))


def _mark(runtime: Runtime, held: Installed) -> str:
    here = _("Installed here") if runtime.here else _("Installed near by")
    shown = [f":primary-badge[:material/download_done: {here}]"]
    if held.update == "available":
        newer = _("Update available")
        shown.append(f":blue-badge[:material/update: {newer}]")
    told = _("{name} at {place}").format(
        name=safe.text(held.name), place=safe.text(where(runtime), 120)
    )
    parts = [told]
    if held.size_bytes is not None:
        parts.append(wording.gib(held.size_bytes))
    if held.loaded:
        parts.append(_("in memory"))
    if runtime.seen_at is not None:
        asked = wording.clock(runtime.seen_at, datetime.now(UTC))
        parts.append(_("asked {when}").format(when=safe.text(asked)))
    return f"{' '.join(shown)} :gray[:small[{' · '.join(parts)}]]"
