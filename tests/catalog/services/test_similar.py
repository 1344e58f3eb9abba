"""Models that could stand in for one: comparable, not itself once more, better licenses first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import UnknownRef
from catalog.services.catalog import CatalogService
from catalog.services.similar import gains

OWN = "huggingface:meta/Llama-8B"


@pytest.fixture
def catalog(publish: Any, a_model: Any, tmp_path: Path) -> CatalogService:
    def llm(repo_id: str, billions: float | None, verdict: str, **facts: Any) -> Any:
        number = None if billions is None else round(billions * 1e9)
        common = {"pipeline_tag": "text-generation", "commercial_use": verdict}
        return a_model(repo_id=repo_id, parameter_count=number, **{**common, **facts})

    publish(
        [
            llm("meta/Llama-8B", 8, "conditions", family="llama", downloads_30d=500),
            llm("me/Llama-8B-tuned", 8, "yes", base_models=(OWN,), base_model_relation="finetune"),
            llm("qwen/Qwen-7B", 7, "yes", family="qwen", downloads_30d=400),
            llm("qwen/Qwen-14B", 14, "yes", family="qwen", downloads_30d=100),
            llm("qwen/Qwen-15B", 15, "yes", family="qwen", downloads_30d=50),
            llm("qwen/Qwen-72B", 72, "yes", family="qwen", downloads_30d=900),
            llm("mistral/M-7B", 7, "no", downloads_30d=800),
            llm("google/Gemma-9B", 9, "conditions", downloads_30d=700),
            llm("an/adapter", 7, "yes", kind="adapter"),
            llm("other/adapter", 8, "yes", kind="adapter"),
            llm("who/knows", None, "yes"),
            llm("t/ranslator", 8, "yes", pipeline_tag="translation"),
            llm("llama:8b", 8, "yes", source="ollama", family="llama"),
            llm("big:cloud", 8, "yes", source="ollama", flags=("cloud_only",)),
        ]
    )
    return CatalogService(tmp_path / "catalog")


def names(catalog: CatalogService, ref: str) -> list[str]:
    return [one.model.repo_id for one in catalog.similar(ref)]


def test_better_licenses_come_first_and_worse_ones_last(catalog: CatalogService) -> None:
    assert names(catalog, OWN) == ["qwen/Qwen-7B", "qwen/Qwen-14B", "google/Gemma-9B",
                                   "mistral/M-7B"]  # fmt: skip


def test_gains_are_told(catalog: CatalogService) -> None:
    told = {one.model.name: one.gains for one in catalog.similar(OWN)}
    assert told["Qwen-7B"] == ("license", "size")
    assert told["Qwen-14B"] == ("license",)
    assert told["M-7B"] == ("size", "popularity")


def test_an_adapter_is_compared_with_adapters(catalog: CatalogService) -> None:
    assert names(catalog, "huggingface:an/adapter") == ["other/adapter"]


def test_nothing_is_compared_without_a_size(catalog: CatalogService) -> None:
    assert catalog.similar("huggingface:who/knows") == ()
    with pytest.raises(UnknownRef):
        catalog.similar("huggingface:no/body")


def test_nothing_stated_gains_by_any_license_that_allows(a_model: Any) -> None:
    silent = a_model()
    assert gains(silent, a_model(commercial_use="conditions")) == ("license",)
    assert gains(silent, a_model(commercial_use="ask")) == ()
    assert gains(a_model(commercial_use="ask"), silent) == ()


def test_a_license_nobody_could_read_is_no_gain_even_over_one_that_forbids(a_model: Any) -> None:
    strict = a_model(commercial_use="no")
    assert gains(strict, a_model(commercial_use="ask")) == ()
    assert gains(strict, a_model(commercial_use="conditions")) == ("license",)


def test_only_what_is_known_of_both_speaks_for_a_model(a_model: Any) -> None:
    old = a_model(created_at=datetime(2024, 1, 1, tzinfo=UTC), size_bytes=100, downloads_total=5)
    new = a_model(created_at=datetime(2025, 1, 1, tzinfo=UTC), size_bytes=80, downloads_total=6)
    assert gains(old, new) == ("size", "popularity", "newer")
    assert gains(old, a_model()) == gains(a_model(), new) == ()
    assert gains(old, a_model(source="ollama", downloads_total=9)) == ()
