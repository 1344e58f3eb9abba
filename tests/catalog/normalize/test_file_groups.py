from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from catalog.normalize.file_groups import (
    gguf_role,
    group_gguf,
    group_weights,
    is_gguf,
    smallest_set,
)
from catalog.records import ModelFile


def gguf(*paths: str) -> dict[str, ModelFile]:
    """The grouped files by path."""
    return {file.path: file for file in group_gguf(ModelFile(path=path) for path in paths)}


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("mmproj-model-f16.gguf", "projector"),
        ("sub/Qwen2.5-VL-mmproj-Q8_0.gguf", "projector"),
        ("qwen2-audio-projector.gguf", "projector"),
        ("vocoder-LFM2.5-Audio-1.5B-Q8_0.gguf", "other"),
        ("tokenizer-LFM2.5-Audio-1.5B-F16.gguf", "other"),
        ("token2wav-gguf/hifigan2.gguf", "other"),
        ("vision/MiniCPM-o-4_5-vision-F16.gguf", "other"),
        ("Llama-OuteTTS-1.0-1B-Q8_0.gguf", "weights"),
        ("visionary/a-Q8_0.gguf", "weights"),
        ("imatrix_unsloth.gguf", "imatrix"),
        ("Llama-3.imatrix.dat", "imatrix"),
        ("Qwen3.6-27B-NEO-CODE-Di-IMatrix-MAX-Q4_K_M.gguf", "weights"),
        ("ggml-vocab-llama.gguf", "vocab"),
        ("model-vocab.gguf", "vocab"),
        ("Qwen3-0.6B-draft-Q8_0.gguf", "draft"),
        ("mtp-Qwen3.5-Q8_0.gguf", "draft"),
        ("Qwen3.6-27B-MTP-Q8_0.gguf", "weights"),
    ],
)
def test_the_role_of_a_gguf_file(path: str, role: str) -> None:
    assert gguf_role(path) == role


def test_shards_of_one_model_are_one_group() -> None:
    names = [f"UD-IQ2_M/gpt-oss-120b-UD-IQ2_M-0000{n}-of-00003.gguf" for n in (1, 2, 3)]
    files = gguf(*names, "gpt-oss-120b-F16.gguf")
    assert {files[name].group for name in names} == {"UD-IQ2_M"}
    assert files["gpt-oss-120b-F16.gguf"].group == "F16"


def test_pieces_of_one_file_are_one_group() -> None:
    names = ("m.i1-Q6_K.gguf.part1of2", "m.i1-Q6_K.gguf.part2of2", "m.i1-Q8_0.gguf.part1of3")
    assert all(map(is_gguf, names))
    found = group_gguf(ModelFile(path=name) for name in names)
    assert [(file.group, file.quant_type) for file in found] == [
        ("Q6_K", "Q6_K"), ("Q6_K", "Q6_K"), (None, "Q8_0"),
    ]  # fmt: skip


def test_a_stub_as_first_shard_is_a_shard() -> None:
    # unsloth keeps each quantization in a folder; the first shard holds the header alone
    names = [f"UD-IQ2_M/m-UD-IQ2_M-{n:05}-of-00003.gguf" for n in (1, 2, 3)]
    files = [ModelFile(path=n, size_bytes=size) for n, size in zip(names, (3, 50, 40), strict=True)]
    found = group_gguf(files)
    assert {file.group for file in found} == {"UD-IQ2_M"}
    assert smallest_set(found)[0] == 93


def test_incomplete_shards_are_no_group() -> None:
    files = gguf("m-Q4_K_M-00001-of-00003.gguf", "m-Q4_K_M-00003-of-00003.gguf")
    assert {file.group for file in files.values()} == {None}
    assert {file.quant_type for file in files.values()} == {"Q4_K_M"}


def test_the_folder_says_what_the_name_does_not() -> None:
    file = gguf("BF16/model-00001-of-00001.gguf")["BF16/model-00001-of-00001.gguf"]
    assert (file.quant_type, file.group, file.bits_per_weight) == ("BF16", "BF16", 16.0)


def test_two_models_of_one_quantization_are_two_groups() -> None:
    files = gguf("small-Q4_K_M.gguf", "big/large-Q4_K_M.gguf")
    assert files["small-Q4_K_M.gguf"].group == "Q4_K_M small-Q4_K_M"
    assert files["big/large-Q4_K_M.gguf"].group == "Q4_K_M big/large-Q4_K_M"


def test_a_file_without_label_is_a_group_by_its_name() -> None:
    file = gguf("gemma-7b-it.gguf")["gemma-7b-it.gguf"]
    assert (file.quant_type, file.bits_per_weight, file.group) == (None, None, "gemma-7b-it")


def test_helpers_belong_to_no_group() -> None:
    files = gguf("m-Q4_K_M.gguf", "mmproj-F16.gguf", "imatrix.gguf")
    assert files["mmproj-F16.gguf"].group is None
    assert files["mmproj-F16.gguf"].quant_type == "F16"
    assert files["imatrix.gguf"].quant_type is None


