"""Which repository of the Hub a model of the Ollama library is, where that is plain.

The table beside this file was written by hand; nothing is read off names at run time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from catalog.normalize.ollama_tag import Tag


@lru_cache(maxsize=1)
def all_origins() -> Mapping[str, Mapping[str, str]]:
    """Ids on the Hub by model of the library, size and words."""
    models: Mapping[str, Mapping[str, str]] = _table()["models"]
    return models


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Any]:
    text = files("catalog.normalize").joinpath("ollama_origins.json").read_text("utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table


def stored_as(origin: str | None) -> str | None:
    """The quantization in which a publisher trained and put up the weights; None for the others."""
    found: str | None = _table()["stored"].get(origin)
    return found


def origin_of(model: str, said: Tag) -> str | None:
    """The id of the repository whose weights a tag is; None for one that is not in the table."""
    key = " ".join(word for word in (said.size, *said.variant) if word)
    return all_origins().get(model, {}).get(key)
