"""Tags of Ollama models, word by word."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.normalize.ollama_tag import read_tag, size_of


@pytest.mark.parametrize(
    ("tag", "size", "total", "active", "variant", "quant"),
    [
        ("latest", None, None, None, (), None),
        ("8b", "8b", 8e9, None, (), None),
        ("8b-instruct-q4_K_M", "8b", 8e9, None, ("instruct",), "Q4_K_M"),
        ("8B-Instruct-Q4_K_M", "8b", 8e9, None, ("instruct",), "Q4_K_M"),
        ("0.5b-instruct-fp16", "0.5b", 5e8, None, ("instruct",), "F16"),
        ("135m-base-q8_0", "135m", 135e6, None, ("base",), "Q8_0"),
        ("8x7b-instruct-v0.1-q2_K", "8x7b", None, None, ("instruct", "v0.1"), "Q2_K"),
        ("e4b-it-q4_K_M", "e4b", None, None, ("it",), "Q4_K_M"),
        ("30b-a3b-q4_K_M", "30b", 30e9, 3e9, (), "Q4_K_M"),
        ("235b-a22b", "235b", 235e9, 22e9, (), None),
        ("7b-a1b-h", "7b", 7e9, 1e9, ("h",), None),
        ("17b-scout-16e-instruct-q4_K_M", "17b", None, 17e9, ("scout", "16e", "instruct"),
         "Q4_K_M"),
        ("12b-it-qat", "12b", 12e9, None, ("it",), None),
        ("33b-q8", "33b", 33e9, None, ("q8",), None),
        ("8b-instruct-1048k-q4_0", "8b", 8e9, None, ("instruct", "1048k"), "Q4_0"),
        ("7b-instruct-1m-q4_0", "7b", 7e9, None, ("instruct", "1m"), "Q4_0"),
        ("1m", None, None, None, ("1m",), None),
        ("2b-a3b", "2b", 2e9, None, (), None),
        ("0b", "0b", None, None, (), None),
        ("iq2_xxs", None, None, None, (), "IQ2_XXS"),
    ],
)  # fmt: skip
def test_a_tag_is_read_word_by_word(
    tag: str, size: str | None, total: float | None, active: float | None,
    variant: tuple[str, ...], quant: str | None,
) -> None:  # fmt: skip
    read = read_tag(tag)
    assert (read.size, read.total, read.active) == (size, total, active)
    assert (read.variant, read.quant_type) == (variant, quant)


@pytest.mark.parametrize(
    ("tag", "cloud", "mlx", "quant"),
    [
        ("cloud", True, False, None),
        ("120b-cloud", True, False, None),
        ("27b-mlx", False, True, None),
        ("27b-mlx-bf16", False, True, "BF16"),
        ("27b-nvfp4", False, True, "NVFP4"),
        ("27b-mxfp8-dflash", False, True, "MXFP8"),
        ("27b-int8", False, True, "INT8"),
        ("20b-mxfp4", False, False, "MXFP4"),
        ("27b", False, False, None),
    ],
)
def test_where_a_tag_runs_is_told_from_its_words(
    tag: str, cloud: bool, mlx: bool, quant: str | None
) -> None:
    read = read_tag(tag)
    assert (read.cloud, read.mlx, read.quant_type) == (cloud, mlx, quant)
    assert read.plain is (tag == "27b")


def test_products_and_effective_sizes_are_no_counts() -> None:
    assert size_of("8x7b") is None and size_of("e4b") is None and size_of("words") is None
    assert size_of("137M") == 137_000_000
    assert size_of("9999t") is None  # nothing of that size was ever made


@given(st.text(max_size=140))
def test_any_text_can_be_read(tag: str) -> None:
    read = read_tag(tag)
    assert read.active is None or read.total is None or read.active < read.total


@pytest.mark.shared
def test_the_tags_of_the_whole_library_read_as_the_table_says(shared_data: Path) -> None:
    path = shared_data / "ollama" / "ollama_library_tags_2026-08-21.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 7_312
    for row in rows:
        read = read_tag(row["tag"])
        if row["quant_explicit"] == "True" and row["quant_from_tag"] not in ("qat", "q8"):
            assert read.quant_type == row["quant_from_tag"].upper().replace("FP16", "F16"), row
        if read.size is not None:
            assert read.size == row["param_label"], row
        assert read.cloud is (row["is_cloud"] == "True"), row
        told = row["param_count_from_label"]
        if read.total is not None:
            assert read.total == int(float(told)), row
        elif read.size is not None:
            assert (
                "x" in read.size
                or read.size.startswith("e")
                or "128e" in row["tag"]
                or ("16e" in row["tag"])
            )
