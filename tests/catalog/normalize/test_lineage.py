from __future__ import annotations

from typing import Any

import pytest

from catalog.normalize.lineage import (
    REPO_ID,
    base_ids,
    kind_of,
    looks_like_adapter,
    stated_relation,
)


@pytest.mark.parametrize("repo_id", ["Qwen/Qwen3-8B", "gpt2", "a/b.c_d-e", "A" * 96 + "/x"])
def test_ids_of_the_hub(repo_id: str) -> None:
    assert REPO_ID.fullmatch(repo_id)


@pytest.mark.parametrize(
    "repo_id",
    ["", "a/b/c", "../x", "a/..", "..", ".", "a b", "a/", "/b", "模型/x", "a" * 97, "a\n",
     "mlx-community/Qwen-{quantization}"],
)  # fmt: skip
def test_what_is_no_id(repo_id: str) -> None:
    assert not REPO_ID.fullmatch(repo_id)


@pytest.mark.parametrize(
    ("row", "card", "ids"),
    [
        ({"baseModels": {"relation": "merge", "models": [{"_id": "1", "id": "a/b"}, {"id": 5}, 7]}},
         {}, ("a/b",)),
        ({}, {"base_model": "a/b"}, ("a/b",)),
        ({}, {"base_model": ["a/b", "c/d", "a/b", "own/id", None]}, ("a/b", "c/d")),
        ({"tags": ["base_model:a/b", "base_model:finetune:a/b", "x"]}, {}, ("a/b",)),
        ({}, {"base_model": "https://huggingface.co/a/b/"}, ("a/b",)),
        ({}, {"base_model": "Llama 3 8B"}, ()),
        ({"baseModels": []}, {"base_model": 7}, ()),
        ({"baseModels": {"models": "junk"}}, {}, ()),
    ],
)  # fmt: skip
def test_base_models(row: dict[str, Any], card: dict[str, Any], ids: tuple[str, ...]) -> None:
    assert base_ids(row, card, "own/id") == ids


@pytest.mark.parametrize(
    ("row", "card", "relation"),
    [
        ({"baseModels": {"relation": "quantized"}}, {"base_model_relation": "merge"}, "quantized"),
        ({}, {"base_model_relation": "merge"}, "merge"),
        ({"tags": ["base_model:a/b", "base_model:adapter:a/b"]}, {}, "adapter"),
        ({"baseModels": {"relation": "cousin"}}, {}, None),
    ],
)
def test_relations(row: dict[str, Any], card: dict[str, Any], relation: str | None) -> None:
    assert stated_relation(row, card) == relation


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"library": "peft"}, True),
        ({"library": "peft", "stored": 13_015_864_320}, False),  # Luminia-13B-v3 is merged
        ({"tags": ["lora"], "stored": 41_943_040}, True),
        ({"relation": "adapter"}, True),
        ({"name": "SmolLM2-1.7B-roleplay-lora"}, True),
        ({"name": "Llama-3.2-3B-Instruct-unsloth-bnb-4bitlora_model"}, True),
        ({"name": "flux-RealismLora"}, True),
        ({"name": "LORAs"}, True),
        ({"name": "gpt-oss-120b-lora-merged-redux"}, False),
        ({"name": "hermes-3-llama-3.1-8b-lorablated"}, False),
        ({"name": "Oculora"}, False),
        ({}, False),
    ],
)
def test_what_looks_like_an_adapter(facts: dict[str, Any], expected: bool) -> None:
    defaults: dict[str, Any] = {"relation": None, "tags": [], "library": None, "name": "m"}
    assert looks_like_adapter(**{**defaults, "stored": None, **facts}) is expected


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"relation": "finetune", "bases": ["a/b"], "tags": ["mergekit"]}, "finetune"),
        ({"tags": ["ControlNet"], "relation": "finetune"}, "component"),
        ({"name": "controlnet-union-sdxl-1.0"}, "component"),
        ({"name": "FLUX.1-dev-ControlNet-Union-Pro", "relation": "finetune"}, "component"),
        ({"name": "IP-Adapter-FaceID"}, "component"),
        ({"name": "t2i-adapter-sketch-sdxl-1.0"}, "component"),
        ({"name": "whip-adapterless"}, None),
        ({"adapter": True}, "adapter"),
        ({"tags": ["mergekit"]}, "merge"),
        ({"tags": ["merge"], "bases": ["a/b", "c/d"]}, "merge"),
        ({"tags": ["merge"], "bases": ["a/b"]}, None),
        ({"name": "Mistral-7B-GGUF", "quantized": True}, "quantized"),
        ({"name": "gpt-oss-20b", "quantized": True}, None),
        ({"name": "Qwen3-8B-Base"}, "base"),
        ({"name": "Qwen3-8B-Base", "bases": ["a/b"]}, None),
        ({"name": "bert-base"}, None),
        ({}, None),
    ],
)
def test_the_kind(facts: dict[str, Any], kind: str | None) -> None:
    defaults: dict[str, Any] = {"relation": None, "bases": [], "tags": [], "name": "m"}
    defaults |= {"adapter": False, "quantized": False, "formats": (), "full_weights": False}
    assert kind_of(**{**defaults, **facts}) == kind


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({}, "quantized"),
        ({"formats": ("safetensors", "onnx")}, None),
        ({"full_weights": True}, None),
        ({"formats": ("onnx",)}, "quantized"),
        ({"full_weights": True, "name": "MiniLM-AWQ"}, "quantized"),
        ({"formats": ("safetensors", "onnx"), "quantized": True}, "quantized"),
    ],
)
def test_full_weights_deny_the_hubs_word_quantized(facts: dict[str, Any], kind: str | None) -> None:
    defaults: dict[str, Any] = {"name": "all-MiniLM-L6-v2", "tags": (), "adapter": False}
    defaults |= {"relation": "quantized", "bases": ("nreimers/MiniLM-L6-H384-uncased",)}
    defaults |= {"quantized": False, "formats": (), "full_weights": False}
    assert kind_of(**{**defaults, **facts}) == kind
