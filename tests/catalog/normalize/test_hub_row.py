from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import BadRow
from catalog.normalize.hub_row import to_record
from catalog.normalize.plain import MAX_INT
from catalog.records import ModelFile, ModelRecord
from catalog.vocabulary import (
    COMMERCIAL_USE,
    FILE_ROLES,
    FLAGS,
    FORMATS,
    GATED,
    KINDS,
    MODALITIES,
    PARAMETER_COUNT_ORIGINS,
    PIPELINE_TAG_ORIGINS,
    RELATIONS,
    TASKS,
)

FETCHED = datetime(2026, 6, 5, 12, tzinfo=UTC)
Row = dict[str, Any]
MakeRow = Callable[..., Row]
Read = Callable[[Row], ModelRecord]
ReadFiles = Callable[[Row], tuple[ModelFile, ...]]


def test_t5_small_as_the_hub_writes_it(a_row: MakeRow, read: Read) -> None:
    assert read(a_row()) == ModelRecord(
        ref="huggingface:google-t5/t5-small",
        source="huggingface",
        repo_id="google-t5/t5-small",
        name="t5-small",
        author="google-t5",
        url="https://huggingface.co/google-t5/t5-small",
        revision="df1b051c49625cf57a3d0d8d3863ed4d13564fe4",
        pipeline_tag="translation",
        pipeline_tag_origin="stated",
        modality="nlp",
        library_name="transformers",
        formats=("safetensors", "pickle", "onnx", "other"),
        license="Apache-2.0",
        license_raw="apache-2.0",
        commercial_use="yes",
        license_reasons=(
            "Apache license 2.0: commercial use is allowed, at most with attribution and notices.",
        ),
        gated="no",
        parameter_count=60_506_624,
        parameter_count_origin="safetensors",
        architecture="t5",
        quantizations=("F32",),
        bits_per_weight=32.0,
        size_bytes=242_026_496,
        family="t5",
        languages=("en", "fr", "ro", "de"),
        tags=("rust", "t5", "text-generation-inference", "dataset:c4", "arxiv:1805.12471"),
        downloads_30d=2_733_012,
        downloads_total=189_000_123,
        downloads_as_of=date(2026, 6, 5),
        likes=512,
        trending=3.5,
        last_modified=datetime(2023, 6, 30, 2, 31, 26, tzinfo=UTC),
        fetched_at=FETCHED,
    )


