"""Config files that contradict themselves, leave out, or are of a kind that was not measured."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.fit import config, known
from catalog.fit.architecture import Layer

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 4,
    "hidden_size": 512,
    "intermediate_size": 1024,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "vocab_size": 1000,
}
WINDOWS = {**LLAMA, "model_type": "gpt_oss", "sliding_window": 128}
LFM = {**LLAMA, "model_type": "lfm2", "conv_L_cache": 3}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({}, "the cache of unknown was not measured"),
        ({"model_type": "brand_new"}, "does not state num_hidden_layers"),
        ({**LLAMA, "model_type": "brand_new"}, "the cache of brand_new was not measured"),
        ({**LLAMA, "num_hidden_layers": 10**6}, "states 1000000 layers"),
        ({**LLAMA, "num_hidden_layers": -3}, "does not state num_hidden_layers"),
        ({**LLAMA, "num_key_value_heads": 16}, "contradicts itself: 8 heads and 16"),
        ({**LLAMA, "num_key_value_heads": 3}, "contradicts itself"),
        ({**LLAMA, "hidden_size": 513}, "does not state the size of a head"),
        (
            {**LLAMA, "num_attention_heads": None, "num_key_value_heads": None},
            "does not state num_attention_heads",
        ),
        ({**LLAMA, "model_type": "openelm", "num_kv_heads": [1]}, "heads are not stated"),
        ({**WINDOWS, "layer_types": ["full_attention"]}, "layer_types does not name each layer"),
        ({**WINDOWS, "sliding_window": None}, "does not state sliding_window"),
        (
            {**WINDOWS, "model_type": "gemma3n_text", "num_kv_shared_layers": 4},
            "every layer shares the cache of another",
        ),
        (LFM, "does not state which layers attend"),
        (
            {**LLAMA, "model_type": "granitemoehybrid"},
            "does not state which layers attend",
        ),
    ],
)
def test_what_cannot_be_worked_out_is_told(wrong: dict[str, Any], why: str) -> None:
    if wrong == {}:
        why = "does not state num_hidden_layers"
    found = config.read(wrong)
    assert found.layers is None and found.doubt is not None and why in found.doubt


def test_a_text_part_is_read_and_what_gemma_leaves_out_is_its_default() -> None:
    bare = {"num_hidden_layers": 34, "hidden_size": 2560, "intermediate_size": 10240}
    read = config.read(
        {
            "model_type": "gemma3",
            "text_config": {"model_type": "gemma3_text", "sliding_window": 1024, **bare},
        }
    )
    gemma = known.architecture("huggingface:google/GEMMA-3-4b-it")
    assert gemma is not None and read.layers == gemma.layers
    assert config.read({**LLAMA, "text_config": 5}).layers == (Layer(key=128, value=128),) * 4


def test_windows_are_read_from_the_kinds_of_layers_or_the_period() -> None:
    kinds = ["sliding_attention", "full_attention", "full_attention", "sliding_attention"]
    named = config.read({**WINDOWS, "layer_types": kinds}).layers
    counted = config.read(WINDOWS).layers
    assert named is not None and [one.window for one in named] == [128, None, None, 128]
    assert counted is not None and [one.window for one in counted] == [128, None, 128, None]


def test_short_convolutions_are_read_from_either_list() -> None:
    kinds = ["conv", "full_attention", "conv", "conv"]
    by_kind = config.read({**LFM, "layer_types": kinds})
    assert by_kind.layers is not None
    assert by_kind == config.read({**LFM, "full_attn_idxs": [1]})


def test_the_most_that_an_unknown_kind_can_keep_needs_heads() -> None:
    assert config.read({**LLAMA, "model_type": "new"}).most == Layer(key=512, value=512)
    assert config.read({"model_type": "new", "num_hidden_layers": 3}).most is None


def test_a_ref_that_is_not_in_the_table_is_not_known() -> None:
    assert known.architecture("huggingface:nobody/nothing") is None


def test_the_fields_that_are_kept_read_as_the_whole_config_does() -> None:
    for ref in known.refs():
        whole = known.stated(ref) or {}
        assert config.read(config.kept({**whole, "bos_token_id": 1, "x": "y"})) == config.read(
            whole
        )
    seeing = {"model_type": "x", "vision_config": {"hidden_size": 3}, "text_config": {"a": 1}}
    assert config.kept(seeing) == {}  # nothing but a name
    odd = {
        "model_type": "x",
        "head_dim": 1e99,
        "hidden_size": 8,
        "layer_types": [[1]],
        "n_head": {},
    }
    assert config.kept(odd) == {"model_type": "x", "hidden_size": 8}
    assert config.kept({"num_hidden_layers": 3, "hidden_size": 4}) == {}
