"""Facts that no input holds, kept by hand, each with the place that it is from."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from .facts import Facts, list_item, whole_number
from .licenses import card_license

NAME = "additions"
_FILE = Path(__file__).parent / "additions.csv"


def read(_folder: Path) -> Iterator[Facts]:
    """The rows of `additions.csv`; `source` there says where each is from."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Facts(
                repo_id=row["id"],
                source=NAME,
                as_of=date.fromisoformat(row["as_of"]),
                parameter_count=whole_number(row["parameter_count"]),
                context_length=whole_number(row["context_length"]),
                row=list_item(
                    pipeline_tag=row["pipeline_tag"],
                    library_name=row["library"],
                    config=list_item(model_type=row["model_type"]),
                    cardData=card_license(row["license"]),
                ),
            )
