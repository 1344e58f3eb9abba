"""What families and publishers are called elsewhere: Chinese names, pinyin, nicknames."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from catalog.query import WORD, Query
from catalog.store.search import squeezed


def with_aliases(query: Query) -> Query:
    """The query whose words allow what is meant by them, too: `千问3` allows `qwen3`."""
    parts = []
    for part in query.conditions:
        words = part.values if part.key == WORD else ()
        added = [one for value in words for one in meanings(value)]
        parts.append(replace(part, values=(*part.values, *added)) if added else part)
    return replace(query, conditions=tuple(parts))


def meanings(word: str) -> list[str]:
    """Other words for one that is, or begins with, a name of the table; none for most words.

    What follows the name is kept. Latin names are whole but for digits (`qianwen3`).
    """
    text = squeezed(word)
    for name in _names():
        rest = text[len(name) :]
        if text.startswith(name) and (not name.isascii() or rest[:1].isdigit() or not rest):
            return [f"{meant}{rest}" for meant in _table()[name]]
    return []


def is_name(word: str) -> bool:
    """Whether this is a name of the table, or what one means: no slip of the keys, then."""
    return word in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(_table()).union(*_table().values())


@cache
def _table() -> dict[str, list[str]]:
    table: dict[str, list[str]] = json.loads(
        Path(__file__).with_name("aliases.json").read_text("utf-8")
    )
    return table


@cache
def _names() -> tuple[str, ...]:
    """The names, the longer ones first."""
    return tuple(sorted(_table(), key=lambda name: (-len(name), name)))
