r"""The outer form of a query: terms, quotes, commas and colons, and nothing about what they mean.

Outside quotes spaces end a term, commas (`,` and `，`) separate its values (but for those between
groups of three digits where numbers are asked for: `likes:1,000`), and the first colon
(`:` or `：`) ends its key. A `"` opens a quoted value only where a value can begin; inside, `\"` is
a quote and `\\` a backslash, everything else stands for itself. A quote that is never closed ends
with the text. Spaces of every kind, control characters, byte order marks and zero-width spaces are
one plain space everywhere, inside quotes too; a lone surrogate becomes U+FFFD.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.query.keys import NUMBER_KEYS, WORD, nearest_key

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b\ufeff]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_HEAD = re.compile("([^ ,，:：]*)[:：]")
_QUOTED_VALUE = re.compile(r'"((?:[^"\\]+|\\.?)*)"?')
_BARE_VALUE = re.compile("[^ ,，]*")
# In numbers commas between groups of three digits part nothing: `likes:1,000..2,500`.
_BARE_NUMBER = re.compile(
    r"(?:(?<![0-9])(?<![0-9]\.)[0-9]{1,3}(?:[,，][0-9]{3})+(?![0-9])|[^ ,，])*"
)
_ENDS_LIKE_THOUSANDS = re.compile(r"(?<![0-9])(?<![0-9]\.)[0-9]{1,3}\Z")
_GOES_ON_LIKE_THOUSANDS = re.compile(r"[0-9]{3}(?![0-9])")
_COMMAS = re.compile("[,，]")
# Not `//` either: after the colon of a key it would read as a URL.
_NEEDS_NO_QUOTES = re.compile(r'(?!-|//)[^\s,，："]+')
_ESCAPED = re.compile(r'\\(["\\])')
# Refs of the sources we know (local models too) and URLs are words although they hold a colon.
_ADDRESS = re.compile(
    r"(?:huggingface|civitai|ollama|local):|[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term as typed; `key` is what stands before the colon, WORD for words."""

    typed: str
    key: str = WORD
    values: tuple[str, ...] = ()
    negated: bool = False


def clean(text: str) -> str:
    """The text with single spaces only, no control characters, and encodable."""
    return _BLANKS.sub(" ", _SURROGATES.sub("\ufffd", text)).strip()


def quote(value: str) -> str:
    """The value as one types it in a term, in quotes where it needs them."""
    value = clean(value)
    if _NEEDS_NO_QUOTES.fullmatch(value) and (":" not in value or _ADDRESS.match(value)):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def listed(key: str, values: Sequence[str]) -> str:
    """The values as one types them in a term of `key`, quoted where they would read as one."""
    quoted = [quote(value) for value in values]
    if key in NUMBER_KEYS:
        for place, (value, following) in enumerate(itertools.pairwise(values), 1):
            if _ENDS_LIKE_THOUSANDS.search(value) and _GOES_ON_LIKE_THOUSANDS.match(following):
                quoted[place] = f'"{following}"'
    return ",".join(quoted)


def terms(text: str) -> Iterator[Term]:
    """The terms of a text in the order typed; a dash that negates nothing is left out."""
    text = clean(text)
    at = 0
    while at < len(text):
        if text[at] == " ":
            at += 1
            continue
        start = at
        negated = text[at] == "-"
        at += negated
        key, at = _key(text, at)
        values, at = _values(text, at, numbers=nearest_key(key) in NUMBER_KEYS)
        if key or values:
            typed = text[start:at]
            yield Term(typed=typed, key=key, values=values, negated=negated)


def _key(text: str, at: int) -> tuple[str, int]:
    """What stands before the colon when that is, or misspells, a key; else WORD."""
    head = _HEAD.match(text, at)
    if head is None or text.startswith('"', at):
        return WORD, at
    name = head[1]
    if _ADDRESS.match(f"{name}:{text[head.end() : head.end() + 2]}") or nearest_key(name) is None:
        return WORD, at
    return name, head.end()


def _values(text: str, at: int, *, numbers: bool) -> tuple[tuple[str, ...], int]:
    bare = _BARE_NUMBER if numbers else _BARE_VALUE
    values = []
    while True:
        if quoted := _QUOTED_VALUE.match(text, at):
            value, at = _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
        else:
            end = bare.match(text, at).end()  # type: ignore[union-attr]  # matches "" too
            value, at = _COMMAS.sub("", text[at:end].replace("：", ":")), end
        if value := value.strip():
            values.append(value)
        if at == len(text) or text[at] not in ",，":
            return tuple(values), at
        at += 1
