"""The language of the screen: English source strings, gettext catalogs in `locale/`.

A page run, a fragment and a dialog all ask anew which language the visitor reads, since a fragment
runs without the frame.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LANGUAGES = {"en": "English", "zh": "中文"}  # as written in `?lang=`, and in its own words
DEFAULT = "en"
_LOCALES = {"zh": "zh_CN"}
_FOLDER = Path(__file__).resolve().parents[1] / "locale"
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)
_ask: list[Callable[[], str]] = []


def ask_language_from(reader: Callable[[], str]) -> None:
    """Name the function that knows the visitor's language; `ui.state` calls this once."""
    _ask[:] = [reader]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within this block every string is in `language`, whoever the visitor is."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """The language of the strings that `_` hands out now, a key of LANGUAGES."""
    return _spoken.get() or (_ask[0]() if _ask else DEFAULT)


def nearest(locale: str | None) -> str | None:
    """The language of ours that a locale such as `zh-Hans-CN` means, None for any other."""
    start = (locale or "").replace("_", "-").split("-")[0].lower()
    return start if start in LANGUAGES else None


def _(message: str) -> str:
    """The message in the visitor's language."""
    return _catalog(language()).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """The message for `number` things in the visitor's language."""
    return _catalog(language()).ngettext(one, many, number)


@lru_cache(maxsize=len(LANGUAGES))
def _catalog(spoken: str) -> gettext.NullTranslations:
    locale = _LOCALES.get(spoken)
    if locale is None:
        return gettext.NullTranslations()
    return gettext.translation("cardex", _FOLDER, languages=[locale], fallback=True)
