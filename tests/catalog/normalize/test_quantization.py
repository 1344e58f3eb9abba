from __future__ import annotations

from typing import Any

import pytest

from catalog.normalize.quantization import (
    dtype_label,
    gguf_label,
    is_packed,
    nominal_bits,
    scheme,
)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("gemma-3-1b-it-Q4_K_M.gguf", "Q4_K_M"),
        ("Mellum2-12B-A2.5B-Thinking.i1-IQ1_M.gguf", "IQ1_M"),
        ("Meta-Llama-3.1-8B-Instruct-Q4_K_L.gguf", "Q4_K_L"),
        ("Llama-3.1-8B-Instruct-UD-Q4_K_XL.gguf", "UD-Q4_K_XL"),
        ("model-fp16.gguf", "F16"),
        ("model.bf16.gguf", "BF16"),
        ("model-FP32.gguf", "F32"),
        ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
        ("gpt-oss-20b-MXFP4_MOE.gguf", "MXFP4_MOE"),
        ("Qwen3-Coder-Next-MXFP4_MOE_BF16.gguf", "MXFP4_MOE"),
        ("model-BF16-NVFP4.gguf", "NVFP4"),
        ("MXFP4-to-Q8_0.gguf", "Q8_0"),
        ("model-TQ1_0.gguf", "TQ1_0"),
        ("ARM-Q4_0_4_8-imat.gguf", "Q4_0_4_8"),
        ("model-IQ4_XS.gguf", "IQ4_XS"),
        ("qwen2.5-q4-k-m.gguf", "Q4_K_M"),
        ("f16-to-Q8_0.gguf", "Q8_0"),
        ("gemma-7b-it.gguf", None),
        ("Q9_X.gguf", None),
    ],
)
def test_the_label_of_a_gguf_file(name: str, label: str | None) -> None:
    assert gguf_label(name) == label


def found(**facts: Any) -> str | None:
    """The scheme of a row with these facts."""
    defaults: dict[str, Any] = {"config": {}, "tags": (), "name": "m", "library": None}
    return scheme(**{**defaults, "dtypes": {}, **facts})


