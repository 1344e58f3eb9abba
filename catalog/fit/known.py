"""Architectures that come with Cardex, by the ref of the model."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.fit import config
from catalog.fit.architecture import Architecture


@cache
def _table() -> dict[str, dict[str, Any]]:
    """The fields of each `config.json` that memory depends on."""
    text = files("catalog.fit").joinpath("architectures.json").read_text("utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table


def refs() -> tuple[str, ...]:
    """Every ref of which the architecture is known."""
    return tuple(_table())


def architecture(ref: str) -> Architecture | None:
    """The architecture of a ref, None where it is not in the table."""
    wanted = ref.casefold()
    found = next((name for name in _table() if name.casefold() == wanted), None)
    return config.read(_table()[found]) if found is not None else None
