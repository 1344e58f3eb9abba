"""The bundled catalog as it lies in the repository."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog import settings, vocabulary
from catalog.bootstrap import open_cardex
from catalog.normalize.license import strictest, verdict_of
from catalog.query import parse
from catalog.records import ModelRecord
from catalog.store.schema import FILES, MODELS, files_of, records_of
from tools.starter import gate

STARTER = Path(__file__).resolve().parents[3] / "catalog" / "starter"


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return pq.read_table(STARTER / "models.parquet").cast(MODELS)


@pytest.fixture(scope="module")
def files() -> pa.Table:
    return pq.read_table(STARTER / "files.parquet").cast(FILES)


@pytest.fixture(scope="module")
def models(table: pa.Table) -> dict[str, ModelRecord]:
    return {record.ref: record for record in records_of(table)}


def test_the_files_have_the_schema_of_the_catalog_and_are_small(
    table: pa.Table, files: pa.Table
) -> None:
    # Parquet has no whole seconds, so times are cast; every column is there and of its type.
    assert table.schema.equals(MODELS)
    assert files.schema.equals(FILES)
    assert sum(path.stat().st_size for path in STARTER.glob("*.parquet")) < 5_000_000


def test_over_ten_thousand_models_stand_there_once_and_in_order(table: pa.Table) -> None:
    refs = table["ref"].to_pylist()
    assert len(refs) > 10_000
    assert refs == sorted(set(refs))


def test_forty_tasks_have_ten_models_or_more(models: dict[str, ModelRecord]) -> None:
    tasks = Counter(model.pipeline_tag for model in models.values() if model.pipeline_tag)
    assert sum(count >= 10 for count in tasks.values()) >= 40
    assert tasks.keys() <= vocabulary.TASKS.keys()


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("t5-small", 60_506_624),
        ("t5-base", 222_903_552),
        ("t5-large", 737_668_096),
        ("t5-3b", 2_851_598_336),
        ("t5-11b", 11_307_321_344),
    ],
)
def test_the_t5_family_has_its_exact_counts(
    models: dict[str, ModelRecord], name: str, count: int
) -> None:
    model = models[f"huggingface:google-t5/{name}"]
    assert model.parameter_count == count
    assert model.family == "t5"
    assert model.pipeline_tag == "translation"
    assert model.license == "Apache-2.0"


def test_every_row_says_the_day_that_its_facts_are_from(models: dict[str, ModelRecord]) -> None:
    for model in models.values():
        assert model.origin == "starter"
        assert model.fetched_at is not None
        assert model.fetched_at.tzinfo is UTC
        if model.downloads_as_of is not None:
            assert model.downloads_as_of <= model.fetched_at.date()


def test_the_rows_pass_the_gate_of_the_build(
    models: dict[str, ModelRecord], files: pa.Table
) -> None:
    assert gate.problems(list(models.values()), list(files_of(files))) == []


def test_nothing_in_it_would_embarrass_a_meeting(models: dict[str, ModelRecord]) -> None:
    words = re.compile(r"nsfw|porn|hentai|erotic|uncensored|abliterated|nude(?!p)", re.IGNORECASE)
    # The Ollama library is bundled whole; a library with holes would be no list of it.
    chosen = [model for model in models.values() if model.source != "ollama"]
    assert [model.ref for model in chosen if words.search(f"{model.ref} {model.name}")] == []
    assert not any(model.nsfw for model in models.values())


def test_the_ollama_library_is_there_whole_and_a_few_hundred_models_of_civitai(
    models: dict[str, ModelRecord],
) -> None:
    library = [model for model in models.values() if model.source == "ollama"]
    assert len({model.repo_id.partition(":")[0] for model in library}) == 235
    assert sum(model.downloads_total is not None for model in library) == 235
    assert len(library) == 6_343
    site = [model for model in models.values() if model.source == "civitai"]
    assert len(site) > 200
    assert all(model.base_label and model.license_reasons for model in site)


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ('source:civitai base:"SD 1.5" commercial:conditions', 100),
        ("source:ollama params:..4B quant:Q4_K_M", 100),
        ("qwen quant:Q4_K_M params:3B..14B", 50),
    ],
)
def test_one_list_over_all_sources_answers(own_data_dir: Path, text: str, least: int) -> None:
    service = open_cardex(settings.load()).catalog
    found = service.search(parse(text))
    assert found.total >= least
    assert found.warnings == ()


def test_a_mixed_question_finds_rows_of_the_hub_and_of_ollama(own_data_dir: Path) -> None:
    service = open_cardex(settings.load()).catalog
    rows = service.models(parse("qwen quant:Q4_K_M params:3B..14B"))
    assert {model.source for model in rows} == {"huggingface", "ollama"}


def test_no_verdict_is_more_permissive_than_that_of_a_base(
    models: dict[str, ModelRecord],
) -> None:
    order = vocabulary.COMMERCIAL_USE[:4]
    for model in models.values():
        known = [
            models[ref].commercial_use
            for ref in model.base_models
            if ref in models and models[ref].commercial_use in order
        ]
        own, _ = verdict_of(model.license, model.license_raw)
        if own in order and known:
            floor = order.index(strictest([own, *known]))
            assert order.index(model.commercial_use) >= floor, model.ref


def test_a_small_chat_model_in_four_bits_can_be_chosen_from_hundreds(
    models: dict[str, ModelRecord],
) -> None:
    found = [
        model
        for model in models.values()
        if "Q4_K_M" in model.quantizations and 3e9 <= (model.parameter_count or 0) <= 14e9
    ]
    assert len(found) > 200


def test_projectors_and_importance_matrices_are_no_weights(files: pa.Table) -> None:
    for row in files.select(["path", "role", "group"]).to_pylist():
        name = row["path"].rpartition("/")[2].lower()
        if name.startswith(("mmproj", "imatrix")):
            assert row["role"] in ("projector", "imatrix"), row
            assert row["group"] is None


def test_gating_is_never_denied_without_a_source(models: dict[str, ModelRecord]) -> None:
    gated = ("meta-llama/Llama-3.1-8B", "google/gemma-3-1b-it", "meta-llama/Llama-3.1-8B-Instruct")
    for repo_id in gated:
        assert models[f"huggingface:{repo_id}"].gated != "no"
