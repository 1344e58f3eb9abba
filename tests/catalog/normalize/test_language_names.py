"""A language is known by its code and by what it is called in English, Chinese and itself."""

from __future__ import annotations

import pytest

from catalog.normalize.language import language_called


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("zh", "zh"),
        ("中文", "zh"),
        ("简体中文", "zh"),
        ("Chinese", "zh"),
        ("法语", "fr"),
        ("Français", "fr"),
        ("日本語", "ja"),
        ("日语", "ja"),
        (" Deutsch ", "de"),
        ("english", "en"),
        ("русский", "ru"),
        ("한국어", "ko"),
        ("nobody's tongue", None),
    ],
)
def test_names_lead_to_codes(name: str, code: str | None) -> None:
    assert language_called(name) == code
