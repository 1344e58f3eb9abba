"""Every pitfall of the Hub's data with real rows, as the Hub and public tables of it had them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.normalize.hub_row import to_record
from catalog.records import ModelRecord
from catalog.refresh.settling import settled
from catalog.store.columns import Shelf, table_of
from catalog.store.disk import Disk
from catalog.store.schema import MODELS, models_table, records_of

ROWS = Path(__file__).resolve().parents[2] / "fixtures" / "huggingface" / "pitfalls.json"

# What is wrong or odd in the row, and what Cardex makes of it.
PITFALLS: dict[str, dict[str, Any]] = {
    # License: none stated, a name in the place of an id, a list, an odd name, "unknown"
    "openai/clip-vit-large-patch14": {
        "license": None, "commercial_use": "unknown", "flags": ("license_missing",),
        "created_at": None,  # the Hub's first day stands for everything before it
    },
    "Qwen/Qwen2.5-Omni-7B": {
        "license": "Apache-2.0", "license_raw": "other (apache-2.0)", "commercial_use": "yes",
        "parameter_count": 10_732_225_440, "flags": ("params_disagree",),
    },
    "NousResearch/Nous-Hermes-llama-2-7b": {"license": "MIT", "flags": ("superseded",)},
    "ModelSpace/GemmaX2-28-9B-v0.1": {
        "license": "LicenseRef-gemma", "license_raw": "gemma (license)",
        "parameter_count": 10_159_209_984,
    },
    "tiiuae/falcon-11B": {"license": None, "license_raw": "unknown", "commercial_use": "unknown"},
    # Task and library: missing, or words of somebody's own
    "openai/gpt-oss-120b": {
        "pipeline_tag": "text-generation", "pipeline_tag_origin": "architecture",
        "quantizations": ("MXFP4",),  # though the tag says 8-bit: the container is U8
        "parameter_count": 116_829_156_672, "parameter_count_origin": "safetensors",
    },
    "google/flan-t5-small": {"pipeline_tag": "text2text-generation", "family": "flan-t5"},
    "moonshotai/Kimi-K2.5": {
        "pipeline_tag": "image-text-to-text",  # and feature-extraction among its tags
        "parameter_count": None, "quantizations": ("INT4",), "size_bytes": None,
    },
    "mistralai/Mistral-Nemo-Instruct-2407": {"library_name": "vllm"},
    "rednote-hilab/dots.ocr": {"library_name": "dots_ocr", "flags": ("remote_code",)},
    # Counts: a total that lies, buffers, packed weights of every kind
    "TheDrummer/Cydonia-24B-v4.3": {"parameter_count": 23_572_403_200},
    "ZonglinY/MOOSE-Star-R1D-7B": {
        "parameter_count": 7_615_616_512, "flags": ("params_disagree", "license_missing"),
    },
    "EleutherAI/pythia-160m": {"parameter_count": 162_323_040, "quantizations": ("F16",)},
    "Intel/Qwen3-Coder-480B-A35B-Instruct-int4-mixed-AutoRound": {
        "parameter_count": 480 * 10**9, "parameter_count_origin": "name",
        "active_parameter_count": 35 * 10**9, "quantizations": ("AUTOROUND-4",),
        "size_bytes": None,
    },
    "openai/gpt-oss-20b": {
        "parameter_count": 20_914_757_184, "size_bytes": 13_761_264_768,
        "bits_per_weight": 5.264,
    },
    "unsloth/phi-4-bnb-4bit": {
        "parameter_count": 14_659_507_200, "quantizations": ("BNB-4",), "kind": "quantized",
    },
    "deepseek-ai/DeepSeek-V4-Pro": {
        "parameter_count": 1_598_839_674_782, "quantizations": ("MXFP4",),
    },
    "avlp12/Motif-3-Alis-MLX-8bit": {"parameter_count": 314_590_623_874},
    "avlp12/Motif-3-Beta-Alis-MLX-8bit": {
        "parameter_count": 314_590_623_874, "quantizations": ("MLX-8",),
    },
    "ModelCloud/Llama-3.2-1B-Instruct-gptqmodel-4bit-vortex-v1": {
        "parameter_count": 10**9, "parameter_count_origin": "name",
        "quantizations": ("GPTQ-4",),
    },
    # GGUF: its total counts weights, of one file; GGUF beside safetensors
    "ggml-org/gemma-3-1b-it-GGUF": {
        "parameter_count": 999_885_952, "parameter_count_origin": "gguf",
        "quantizations": ("Q4_K_M", "Q8_0", "F16"), "size_bytes": None,
    },
    "google/gemma-2b": {"formats": ("safetensors", "gguf"), "size_bytes": None},
    # Relations: an adapter that is merged, a merge of many, what is superseded
    "Nekochu/Luminia-13B-v3": {
        "kind": "adapter", "parameter_count": 13_015_864_320, "size_bytes": None,
    },
    "inflatebot/MN-12B-Mag-Mell-R1": {"kind": "merge", "base_model_relation": "merge"},
    "meta-llama/Meta-Llama-3-8B": {"flags": ("superseded",)},
    "mistralai/Mistral-7B-Instruct-v0.2": {"flags": ("superseded",)},
    "NeverSleep/Lumimaid-v0.2-70B": {"nsfw": True, "commercial_use": "no"},
}  # fmt: skip


@pytest.fixture(scope="module")
def records() -> dict[str, ModelRecord]:
    rows = json.loads(ROWS.read_text("utf-8"))
    moment = datetime(2026, 6, 5, tzinfo=UTC)
    found = [to_record(row, fetched_at=moment)[0] for row in rows]
    return {record.repo_id: record for record in found}


def test_every_row_of_the_fixture_is_looked_at(records: dict[str, ModelRecord]) -> None:
    assert records.keys() == PITFALLS.keys()


@pytest.mark.parametrize("repo_id", PITFALLS)
def test_a_pitfall(records: dict[str, ModelRecord], repo_id: str) -> None:
    wanted = PITFALLS[repo_id]
    assert {name: getattr(records[repo_id], name) for name in wanted} == wanted


def test_bases_of_a_merge_are_all_there(records: dict[str, ModelRecord]) -> None:
    assert len(records["inflatebot/MN-12B-Mag-Mell-R1"].base_models) == 7


def test_a_round_figure_of_a_copy_gives_way_to_its_base(
    records: dict[str, ModelRecord], tmp_path: Path, a_model: Any
) -> None:
    copy = records["ModelCloud/Llama-3.2-1B-Instruct-gptqmodel-4bit-vortex-v1"]
    base = a_model(
        repo_id="meta-llama/Llama-3.2-1B-Instruct", parameter_count=1_235_814_400,
        parameter_count_origin="safetensors",
    )  # fmt: skip
    table = table_of(settled(models_table([base, copy]), Shelf(tmp_path, Disk())), MODELS)
    found = {record.repo_id: record for record in records_of(table)}[copy.repo_id]
    assert (found.parameter_count, found.parameter_count_origin) == (1_235_814_400, "base")
