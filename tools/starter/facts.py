"""What one input says about one repository, in the Hub's own words where it has them."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from catalog.records import ModelFile

# No repository is shown as older than 2022-03-02; those of that day are older than they say.
HUB_OPENED = datetime(2022, 3, 3, tzinfo=UTC)

# hub-stats and janhq, of which the merged tables tell the month only
_DAYS = {"2026-05": 20, "2026-03": 15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One input's facts about one repository; what it does not know is absent."""

    repo_id: str
    source: str
    as_of: date
    row: Mapping[str, Any] = field(default_factory=dict)  # the list item of the Hub, its keys
    whole: bool = False  # the whole list item was seen: what is absent, the Hub did not state
    downloads_as_of: date | None = None
    likes_as_of: date | None = None  # where likes are not from `as_of`
    parameter_count: int | None = None  # counted by somebody, not by the Hub
    total_parameters: int | None = None  # the Hub's sum without its dtypes
    active_parameter_count: int | None = None
    context_length: int | None = None
    context_suspect: bool = False  # a context was told that cannot be
    task_guess: str | None = None  # what the input supposes, not what the repository states
    in_safetensors: bool = False  # somebody read the count off a safetensors header
    quantizations: tuple[str, ...] = ()
    files: tuple[ModelFile, ...] = ()


def csv_rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a gzipped CSV file, each cell stripped."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {key: (value or "").strip() for key, value in row.items()}


def json_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a gzipped JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def whole_number(text: str | int | None) -> int | None:
    """The number written in `text`, None where there is none or a negative one."""
    try:
        number = int(float(text)) if text not in ("", None) else -1
    except (ValueError, OverflowError):
        return None
    return number if number >= 0 else None


def day(text: str) -> date | None:
    """`2026-08-22` as a date; of a month, the day that its table was made, else its first day."""
    if not text:
        return None
    whole = len(text) == len("2026-08-22")
    return date.fromisoformat(text if whole else f"{text}-{_DAYS.get(text, 1):02}")


def list_item(**keys: Any) -> dict[str, Any]:
    """A list item of the Hub from what is known: empty values are absent keys."""
    return {key: value for key, value in keys.items() if value not in ("", None, [], {}, ())}


def created(text: str) -> str:
    """A creation time as stated, empty on the Hub's first day, which stands for all before it."""
    if not text:
        return ""
    return text if datetime.fromisoformat(text.replace("Z", "+00:00")) >= HUB_OPENED else ""
