"""Architectures that come with Cardex, by the ref of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.fit import config
from catalog.fit.architecture import Architecture

_SAME = "same"  # the ref that has the same shape; what else is stated stands in place of its own


@cache
def _table() -> dict[str, dict[str, Any]]:
    """The fields of each `config.json` that memory depends on."""
    text = files("catalog.fit").joinpath("architectures.json").read_text("utf-8")
    table: dict[str, dict[str, Any]] = json.loads(text)
    return table


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in _table()}


def refs() -> tuple[str, ...]:
    """Every ref of which the architecture is known."""
    return tuple(_table())


def stated(ref: str) -> Mapping[str, Any] | None:
    """The fields of its config.json, None where the ref is not in the table."""
    name = _names().get(ref.casefold())
    return None if name is None else _whole(name)


def architecture(ref: str) -> Architecture | None:
    """The architecture of a ref, None where it is not in the table."""
    name = _names().get(ref.casefold())
    return None if name is None else _read(name)


def _whole(name: str) -> Mapping[str, Any]:
    own = _table()[name]
    if _SAME not in own:
        return own
    return {**_table()[own[_SAME]], **{key: own[key] for key in own if key != _SAME}}


@cache
def _read(name: str) -> Architecture:
    return config.read(_whole(name))
