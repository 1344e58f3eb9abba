"""Active parameters of well known mixtures of experts, as their publishers state them.

The table beside this file was written by hand, each figure with where it is from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def all_active() -> Mapping[str, tuple[int, str]]:
    """The active count and its source by id on the Hub."""
    document = json.loads(files("catalog.normalize").joinpath("active.json").read_text("utf-8"))
    return {repo_id: (count, source) for repo_id, (count, source) in document["active"].items()}


def stated_active(repo_id: str | None, total: int | None) -> int | None:
    """What the publisher of exactly this repository states; None beside a count that denies it."""
    count, _ = all_active().get(repo_id or "", (None, ""))
    return count if count is None or total is None or count < total else None
