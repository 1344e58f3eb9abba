"""Foreign words on the screen: the only way for names, tags, licenses and notes to get there.

Streamlit renders Markdown in nearly every text place, labels included, and loads remote images of
it at once. Backslashes stop the parser; links, icons and arrows are made later from the finished
text, so those are broken with an invisible word joiner.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from catalog import records

LIMIT = 200  # characters; a longer name tells nobody more
_MARK = "\N{REPLACEMENT CHARACTER}"
_JOINER = "\N{WORD JOINER}"
_ELLIPSIS = "…"
_COMBINING = 3  # marks on one letter; more is a way to draw over the neighbours

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
# What Streamlit 1.67 and remark-gfm still find in finished text: addresses, `:streamlit:` and
# `:material_x:` (any `:word:`), e-mail, and arrows that stand alone.
_LATE = re.compile(
    r"(?<=:)(?=//|[\w+-]+:)"
    r"|(?<=www)(?=\.)"
    r"|(?<=[\w+.-]@)(?=[\w-]+\.)"
    r"|(?<=(?<!\S)<)(?=->(?!\S)|-(?!\S)|=(?!\S))"
    r"|(?<=(?<!\S)[->~])(?=[>=-](?!\S))",
    re.IGNORECASE,
)


def plain(value: str | None, limit: int = LIMIT) -> str:
    """The words as one line without controls, for places that render nothing: cells, `st.text`.

    What would reorder or hide other characters is shown as a mark, so that two names that differ
    look different.
    """
    if value is None:
        return ""
    shown: list[str] = []
    marks = 0
    for character in value[: limit * 4]:
        kind = unicodedata.category(character)
        if kind in {"Zl", "Zp", "Zs"} or character in "\t\n\r\v\f":
            character = " "
        elif kind in {"Cc", "Cs"} or (kind == "Cf" and not _joins(character, shown)):
            character = _MARK
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks <= _COMBINING:
            shown.append(character)
    line = "".join(shown).strip()
    return line if len(line) <= limit else line[: limit - 1] + _ELLIPSIS


def text(value: str | None, limit: int = LIMIT) -> str:
    """The words for a place that renders Markdown: titles, captions, labels, badges."""
    broken = _LATE.sub(_JOINER, plain(value, limit))
    return _PUNCTUATION.sub(r"\\\1", broken)


def chart(value: str | None, limit: int = 60) -> str:
    """The words for plotly, whose texts know a few HTML tags."""
    line = plain(value, limit)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def address(value: str | None) -> str | None:
    """A web address that a link may carry, or None: https or http, one line, no credentials."""
    if value is None or len(value) > 2000:
        return None
    if re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?(/[!-~]*)?", value) is None:
        return None
    return value


def place(value: str | None) -> str:
    """Host, port and path of an address as plain text: no user, password, query or fragment."""
    try:
        parts = urlsplit(value if value and "//" in value else f"//{value or ''}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    host = f"[{host}]" if ":" in host else host
    return plain(f"{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}")


def places(value: str | None) -> str:
    """The same of several addresses with blanks between them, each once."""
    shown = [place(one) for one in (value or "").split()]
    return ", ".join(dict.fromkeys(one for one in shown if one))


def name(model: records.ModelRecord) -> str:
    """The name of a model as Markdown, its owner in gray before it."""
    owner = f":gray[{text(model.author)} /] " if model.author else ""
    return owner + text(model.name)


def _joins(character: str, before: list[str]) -> bool:
    """Whether a joiner belongs to the script around it: emoji families, Persian, Indic."""
    return character in "\u200c\u200d" and bool(before) and ord(before[-1]) > 0x24F
