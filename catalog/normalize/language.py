"""Languages as ISO 639-1 codes where there is one, else the three-letter code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

# What cards write and no standard knows; withdrawn codes are in the table already.
_HABITS = {
    "jp": "ja", "cn": "zh", "zhs": "zh", "zht": "zh", "cmn": "zh", "vn": "vi", "ua": "uk",
    "cz": "cs", "gr": "el", "dk": "da", "farsi": "fa", "mandarin": "zh", "iw": "he", "jw": "jv",
    "in": "id", "mandarin chinese": "zh", "simplified chinese": "zh", "traditional chinese": "zh",
}  # fmt: skip


def _table(name: str) -> Any:
    return json.loads(files("catalog.normalize").joinpath(name).read_text("utf-8"))


@lru_cache(maxsize=1)
def _names_elsewhere() -> dict[str, str]:
    """Chinese names of languages and their names for themselves, lower case, to our code."""
    names: dict[str, str] = _table("language_names.json")["names"]
    return names


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Code, three-letter code or English name, in lower case, to our code."""
    data = _table("languages.json")
    codes: dict[str, str] = {}
    for code, name in data["names"].items():
        codes.setdefault(name.lower(), code)
        codes[code] = code
    return {**codes, **data["aliases"], **_HABITS}


@lru_cache(maxsize=20_000)
def language_code(word: str) -> str | None:
    """The code of one language word; None for `multilingual`, `code` and what nobody knows."""
    key = word.strip().lower().replace("_", "-")
    codes = _codes()
    return codes.get(key) or codes.get(key.partition("-")[0])


def language_called(name: str) -> str | None:
    """The code of a language by its code or its name in English, Chinese or its own words."""
    return _names_elsewhere().get(name.strip().lower()) or language_code(name)


def languages_of(words: Iterable[str]) -> tuple[str, ...]:
    """The codes of the words in their order, each once."""
    found = (language_code(word) for word in words)
    return tuple(dict.fromkeys(code for code in found if code is not None))
