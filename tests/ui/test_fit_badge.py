"""The badge of a fit names its grade, its files and its doubt."""

from __future__ import annotations

import pytest

from ui import fit_badge, look


@pytest.mark.parametrize("grade", look.FITS)
def test_a_badge_has_the_icon_the_colour_and_the_word_of_its_grade(grade: str) -> None:
    shown = fit_badge.badge(grade)
    assert shown.startswith(f":{look.FITS[grade].color}-badge[")
    assert look.FITS[grade].icon in shown
    assert shown.endswith(f"{look.fit_word(grade)}]")


def test_a_badge_names_the_files_that_it_means_and_marks_an_estimate() -> None:
    assert "Q4\\_K\\_M" in fit_badge.badge("fits", "Q4_K_M")
    assert fit_badge.detail("Q4_K_M", estimated=True) == "Q4_K_M, an estimate"
    assert fit_badge.detail(None, estimated=True) == "an estimate"
    assert fit_badge.detail(None) is None


def test_a_hostile_name_of_files_is_only_text() -> None:
    shown = fit_badge.badge("fits", "x](https://evil.example)")
    assert "](https" not in shown


def test_the_chips_of_a_table_are_the_grade_and_the_files() -> None:
    assert fit_badge.chips("tight", "Q8_0") == ["≈ Tight", "Q8_0"]
    assert fit_badge.chips("tight", "Q8_0", estimated=True) == ["≈ Tight", "~Q8_0"]
    assert fit_badge.chips("no") == ["> Too large"]
    assert fit_badge.chips("fits", estimated=True) == ["≤ Fits", "~"]
