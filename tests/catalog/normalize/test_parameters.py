from __future__ import annotations

from typing import Any

import pytest

from catalog.normalize.parameters import (
    Packing,
    Parameters,
    dtype_counts,
    measured_bits,
    measured_total,
    nominal_parameters,
    parameters_of,
    stored_bytes,
    without_buffers,
)

B = 10**9


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("Qwen2.5-7B-Instruct", 7 * B, None),
        ("DeepSeek-R1-Distill-Qwen-1.5B", 1_500_000_000, None),
        ("bloom-560m", 560_000_000, None),
        ("warmly-qwen35-08b-enko", None, None),
        ("Qwen3-0.6B", 600_000_000, None),
        ("esm2_t33_650M_UR50D", 650_000_000, None),
        ("Qwen3-30B-A3B", 30 * B, 3 * B),
        ("Mellum2-12B-A2.5B-Thinking", 12 * B, 2_500_000_000),
        ("granite-3.0-1b-a400m-base", 1 * B, 400_000_000),
        ("Qwen1.5-MoE-A2.7B", None, 2_700_000_000),
        ("Mixtral-8x7B-Instruct-v0.1", None, None),
        ("Llama-4-Maverick-17B-128E-Instruct", None, 17 * B),
        ("gemma-3n-E4B-it", None, None),
        ("OLMoE-1B-7B-0924", None, None),
        ("Qwen2.5-7B-Instruct-1M", 7 * B, None),
        ("Infinity-Instruct-3M-0625-Llama3-8B", 8 * B, None),
        ("bee-350m-pt-base-15b", None, None),
        ("CLIP-ViT-H-14-laion2B-s32B-b79K", None, None),
        ("metaclip-b32-400m", None, None),
        ("metaclip-h14-fullcc2.5b", None, None),
        ("phi-4-bnb-4bit", None, None),
        ("internlm2-1_8b", None, None),
        ("weird-A7B-7B", None, 7 * B),
        ("zero-0B", None, None),
        ("mtp-Qwen3.8-27B-Q8_0", None, None),
        ("Qwen3.8-27B-oQ4e-mtp", 27 * B, None),
        ("Llama-3.1-8B-EAGLE3", None, None),
        ("bert-base-uncased", None, None),
    ],
)
def test_sizes_in_a_name(name: str, total: int | None, active: int | None) -> None:
    nominal = nominal_parameters(name)
    assert (nominal.total, nominal.active) == (total, active)


def counted(name: str, parameters: dict[str, int], total: int | None, **facts: Any) -> Parameters:
    """The count of a row that has these dtypes."""
    safetensors = {"parameters": parameters, "total": total}
    scheme = facts.pop("scheme", None)
    packing = Packing(scheme=scheme, group_size=facts.pop("group", None)) if scheme else None
    return parameters_of(
        name=name,
        safetensors=safetensors,
        dtypes=without_buffers(dtype_counts(safetensors), quantized=packing is not None),
        gguf_total=facts.pop("gguf_total", None),
        packing=packing,
        adapter=facts.pop("adapter", False),
    )


