"""How to run a model: what to type for each tool that can run this row; pure.

Only recipes that can work are given. Whether code of a repository is trusted stays a choice of
whoever types: no recipe switches it on. Ids reach a shell or Python quoted, and an id that its own
source would refuse gives no recipe at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from catalog.records import ModelFile, ModelRecord
from catalog.reports import Recipe
from catalog.services import recipes_civitai, recipes_gguf, recipes_parts, recipes_python
from catalog.services.recipes_base import WeightSet, weight_sets

# What the Hub and Ollama's library take as an id; a leading "-" would be read as an option.
_HUB_ID = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_.][\w.-]*)?", re.ASCII)
_OLLAMA_ID = re.compile(r"[A-Za-z0-9_][\w.-]*(/[\w.-]+)?(:[\w.-]+)?", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)

_HUB: tuple[Callable[[ModelRecord, WeightSet | None], Iterator[Recipe]], ...] = (
    recipes_python.recipes,
    recipes_gguf.recipes,
)


def recipes(
    model: ModelRecord, files: Sequence[ModelFile], chosen: str | None = None
) -> tuple[Recipe, ...]:
    """What to type, the likeliest tool first; `chosen` is one of `choices`, else the usual one."""
    if not _well_formed(model) or recipes_parts.guesses_ahead(model):
        return ()
    picked = _picked(weight_sets(model, files), chosen)
    if model.source == "ollama":
        return tuple(recipes_gguf.of_the_library(model))
    if model.source == "civitai":
        return tuple(recipes_civitai.recipes(model, picked))
    return tuple(recipe for make in _HUB for recipe in make(model, picked))


def choices(model: ModelRecord, files: Sequence[ModelFile]) -> tuple[str, ...]:
    """The sets of weights to pick from, where which one it is changes what is typed."""
    sets = weight_sets(model, files)
    if model.source == "ollama" or len(sets) < 2:
        return ()
    return tuple(one.name for one in sets)


def usual(model: ModelRecord, files: Sequence[ModelFile]) -> str | None:
    """The set that is picked when nobody chooses."""
    picked = _picked(weight_sets(model, files), None)
    return None if picked is None else picked.name


def why_none(model: ModelRecord) -> str:
    """Why there is no recipe, one of the keys that the page has words for."""
    if not _well_formed(model):
        return "odd_id"
    if recipes_parts.guesses_ahead(model):
        return "draft"
    if recipes_parts.part(model) is not None:
        return "part"
    if recipes_python.unknown_pipeline(model):
        return "pipeline"
    if recipes_parts.speaks_as_someone(model):
        return "library"
    if model.library_name:
        return "library"
    if model.source == "civitai":
        return "base"
    if model.pipeline_tag is None:
        return "task"
    return "formats" if not model.formats else "unsure"


def _well_formed(model: ModelRecord) -> bool:
    rule = {"huggingface": _HUB_ID, "ollama": _OLLAMA_ID, "civitai": _NUMBER}.get(model.source)
    return rule is not None and rule.fullmatch(model.repo_id) is not None


def _picked(sets: Sequence[WeightSet], chosen: str | None) -> WeightSet | None:
    """The set of this name; else Q4_K_M, which llama.cpp and Ollama take too, else the first."""
    for wanted in (chosen, "Q4_K_M"):
        for one in sets:
            if one.name == wanted:
                return one
    return next(iter(sets), None)
