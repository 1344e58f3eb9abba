"""One row of a hub-stats style table as the row that the Hub's API sends.

The data set cfahlgren1/hub-stats and its kin keep the API's names, but a column of a Parquet file
has one type: nested values are structs, in which every row has the fields of all, or JSON text;
times are timestamps; flags and lists may be text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

COLUMNS = (
    *("id", "modelId", "author", "sha", "createdAt", "lastModified", "private", "disabled"),
    *("gated", "downloads", "downloadsAllTime", "likes", "trendingScore", "tags"),
    *("pipeline_tag", "library_name", "cardData", "config", "safetensors", "gguf", "siblings"),
    *("baseModels", "transformersInfo"),
)
_NESTED = frozenset(
    {"tags", "cardData", "config", "safetensors", "gguf", "siblings", "baseModels"}
    | {"transformersInfo"}
)
_FLAGS = frozenset({"private", "disabled", "gated"})
_BOOLEANS = {"true": True, "false": False}
_NAMED_ITEMS = {"siblings": "rfilename", "models": "id"}  # lists of names stand for objects


def wire_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its nested values as objects and lists, and without what is null.

    A value that cannot be read is left out, as one that the table does not state.
    """
    found = {name: _value(name, row[name]) for name in COLUMNS if name in row}
    return {name: value for name, value in found.items() if value is not None}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, str):
        if name in _NESTED:
            value = _parsed(value)
        elif name in _FLAGS:
            return _BOOLEANS.get(value.lower(), value)
    try:
        return _plain(value, name)
    except RecursionError:
        return None


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _plain(value: Any, name: str = "") -> Any:
    """JSON values; what Parquet has beyond them becomes the nearest of them or null."""
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return {key: _plain(part, key) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        if value and isinstance(value[0], tuple):  # an Arrow map
            return _plain({key: part for key, part in value if isinstance(key, str)})
        key = _NAMED_ITEMS.get(name)
        if key is not None:
            return [{key: item} if isinstance(item, str) else _plain(item) for item in value]
        return [item if isinstance(item, str) else _plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else None  # a datetime is one
