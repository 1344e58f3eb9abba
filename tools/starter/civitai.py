"""Well-known CivitAI models that one would show in a meeting: facts of 2023, and a few of 2026.

The tables are older than the site's levels, so a row is taken only when a person looked at it:
`catalog/normalize/civitai_reviewed.json` says who is in, why and since when. What a later table
rates above the safe level is not in, however it was flagged in 2023.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import BadRow
from catalog.normalize.civitai_row import to_record
from catalog.normalize.civitai_safety import ABOVE_SAFE, level_of, reviewed_ids
from catalog.records import ModelFile, ModelRecord

Row = tuple[ModelRecord, tuple[ModelFile, ...]]

SAMPLE = "civitai_2023-07_sfw_sample.csv"
SAMPLE_DAY = datetime(2023, 7, 5, tzinfo=UTC)  # of the list that it is a part of
RATED = "models_list_2024_page1_checkpoints.json"
HORDE = "ai_horde_checkpoints_2026-06.csv"
HORDE_DAY = datetime(2026, 6, 1, tzinfo=UTC)  # it tells the month
ITEMS = "models"  # whole items of the same list, by id
# The horde's own words, where they can mean only one word of the site.
_BASES = {"stable_diffusion_xl": "SDXL 1.0"}
_SCHNELL = "Flux.1 S"
# Artists, titles and the names of ingredients that an author put among the tags.
_NAMES = frozenset({"yoji shinkawa", "james daly", "0xjustin", "gorillaz", "flcl", "moistmix"})


def rows(folder: Path) -> list[Row]:
    """The bundled rows of CivitAI with their files, in the order of their ids."""
    reviewed, unsafe = reviewed_ids(), _rated_unsafe(folder / RATED)
    items = {number: (item, SAMPLE_DAY) for number, item in _sample(folder)}
    for number, item in _horde(folder / HORDE):
        items.setdefault(number, (item, HORDE_DAY))
    found = []
    for number, (item, day) in sorted(items.items()):
        if number not in reviewed or number in unsafe:
            continue
        try:
            found.append(_row(item, day))
        except BadRow as error:
            raise ValueError(f"{number} is on the list and not fit: {error.reason}") from error
    return found


def _row(item: Mapping[str, Any], day: datetime) -> Row:
    tags = [tag for tag in item["tags"] if tag.lower() not in _NAMES]
    record, files = to_record({**item, "tags": tags}, fetched_at=day, origin="starter")
    if item.get("_versions", 1) > 1:  # the table has the newest of several only
        record = replace(record, created_at=None)
    return record, files


def _rated_unsafe(path: Path) -> set[int]:
    items = json.loads(path.read_text(encoding="utf-8"))["items"]
    return {item["id"] for item in items if level_of(item)[0] & ABOVE_SAFE}


def _sample(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The models of the sample, whole where the folder has the item itself."""
    whole = {
        item["id"]: item
        for path in sorted((folder / ITEMS).glob("*.json"))
        for item in [json.loads(path.read_text(encoding="utf-8"))]
    }
    with (folder / SAMPLE).open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            number = int(line["id"])
            yield number, whole.get(number) or _of_line(number, line)


def _of_line(number: int, line: Mapping[str, str]) -> dict[str, Any]:
    """A line of the sample as an item; it was chosen by the flags nsfw and poi."""
    file = {
        "name": line["primary_file"],
        "type": "Model",
        "primary": True,
        "sizeKB": float(line["sizeKB"]) if line["sizeKB"] else None,
        "pickleScanResult": line["pickleScanResult"],
        "virusScanResult": line["virusScanResult"],
        "hashes": {"SHA256": line["sha256"]},
        "metadata": {"format": line["format"], "fp": line["fp"], "size": line["size"]},
    }
    version = {
        "id": int(line["latest_version_id"]),
        "name": line["latest_version"],
        "baseModel": line["baseModel"],
        "createdAt": line["createdAt"],
        "files": [file],
    }
    return {
        "id": number,
        "name": line["name"],
        "type": line["type"],
        "nsfw": False,
        "poi": False,
        "mode": line["mode"] or None,
        "allowCommercialUse": line["allowCommercialUse"] or None,
        **{
            name: line[name] == "True"
            for name in ("allowNoCredit", "allowDerivatives", "allowDifferentLicense")
        },
        "creator": {"username": line["creator"]},
        "tags": [tag for tag in line["tags"].split("|") if tag],
        "stats": {
            "downloadCount": int(line["downloadCount"]) or None,  # a zero is a count not taken
            "favoriteCount": int(line["favoriteCount"]),
        },
        "modelVersions": [version],
        "_versions": int(line["n_versions"]),
    }


def _horde(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Models of which the horde names model, version and a base of today."""
    with path.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            base = _BASES.get(line["baseline"])
            if line["baseline"] == "flux_1" and "schnell" in line["name"].lower():
                base = _SCHNELL
            if base is None or not line["civitai_model_id"] or not line["civitai_version_id"]:
                continue
            number = int(line["civitai_model_id"])
            file = {
                "name": line["file"],
                "type": "Model",
                "primary": True,
                "sizeKB": int(line["size_bytes"]) / 1024,
                "hashes": {"SHA256": line["sha256"]},
            }
            version = {
                "id": int(line["civitai_version_id"]),
                "name": line["version"],
                "baseModel": base,
                "files": [file],
            }
            yield (
                number,
                {
                    "id": number,
                    "name": line["name"],
                    "type": "Checkpoint",
                    "tags": [line["style"]],
                    "modelVersions": [version],
                    "_versions": 2,
                },
            )
