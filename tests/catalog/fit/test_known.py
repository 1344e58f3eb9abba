"""The bundled architectures, held to the parameters that the starter catalog counts."""

from __future__ import annotations

from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import catalog
from catalog.fit import known
from tools import fit_shapes, fit_shapes_older

STARTER = Path(catalog.__file__).parent / "starter" / "models.parquet"
OWN = [ref for ref in known.refs() if known.stated(ref) is not None]
FAMILIES = (
    "meta-llama/Llama-3.3-70B-Instruct",
    "meta-llama/Meta-Llama-3-8B-Instruct",
    "meta-llama/Llama-3.2-3B-Instruct",
    "Qwen/Qwen2.5-32B",
    "Qwen/Qwen3-235B-A22B",
    "google/gemma-3-1b-it",
    "mistralai/Mistral-Nemo-Instruct-2407",
    "microsoft/Phi-4-mini-instruct",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    "openai/gpt-oss-120b",
    "Qwen/Qwen3.6-27B",
    "Qwen/Qwen3.6-35B-A3B",
    "HuggingFaceTB/SmolLM3-3B",
    "allenai/Olmo-3-7B-Instruct",
    "zai-org/GLM-4.7-Flash",
    "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
    "deepseek-ai/DeepSeek-R1",
    "moonshotai/Kimi-K2-Instruct",
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
)
# Their files hold one more layer, that drafts, some with words of its own.
DRAFTS = {"deepseek_v3": 2, "glm4_moe_lite": 2, "qwen3_next": 0, "qwen3_5": 0, "qwen3_5_moe": 0}
# What sees in Gemma 3 (SigLIP), in Mistral Small 3.1 (Pixtral) and in Qwen 3.5 from 9B on, and what
# sees and hears in Gemma 3n: parameters, and how many more for each value of the width.
BESIDE = {
    "gemma3": (416_866_032 + 1152, 1152),
    "gemma3n": (981_150_000, 0),
    "mistral3": (438_958_080, 0),
    "qwen3_5": (437_132_016, 4609),
    "qwen3_5_moe": (437_132_016, 4609),
}
# Of these one or the other, by the size.
SEE = {
    "qwen2_5_vl": ((658_196_480, 5121),),
    "qwen3_vl": ((500_874_480, 18_436), (373_394_432, 16_388)),
    "qwen3_vl_moe": ((500_874_480, 18_436),),
}
# Names that the Hub still leads to the models that are called otherwise now, and a copy.
MOVED = {f"huggingface:meta-llama/Meta-Llama-3.1-{size}" for size in ("8B", "70B", "405B")}
MOVED |= {f"{name}-Instruct" for name in MOVED} | {"huggingface:unsloth/Olmo-3-7B-Instruct"}
# The smaller ones see with less; others have their language model alone, with as many parameters.
ALONE = {f"huggingface:Qwen/Qwen3.5-{size}" for size in ("4B", "2B", "0.8B")}


@cache
def starter() -> dict[str, dict[str, Any]]:
    names = ["ref", "architecture", "parameter_count", "flags", "context_length"]
    rows = pq.read_table(STARTER, columns=names).to_pylist()
    return {row["ref"]: row for row in rows}


@cache
def counts(ref: str) -> frozenset[int]:
    """What the files of a shape may hold beside the language model, or only that."""
    fields = dict(known.stated(ref) or {})
    if fields["model_type"] in fit_shapes_older.NAMES:
        return older(fields)
    kind, text = fields["model_type"], fields.get("text_config", fields)
    sizes = {name: prod(shape) for name, shape in fit_shapes.tensors(fields)}
    wide = text.get("hidden_size", text.get("model_dim"))
    own, words = sum(sizes.values()), wide * text["vocab_size"]
    found = {own}
    if text.get("tie_word_embeddings"):  # counted once, or as they are stored
        found |= {own + words}
    if kind in BESIDE:
        base, each = BESIDE[kind]
        found |= {own + base + each * wide}
    found |= {own + base + each * wide for base, each in SEE.get(kind, ())}
    if kind in DRAFTS:
        last = f"blk.{text['num_hidden_layers'] - 1}."
        layer = sum(size for name, size in sizes.items() if name.startswith(last))
        found |= {one + layer + 2 * wide * wide + DRAFTS[kind] * words for one in found}
    return frozenset(found)


def older(fields: dict[str, Any]) -> frozenset[int]:
    """Without a gate: some files hold a mask for each layer, or tied words twice."""
    own = sum(prod(shape) for _, shape in fit_shapes.tensors(fields))
    facts = fit_shapes_older.facts(fields)
    if fields["model_type"] == "starcoder2":
        return frozenset({own, own + facts["words"] * facts["wide"]})
    masks = facts["layers"] * facts["context"] ** 2 if fields["model_type"] != "phi" else 0
    return frozenset({own, own + masks})


@cache
def counted() -> frozenset[tuple[str, int]]:
    """Kinds and parameters of every model of the catalog."""
    return frozenset((one["architecture"], one["parameter_count"]) for one in starter().values())


def close(ref: str, stated: int) -> bool:
    return any(abs(own - stated) <= stated / 1000 for own in counts(ref))


@pytest.mark.parametrize("ref", [ref for ref in OWN if ref not in ALONE])
def test_a_shape_has_as_many_parameters_as_the_catalog_counts(ref: str) -> None:
    row = starter().get(ref)
    assert row is not None and row["parameter_count"] is not None
    assert close(ref, row["parameter_count"]), (counts(ref), row["parameter_count"])


@pytest.mark.parametrize("ref", sorted(ALONE))
def test_the_language_model_alone_has_as_many_as_that_of_others(ref: str) -> None:
    (own,) = [one for one in counts(ref) if ("qwen3_5_text", one) in counted()]
    assert own == min(counts(ref))


def test_twins_are_of_one_kind_and_have_exactly_as_many_parameters() -> None:
    for ref, (shape, context) in known._twins().items():
        if ref in MOVED:
            assert ref not in starter()
            continue
        row, fields = starter()[ref], known.stated(shape)
        assert fields is not None and row["parameter_count"] is not None, ref
        assert row["architecture"].removesuffix("_text") == fields["model_type"].removesuffix(
            "_text"
        ), ref
        stated = starter()[shape]["parameter_count"]
        assert row["parameter_count"] in counts(shape) | {stated}, ref
        assert context == row["context_length"] or context is None, ref
        twin, found = known.architecture(ref), known.architecture(shape)
        assert twin is not None and found is not None
        assert (twin.layers, twin.context_length) == (found.layers, context)


def test_a_ref_is_in_the_table_once() -> None:
    assert len({ref.casefold() for ref in known.refs()}) == len(known.refs())
    assert known.stated("huggingface:nobody/nothing") is None


def test_the_models_that_people_use_have_an_architecture() -> None:
    for ref in FAMILIES:
        found = known.architecture(f"huggingface:{ref}")
        assert found is not None and found.layers, ref
