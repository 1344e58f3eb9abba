"""Tolerant reading of upstream JSON: the value asked for, or nothing; never an exception."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

MAX_INT = 2**63 - 1  # what a column can hold
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(r"\s+")


def text(value: object, limit: int = 200) -> str | None:
    """A string without lone surrogates, control characters and outer spaces; None when empty."""
    if not isinstance(value, str):
        return None
    if len(value) <= limit and value.isprintable() and "  " not in value:
        return value.strip() or None  # nearly all; the space is the one printable blank
    # A cut before the cleaning bounds the work on a megabyte, the one after it the result.
    head = value[: 4 * limit].encode("utf-8", "ignore").decode("utf-8")
    cleaned = _SPACES.sub(" ", _CONTROLS.sub(" ", head)).strip()
    return cleaned[:limit].rstrip() or None


def texts(value: object, limit: int = 200, most: int = 1000) -> tuple[str, ...]:
    """A string or a list of strings as cleaned strings in their order, without repetition."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        return ()
    found = [text(item, limit) for item in items[:most]]
    return tuple(dict.fromkeys(item for item in found if item is not None))


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """The items in their order, each once."""
    return tuple(dict.fromkeys(items))


def count(value: object, most: int = MAX_INT) -> int | None:
    """A whole number from 0 to `most`; JSON may write it as 3.0."""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= most else None


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def mapping(value: object) -> Mapping[str, Any]:
    """An object as it is, anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def slug(words: str, limit: int = 64) -> str:
    """Lower case, `+` as `plus`, anything else but letters, digits and dots as one hyphen."""
    spelled = words.lower().replace("+", "-plus")
    return re.sub(r"[^a-z0-9.]+", "-", spelled).strip("-.")[:limit].rstrip("-.")
