"""The weights that a model could be run with."""

from __future__ import annotations

from collections.abc import Callable

from catalog.fit import estimate, known
from catalog.records import ModelFile, ModelRecord
from catalog.services import fit_choices
from catalog.services.fit_choices import choices

QWEN = known.architecture("huggingface:Qwen/Qwen3-8B")
IMAGE = estimate.architecture("image", None)
Make = Callable[..., ModelRecord]


def a_file(path: str, size: int | None, group: str, form: str = "safetensors") -> ModelFile:
    return ModelFile(path=path, size_bytes=size, group=group, format=form, role="weights")


def test_bytes_have_a_band_where_they_are_estimated(a_model: Make) -> None:
    rounded = a_model(size_bytes=1000, flags=("size_estimated",))
    counted = a_model(size_bytes=None, parameter_count=800, bits_per_weight=10.0)
    assert fit_choices.weights(rounded) == (950, 1050)
    assert fit_choices.weights(counted) == (900, 1400)
    assert fit_choices.weights(a_model(size_bytes=7)) == (7, 7)
    assert fit_choices.weights(a_model(size_bytes=None, parameter_count=None)) is None


def test_a_set_without_a_size_is_counted_from_its_bits(a_model: Make) -> None:
    assert QWEN is not None
    model = a_model(parameter_count=8_000, size_bytes=None, quantizations=("Q8_0", "odd"))
    found = choices(model, (), QWEN, engine="llama_cpp")
    assert [(one.quant, one.weights, one.estimated) for one in found] == [
        ("Q8_0", (7651, 11901), True),
        ("odd", None, True),
    ]
    bare = a_model(parameter_count=None, size_bytes=None)
    (only,) = choices(bare, (), QWEN, engine="llama_cpp", quant="Q8_0")
    assert only.weights is None and only.quant == "Q8_0"


def test_parameters_alone_are_a_wide_band(a_model: Make) -> None:
    assert QWEN is not None
    bare = {"size_bytes": None, "parameter_count": 8_000, "bits_per_weight": None}
    for quants, named in (((), [None]), (("odd", "strange"), ["odd", "strange"])):
        found = choices(a_model(quantizations=quants, **bare), (), QWEN, engine="llama_cpp")
        assert [one.quant for one in found] == named
        assert {(one.weights, one.estimated) for one in found} == {((2_000, 32_000), True)}


def test_other_engines_load_no_gguf(a_model: Make) -> None:
    assert QWEN is not None
    files = [a_file("a.gguf", 5, "Q4_0", "gguf"), a_file("b.safetensors", 16, "BF16")]
    named = {
        engine: [one.quant for one in choices(a_model(), files, QWEN, engine=engine)]
        for engine in ("llama_cpp", "transformers", "vllm")
    }
    assert named == {"llama_cpp": ["Q4_0", "BF16"], "transformers": ["BF16"], "vllm": ["BF16"]}
    (none,) = choices(a_model(), files[:1], QWEN, engine="vllm")
    assert none.weights is None and none.doubt is not None and "that vllm loads" in none.doubt
    (row,) = choices(a_model(size_bytes=9, formats=("gguf",)), (), QWEN, engine="transformers")
    assert row.weights is None


def test_a_pipeline_is_told_by_its_folders(a_model: Make) -> None:
    files = [
        a_file("unet/model.safetensors", 5_000, "F16"),
        a_file("text_encoder/model.safetensors", 250, "F16"),
        a_file("text_encoder_2/model.safetensors", 1_400, "F16"),
        a_file("vae/model.safetensors", 170, "F16"),
        a_file("transformer/model.bin", None, "F32"),
    ]
    first, second = choices(a_model(), files, IMAGE, engine="llama_cpp")
    assert first.parts == {"denoiser": 5_000, "text_encoders": 1_650, "autoencoder": 170}
    assert second.parts == {}


def test_a_count_of_the_denoiser_alone_is_told(a_model: Make) -> None:
    row = {
        "parameter_count": 2_567_463_684,
        "parameter_count_origin": "safetensors",
        "library_name": "diffusers",
    }
    (alone,) = choices(a_model(size_bytes=None, **row), (), IMAGE, engine="llama_cpp")
    assert alone.doubt is not None and "denoiser alone" in alone.doubt
    (whole,) = choices(a_model(size_bytes=7 * 10**9, **row), (), IMAGE, engine="llama_cpp")
    assert whole.doubt is None


def test_one_file_is_told_by_its_base(a_model: Make) -> None:
    files = [ModelFile(path="x.safetensors", size_bytes=2_140, group="7 F16", version_id="7")]
    (one,) = choices(a_model(base_label="SD 1.5"), files, IMAGE, engine="vllm")
    assert one.parts == {"denoiser": 1_720, "text_encoders_and_autoencoder": 420}
    (other,) = choices(a_model(base_label="Nobody"), files, IMAGE, engine="vllm")
    assert other.parts == {}
