"""How to run a model: one block to copy for each tool that can."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from catalog.records import ModelDetail, ModelFile, ModelRecord
from catalog.reports import Recipe
from catalog.services.recipes import choices, recipes, usual, why_none
from ui import look, safe, terms, wording
from ui.i18n import _, ngettext

_LINE = 2_000  # characters of code in one line that are shown


def running(detail: ModelDetail) -> None:
    """The recipes of a model for the set of weights that is picked."""
    model, files = detail.model, detail.files
    found = recipes(model, files)
    if not found:
        st.markdown("### " + _("No recipe for this one"), anchors=False)
        st.markdown(terms.no_recipe(why_none(model)))
        return
    ways = sum(recipe.tool != "curl" for recipe in found)
    title = ngettext("{number} way to run it", "{number} ways to run it", ways)
    words = title.format(number=wording.whole(ways)) if ways else _("How to fetch it")
    st.markdown(f"### {words}", anchors=False)
    picked = None
    sets = choices(model, files)
    if sets:
        at = sets.index(usual(model, files) or sets[0])
        picked = st.selectbox(
            _("Quantization or file set"),
            sets,
            index=at,
            format_func=safe.plain,
            key=f"model.quant.{model.ref}",
            help=terms.fact("quantization"),
            width=320,
        )
        found = recipes(model, files, picked)
    _memory(_weigh(model, files, picked))
    for recipe in found:
        _recipe(recipe)
    st.caption(_("Written from what the catalog knows, not run here. Read the model card first."))


def _weigh(model: ModelRecord, files: Sequence[ModelFile], picked: str | None) -> int | None:
    """The bytes of the weights that are loaded, None where they are not the whole of it."""
    if model.kind in {"adapter", "component"}:
        return None
    if picked is None:
        return model.size_bytes
    total = 0
    for file in files:
        if file.group == picked and file.role in {None, "weights"}:
            if file.size_bytes is None:
                return None
            total += file.size_bytes
    return total or None


def _memory(weights_bytes: int | None) -> None:
    if weights_bytes is not None:
        words = _("The weights take {size}: so much memory at least, and more for the context.")
        st.markdown(look.gray(words.format(size=wording.gib(weights_bytes))))


def _recipe(recipe: Recipe) -> None:
    st.markdown(f"#### {safe.text(recipe.tool)}", anchors=False)
    start = terms.recipe_start(recipe.tool, recipe.language, bool(recipe.needs))
    st.markdown(f":gray[:small[{start}]]")
    for key in recipe.notes:
        st.markdown(f":gray[:small[:material/info: {terms.recipe_note(key)}]]")
    if recipe.needs:
        st.code("pip install " + " ".join(recipe.needs), language="bash")
    st.code(_shown(recipe.code), language=recipe.language, wrap_lines=True)


def _shown(code: str) -> str:
    """Line by line as plain text: what would hide or reorder is shown as a mark."""
    return "\n".join(_line(line) for line in code.split("\n"))


def _line(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + safe.plain(line, _LINE)
