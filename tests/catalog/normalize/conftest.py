"""Rows as the Hub writes them, for the tests of this folder."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.normalize.hub_row import to_record
from catalog.records import ModelFile, ModelRecord

FETCHED = datetime(2026, 6, 5, 12, tzinfo=UTC)
T5_SMALL: dict[str, Any] = {
    "_id": "621ffdc136468d709f180294",
    "id": "google-t5/t5-small",
    "author": "google-t5",
    "createdAt": "2022-03-02T23:29:04.000Z",
    "lastModified": "2023-06-30T02:31:26.000Z",
    "downloads": 2_733_012,
    "downloadsAllTime": 189_000_123,
    "likes": 512,
    "trendingScore": 3.5,
    "gated": False,
    "private": False,
    "sha": "df1b051c49625cf57a3d0d8d3863ed4d13564fe4",
    "tags": [
        "transformers", "pytorch", "tf", "rust", "onnx", "safetensors", "t5",
        "text2text-generation", "summarization", "translation", "en", "fr", "ro", "de",
        "multilingual", "dataset:c4", "arxiv:1805.12471", "license:apache-2.0",
        "text-generation-inference", "endpoints_compatible", "region:us",
    ],
    "cardData": {
        "license": "apache-2.0",
        "language": ["en", "fr", "ro", "de", "multilingual"],
        "tags": ["summarization", "translation"],
        "datasets": ["c4"],
    },
    "config": {"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"},
    "safetensors": {"parameters": {"F32": 60_506_624}, "total": 60_506_624},
    "pipeline_tag": "translation",
    "library_name": "transformers",
}  # fmt: skip


@pytest.fixture
def a_row() -> Callable[..., dict[str, Any]]:
    """Maker of rows: T5 small with changes; a value of `...` removes the key."""

    def make(**changes: Any) -> dict[str, Any]:
        row = copy.deepcopy(T5_SMALL) | changes
        return {key: value for key, value in row.items() if value is not ...}

    return make


@pytest.fixture
def read() -> Callable[[dict[str, Any]], ModelRecord]:
    """The record of a row."""
    return lambda row: to_record(row, fetched_at=FETCHED)[0]


@pytest.fixture
def read_files() -> Callable[[dict[str, Any]], tuple[ModelFile, ...]]:
    """The files of a row."""
    return lambda row: to_record(row, fetched_at=FETCHED)[1]


@pytest.fixture(scope="session")
def real_rows(shared_data: Path) -> dict[str, dict[str, Any]]:
    """Rows of the Hub by id."""
    with gzip.open(shared_data / "huggingface" / "list_rows.jsonl.gz", "rt") as lines:
        return {row["id"]: row for row in map(json.loads, lines)}
