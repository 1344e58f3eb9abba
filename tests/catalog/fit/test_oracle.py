"""Our arithmetic beside what a real llama.cpp allocated for the same shapes."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path
from typing import Any

import pytest

from catalog.fit import config, gguf_facts, gguf_header, known, memory
from catalog.fit.architecture import Architecture, attention_kind
from tools import fit_oracle, fit_shapes

ROWS: list[dict[str, Any]] = json.loads(fit_oracle.RECORDED.read_text(encoding="utf-8"))["rows"]
REFS = sorted({row["ref"] for row in ROWS})
CONFIGS: dict[str, Any] = json.loads(fit_oracle.ARCHITECTURES.read_text(encoding="utf-8"))

# What the Hub counts in their safetensors files, where these hold the same tensors.
PARAMETERS = {
    "meta-llama/Llama-3.1-8B-Instruct": 8_030_261_248,
    "HuggingFaceTB/SmolLM2-135M-Instruct": 134_515_008,
    "mistralai/Mixtral-8x7B-Instruct-v0.1": 46_702_792_704,
    "Qwen/Qwen2.5-7B-Instruct": 7_615_616_512,
    "Qwen/Qwen3-8B": 8_190_735_360,
    "Qwen/Qwen3-30B-A3B": 30_532_122_624,
    "google/gemma-2b": 2_506_172_416,
    "google/gemma-2-9b-it": 9_241_705_984,
    "deepseek-ai/DeepSeek-V2-Lite-Chat": 15_706_484_224,
    "microsoft/phi-4": 14_659_507_200,
    "CohereLabs/c4ai-command-r7b-12-2024": 8_028_033_024,
    "allenai/OLMo-2-1124-7B-Instruct": 7_298_617_344,
    "LiquidAI/LFM2-1.2B": 1_170_340_608,
    "state-spaces/mamba-2.8b-hf": 2_768_345_600,
    "ibm-granite/granite-4.0-h-tiny": 6_939_037_248,
    "tiiuae/Falcon-H1-0.5B-Instruct": 521_411_104,
    "apple/OpenELM-270M-Instruct": 271_527_168,
}


def agrees(architecture: Architecture, row: dict[str, Any]) -> None:
    need = memory.Need(context=row["context"], users=row["users"], kv=row["kv_type"])
    found = memory.memory(architecture, need)
    asked = f"{row['ref']} {need}"
    for term, measured in (("kv_cache", "kv"), ("state", "state"), ("output", "output")):
        size = found.term(term).bytes
        assert size is not None and abs(size / memory.MIB - row[measured]) <= 0.0101, (asked, term)
    compute = found.term("compute")
    assert compute.high is not None
    if row["compute"] is None:  # llama.cpp itself failed there
        return
    assert compute.low <= row["compute"] * memory.MIB <= compute.high, asked


def test_the_table_holds_many_architectures_contexts_and_types() -> None:
    assert len({CONFIGS[ref]["model_type"] for ref in REFS}) >= 15
    assert {row["kv_type"] for row in ROWS} == set(memory.KV_TYPES)
    assert len({(row["context"], row["users"]) for row in ROWS}) >= 4
    kinds = " ".join(attention_kind(config.read(CONFIGS[ref])) for ref in REFS)
    for kind in ("full", "latent", "sliding window", "recurrent", "per-layer", "shared"):
        assert kind in kinds


@pytest.mark.parametrize("ref", REFS)
def test_a_config_agrees_with_llama_cpp(ref: str) -> None:
    for row in ROWS:
        if row["ref"] == ref:
            agrees(config.read(CONFIGS[ref]), row)


@pytest.mark.parametrize("ref", REFS)
def test_the_header_of_a_gguf_tells_the_same(ref: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    weights = fit_oracle.write(path, CONFIGS[ref], words=False)
    with path.open("rb") as file:
        values, bytes_of_tensors = gguf_header.read(file)
    path.unlink()
    architecture = gguf_facts.facts(values, bytes_of_tensors)
    assert bytes_of_tensors is not None
    assert 0 <= weights - bytes_of_tensors < weights / 100  # the rest fills up to alignment
    for row in ROWS:
        if row["ref"] == ref:
            agrees(architecture, row)


def test_every_architecture_of_the_package_is_measured() -> None:
    assert set(REFS) == set(known.refs())


@pytest.mark.parametrize("name", PARAMETERS)
def test_the_shapes_hold_as_many_parameters_as_the_publisher_counts(name: str) -> None:
    shapes = fit_shapes.tensors(CONFIGS[f"huggingface:{name}"])
    assert sum(prod(shape) for _, shape in shapes) == pytest.approx(PARAMETERS[name], rel=2e-4)


@pytest.mark.nightly
def test_llama_cpp_still_allocates_what_was_recorded() -> None:
    pytest.importorskip("xllamacpp")
    recorded = {(r["ref"], r["context"], r["users"], r["kv_type"]): r for r in ROWS}
    for row in fit_oracle.table(runs=fit_oracle.RUNS[1:3]):
        assert row == recorded[(row["ref"], row["context"], row["users"], row["kv_type"])]