def test_a_repository_of_draft_heads_is_about_them() -> None:
    assert gguf("eagle3-Q8_0.gguf")["eagle3-Q8_0.gguf"].role == "weights"


@pytest.mark.shared
def test_nearly_every_real_gguf_name_has_a_label(shared_data: Path) -> None:
    with gzip.open(shared_data / "huggingface" / "gguf_files.jsonl.gz", "rt") as lines:
        rows = [json.loads(line) for line in lines]
    names = [file["path"].rsplit("/", 1)[-1] for row in rows for file in row["files"]]
    weights = [file for name in names for file in group_gguf([ModelFile(path=name)])
               if file.role == "weights"]  # fmt: skip
    unlabelled = [file.path for file in weights if file.quant_type is None]
    assert len(unlabelled) < 0.03 * len(weights)


def weights(*paths: str, size: int | None = 10, **facts: object) -> dict[str, ModelFile]:
    files = [ModelFile(path=path, size_bytes=size) for path in paths]
    return {file.path: file for file in group_weights(files, "BF16", **facts)}  # type: ignore[arg-type]


def test_only_the_usual_set_of_a_format_is_a_group() -> None:
    files = weights(
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.fp16.safetensors", "pytorch_model.bin", "onnx/model.onnx",
        "onnx/model_quantized.onnx", "unet/model.safetensors", "README.md", "m-Q4_0.gguf",
    )  # fmt: skip
    groups = {path: file.group for path, file in files.items()}
    assert groups == {
        "model-00001-of-00002.safetensors": "safetensors model",
        "model-00002-of-00002.safetensors": "safetensors model",
        "model.fp16.safetensors": None,
        "pytorch_model.bin": "pickle pytorch_model",
        "onnx/model.onnx": "onnx model",
        "onnx/model_quantized.onnx": "onnx model_quantized",
        "unet/model.safetensors": None,
    }
    assert files["pytorch_model.bin"].quant_type is None
    assert files["model.fp16.safetensors"].quant_type == "BF16"


def test_single_files_of_no_usual_name_are_groups_of_their_own() -> None:
    files = weights("dreamshaper_8.safetensors", "dreamshaper_8_pruned.safetensors")
    assert {file.group for file in files.values()} == {
        "safetensors dreamshaper_8",
        "safetensors dreamshaper_8_pruned",
    }


def test_a_lone_file_takes_the_measured_size() -> None:
    files = weights("model.safetensors", size=None, set_bytes=99)
    assert files["model.safetensors"].size_bytes == 99


def test_pickles_carry_the_dtype_only_where_nothing_safer_does() -> None:
    assert weights("pytorch_model.bin")["pytorch_model.bin"].quant_type == "BF16"


def test_without_a_known_quantization_the_files_have_none() -> None:
    (file,) = group_weights([ModelFile(path="model.safetensors")], None)
    assert (file.quant_type, file.bits_per_weight) == (None, None)


def test_the_smallest_complete_set_counts() -> None:
    files = [
        ModelFile(path="a", role="weights", group="F16", size_bytes=100),
        ModelFile(path="b1", role="weights", group="Q4_0", size_bytes=20),
        ModelFile(path="b2", role="weights", group="Q4_0", size_bytes=20),
        ModelFile(path="c", role="weights", group="Q2_K", size_bytes=None),
        ModelFile(path="d", role="projector", group=None, size_bytes=1),
    ]
    assert smallest_set(files) == (40, files[1])
    assert smallest_set(files[:1]) == (100, files[0])
    assert smallest_set([files[0], files[1]]) == (20, files[1])
    assert smallest_set([files[1], files[0]]) == (20, files[1])
    assert smallest_set(files[3:]) == (None, None)


def test_precisions_of_an_onnx_model_are_groups_with_what_lies_beside_them() -> None:
    names = ("model.onnx", "model.onnx_data", "model_fp16.onnx", "model_q4f16.onnx",
             "model_q4f16.onnx_data", "model_q4f16.onnx_data_1", "model_uint8.onnx",
             "model_bnb4.onnx", "encoder_model_q4.onnx")  # fmt: skip
    files = [ModelFile(path=f"onnx/{name}", size_bytes=1 << at) for at, name in enumerate(names)]
    found = {file.path.removeprefix("onnx/"): file for file in group_weights(files, "BF16")}
    assert found["model.onnx_data"].group == found["model.onnx"].group == "onnx model"
    assert found["model.onnx"].quant_type is None
    assert found["model_fp16.onnx"].quant_type == "F16"
    assert found["model_q4f16.onnx_data_1"].group == "onnx model_q4f16"
    assert found["model_q4f16.onnx_data_1"].quant_type == "INT4"
    assert found["model_uint8.onnx"].bits_per_weight == 8.0
    assert found["model_bnb4.onnx"].quant_type == "BNB-4"
    assert found["encoder_model_q4.onnx"].group is None  # a part of a model
    assert smallest_set(found.values())[0] == 1 + 2
