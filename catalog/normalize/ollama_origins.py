"""Which repository of the Hub a model of the Ollama library is, where that is plain.

The table beside this file was written by hand; nothing is read off names at run time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from catalog.normalize.ollama_tag import Tag


@lru_cache(maxsize=1)
def all_origins() -> Mapping[str, Mapping[str, str]]:
    """Ids on the Hub by model of the library, size and words."""
    text = files("catalog.normalize").joinpath("ollama_origins.json").read_text("utf-8")
    models: Mapping[str, Mapping[str, str]] = json.loads(text)["models"]
    return models


def origin_of(model: str, said: Tag) -> str | None:
    """The id of the repository whose weights a tag is; None for one that is not in the table."""
    key = " ".join(word for word in (said.size, *said.variant) if word)
    return all_origins().get(model, {}).get(key)
