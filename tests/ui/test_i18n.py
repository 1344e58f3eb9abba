"""Every string is translated and the compiled catalog is the one of its source."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from ui import i18n

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
HOLE = re.compile(r"\{\w*\}")


def messages() -> set[object]:
    found: set[object] = set()
    for folder in ("ui", "pages"):
        for _file, _line, message, *_rest in extract_from_dir(
            ROOT / folder, [("**.py", "python")], keywords=KEYWORDS
        ):
            found.add(message)
    return found


def chinese() -> Catalog:
    with (FOLDER / "zh_CN/LC_MESSAGES/cardex.po").open("rb") as file:
        return read_po(file, locale="zh_CN")


def test_the_template_holds_every_string_of_the_pages() -> None:
    with (FOLDER / "cardex.pot").open("rb") as file:
        template = {message.id for message in read_po(file) if message.id}
    assert template == messages()


def test_every_string_has_its_chinese() -> None:
    translated = {message.id: message for message in chinese() if message.id}
    assert set(translated) == messages()
    for message in translated.values():
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(words), message.id
        assert not message.fuzzy, message.id


def test_a_translation_keeps_the_places_for_values() -> None:
    for message in chinese():
        if message.id:
            source = message.id if isinstance(message.id, tuple) else (message.id,)
            target = message.string if isinstance(message.string, tuple) else (message.string,)
            wanted = set(HOLE.findall(source[-1]))
            assert all(set(HOLE.findall(words)) == wanted for words in target), message.id


def test_the_compiled_catalog_is_current() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, chinese())
    kept = (FOLDER / "zh_CN/LC_MESSAGES/cardex.mo").read_bytes()
    assert kept == compiled.getvalue()


def test_a_language_holds_within_its_block_only() -> None:
    assert i18n._("Home") == "Home"
    with i18n.speaking("zh"):
        assert i18n._("Home") == "首页"
        assert i18n.ngettext("{number} file", "{number} files", 2) == "{number} 个文件"
    assert i18n._("Home") == "Home"


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-Hans-CN", "zh"),
        ("zh_TW", "zh"),
        ("ZH", "zh"),
        ("en-GB", "en"),
        ("de", None),
        ("", None),
        (None, None),
        ("../../etc", None),
    ],
)
def test_a_locale_means_its_language(locale: str | None, language: str | None) -> None:
    assert i18n.nearest(locale) == language
