"""How to run a model: one block to copy for each tool that can."""

from __future__ import annotations

import streamlit as st

from catalog.records import ModelDetail
from catalog.reports import Recipe
from catalog.services.recipes import choices, recipes, usual, why_none
from ui import safe, terms, wording
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
    for recipe in found:
        _recipe(recipe)
    st.caption(_("Written from what the catalog knows, not run here. Read the model card first."))


def _recipe(recipe: Recipe) -> None:
    st.markdown(f"#### {safe.text(recipe.tool)}", anchors=False)
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
