"""Checkpoints of CivitAI that are on the Hub as well: a table kept by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def _on_hub() -> Mapping[str, str]:
    text = files("catalog.normalize").joinpath("civitai_twins.json").read_text("utf-8")
    models: Mapping[str, str] = json.loads(text)["models"]
    return models


@lru_cache(maxsize=1)
def _on_civitai() -> Mapping[str, str]:
    return {repo_id: own_id for own_id, repo_id in _on_hub().items()}


def hub_of(own_id: str) -> str | None:
    """The repository on the Hub that a model of CivitAI is; None where nobody looked it up."""
    return _on_hub().get(own_id)


def civitai_of(repo_id: str) -> str | None:
    """The model of CivitAI that a repository on the Hub is; None where nobody looked it up."""
    return _on_civitai().get(repo_id)
