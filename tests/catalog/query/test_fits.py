"""The value of `fits:`."""

from __future__ import annotations

import pytest

from catalog.query import FitsTerm, fits_term, parse, read


@pytest.mark.parametrize(
    ("text", "canonical", "parts"),
    [
        ("rtx-4090", "rtx-4090", FitsTerm("rtx-4090")),
        ("RTX-4090", "rtx-4090", FitsTerm("rtx-4090")),
        ("RTX 4090", "rtx-4090", FitsTerm("rtx-4090")),
        ("rtx-4090@32k", "rtx-4090@32k", FitsTerm("rtx-4090", 32_768)),
        ("rtx-4090@32Kx5", "rtx-4090@32kx5", FitsTerm("rtx-4090", 32_768, 5)),
        ("rtx-4090@32kX005", "rtx-4090@32kx5", FitsTerm("rtx-4090", 32_768, 5)),
        ("rtx-4090@8kx1", "rtx-4090@8k", FitsTerm("rtx-4090", 8192)),
        ("rtx-4090@4000", "rtx-4090@4000", FitsTerm("rtx-4090", 4000)),
        ("rtx-4090@1m", "rtx-4090@1M", FitsTerm("rtx-4090", 2**20)),
        ("rtx-4090@1.5k", "rtx-4090@1.5k", FitsTerm("rtx-4090", 1536)),
        ("rtx-4090/q4_k_m", "rtx-4090/Q4_K_M", FitsTerm("rtx-4090", quant="Q4_K_M")),
        ("a100@32kx5/awq-4", "a100@32kx5/AWQ-4", FitsTerm("a100", 32_768, 5, "AWQ-4")),
        ("显卡", "显卡", FitsTerm("显卡")),
    ],
)  # fmt: skip
def test_a_fits_value_has_one_text_and_these_parts(
    text: str, canonical: str, parts: FitsTerm
) -> None:
    query = parse(f'fits:"{text}"')
    assert query.chosen("fits") == (canonical,)
    assert str(query) == f"fits:{canonical}"
    assert fits_term(text) == fits_term(canonical) == parts


@pytest.mark.parametrize(
    "text",
    ["", "@32k", "/Q4_0", "a@", "a@x5", "a@32kx0", "a@32kx5x6", "a/b/c", "a@abc", "a@0", "a@1.2.3",
     " @1k", "a@0.0001k", "a@9999999999999999999999k", "a/Q4 0"],
)  # fmt: skip
def test_another_form_is_left_out_with_a_warning(text: str) -> None:
    assert fits_term(text) is None
    found = read(f'fits:"{text}"')
    assert not found.query.conditions
    assert len(found.warnings) == 1


def test_devices_are_or() -> None:
    assert str(parse("fits:rtx-4090,a100-80gb@32k")) == "fits:a100-80gb@32k,rtx-4090"
