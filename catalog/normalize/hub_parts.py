"""The parts of one row of the Hub's list or info answer, before anything is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import BadRow
from catalog.normalize import lineage
from catalog.normalize.plain import mapping, text, texts

MOST_FILES = 2000
LONGEST_PATH = 400


@dataclass(frozen=True, slots=True)
class HubRow:
    """The parts of a row that several fields are read from."""

    repo_id: str
    name: str
    raw: Mapping[str, Any]
    card: Mapping[str, Any]
    config: Mapping[str, Any]
    gguf: Mapping[str, Any]
    tags: tuple[str, ...]
    library: str | None
    paths: tuple[str, ...] | None  # None where the answer has no file list


def read(row: object) -> HubRow:
    """The parts of a row; raises BadRow for one that cannot be a model."""
    if not isinstance(row, Mapping):
        raise BadRow("not an object")
    repo_id = row.get("id")
    if repo_id is None:
        repo_id = row.get("modelId")
    if not isinstance(repo_id, str):
        raise BadRow("no id")
    if not lineage.REPO_ID.fullmatch(repo_id):
        raise BadRow("the id is not of the form owner/name")
    if row.get("private") is True:
        raise BadRow("private")
    if row.get("disabled") is True:
        raise BadRow("disabled by the Hub")
    if "tags" in row and not isinstance(row["tags"], list | None):
        raise BadRow("tags are not a list")
    card = mapping(row.get("cardData"))
    return HubRow(
        repo_id=repo_id,
        name=repo_id.rpartition("/")[2],
        raw=row,
        card=card,
        config=mapping(row.get("config")),
        gguf=mapping(row.get("gguf")),
        tags=texts(row.get("tags"), 128),
        library=_library(row.get("library_name"), card.get("library_name")),
        paths=_paths(row.get("siblings")),
    )


def _library(*values: object) -> str | None:
    found = (text(value, 64) for value in values)
    return next((value.lower() for value in found if value is not None), None)


def _paths(siblings: object) -> tuple[str, ...] | None:
    """File names of an answer that lists any; an empty list is as good as none."""
    if not isinstance(siblings, list):
        return None
    names = (text(mapping(one).get("rfilename"), LONGEST_PATH) for one in siblings[:MOST_FILES])
    return tuple(name for name in names if name is not None) or None
