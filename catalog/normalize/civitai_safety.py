"""Which rows of CivitAI may be shown in a company: the rules, and the list of what a person saw.

Shown is what the site itself calls safe in every respect: not `nsfw`, no real person (`poi`), no
`minor`, a level with nothing above PG-13, no tag of the hidden ones. What is not rated is hidden.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from catalog.errors import BadRow, LeftOut
from catalog.normalize.plain import count, mapping, text

# Bits of nsfwLevel: PG 1, PG-13 2, R 4, X 8, XXX 16, Blocked 32; 0 is not rated yet.
ABOVE_SAFE = 60
BLOCKED = 32
_MOST_LEVEL = 63  # a bit that is not known is no safe one
# The tags that the site itself keeps from the safe part of its audience.
HIDDEN_TAGS = frozenset(
    {
        "actor", "actress", "celebrity", "real person", "porn star", "deepfake",
        "child", "toddler", "teenager", "loli", "shota",
    }
)  # fmt: skip
# The same words as people spell them.
_SPELLINGS = {
    "actors": "actor", "actresses": "actress", "celebrities": "celebrity", "celeb": "celebrity",
    "celebs": "celebrity", "realperson": "real person", "real people": "real person",
    "real persons": "real person", "pornstar": "porn star", "pornstars": "porn star",
    "porn stars": "porn star", "deepfakes": "deepfake", "deep fake": "deepfake",
    "deep fakes": "deepfake", "children": "child", "toddlers": "toddler",
    "teenagers": "teenager", "teen": "teenager", "teens": "teenager", "lolis": "loli",
    "lolicon": "loli", "shotas": "shota", "shotacon": "shota",
}  # fmt: skip
_MOST_TAGS = 1_000


@dataclass(frozen=True, slots=True)
class Rating:
    """How a row that may be shown is rated."""

    nsfw: bool | None
    mature: bool  # above the safe level: metadata only


@lru_cache(maxsize=1)
def reviewed_ids() -> frozenset[int]:
    """Models that a person looked at; this stands in for a level that is missing."""
    rows = json.loads(
        files("catalog.normalize").joinpath("civitai_reviewed.json").read_text("utf-8")
    )["reviewed"]
    return frozenset(row["id"] for row in rows)


def tags_of(item: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags of an item, as words or as objects with a name; raises BadRow for anything else."""
    stated = item.get("tags")
    if stated is None:
        return ()
    if not isinstance(stated, list):
        raise BadRow("tags are not a list")
    if len(stated) > _MOST_TAGS:
        raise BadRow("too many tags")
    words = [mapping(tag).get("name", tag) for tag in stated]
    # What a tag says that cannot be read is not known to be safe.
    if not all(isinstance(word, str) for word in words):
        raise BadRow("a tag that is no text")
    names = (text(word, 64) for word in words)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def rating_of(item: Mapping[str, Any], model_id: int, *, mature: bool) -> Rating:
    """The rating of a model that may be shown; raises LeftOut for any other."""
    for flag in ("poi", "minor"):
        if item.get(flag) not in (None, False):
            raise LeftOut(f"left out for its content ({flag})", withdraw=True)
    said = {plain_tag(tag) for tag in tags_of(item)}
    hidden = sorted({_SPELLINGS.get(tag, tag) for tag in said} & HIDDEN_TAGS)
    if hidden:
        raise LeftOut(f"left out for its content (tag {hidden[0]})", withdraw=True)
    level, is_stated = level_of(item)
    is_nsfw = item.get("nsfw") not in (None, False)
    above = is_nsfw or bool(level & ABOVE_SAFE)
    reviewed = model_id in reviewed_ids()
    if level & BLOCKED or (above and not mature):
        word = "nsfw" if is_nsfw else "blocked" if level & BLOCKED else "level above PG-13"
        raise LeftOut(f"left out for its content ({word})", withdraw=True)
    if reviewed and not is_stated and not above:
        return Rating(nsfw=False if item.get("nsfw") is False else None, mature=False)
    # `minor` is younger than the levels: a safe row of an older answer does without the key.
    told = item if above or "minor" in item else {**item, "minor": False}
    unrated = [name for name in ("poi", "minor") if told.get(name) is not False]
    unrated += [] if above or item.get("nsfw") is False else ["nsfw"]
    unrated += ["nsfwLevel"] if level == 0 else []
    if unrated:
        raise LeftOut(f"left out, not rated yet ({', '.join(unrated)})", withdraw=True)
    return Rating(nsfw=above, mature=above)


def version_is_shown(version: Mapping[str, Any], rating: Rating) -> bool:
    """Whether one version of a shown model may be shown; without a level of its own it may."""
    level, is_stated = level_of(version)
    if not is_stated:
        return True
    if level & BLOCKED or level == 0:
        return False
    return rating.mature or not level & ABOVE_SAFE


def level_of(part: Mapping[str, Any]) -> tuple[int, bool]:
    """The level of a model or version, and whether one is stated; an odd value is Blocked."""
    stated = part.get("nsfwLevel")
    if stated is None:
        return 0, False
    level = count(stated, _MOST_LEVEL)
    return (BLOCKED if level is None else level), True


@lru_cache(maxsize=20_000)
def plain_tag(tag: str) -> str:
    """The words of a tag in lower case, without signs, marks and what is not seen."""
    letters = unicodedata.normalize("NFKD", tag).casefold()
    seen = (sign for sign in letters if unicodedata.category(sign) not in ("Cf", "Mn"))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in seen).split())
