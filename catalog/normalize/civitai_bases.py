"""The base models that CivitAI names: what they do, how large they are, under which terms.

The table beside this file holds the 99 names of the site with a source for each figure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_BILLION = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """One base model; parameters are nominal figures, sizes as one file holds them."""

    label: str  # the site's own word, "SD 1.5"
    tasks: tuple[str, ...]
    family: str | None
    architecture: str | None
    license_name: str | None
    terms: str  # a key of license.TERMS
    backbone: tuple[int, ...]  # of the denoiser alone; several where one name has several sizes
    whole: int | None  # with text encoders and autoencoder
    hosted_api_only: bool


@lru_cache(maxsize=1)
def all_bases() -> Mapping[str, BaseModel]:
    """Every known base model by its name in lower case."""
    text = files("catalog.normalize").joinpath("civitai_bases.json").read_text("utf-8")
    return {
        label.lower(): BaseModel(
            label=label,
            tasks=tuple(row["tasks"]),
            family=row["family"],
            architecture=row["architecture"],
            license_name=row["license_name"],
            terms=row["terms"],
            backbone=tuple(round(size * _BILLION) for size in row["backbone_b"]),
            whole=round(row["whole_b"] * _BILLION) if row["whole_b"] else None,
            hosted_api_only=row.get("hosted_api_only", False),
        )
        for label, row in json.loads(text)["bases"].items()
    }


def base_of(label: str | None) -> BaseModel | None:
    """The base model of this name; None for one that is not in the table."""
    return all_bases().get((label or "").lower())