def method(name: str, **more: Any) -> dict[str, Any]:
    return {"quantization_config": {"quant_method": name, **more}}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"config": method("gptq", bits=4)}, "GPTQ-4"),
        ({"config": method("gptq")}, "GPTQ"),
        ({"config": method("gptq"), "name": "Qwen-72B-Chat-GPTQ-Int8"}, "GPTQ-8"),
        ({"config": method("awq")}, "AWQ-4"),
        ({"config": method("bitsandbytes", load_in_4bit=True)}, "BNB-4"),
        ({"config": method("bitsandbytes", load_in_8bit=True)}, "BNB-8"),
        ({"config": {"quantization_config": {"load_in_4bit": True}}}, "BNB-4"),
        ({"config": method("fp8")}, "FP8"),
        ({"config": method("auto-round", bits=4)}, "AUTOROUND-4"),
        ({"config": method("someday")}, None),
        ({"config": {"quantization_config": "junk"}}, None),
        # gpt-oss: the 8-bit tag is the container
        ({"tags": ("8-bit", "mxfp4")}, "MXFP4"),
        ({"tags": ("nvfp4", "fp8", "8-bit")}, "NVFP4"),
        ({"tags": ("gptq", "4-bit")}, "GPTQ-4"),
        ({"tags": ("gptq", "4-bit", "8-bit")}, "GPTQ"),
        ({"tags": ("awq",)}, "AWQ-4"),
        ({"tags": ("exl2",), "name": "Llama-3-8B-4.0bpw-h6-exl2"}, "EXL2-4.0"),
        ({"tags": ("4-bit",)}, None),
        ({"name": "Qwen3-Coder-480B-A35B-Instruct-int4-mixed-AutoRound"}, "AUTOROUND-4"),
        ({"name": "NVIDIA-Nemotron-Nano-12B-v2-VL-NVFP4-QAD"}, "NVFP4"),
        ({"name": "Llama-3.1-8B-exl2-3_5bpw"}, "EXL2-3.5"),
        ({"name": "Llama-3.1-8B-exl3"}, "EXL3"),
        ({"name": "Ornith-1.5-exl3-35.0bpw"}, "EXL3"),
        ({"name": "phi-4-bnb-4bit"}, "BNB-4"),
        ({"name": "Llama-3-8B-quantized.w8a8"}, "INT8"),
        ({"name": "Llama-3-8B-w4a16"}, "INT4"),
        ({"name": "Mistral-7B"}, None),
        ({"library": "mlx", "tags": ("mlx", "4-bit")}, "MLX-4"),
        ({"tags": ("mlx",), "config": {"quantization": {"bits": 6}}}, "MLX-6"),
        ({"library": "mlx", "name": "Qwen3-8B-8bit"}, "MLX-8"),
        ({"library": "mlx", "name": "Mistral-Small-24B-Instruct-2501-bf16"}, "BF16"),
        ({"library": "mlx", "name": "Qwen3.8-27B-Holodeck-mxfp4-mlx"}, "MLX-4"),
        ({"library": "mlx", "name": "Kokoro-82M"}, None),
        ({"tags": ("mlx",), "name": "Qwen3.8-27B-AWQ-Sharp"}, None),
        # containers of several schemes
        ({"config": method("compressed-tensors"), "name": "Llama-3-8B-FP8-dynamic"}, "FP8"),
        ({"config": method("compressed-tensors"), "dtypes": {"BF16": 40, "I32": 900}}, "INT4"),
        ({"tags": ("compressed-tensors",), "dtypes": {"BF16": 15, "F8_E4M3": 386}}, "FP8"),
        ({"tags": ("modelopt",), "dtypes": {"U8": 60, "F8_E4M3": 8, "BF16": 17}}, "NVFP4"),
        ({"tags": ("modelopt",), "dtypes": {"BF16": 4, "F8_E4M3": 118}}, "FP8"),
        ({"config": method("modelopt")}, None),
        ({"tags": ("compressed-tensors",)}, None),
        # what is stored decides over what is said
        ({"tags": ("bitsandbytes", "4-bit"), "dtypes": {"BF16": 14770033664}}, None),
        ({"tags": ("bitsandbytes", "4-bit"), "dtypes": {"BF16": 19, "U8": 131}}, "BNB-4"),
        ({"tags": ("mlx", "4-bit"), "dtypes": {"BF16": 19}}, None),
        ({"tags": ("fp8", "8-bit"),
          "dtypes": {"BF16": 2816899328, "F8_E4M3": 23169335296, "F8_E8M0": 49150268416,
                     "I8": 786381668352}}, "MXFP4"),
    ],
)  # fmt: skip
def test_the_scheme_of_other_weights(facts: dict[str, Any], expected: str | None) -> None:
    assert found(**facts) == expected


@pytest.mark.parametrize(
    ("dtypes", "label"),
    [
        ({"BF16": 9, "F32": 1}, "BF16"),
        ({"F8_E4M3": 9, "BF16": 1}, "FP8"),
        ({"I32": 9}, None),
        ({}, None),
    ],
)
def test_plain_weights_are_called_by_their_dtype(dtypes: dict[str, int], label: str | None) -> None:
    assert dtype_label(dtypes) == label


def test_packed_weights_are_more_than_a_buffer() -> None:
    assert is_packed({"U8": 10, "BF16": 90})
    assert not is_packed({"U8": 1, "BF16": 90})


@pytest.mark.parametrize(
    ("label", "bits"),
    [
        ("Q4_K_M", 4.8944),
        ("UD-Q4_K_XL", 5.01),
        ("UD-IQ2_M", 2.9294),
        ("BF16", 16.0),
        ("MLX-4", 4.5),
        ("EXL2-4.25", 4.25),
        ("NVFP4", 4.5),
        ("GPTQ", None),
        ("EXL2", None),
    ],
)
def test_nominal_bits(label: str, bits: float | None) -> None:
    assert nominal_bits(label) == bits
