"""Table of models of 52 tasks, merged from some twenty public lists; each row names its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from .facts import Facts, created, csv_rows, day, list_item, whole_number
from .licenses import card_license

NAME = "task_model_facts"
_DATES = re.compile(r"\d{4}-\d{2}-\d{2}")

# Counts taken from the name, from "the usual size" of an architecture, or at a flat 75M for every
# opus-mt model are not counts of this repository.
_GUESSED = ("derived", "nominal")
# A third party's reading of the weights' origin, not what the repository states.
_NOT_STATED = ("qai_hub_models", "Azure")
_OLDEST_DOWNLOADS = date(2025, 1, 1)  # a count of 2022 says nothing about what people use


def read(folder: Path) -> Iterator[Facts]:
    """Every row, without derived counts, third-party licenses and downloads from before 2025."""
    for row in csv_rows(folder / "task_model_facts.csv.gz"):
        counted = day(row["downloads_date"])
        if counted is not None and counted < _OLDEST_DOWNLOADS:
            counted = None
        dates = [day(found) for found in _DATES.findall(row["source"])]
        known = [found for found in (*dates, counted, day(row["last_seen"])) if found]
        stated = not row["license_source"].startswith(_NOT_STATED)
        # timm's tag is supposed for the whole list; other lists took it from the Hub
        assumed = row["library"] == "timm" and "pytorch-image-models" in row["source"]
        languages = [code for code in row["languages"].split("|") if code and "…" not in code]
        yield Facts(
            repo_id=row["id"],
            source=NAME,
            as_of=max(known),
            downloads_as_of=counted,
            parameter_count=_parameter_count(row),
            task_guess=row["pipeline_tag"] if assumed else None,
            row=list_item(
                createdAt=created(row["createdAt"]),
                lastModified=row["lastModified"],
                downloads=whole_number(row["downloads"]) if counted else None,
                likes=whole_number(row["likes"]),
                pipeline_tag="" if assumed else row["pipeline_tag"],
                library_name=row["library"],
                cardData={
                    **(card_license(row["license"]) if stated else {}),
                    **list_item(language=languages, base_model=row["base_model"]),
                },
            ),
        )


def _parameter_count(row: dict[str, str]) -> int | None:
    packed = "quantized_or_converted" in row["flags"]
    if packed or row["params_source"].startswith(_GUESSED):
        return None
    return whole_number(row["params_total"]) or None
