"""A small published catalog to ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.services.catalog import CatalogService
from catalog.store import schema, snapshot

NOW = datetime(2026, 11, 24, tzinfo=UTC)

Publish = Callable[..., str]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    """Publish records (and pairs of ref and file) as a new generation."""

    def make(records: list[ModelRecord], files: list[tuple[str, ModelFile]] | None = None) -> str:
        return snapshot.publish(
            tmp_path / "catalog",
            schema.models_table(records),
            schema.files_table(files or []),
            runs=(),
            now=NOW,
        )

    return make


@pytest.fixture
def models(a_model: Callable[..., ModelRecord]) -> list[ModelRecord]:
    """Five models that differ in what the tests ask for."""
    common = {"downloads_as_of": date(2026, 10, 10), "fetched_at": NOW}
    return [
        a_model(
            repo_id="Qwen/Qwen3-8B",
            pipeline_tag="text-generation",
            license="Apache-2.0",
            commercial_use="yes",
            parameter_count=8_190_735_360,
            downloads_30d=9_000_000,
            tags=("conversational",),
            **common,
        ),
        a_model(
            repo_id="unsloth/Qwen3-8B-GGUF",
            pipeline_tag="text-generation",
            license="Apache-2.0",
            commercial_use="yes",
            parameter_count=8_190_735_360,
            kind="quantized",
            base_models=("huggingface:Qwen/Qwen3-8B",),
            base_model_relation="quantized",
            formats=("gguf",),
            quantizations=("Q4_K_M",),
            downloads_30d=500_000,
            **common,
        ),
        a_model(
            repo_id="google-t5/t5-small",
            pipeline_tag="translation",
            license="Apache-2.0",
            commercial_use="yes",
            parameter_count=60_506_624,
            downloads_30d=3_000_000,
            **common,
        ),
        a_model(
            repo_id="meta-llama/Llama-3.1-8B",
            pipeline_tag="text-generation",
            license="LicenseRef-llama3.1",
            commercial_use="conditions",
            parameter_count=8_030_261_248,
            downloads_30d=1_000_000,
            **common,
        ),
        a_model(repo_id="someone/unstated", **common),
    ]


@pytest.fixture
def catalog(tmp_path: Path, publish: Publish, models: list[ModelRecord]) -> CatalogService:
    """The door to a catalog of `models`."""
    publish(models)
    return CatalogService(tmp_path / "catalog", today=lambda: NOW.date())
