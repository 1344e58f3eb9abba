"""Radar of the Hub (2026-08-22): whole list items with gating, but one sum of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from .facts import Facts, created, csv_rows, list_item, whole_number
from .licenses import card_license

NAME = "radar"
AS_OF = date(2026, 8, 22)


def read(folder: Path) -> Iterator[Facts]:
    """Every row that was not removed; its license is a name, put back as the card writes it."""
    for row in csv_rows(folder / "radar_2026-08-22.csv.gz"):
        if row["removed"] == "True":
            continue
        card = card_license(row["license"])
        if row["base_model"]:
            card["base_model"] = row["base_model"]
        yield Facts(
            repo_id=row["id"],
            source=NAME,
            as_of=AS_OF,
            whole=True,
            downloads_as_of=AS_OF,
            total_parameters=whole_number(row["parameters"]) or None,
            row=list_item(
                author=row["author"],
                createdAt=created(row["created_at"]),
                lastModified=row["updated_at"],
                downloads=whole_number(row["downloads_30d"]),
                likes=whole_number(row["likes"]),
                trendingScore=whole_number(row["trending_score"]),
                tags=[tag for tag in row["tags"].split("|") if tag],
                pipeline_tag=row["pipeline_tag"],
                library_name=row["library"],
                # which of the two ways of gating is not told
                gated={"True": True, "False": False}.get(row["gated"]),
                cardData={
                    **card,
                    **list_item(language=[code for code in row["languages"].split("|") if code]),
                },
            ),
        )
