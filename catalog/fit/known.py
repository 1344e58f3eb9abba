"""Architectures that come with Cardex, by the ref of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.fit import config
from catalog.fit.architecture import Architecture


def refs() -> tuple[str, ...]:
    """Every ref of which the architecture is known."""
    return tuple(_table()) + tuple(_twins())


def stated(ref: str) -> Mapping[str, Any] | None:
    """The fields of its config.json, None where the table has none of its own."""
    return _table().get(_names().get(ref.casefold(), ""))


def architecture(ref: str) -> Architecture | None:
    """The architecture of a ref, None where it is not known."""
    name = _names().get(ref.casefold())
    return None if name is None else _read(name)


@cache
def _table() -> dict[str, dict[str, Any]]:
    """The fields of each `config.json` that memory depends on."""
    table: dict[str, dict[str, Any]] = json.loads(_text("architectures.json"))
    return table


@cache
def _twins() -> dict[str, tuple[str, int | None]]:
    """Models of one kind with exactly as many parameters as one of the table, and their context.

    The file is by ref of the table and by context; the context of some is not known.
    """
    groups: dict[str, dict[str, list[str]]] = json.loads(_text("twins.json"))
    return {
        f"huggingface:{name}": (shape, int(context) if context else None)
        for shape, contexts in groups.items()
        for context, names in contexts.items()
        for name in names
    }


def _text(name: str) -> str:
    return files("catalog.fit").joinpath(name).read_text("utf-8")


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in refs()}


@cache
def _read(name: str) -> Architecture:
    own = _table().get(name)
    if own is not None:
        return config.read(own)
    shape, context = _twins()[name]
    return replace(_read(shape), context_length=context)
