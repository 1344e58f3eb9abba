"""The Ollama library of the bundled catalog, built from the public tables."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from catalog.records import ModelFile, ModelRecord
from tools.starter import gate, ollama

pytestmark = pytest.mark.shared
Rows = dict[str, tuple[ModelRecord, tuple[ModelFile, ...]]]


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> Rows:
    return {record.ref: (record, files) for record, files in ollama.rows(shared_data / "ollama")}


def test_the_library_has_235_models_of_which_each_manifest_is_a_row_once(rows: Rows) -> None:
    names = Counter(record.repo_id.partition(":")[0] for record, _ in rows.values())
    assert len(names) == 235
    assert len(rows) == 6_343
    tags = [alias for record, _ in rows.values() for alias in record.aliases
            if alias.count(":") == 2]  # fmt: skip
    assert len(tags) == 969  # with the rows themselves all 7,312 tags
    assert len({*tags, *rows}) == 7_312
    assert all(record.origin == "starter" for record, _ in rows.values())
    assert {record.fetched_at for record, _ in rows.values()} == {datetime(2026, 8, 21, tzinfo=UTC)}


def test_pulls_stand_once_for_each_model(rows: Rows) -> None:
    pulled = [record for record, _ in rows.values() if record.downloads_total is not None]
    assert len(pulled) == 235
    assert len({record.repo_id.partition(":")[0] for record in pulled}) == 235
    assert {record.downloads_as_of for record in pulled} == {date(2026, 8, 21)}
    assert rows["ollama:llama3.1:8b"][0].downloads_total == 118_700_000


def test_sizes_are_exact_where_a_manifest_is_known_and_else_as_the_page_rounds(rows: Rows) -> None:
    record, files = rows["ollama:llama3.1:8b"]
    assert record.size_bytes == 4_920_753_328 and files[0].size_bytes == 4_920_738_944
    assert files[0].sha256 is not None and record.revision == "46e0c10c039e"
    assert rows["ollama:llama3.1:8b-instruct-q2_K"][0].size_bytes == 3_200_000_000
    sizes = Counter(record.size_bytes for record, _ in rows.values())
    assert sizes[4_099_999_999] == 0 and sizes[4_100_000_000] > 100
    assert sizes[None] == 21
    assert all("cloud_only" in record.flags for record, _ in rows.values()
               if record.size_bytes is None)  # fmt: skip


def test_tags_in_the_cloud_have_a_context_and_no_size(rows: Rows) -> None:
    for ref, context in (("gemma4:cloud", 262_144), ("kimi-k3:cloud", 1_048_576)):
        record = rows[f"ollama:{ref}"][0]
        assert (record.context_length, record.size_bytes) == (context, None)
    assert all(record.context_length for record, _ in rows.values())


def test_projectors_are_files_of_their_own(rows: Rows) -> None:
    record, files = rows["ollama:llava:7b"]
    assert [file.role for file in files] == ["weights", "projector"]
    assert sum(file.size_bytes or 0 for file in files) < (record.size_bytes or 0)
    assert record.pipeline_tag == "image-text-to-text"


def test_products_and_effective_sizes_are_left_blank_and_mixtures_have_both(rows: Rows) -> None:
    for ref in ("ollama:mixtral:8x7b", "ollama:gemma3n:e4b", "ollama:gemma4:e2b"):
        assert rows[ref][0].parameter_count is None
    mixture = rows["ollama:qwen3:30b"][0]
    assert (mixture.parameter_count, mixture.active_parameter_count) == (30e9, 3e9)
    assert rows["ollama:gemma3:12b-it-qat"][0].quantizations == ()


def test_short_tags_have_the_quantization_of_their_longest_sibling(rows: Rows) -> None:
    assert rows["ollama:llama3.1:8b"][0].quantizations == ("Q4_K_M",)
    assert rows["ollama:mistral:7b"][0].quantizations == ("Q4_K_M",)
    small = [
        record
        for record, _ in rows.values()
        if "Q4_K_M" in record.quantizations and (record.parameter_count or 10**12) <= 4_000_000_000
    ]
    assert len(small) > 100


def test_variants_stand_under_a_row_that_is_there(rows: Rows) -> None:
    based = [record for record, _ in rows.values() if record.base_models]
    assert len(based) > 5_000
    for record in based:
        (base,) = record.base_models
        if base.startswith("huggingface:"):
            continue
        above = rows[base][0].base_models
        assert not above or above[0].startswith("huggingface:"), record.ref
        assert base.split(":")[1] == record.ref.split(":")[1]


def test_models_that_are_plain_stand_under_their_repository_on_the_hub(rows: Rows) -> None:
    record = rows["ollama:qwen3:8b"][0]
    assert record.base_models == ("huggingface:Qwen/Qwen3-8B",)
    assert record.base_model_relation == "quantized"
    on_hub = [one for one, _ in rows.values() if one.base_models[:1] and
              one.base_models[0].startswith("huggingface:")]  # fmt: skip
    assert len(on_hub) > 3_500
    assert not any("cloud_only" in one.flags for one in on_hub)


def test_the_gate_finds_nothing_in_them(rows: Rows) -> None:
    records = [record for record, _ in rows.values()]
    files = [(ref, file) for ref, (_, found) in rows.items() for file in found]
    problems = gate.problems(records, files)
    assert [problem for problem in problems if "ollama:" in problem] == []
