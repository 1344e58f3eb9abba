"""The families of models: how each is called, who publishes it, which sizes it comes in.

The table beside this file is the order in which a name is searched for them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

_BILLION = 1_000_000_000


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(
        files("catalog.normalize").joinpath("families.json").read_text("utf-8")
    )
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One size of a family, as its publisher released it."""

    label: str  # "small", "8B"
    repo_id: str  # on the Hub
    parameter_count: int | None  # as published, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One family."""

    slug: str
    name: str
    publisher: str
    pattern: str  # what a name of it holds, in lower case with hyphens
    types: tuple[str, ...]  # starts of the model types that it can have; none: any
    whole_word: bool  # its name is also a part of other words
    members: tuple[Member, ...]


@lru_cache(maxsize=1)
def accounts() -> dict[str, frozenset[str]]:
    """Of each publisher its accounts on the Hub, in lower case; none where nobody noted one."""
    noted = {name: set(ids) for name, ids in _table()["accounts"].items()}
    for family in all_families():
        owners = (member.repo_id.partition("/")[0].lower() for member in family.members)
        noted.setdefault(family.publisher, set()).update(owners)
    return {name: frozenset(ids) for name, ids in noted.items()}


@lru_cache(maxsize=1)
def all_families() -> tuple[Family, ...]:
    """Every known family, the special before the general."""
    return tuple(
        Family(
            slug=row["slug"],
            name=row["name"],
            publisher=row["publisher"],
            pattern=row["pattern"],
            types=tuple(row["types"]),
            whole_word=row.get("whole_word", False),
            members=tuple(
                Member(
                    label=one["label"],
                    repo_id=one["id"],
                    parameter_count=round(one["billion"] * _BILLION) if one["billion"] else None,
                )
                for one in row["members"]
            ),
        )
        for row in _table()["families"]
    )
