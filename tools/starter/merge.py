"""One list item per repository from all that the inputs say: the better fact per field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.records import ModelFile

from . import additions, gguf_files, list_rows, model_facts, radar, task_facts
from .facts import Facts

# Whole list items before tables that were merged from lists, the younger before the older.
TRUST = (
    additions.NAME,
    radar.NAME,
    list_rows.NAME,
    task_facts.NAME,
    model_facts.NAME,
    gguf_files.NAME,
)
_LICENSE = ("license", "license_name", "license_link")
_BASE = ("base_model", "base_model_relation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """All that is known about one repository."""

    repo_id: str
    sources: tuple[str, ...]
    as_of: date  # of the youngest input
    row: dict[str, Any]  # as a list item of the Hub
    whole: bool
    downloads_as_of: date | None
    parameter_count: int | None
    total_parameters: int | None
    active_parameter_count: int | None
    context_length: int | None
    task_guess: str | None
    context_suspect: bool
    in_safetensors: bool
    quantizations: tuple[str, ...]
    files: tuple[ModelFile, ...]


def merge(facts: Iterable[Facts]) -> Merged:
    """What several inputs say about the same repository as one."""
    told = sorted(facts, key=lambda fact: TRUST.index(fact.source))
    counted = _youngest_downloads(told)
    row: dict[str, Any] = {"id": told[0].repo_id}
    for fact in told:
        for key, value in fact.row.items():
            row.setdefault(key, value)
    row["cardData"] = _card(told)
    _take_counts(row, told, counted)
    return Merged(
        repo_id=told[0].repo_id,
        sources=tuple(fact.source for fact in told),
        as_of=max(fact.as_of for fact in told),
        row=row,
        whole=any(fact.whole for fact in told),
        downloads_as_of=counted.downloads_as_of if counted else None,
        parameter_count=_first(told, "parameter_count"),
        total_parameters=_first(told, "total_parameters"),
        active_parameter_count=_first(told, "active_parameter_count"),
        context_length=_first(told, "context_length"),
        task_guess=_first(told, "task_guess"),
        context_suspect=any(fact.context_suspect for fact in told),
        in_safetensors=any(fact.in_safetensors for fact in told),
        quantizations=_first(told, "quantizations") or (),
        files=tuple(file for fact in told for file in fact.files),
    )


def _first(told: list[Facts], name: str) -> Any:
    return next((value for fact in told if (value := getattr(fact, name))), None)


def _youngest_downloads(told: list[Facts]) -> Facts | None:
    dated = [fact for fact in told if fact.downloads_as_of and "downloads" in fact.row]
    # max keeps the first of equals: the more trusted one
    return max(dated, key=lambda fact: fact.downloads_as_of or date.min, default=None)


def _take_counts(row: dict[str, Any], told: list[Facts], counted: Facts | None) -> None:
    """Numbers that grow: each from one day only, downloads of 30 days and of all time together."""
    for key in ("downloads", "downloadsAllTime"):
        row.pop(key, None)
        if counted and key in counted.row:
            row[key] = counted.row[key]
    for key in ("likes", "lastModified"):
        dated = [(fact.likes_as_of or fact.as_of, fact) for fact in told if key in fact.row]
        if dated:
            row[key] = max(dated, key=lambda pair: pair[0])[1].row[key]


def _card(told: list[Facts]) -> dict[str, Any]:
    """The card's keys; a license and a base come from one input each, whole."""
    cards = [fact.row.get("cardData") or {} for fact in told]
    card: dict[str, Any] = {}
    for block in (_LICENSE, _BASE):
        stated = next((one for one in cards if one.get(block[0])), {})
        card |= {key: stated[key] for key in block if key in stated}
    for one in cards:
        for key, value in one.items():
            if key not in (*_LICENSE, *_BASE):
                card.setdefault(key, value)
    return card