@pytest.mark.parametrize(
    ("name", "parameters", "total", "scheme", "expected"),
    [
        ("t5-small", {"F32": 60506624}, 60506624, None, (60506624, "safetensors", False)),
        # the author's own metadata is absurd, the sum is right
        ("Cydonia-24B-v4.3", {"BF16": 23572403200}, 414720, None,
         (23572403200, "safetensors", True)),
        ("MOOSE-Star-R1D-7B", {"BF16": 7615616512}, 333312, None,
         (7615616512, "safetensors", True)),
        # shared weights: total and sum within five percent
        ("gemma-4-31B", {"BF16": 31270000000}, 32680000000, None,
         (32680000000, "safetensors", False)),
        # attention masks stored as U8 are no parameters
        ("pythia-160m", {"U8": 50331648, "F16": 162323040}, 212654688, None,
         (162323040, "safetensors", True)),
        # packed: the name bears the count out, or replaces it, or nobody knows
        ("gpt-oss-20b", {"BF16": 1804459584, "U8": 19707494400}, 21511953984, "MXFP4",
         (20914757184, "safetensors", False)),
        ("Qwen3-Coder-480B-A35B-Instruct-int4-mixed-AutoRound",
         {"BF16": 1928721920, "I32": 61980033024, "F16": 7393050624}, 1928721920, "AUTOROUND-4",
         (480 * B, "name", False)),
        ("Nemotron-Nano-12B-VL-NVFP4", {"U8": 6 * B, "BF16": 17 * B // 10}, None, "NVFP4",
         (12 * B, "name", False)),
        ("Kimi-K2.6", {"BF16": 43902267888, "I32": 1014687129600}, 1058589420528, "INT4",
         (None, None, False)),
        ("Motif-3-Alis-MLX-8bit", {"BF16": 9964787842, "U32": 78613118976}, 88577906818, "MLX-8",
         (314590623874, "safetensors", False)),
        # no proof, but the name bears one reading out, or a total that the Hub corrected later
        ("Qwen2.5-7B-Instruct-AWQ", {"I32": 821_559_296, "F16": 1_140_310_528}, None, "AWQ-4",
         (7610886069, "safetensors", False)),
        ("mystery", {"I32": 821_559_296, "F16": 1_140_310_528}, 7_615_616_512, "AWQ-4",
         (7615616512, "safetensors", False)),
        ("mystery", {"I32": 821_559_296, "F16": 1_140_310_528}, 414_720, "AWQ-4",
         (None, None, False)),
        ("mystery-7B", {"I32": 9 * B}, None, None, (7 * B, "name", False)),
        ("gemma-2-2b-it", {"BF16": 2614341888}, 2614341888, None,
         (2614341888, "safetensors", True)),
        ("Llama-2-7b", {}, None, None, (7 * B, "name", False)),
        ("mystery", {}, None, None, (None, None, False)),
    ],
)  # fmt: skip
def test_counts_that_can_be_believed(
    name: str,
    parameters: dict[str, int],
    total: int | None,
    scheme: str | None,
    expected: tuple[int | None, str | None, bool],
) -> None:
    found = counted(name, parameters, total, scheme=scheme)
    assert (found.total, found.origin, found.disagree) == expected


def test_active_parameters_come_from_the_name() -> None:
    found = counted("Qwen3-30B-A3B", {"BF16": 30532122624}, 30532122624)
    assert (found.total, found.active) == (30532122624, 3 * B)
    odd = counted("Odd-A3B", {"BF16": 2 * B}, 2 * B)
    assert odd.active is None


def test_a_gguf_total_is_a_count_of_parameters() -> None:
    found = counted("gemma-3-1b-it-GGUF", {}, None, gguf_total=999885952)
    assert (found.total, found.origin) == (999885952, "gguf")


def test_a_gguf_total_of_another_file_gives_way_to_the_name() -> None:
    found = counted("gemma-3-27b-it-GGUF", {}, None, gguf_total=420_000_000)
    assert (found.total, found.origin, found.disagree) == (27 * B, "name", True)


def test_an_adapter_has_its_own_count_and_never_that_of_its_name() -> None:
    assert counted("Llama-3-8B-lora", {}, None, adapter=True).total is None
    found = counted("Llama-3-8B-lora", {"F32": 41_943_040}, None, adapter=True)
    assert (found.total, found.disagree) == (41_943_040, False)
    told = counted("Llama-3-8B-lora-GGUF", {}, None, gguf_total=41_943_040, adapter=True)
    assert (told.total, told.origin, told.disagree) == (41_943_040, "gguf", True)


def test_a_total_without_dtypes_counts_only_for_plain_weights() -> None:
    assert measured_total({"total": 5}, {}) == (5, False)
    assert measured_total({}, {}) == (None, False)
    assert counted("plain", {}, 5 * B).total == 5 * B
    assert counted("packed", {}, 5 * B, scheme="GPTQ-4").total is None


def test_masks_that_are_most_of_the_weights_are_weights() -> None:
    assert without_buffers({"U8": 9, "F32": 1}, quantized=False) == {"U8": 9, "F32": 1}


def test_words_that_are_no_dtype_are_dropped() -> None:
    broken = {"parameters": {"BF16": 7, "miku": 3, "F32": -1, "F16": "x"}}
    assert dtype_counts(broken) == {"BF16": 7}
    assert dtype_counts(None) == {}


def test_bytes_of_plain_weights_and_of_what_is_proven() -> None:
    assert stored_bytes({"BF16": 10, "F32": 1}, None, "m") == 24
    assert stored_bytes({"U8": 10}, None, "m") is None
    assert stored_bytes({"U8": 10}, Packing(scheme="BNB-4"), "m") is None
    assert stored_bytes({"I8": 10, "BF16": 2}, Packing(scheme="INT8"), "m") == 14
    assert stored_bytes({"BF16": 1000, "F8_E8M0": 1}, None, "m") is None
    assert stored_bytes({}, None, "m") is None
    assert stored_bytes({"F64": 2**62}, None, "m") is None


def test_a_proof_that_the_name_denies_is_none() -> None:
    # Containers of 17 bytes for 32 weights, or a clean count of a size that 17 divides?
    dtypes = {"U8": 17 * 10**9, "BF16": 10**9}
    assert counted("gpt-18b", dtypes, None, scheme="MXFP4").total == 18 * 10**9
    assert counted("gpt-33b", dtypes, None, scheme="MXFP4").total == 33 * 10**9
    far = counted("gpt-90b", dtypes, None, scheme="MXFP4")
    assert (far.total, far.disagree) == (33 * 10**9, True)
    packing = Packing(scheme="MXFP4")
    assert stored_bytes(dtypes, packing, "gpt-18b") is None
    assert stored_bytes(dtypes, packing, "gpt-33b") == 19 * 10**9


def test_bits_are_measured_where_size_and_count_are() -> None:
    assert measured_bits(4_920_734_272, 8_030_261_248, "safetensors") == 4.902
    assert measured_bits(4_920_734_272, 8 * B, "name") is None
    assert measured_bits(None, 8 * B, "gguf") is None
    assert measured_bits(1, None, None) is None
    assert measured_bits(1, 0, "gguf") is None
    assert measured_bits(10**15, 1000, "gguf") is None
