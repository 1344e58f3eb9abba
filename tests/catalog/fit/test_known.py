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
from tools import fit_shapes

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
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0",
)
# Their files hold one more layer, that drafts: DeepSeek with words of its own, Qwen without.
DRAFTS = {
    "huggingface:deepseek-ai/DeepSeek-V3.1": True,
    "huggingface:Qwen/Qwen3-Next-80B-A3B-Instruct": False,
}
# What sees, in all sizes of Gemma 3: SigLIP, and a projection to the width of the model.
SEES = 416_866_032
SEE = {f"huggingface:google/gemma-3-{size}-it" for size in ("4b", "12b", "27b")}
# What sees and hears is a third of the rest, and stored otherwise: its shape is held to llama.cpp.
OTHERWISE = {"huggingface:google/gemma-3n-E4B-it"}


@cache
def starter() -> dict[str, dict[str, Any]]:
    names = ["ref", "architecture", "parameter_count", "flags", "context_length"]
    rows = pq.read_table(STARTER, columns=names).to_pylist()
    return {row["ref"]: row for row in rows}


@cache
def counts(ref: str) -> frozenset[int]:
    """What the files of a shape may hold: tied words are counted once, or as they are stored."""
    fields = dict(known.stated(ref) or {})
    text = fields.get("text_config", fields)
    sizes = {name: prod(shape) for name, shape in fit_shapes.tensors(fields)}
    wide = text.get("hidden_size", text.get("model_dim"))
    own, words = sum(sizes.values()), wide * text["vocab_size"]
    if ref in SEE:
        own += SEES + 1152 * (wide + 1)
    whole = {own}
    if ref in DRAFTS:
        last = f"blk.{text['num_hidden_layers'] - 1}."
        own += sum(size for name, size in sizes.items() if name.startswith(last))
        own += 2 * wide * wide + 2 * words * DRAFTS[ref]
    whole |= {own, own + words} if text.get("tie_word_embeddings") else {own}
    return frozenset(whole)


def close(ref: str, stated: int) -> bool:
    return any(abs(own - stated) <= stated / 1000 for own in counts(ref))


@pytest.mark.parametrize("ref", [ref for ref in OWN if ref not in OTHERWISE])
def test_a_shape_has_as_many_parameters_as_the_catalog_counts(ref: str) -> None:
    row = starter().get(ref)
    assert row is not None and row["parameter_count"] is not None
    assert close(ref, row["parameter_count"]), (counts(ref), row["parameter_count"])


def test_twins_are_of_one_kind_and_have_exactly_as_many_parameters() -> None:
    for ref, (shape, context) in known._twins().items():
        row, fields = starter()[ref], known.stated(shape)
        assert fields is not None and row["architecture"] == fields["model_type"], ref
        count = row["parameter_count"]
        assert count in counts(shape) | {starter()[shape]["parameter_count"]}, ref
        assert close(shape, count), ref
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
