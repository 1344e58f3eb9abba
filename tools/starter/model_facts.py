"""Wide table of language and embedding models (llmfit, mteb, timm, jan and others)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from .facts import Facts, created, csv_rows, day, list_item, whole_number
from .licenses import card_license

NAME = "model_facts"
_DATES = {  # the day of what each part says; of a month only, its first day
    "hub-stats(evaleval)@2026-05": date(2026, 5, 20),
    "llmfit@2026-10": date(2026, 10, 1),
    "timm@2026-08": date(2026, 8, 1),
    "jan-v1@2026-03": date(2026, 3, 15),
    "jan-v2@2026-05": date(2026, 5, 1),
    "mteb@2.26.24": date(2026, 10, 26),  # the day of the package
    "xinference@2026-08": date(2026, 8, 1),
    "namhyeokwoo@2026-08-22": date(2026, 8, 22),
    "genmodelfit@2026-10-21": date(2026, 10, 21),
}
_LLMFIT = "llmfit@2026-10"
_DEFAULT_CONTEXT = 4096  # what llmfit writes when it does not know
_ROUNDED_FROM, _ROUNDED_TO = 1_000_000, 100_000  # typed by hand: 12,000,000
_NOMINAL = "xinference.nominal_B"  # the size in the name


def read(folder: Path) -> Iterator[Facts]:
    """Every row but the template, without what is a default, a guess or typed by hand."""
    for row in csv_rows(folder / "model_facts.csv.gz"):
        if "{" not in row["id"]:
            yield _facts(row)


def _facts(row: dict[str, str]) -> Facts:
    sources = json.loads(row["sources"])
    # no date, no likes: llmfit had no answer of the Hub for this row, its zeros are blanks
    unseen = sources[0] == _LLMFIT and not row["createdAt"] and whole_number(row["likes"]) == 0
    downloads = (whole_number(row["downloads"]) or None) if unseen else whole_number(row["downloads"])
    by_hand = bool(downloads and downloads >= _ROUNDED_FROM and downloads % _ROUNDED_TO == 0)
    counted = None if by_hand else day(row["downloads_date"])
    split = json.loads(row["safetensors_parameters"] or "{}")
    return Facts(
        repo_id=row["id"],
        source=NAME,
        as_of=max(_DATES[source] for source in sources),
        downloads_as_of=counted,
        likes_as_of=_DATES[sources[0]],  # the first source wins in every column but downloads
        parameter_count=_parameter_count(row, split),
        active_parameter_count=whole_number(row["params_active"]) or None,
        context_length=_context_length(row, sources),
        task_guess=row["task_hint"] or None,
        quantizations=tuple(json.loads(row["quants"] or "[]")),
        row=list_item(
            createdAt="" if by_hand else _created(row["createdAt"], sources),
            lastModified=row["lastModified"],
            downloads=downloads if counted else None,
            likes=None if by_hand or unseen else whole_number(row["likes"]),
            pipeline_tag=row["pipeline_tag"],
            library_name=row["library"],
            safetensors={"parameters": split, "total": sum(split.values())} if split else None,
            config=list_item(model_type=row["architecture"]),
            gated={"True": True, "False": False}.get(row["gated"]),
            cardData=_card(row),
        ),
    )


def _parameter_count(row: dict[str, str], split: dict[str, int]) -> int | None:
    if split or row["params_suspect"] or row["params_source"] in ("", _NOMINAL):
        return None
    return whole_number(row["params_total"]) or None


def _context_length(row: dict[str, str], sources: list[str]) -> int | None:
    length = whole_number(row["context_length"]) or None
    return None if length == _DEFAULT_CONTEXT and _LLMFIT in sources else length


def _created(text: str, sources: list[str]) -> str:
    """llmfit's days are the Hub's (555 of 557 agree with exact times); mteb's are releases."""
    day_only = text.endswith("T00:00:00.000Z")
    return "" if day_only and sources != [_LLMFIT] else created(text)


def _card(row: dict[str, str]) -> dict[str, Any]:
    return {
        **card_license(row["license"], row["license_name"]),
        **list_item(
            language=json.loads(row["languages"] or "[]"),
            base_model=json.loads(row["base_model"] or "[]"),
            base_model_relation=row["base_relation"],
        ),
    }