def test_a_bare_row_has_nothing_but_its_names() -> None:
    record, files = to_record({"id": "gpt2"}, fetched_at=FETCHED, origin="starter")
    assert (record.author, record.name, record.origin) == (None, "gpt2", "starter")
    assert record.flags == ("license_missing",)
    assert (record.gated, record.commercial_use) == ("unknown", "unknown")
    assert record.downloads_as_of is None
    assert files == ()
    known = {f.name for f in fields(record) if getattr(record, f.name) not in (None, ())}
    assert known == {
        "ref", "source", "repo_id", "name", "url", "commercial_use", "license_reasons", "gated",
        "fetched_at", "origin", "flags", "family",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ...}, "no id"),
        ({"id": 7}, "no id"),
        ({"id": None}, "no id"),
        ({"id": "a/b/c"}, "owner/name"),
        ({"id": "x" * 10**6}, "owner/name"),
        ({"id": "a/\ud800"}, "owner/name"),
        ({"private": True}, "private"),
        ({"disabled": True}, "disabled"),
        ({"tags": "transformers"}, "tags"),
    ],
)
def test_rows_that_cannot_be_a_model(a_row: MakeRow, changes: Row, reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        to_record(a_row(**changes), fetched_at=FETCHED)


@pytest.mark.parametrize("row", [None, [], "row", 7])
def test_what_is_no_object_is_a_bad_row(row: Any) -> None:
    with pytest.raises(BadRow):
        to_record(row, fetched_at=FETCHED)


def test_the_old_name_of_the_id_is_taken(a_row: MakeRow, read: Read) -> None:
    assert read(a_row(id=..., modelId="org/old")).repo_id == "org/old"


def test_tags_may_be_null(a_row: MakeRow, read: Read) -> None:
    assert read(a_row(tags=None)).tags == ()


@pytest.mark.parametrize(
    ("stated", "gated"),
    [(False, "no"), (True, "yes"), ("auto", "auto"), ("manual", "manual"), ("odd", "unknown"),
     (["auto"], "unknown"), (..., "unknown")],
)  # fmt: skip
def test_gates(a_row: MakeRow, read: Read, stated: object, gated: str) -> None:
    assert read(a_row(gated=stated)).gated == gated


def test_the_license_tag_stands_in_for_a_missing_card(a_row: MakeRow, read: Read) -> None:
    record = read(a_row(cardData=..., tags=["license:cc-by-nc-4.0"]))
    assert (record.license, record.commercial_use) == ("CC-BY-NC-4.0", "no")
    assert read(a_row(cardData={}, tags=[])).flags == ("license_missing",)


def test_a_known_id_with_another_name_is_a_conflict(a_row: MakeRow, read: Read) -> None:
    card = {"license": "apache-2.0", "license_name": "tongyi-qianwen"}
    assert read(a_row(cardData=card)).flags == ("license_conflict",)


def test_context_lengths(a_row: MakeRow, read: Read) -> None:
    gguf = {"total": 7_241_732_096, "architecture": "llama", "context_length": 32768}
    assert read(a_row(gguf=gguf)).context_length == 32768
    assert read(a_row(config={"max_position_embeddings": 512})).context_length == 512
    absurd = read(a_row(config={"max_position_embeddings": 10**30}))
    assert (absurd.context_length, absurd.flags) == (None, ("context_suspect",))
    zero = read(a_row(gguf={"context_length": 0}, config={"max_position_embeddings": 2048}))
    assert (zero.context_length, zero.flags) == (2048, ("context_suspect",))


def test_tasks_are_stated_or_read_off_the_architecture(a_row: MakeRow, read: Read) -> None:
    plain: Row = {"pipeline_tag": ..., "cardData": {}, "tags": []}
    config = {"architectures": ["MistralForCausalLM"], "model_type": "mistral"}
    record = read(a_row(**plain, config=config))
    assert (record.pipeline_tag, record.pipeline_tag_origin) == ("text-generation", "architecture")
    info = {"pipeline_tag": "fill-mask"}
    assert read(a_row(**plain, config={}, transformersInfo=info)).pipeline_tag == "fill-mask"
    nothing = read(a_row(**plain, config={}))
    assert (nothing.pipeline_tag, nothing.pipeline_tag_origin, nothing.modality) == (None,) * 3
    assert read(a_row(pipeline_tag="dancing", cardData={}, tags=[])).pipeline_tag_origin != "stated"


def test_a_derived_model(a_row: MakeRow, read: Read) -> None:
    bases = {"relation": "finetune", "models": [{"_id": "1", "id": "Qwen/Qwen2.5-7B"}]}
    record = read(a_row(id="org/finetuned", baseModels=bases))
    assert record.base_models == ("huggingface:Qwen/Qwen2.5-7B",)
    assert (record.kind, record.base_model_relation) == ("finetune", "finetune")


def test_flags_of_a_row(a_row: MakeRow, read: Read) -> None:
    record = read(
        a_row(
            tags=["custom_code", "not-for-all-audiences"],
            cardData={"license": "mit", "new_version": "org/newer"},
            siblings=[{"rfilename": "pytorch_model.bin"}],
            safetensors=...,
        )
    )
    assert record.flags == ("pickle_only", "remote_code", "superseded")
    assert record.nsfw is True
    assert "remote_code" in read(a_row(config={"auto_map": {"AutoModel": "x.Y"}})).flags


def gguf_row(a_row: MakeRow, *siblings: Row, **changes: Any) -> Row:
    return a_row(
        id="org/Model-8B-GGUF", tags=["gguf"], safetensors=..., config={}, cardData={},
        siblings=list(siblings), **changes,
    )  # fmt: skip


def test_gguf_files_without_sizes_still_tell_their_quantizations(
    a_row: MakeRow, read: Read, read_files: ReadFiles
) -> None:
    row = gguf_row(
        a_row,
        {"rfilename": "README.md"},
        {"rfilename": "m-Q8_0.gguf"},
        {"rfilename": "m-Q4_K_M.gguf"},
        {"rfilename": "mmproj-F16.gguf"},
        {"rfilename": 7},
        "junk",
    )
    record = read(row)
    assert record.quantizations == ("Q4_K_M", "Q8_0")
    assert (record.formats, record.size_bytes, record.kind) == (("gguf",), None, "quantized")
    assert record.bits_per_weight == 4.8944
    assert [file.role for file in read_files(row)] == ["weights", "weights", "projector"]


def test_gguf_files_with_sizes(a_row: MakeRow, read: Read, read_files: ReadFiles) -> None:
    digest = "d54b4f4ec06dbae558d25b2d1542417cdf9547907342db85eecd05b6e96e88f8"
    row = gguf_row(
        a_row,
        {"rfilename": "m-Q4_K_M.gguf", "size": 4_920_734_272,
         "lfs": {"sha256": digest, "size": 4_920_734_272}},
        {"rfilename": "m-Q8_0.gguf", "lfs": {"size": 8_540_770_880}},
        gguf={"total": 8_030_261_248, "architecture": "llama"},
    )  # fmt: skip
    record = read(row)
    assert (record.size_bytes, record.bits_per_weight) == (4_920_734_272, 4.902)
    assert (record.parameter_count, record.parameter_count_origin) == (8_030_261_248, "gguf")
    assert record.architecture == "llama"
    files = read_files(row)
    assert files[0].sha256 == digest
    assert files[1].size_bytes == 8_540_770_880


def test_a_lone_gguf_file_has_the_size_of_its_header(a_row: MakeRow, read: Read) -> None:
    gguf = {"total": 999_885_952, "totalFileSize": 2_006_573_568}
    alone = gguf_row(a_row, {"rfilename": "m-f16.gguf"}, {"rfilename": "imatrix.gguf"}, gguf=gguf)
    assert read(alone).size_bytes == 2_006_573_568
    two = gguf_row(a_row, {"rfilename": "m-f16.gguf"}, {"rfilename": "m-Q4_0.gguf"}, gguf=gguf)
    assert read(two).size_bytes is None
    sized = gguf_row(a_row, {"rfilename": "m-f16.gguf", "size": 5}, gguf=gguf)
    assert read(sized).size_bytes == 5


def test_a_name_tells_the_quantization_where_no_files_are_listed(
    a_row: MakeRow, read: Read
) -> None:
    row = a_row(id="org/Model-8B-Q4_K_M-GGUF", tags=["gguf"], safetensors=..., siblings=[])
    assert read(row).quantizations == ("Q4_K_M",)
    assert read(a_row(id="org/Model-GGUF", tags=["gguf"], safetensors=...)).quantizations == ()


def test_a_gguf_file_larger_than_the_weights_beside_it_is_not_the_size(a_row: MakeRow) -> None:
    safetensors = {"parameters": {"BF16": 2_506_172_416}, "total": 2_506_172_416}
    row = a_row(id="google/gemma-2b", safetensors=safetensors, tags=["safetensors", "gguf"])
    for size, bits in ((9_985_798_963, 16.0), (1_495_245_728, 4.773)):
        row["siblings"] = [{"rfilename": "gemma-2b.gguf", "size": size}]
        record, _ = to_record(row, fetched_at=FETCHED)
        assert record.size_bytes == min(size, 5_012_344_832)
        assert record.bits_per_weight == bits
    row["siblings"] = [{"rfilename": "gemma-2b.gguf"}]
    record, _ = to_record(row, fetched_at=FETCHED)
    assert record.size_bytes is None  # nobody knows which of the two is smaller


def test_a_gguf_count_of_a_draft_head_gives_way_though_tags_say_lora(
    a_row: MakeRow, read: Read
) -> None:
    row = a_row(
        id="Jackrong/Qwopus3.6-35B-A3B-Coder-MTP-GGUF", tags=["gguf", "lora"], safetensors=...,
        gguf={"total": 446_571_248},
    )  # fmt: skip
    record = read(row)
    assert (record.parameter_count, record.parameter_count_origin) == (35_000_000_000, "name")
    assert record.active_parameter_count == 3_000_000_000
    assert "params_disagree" in record.flags
    lora = read(row | {"id": "a/Rewriter-LoRA-8B-GGUF"})
    assert (lora.parameter_count, lora.kind) == (446_571_248, "adapter")
    assert "params_disagree" in lora.flags
    larger = read(row | {"id": "mradermacher/Rolodex-12B-GGUF", "gguf": {"total": 110_468_824_832}})
    assert (larger.parameter_count, larger.parameter_count_origin) == (110_468_824_832, "gguf")
    assert "params_disagree" in larger.flags


def test_a_quantization_in_the_name_where_no_format_is_known(a_row: MakeRow, read: Read) -> None:
    row = a_row(
        id="black-forest-labs/FLUX.2-klein-9b-fp8", tags=[], safetensors=..., library_name=...
    )
    assert (read(row).formats, read(row).quantizations) == ((), ("FP8",))
    row |= {"id": "a/Krea2-V2", "tags": ["fp8"]}
    assert read(row).quantizations == ()


def test_shards_without_sizes_are_not_listed(a_row: MakeRow, read: Read) -> None:
    siblings = [{"rfilename": f"model-0000{n}-of-00002.safetensors"} for n in (1, 2)]
    record, files = to_record(a_row(siblings=siblings), fetched_at=FETCHED)
    assert files == ()
    assert record.size_bytes == 242_026_496


def test_listed_sizes_decide_over_counted_bytes(a_row: MakeRow, read_files: ReadFiles) -> None:
    siblings = [
        {"rfilename": "model.safetensors", "size": 242_043_056},
        {"rfilename": "pytorch_model.bin", "size": 242_065_649},
    ]
    record, files = to_record(a_row(siblings=siblings), fetched_at=FETCHED)
    assert record.size_bytes == 242_043_056
    assert [(file.format, file.quant_type) for file in files] == [
        ("safetensors", "F32"),
        ("pickle", None),
    ]


def test_a_pipeline_of_folders_has_no_size(a_row: MakeRow, read: Read) -> None:
    row = a_row(
        id="org/pipe",
        library_name="diffusers",
        tags=["diffusers", "safetensors", "diffusers:FluxPipeline"],
        safetensors={"parameters": {"BF16": 11_901_408_320}, "total": 11_901_408_320},
        siblings=[{"rfilename": "transformer/x.safetensors", "size": 5}],
    )
    record = read(row)
    assert (record.parameter_count, record.size_bytes) == (11_901_408_320, None)
    assert record.formats == ("safetensors", "diffusers")


def test_a_tagged_quantization_that_the_weights_deny(a_row: MakeRow, read: Read) -> None:
    row = a_row(
        id="theprint/ReWiz-Qwen-2.5-14B",
        tags=["bitsandbytes", "4-bit", "qwen2"],
        safetensors={"parameters": {"BF16": 14_770_033_664}, "total": 14_770_033_664},
    )
    assert read(row).quantizations == ("BF16",)


def test_copies_for_browsers_do_not_make_a_model_quantized(a_row: MakeRow, read: Read) -> None:
    files = {"model.safetensors": 242_041_896, "onnx/model.onnx": 242_000_000,
             "onnx/model_quantized.onnx": 62_000_000}  # fmt: skip
    record = read(a_row(siblings=[{"rfilename": path, "size": n} for path, n in files.items()]))
    assert record.quantizations == ("INT8", "F32")
    assert (record.kind, record.size_bytes) == (None, 62_000_000)
    assert record.bits_per_weight == pytest.approx(8.197)


def test_openvino_says_its_precision_in_the_name(a_row: MakeRow, read: Read) -> None:
    record = read(
        a_row(
            id="OpenVINO/Qwen3-8B-int8-ov", library_name="openvino", safetensors=...,
            tags=["openvino", "qwen3"],
        )
    )  # fmt: skip
    assert (record.formats, record.quantizations) == (("other",), ("INT8",))


def test_weights_that_the_hub_found_pickled_only(a_row: MakeRow, read: Read) -> None:
    row = a_row(tags=["pytorch", "t5"], safetensors=..., siblings=...)
    assert "pickle_only" in read(row).flags
    assert "pickle_only" not in read({**row, "cardData": {}}).flags


REAL = {
    "openai/gpt-oss-20b": {"quantizations": ("MXFP4",), "parameter_count": 20_914_757_184},
    "Qwen/Qwen2.5-Omni-7B": {"license": "Apache-2.0", "commercial_use": "yes"},
    "Intel/Qwen3-Coder-480B-A35B-Instruct-int4-mixed-AutoRound": {
        "quantizations": ("AUTOROUND-4",), "parameter_count": 480 * 10**9,
        "parameter_count_origin": "name", "active_parameter_count": 35 * 10**9,
        "size_bytes": None,
    },
    "TheDrummer/Cydonia-24B-v4.3": {"parameter_count": 23_572_403_200},
    "deepseek-ai/DeepSeek-R1": {"quantizations": ("FP8",), "license": "MIT"},
    "deepseek-ai/DeepSeek-V4-Pro": {"quantizations": ("MXFP4",),
                                    "parameter_count": 1_598_839_674_782},
    "EleutherAI/pythia-160m": {"parameter_count": 162_323_040, "quantizations": ("F16",)},
    "openai/clip-vit-large-patch14": {"license": None, "commercial_use": "unknown",
                                      "created_at": None},
    "moonshotai/Kimi-K2.6": {"quantizations": ("INT4",), "parameter_count": None},
    "unsloth/phi-4-bnb-4bit": {"quantizations": ("BNB-4",), "kind": "quantized"},
    "google/flan-t5-small": {"family": "flan-t5", "parameter_count": 76_961_152},
    "Nekochu/Luminia-13B-v3": {"parameter_count": 13_015_864_320},
    "meta-llama/Meta-Llama-3-8B": {"flags": ("superseded",), "family": "llama-3"},
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize("repo_id", REAL)
def test_real_rows(real_rows: dict[str, Row], read: Read, repo_id: str) -> None:
    if repo_id not in real_rows:
        pytest.skip("not among the rows beside this checkout")
    record = read(real_rows[repo_id])
    assert {name: getattr(record, name) for name in REAL[repo_id]} == REAL[repo_id]


@pytest.mark.shared
def test_every_real_row_becomes_a_sound_record(real_rows: dict[str, Row]) -> None:
    for row in real_rows.values():
        check(*to_record(row, fetched_at=FETCHED))


@pytest.mark.shared
def test_whole_info_answers_are_read(shared_data: Path) -> None:
    for path in sorted((shared_data / "huggingface").glob("*_*_*.json")):
        record, _ = to_record(json.loads(path.read_text("utf-8")), fetched_at=FETCHED)
        assert record.kind in ("merge", "quantized")
        assert record.license is not None


def check(record: ModelRecord, files: tuple[ModelFile, ...]) -> None:
    """Every value is of our vocabularies and fits its column."""
    assert record.kind in (*KINDS, None)
    assert record.pipeline_tag is None or record.pipeline_tag in TASKS
    assert record.pipeline_tag_origin in (*PIPELINE_TAG_ORIGINS, None)
    assert record.modality in (*MODALITIES, None)
    assert set(record.formats) <= set(FORMATS)
    assert record.commercial_use in COMMERCIAL_USE
    assert record.gated in GATED
    assert record.parameter_count_origin in (*PARAMETER_COUNT_ORIGINS, None)
    assert (record.parameter_count is None) == (record.parameter_count_origin is None)
    assert record.base_model_relation in (*RELATIONS, None)
    assert set(record.flags) <= set(FLAGS)
    assert all(file.role in FILE_ROLES and file.format in FORMATS for file in files)
    for thing in (record, *files):
        for field in fields(thing):
            sound(getattr(thing, field.name))


def sound(value: object) -> None:
    if isinstance(value, tuple):
        for item in value:
            sound(item)
    elif isinstance(value, str):
        assert value.encode("utf-8")
        assert 0 < len(value) <= 600
        assert "\x00" not in value
    elif isinstance(value, bool) or value is None:
        pass
    elif isinstance(value, int):
        assert 0 <= value <= MAX_INT
    elif isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, datetime):
        assert value.utcoffset() is not None
    else:
        assert isinstance(value, date)


NASTY = st.sampled_from(
    [
        None, True, False, 0, -1, 1.5, math.nan, math.inf, 10**30, -(10**400), "", "\ud800x",
        "x" * 10**6, "a\x00b", "‮evil", "other", [], {}, [[["nested"]]], [None, 1, {}, "mit"],
        {"a": {"b": 1}}, {"total": -5, "parameters": {"BF16": "x", "\ud800": 3, "U8": 10**20}},
        {"relation": [], "models": [{"id": 5}, {"id": "a/b"}, {"id": "../.."}]},
        [{"rfilename": "a-Q4_0.gguf", "size": -5, "lfs": []}, {"rfilename": ["x"]}, None],
        {"quantization_config": {"quant_method": ["gptq"], "bits": "4"}},
        {"quant_method": "gptq", "bits": 10**9}, {"id": "a/b"}, "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+10:00", "base_model:quantized:a/b", "license:", "8-bit", "gguf",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    ["config", "gguf", "safetensors", "siblings", "tags", "cardData", "baseModels", "gated",
     "author", "sha", "library_name", "pipeline_tag", "transformersInfo", "trendingScore",
     "downloads", "createdAt", "id", "modelId", "private", "likes"]
)  # fmt: skip
SEEDS: tuple[Row, ...] = (
    {
        "id": "org/Qwen3-30B-A3B-AWQ",
        "tags": ["transformers", "qwen3_moe", "awq", "4-bit", "base_model:quantized:Qwen/Q"],
        "cardData": {"license": "other", "license_name": "qwen", "language": ["en", "zho"]},
        "safetensors": {"parameters": {"BF16": 10**9, "I32": 4 * 10**9}, "total": 5 * 10**9},
        "config": {"model_type": "qwen3_moe", "quantization_config": {"quant_method": "awq"}},
        "siblings": [{"rfilename": "model.safetensors", "size": 17}],
        "createdAt": "2025-05-01T10:00:00.000Z",
    },
    {
        "id": "org/gemma-3-1b-it-GGUF",
        "tags": ["gguf", "conversational"],
        "gguf": {"total": 999885952, "context_length": 32768, "totalFileSize": 5},
        "siblings": [{"rfilename": "m-Q4_K_M.gguf"}, {"rfilename": "mmproj-F16.gguf"}],
        "baseModels": {"relation": "quantized", "models": [{"_id": "1", "id": "google/g"}]},
    },
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


@st.composite
def mutated_rows(draw: st.DrawFn) -> Row:
    """A real-looking row in which some values are anything that JSON can hold, and worse."""
    row = copy.deepcopy(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        *way, last = draw(st.sampled_from(list(places(row))))
        inner: Any = row
        for key in way:
            inner = inner[key]
        inner[last] = copy.deepcopy(draw(NASTY))
    for key in draw(st.lists(KEYS, max_size=3)):
        row[key] = copy.deepcopy(draw(NASTY | JSON))
    return row


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(row=mutated_rows())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_json_is_a_sound_record_or_a_bad_row(row: Row) -> None:
    try:
        record, files = to_record(row, fetched_at=FETCHED)
    except BadRow as bad:
        assert bad.reason
    else:
        check(record, files)
