"""Words of the command line."""

from __future__ import annotations

import pytest

from catalog.commands import printing


@pytest.mark.parametrize(
    ("number", "words"),
    [(None, "not stated"), (999, "999"), (8_190_735_360, "8.19B"), (999_890_000, "1B"),
     (999_400_000, "999M"), (999_600, "1M"), (134_520_000, "135M")],
)  # fmt: skip
def test_counts_have_three_digits_and_never_an_exponent(number: int | None, words: str) -> None:
    assert printing.count(number) == words
