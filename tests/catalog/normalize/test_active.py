"""The table of active parameters and who takes from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.normalize.active import all_active, stated_active
from catalog.records import ModelRecord

MakeRow = Callable[..., dict[str, Any]]
Read = Callable[[dict[str, Any]], ModelRecord]
B = 10**9


def test_every_figure_is_one_that_can_be() -> None:
    assert all(B <= count < 100 * B for count, _ in all_active().values())
    assert {source for _, source in all_active().values()} == {"card", "report"}


def test_a_figure_is_of_exactly_one_repository_and_below_its_count() -> None:
    assert stated_active("openai/gpt-oss-20b", 20_914_757_184) == 3_600_000_000
    assert stated_active("openai/gpt-oss-20b", None) == 3_600_000_000
    assert stated_active("someone/gpt-oss-20b", 20_914_757_184) is None
    assert stated_active("openai/gpt-oss-20b", 3_000_000_000) is None
    assert stated_active(None, None) is None


def test_a_model_and_its_quantized_copies_have_it(a_row: MakeRow, read: Read) -> None:
    weights = {"parameters": {"BF16": 46_702_792_704}, "total": 46_702_792_704}
    own = a_row(id="mistralai/Mixtral-8x7B-v0.1", safetensors=weights)
    assert read(own).active_parameter_count == 12_900_000_000
    base = {"base_model": "mistralai/Mixtral-8x7B-v0.1", "base_model_relation": "quantized"}
    copy = a_row(id="a/M-GGUF", tags=["gguf"], safetensors=..., cardData=base)
    assert read(copy).active_parameter_count == 12_900_000_000
    tuned = a_row(
        id="a/Tuned", safetensors=weights, cardData=base | {"base_model_relation": "finetune"}
    )
    assert read(tuned).active_parameter_count is None


def test_what_the_name_says_comes_first(a_row: MakeRow, read: Read) -> None:
    base = {"base_model": "openai/gpt-oss-120b", "base_model_relation": "quantized"}
    row = a_row(id="a/Odd-120B-A7B-GGUF", tags=["gguf"], safetensors=..., cardData=base)
    assert read(row).active_parameter_count == 7 * B
