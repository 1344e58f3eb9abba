"""Items of CivitAI as records: what is shown, files, parameters, kinds, access."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import BadRow, LeftOut
from catalog.normalize import civitai_row, civitai_safety
from catalog.normalize.civitai_row import to_record
from catalog.records import ModelFile, ModelRecord
from catalog.vocabulary import FLAGS, FORMATS, GATED, KINDS, TASKS
from tests.replay.civitai import fixture_rows

FETCHED = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROWS = {row["id"]: row for row in fixture_rows()}
HARBOUR = ROWS[900001]
Changed = Callable[..., dict[str, Any]]


@pytest.fixture
def changed() -> Changed:
    """Maker of items: one of the fixtures with changes; a value of `...` removes the key."""

    def make(number: int = 900001, **changes: Any) -> dict[str, Any]:
        row = copy.deepcopy(ROWS[number]) | changes
        return {key: value for key, value in row.items() if value is not ...}

    return make


def read(item: dict[str, Any], **more: Any) -> ModelRecord:
    return to_record(item, fetched_at=FETCHED, **more)[0]


def read_files(item: dict[str, Any]) -> tuple[ModelFile, ...]:
    return to_record(item, fetched_at=FETCHED)[1]


def left_out(item: dict[str, Any], **more: Any) -> LeftOut:
    with pytest.raises(LeftOut) as caught:
        read(item, **more)
    return caught.value


def with_version(item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    item = copy.deepcopy(item)
    item["modelVersions"][0] |= changes
    return {**item, "modelVersions": item["modelVersions"][:1]}


def with_file(item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    item = with_version(item)
    file = item["modelVersions"][0]["files"][0]
    file |= {key: value for key, value in changes.items() if key not in file["metadata"]}
    file["metadata"] |= {key: value for key, value in changes.items() if key in file["metadata"]}
    item["modelVersions"][0]["files"] = [file]
    return item


def test_a_checkpoint_becomes_a_record() -> None:
    record = read(HARBOUR)
    assert (record.ref, record.repo_id, record.name) == (
        "civitai:900001",
        "900001",
        HARBOUR["name"],
    )
    assert record.author == "harbour_studio"
    assert record.url == "https://civitai.com/models/900001"
    assert record.revision == "910002"
    assert (record.pipeline_tag, record.pipeline_tag_origin, record.modality) == (
        "text-to-image",
        "base",
        "cv",
    )
    assert (record.family, record.base_label, record.base_models) == (
        "stable-diffusion",
        "SD 1.5",
        (),
    )
    assert record.kind is None
    assert record.license is None
    assert record.license_raw == (
        "creator permits: sell images, run on CivitAI, run on paid services, sell the model; "
        "merges allowed"
    )
    assert (record.downloads_total, record.downloads_30d) == (250_000, None)
    assert record.downloads_as_of == date(2026, 11, 24)
    assert record.likes == 9_000
    assert record.created_at == datetime(2024, 1, 5, 9, tzinfo=UTC)
    assert record.last_modified == datetime(2025, 3, 2, 10, tzinfo=UTC)
    assert (record.gated, record.nsfw, record.flags) == ("no", False, ())
    assert record.formats == ("safetensors", "pickle")
    assert record.quantizations == ("F16", "F32")
    assert (record.size_bytes, record.bits_per_weight) == (2_132_625_894, 16.0)


def test_every_file_of_every_version_is_kept_with_its_own_group() -> None:
    files = read_files(HARBOUR)
    assert [(file.version_id, file.quant_type, file.role) for file in files] == [
        ("910002", "F16", "weights"),
        ("910002", "F32", "weights"),
        ("910002", None, "other"),
        ("910001", "F16", "weights"),
    ]
    groups = [file.group for file in files if file.group]
    assert len(groups) == len(set(groups)) == 3
    assert files[0].path == files[1].path  # the site gives one name to all precisions
    assert all(file.sha256 == (file.sha256 or "").lower() for file in files)
    assert files[0].size_bytes == round(2082642.474609375 * 1024)
    assert files[0].scan == "pickle scan: Success, virus scan: Success"


def test_files_that_are_told_alike_are_numbered(changed: Changed) -> None:
    item = with_version(HARBOUR)
    file = item["modelVersions"][0]["files"][0]
    item["modelVersions"][0]["files"] = [file, copy.deepcopy(file)]
    assert [one.group for one in read_files(item)] == [
        "910002 F16 pruned safetensors 1",
        "910002 F16 pruned safetensors 2",
    ]


def test_formats_and_precisions_of_the_site_become_ours() -> None:
    files = read_files(ROWS[900006])
    told = [(file.format, file.quant_type, file.dtype, file.role) for file in files]
    assert told == [
        ("gguf", "Q8_0", None, "weights"),
        ("gguf", "Q4_K_S", None, "weights"),
        ("gguf", None, None, "weights"),  # `fp8` of a GGUF file is left over from its source
        ("safetensors", "BNB-4", None, "weights"),
        ("safetensors", "FP8", None, "weights"),
        ("onnx", "F16", "F16", "weights"),
        ("coreml", "F16", "F16", "weights"),
        ("diffusers", "BF16", "BF16", "weights"),
        ("other", None, None, "config"),
    ]
    assert [file.bits_per_weight for file in files[:2]] == [8.5008, 4.6672]


@pytest.mark.parametrize(
    ("name", "stated", "expected"),
    [
        ("x.ckpt", "SafeTensor", "pickle"),  # loading it runs code, whatever is stated
        ("x.safetensors", None, "safetensors"),
        ("x.safetensors", "Other", "safetensors"),
        ("x.zip", "Other", "other"),
        ("x.zip", "Brand New", None),
        ("x.gguf", 7, "gguf"),
    ],
)
def test_the_format_of_a_file(name: str, stated: object, expected: str | None) -> None:
    assert read_files(with_file(HARBOUR, name=name, format=stated))[0].format == expected


def test_a_gguf_without_a_label_is_read_from_its_name() -> None:
    item = with_file(HARBOUR, name="x-Q5_K_M.gguf", format="GGUF", fp="fp16")
    assert read_files(item)[0].quant_type == "Q5_K_M"


@pytest.mark.parametrize("size", [None, 0, -1, "2 GB", float("nan"), 1e300])
def test_a_size_that_is_none_is_not_known(size: object) -> None:
    item = with_file(HARBOUR, sizeKB=size)
    assert read_files(item)[0].size_bytes is None
    assert read(item).size_bytes is None


@pytest.mark.parametrize("digest", [None, "", "xyz", "AB" * 31, 5])
def test_a_hash_that_is_none_is_not_kept(digest: object) -> None:
    item = with_file(HARBOUR, hashes={"SHA256": digest})
    assert read_files(item)[0].sha256 is None


def test_the_negative_of_an_embedding_is_a_part_of_it() -> None:
    (file,) = read_files({**with_file(HARBOUR, type="Negative"), "type": "TextualInversion"})
    assert file.role == "weights"
    assert read_files(with_file(HARBOUR, type="Negative"))[0].role == "other"


def test_an_item_without_tags_has_none(changed: Changed) -> None:
    assert read(changed(tags=None)).tags == ()


def test_unnamed_files_are_no_files() -> None:
    assert "no version has files" in left_out(with_file(HARBOUR, name="  ")).reason
    assert "no version has files" in left_out(with_version(HARBOUR, files="none")).reason


@pytest.mark.parametrize("result", ["Danger", "Error"])
def test_a_scan_that_did_not_go_well_is_flagged(result: str) -> None:
    item = with_file(HARBOUR, pickleScanResult=result)
    assert "unsafe_scan" in read(item).flags
    assert read_files(item)[0].scan == f"pickle scan: {result}, virus scan: Success"


def test_words_that_are_no_scan_result_are_left_out() -> None:
    item = with_file(HARBOUR, pickleScanResult="[click](http://evil.example)", virusScanResult=None)
    assert read_files(item)[0].scan is None
    assert "unsafe_scan" not in read(item).flags


def test_weights_of_pickles_alone_are_flagged() -> None:
    assert "pickle_only" in read(ROWS[900013]).flags
    assert "pickle_only" not in read(HARBOUR).flags


# ---- what is shown


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"poi": True}, "poi"),
        ({"minor": True}, "minor"),
        ({"minor": "yes"}, "minor"),
        ({"nsfw": True}, "nsfw"),
        ({"tags": ["style", "Real Person"]}, "real person"),
        ({"tags": ["real_person"]}, "real person"),
        ({"tags": [{"name": "Deepfake"}]}, "deepfake"),
        ({"tags": ["celebri\u200bty"]}, "celebrity"),
        ({"tags": ["Ｃｅｌｅｂｒｉｔｙ!"]}, "celebrity"),
        ({"tags": ["celébrities"]}, "celebrity"),
        ({"tags": ["#children"]}, "child"),
        ({"tags": ["PornStar"]}, "porn star"),
        ({"name": "", "nsfw": True}, "nsfw"),  # whatever else is wrong with it
        ({"type": "Brand New", "poi": True}, "poi"),
        ({"modelVersions": None, "minor": True}, "minor"),
        *[({"nsfwLevel": level}, "level above PG-13") for level in (4, 7, 8, 15, 16, 31)],
        *[({"nsfwLevel": level}, "blocked") for level in (32, 33, 60, 63)],
        ({"nsfwLevel": 64}, "blocked"),  # a bit that nobody knows is no safe one
        ({"nsfwLevel": "1"}, "blocked"),
        ({"nsfwLevel": 0}, "not rated yet (nsfwLevel)"),
        ({"nsfwLevel": None}, "not rated yet (nsfwLevel)"),
        ({"nsfwLevel": ...}, "not rated yet (nsfwLevel)"),
        ({"nsfw": ...}, "not rated yet (nsfw)"),
        ({"poi": None}, "not rated yet (poi)"),
        ({"minor": None}, "not rated yet (minor)"),
    ],
)
def test_what_is_not_safe_in_every_respect_is_left_out_and_taken_away(
    changes: dict[str, Any], word: str, changed: Changed
) -> None:
    error = left_out(changed(**changes))
    assert word in error.reason
    assert error.withdraw


@pytest.mark.parametrize("level", [1, 2, 3])
def test_the_levels_up_to_pg13_are_shown(level: int, changed: Changed) -> None:
    assert read(changed(nsfwLevel=level)).nsfw is False


def test_an_answer_of_before_the_flag_for_minors_is_read_by_the_rest(changed: Changed) -> None:
    assert read(changed(minor=...)).nsfw is False
    assert "level above" in left_out(changed(minor=..., nsfwLevel=4)).reason


def test_every_tag_that_the_site_hides_is_hidden(changed: Changed) -> None:
    for tag in civitai_safety.HIDDEN_TAGS:
        assert tag in left_out(changed(tags=["style", tag.upper()])).reason


@pytest.mark.parametrize(
    "tags", [[["loli"]], [{"tag": {"name": "loli"}}, "style", 7], ["style"] * 1_000 + ["loli"]]
)
def test_tags_that_cannot_be_read_to_the_end_are_not_taken_for_safe(
    tags: list[Any], changed: Changed
) -> None:
    with pytest.raises(BadRow, match="tag"):
        read(changed(tags=tags))


def test_versions_have_levels_of_their_own() -> None:
    record, files = to_record(ROWS[900017], fetched_at=FETCHED)
    assert {file.version_id for file in files} == {"910018", "910017"}
    assert (record.revision, record.base_label) == ("910018", "SDXL 1.0")
    for level in (0, 4, 32, "x"):
        error = left_out(with_version(HARBOUR, nsfwLevel=level))
        assert "every version" in error.reason and error.withdraw


def test_the_switch_admits_rows_above_the_level_and_marks_them(changed: Changed) -> None:
    record = read(ROWS[900007], mature=True)
    assert record.nsfw is True
    assert read(changed(nsfw=True), mature=True).nsfw is True
    assert read(HARBOUR, mature=True).nsfw is False


@pytest.mark.parametrize(
    "changes",
    [
        {"poi": True, "nsfwLevel": 31},
        {"minor": True, "nsfwLevel": 31},
        {"minor": None, "nsfwLevel": 31},
        {"minor": ..., "nsfwLevel": 31},
        {"poi": None, "nsfw": True},
        {"tags": ["loli"], "nsfwLevel": 31},
        {"nsfwLevel": 32},
        {"nsfwLevel": 63},
        {"nsfwLevel": 0},
        {"nsfwLevel": 0, "nsfw": True},
    ],
)
def test_the_switch_admits_nothing_else(changes: dict[str, Any], changed: Changed) -> None:
    assert left_out(changed(**changes), mature=True).withdraw


def test_a_review_stands_in_for_a_missing_level_only(
    changed: Changed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(civitai_safety, "reviewed_ids", lambda: frozenset({900001}))
    assert read(changed(nsfwLevel=..., minor=...)).nsfw is False
    assert read(changed(nsfwLevel=None, nsfw=None)).nsfw is None
    # What the site states counts, and takes away what a person looked at earlier.
    for level in (0, 31, 32):
        assert left_out(changed(nsfwLevel=level)).withdraw
    for changes in ({"nsfw": True}, {"poi": True}, {"minor": True}, {"tags": ["celebrity"]}):
        assert left_out(changed(nsfwLevel=..., **changes)).withdraw
    assert left_out(changed(nsfw=True, nsfwLevel=31)).withdraw
    assert left_out(changed(900005, nsfwLevel=...)).withdraw  # another model


def test_the_list_of_reviews_names_reason_and_date() -> None:
    path = Path(civitai_safety.__file__).with_name("civitai_reviewed.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["reviewed"]
    assert civitai_safety.reviewed_ids() == {row["id"] for row in rows}
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert isinstance(row["id"], int) and row["name"].strip() and row["reason"].strip()
        assert date.fromisoformat(row["date"])


@pytest.mark.parametrize(
    "model_type", ["Poses", "Wildcards", "Workflows", "ComfyWorkflows", "Other"]
)
def test_what_is_no_model_is_left_out(model_type: str, changed: Changed) -> None:
    assert "not a model" in left_out(changed(type=model_type)).reason


@pytest.mark.parametrize(
    ("changes", "word", "withdraw"),
    [
        ({"mode": "Archived"}, "archived", True),
        ({"mode": "TakenDown"}, "taken down", True),
        ({"availability": "Private"}, "private", True),
        ({"modelVersions": []}, "no version in the answer", False),
    ],
)
def test_what_cannot_be_had_is_left_out(
    changes: dict[str, Any], word: str, withdraw: bool, changed: Changed
) -> None:
    error = left_out(changed(**changes))
    assert word in error.reason and error.withdraw is withdraw


def test_a_private_version_is_left_out() -> None:
    assert "no version has files" in left_out(with_version(HARBOUR, availability="Private")).reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "no id"),
        ({"id": True}, "no id"),
        ({"id": 0}, "no id"),
        ({"id": "900001"}, "no id"),
        ({"type": None}, "no type"),
        ({"type": "Hologram"}, "a type that is not known (Hologram)"),
        ({"name": " "}, "no name"),
        ({"tags": "anime"}, "tags are not a list"),
        ({"modelVersions": None}, "no list of versions"),
        ({"modelVersions": [{"name": "v1"}, 5]}, "no version has an id"),
    ],
)
def test_what_cannot_be_a_model_is_a_bad_row(
    changes: dict[str, Any], reason: str, changed: Changed
) -> None:
    with pytest.raises(BadRow) as caught:
        read(changed(**changes))
    assert not isinstance(caught.value, LeftOut)
    assert caught.value.reason == reason


def test_ids_that_json_writes_as_floats_are_ids(changed: Changed) -> None:
    item = with_version(changed(id=900001.0), id=910002.0)
    record, files = to_record(item, fetched_at=FETCHED)
    assert (record.ref, record.revision) == ("civitai:900001", "910002")
    assert files[0].version_id == "910002"


def test_an_item_that_is_no_object_is_a_bad_row() -> None:
    with pytest.raises(BadRow, match="not an object"):
        read([1])  # type: ignore[arg-type]


def test_descriptions_pictures_and_trigger_words_are_never_kept() -> None:
    item = copy.deepcopy(HARBOUR)
    item["description"] = "CANARY"
    for version in item["modelVersions"]:
        version |= {
            "description": "CANARY",
            "trainedWords": ["CANARY"],
            "images": [{"url": "https://x/CANARY.jpeg", "meta": {"prompt": "CANARY"}}],
            "downloadUrl": "https://x/CANARY",
        }
        for file in version["files"]:
            file |= {"downloadUrl": "https://x/CANARY", "pickleScanMessage": "CANARY"}
    item["creator"]["image"] = "https://x/CANARY.jpeg"
    assert "CANARY" not in str(to_record(item, fetched_at=FETCHED))


def test_words_about_pictures_are_found_inside_of_tags(changed: Changed) -> None:
    tags = ["style", "Sexy woman", "sexy_girl", "big-breasts", "classic", "grass", "Middlesex"]
    assert read(changed(tags=tags)).tags == ("style", "classic", "grass", "Middlesex")


def test_tags_about_pictures_are_not_shown(changed: Changed) -> None:
    assert read(changed(tags=["style", "Sexy", "landscapes"])).tags == ("style", "landscapes")


# ---- parameters


@pytest.mark.parametrize(
    ("base", "kilobytes", "fp", "billions"),
    [
        ("SD 1.5", 2_082_642, "fp16", 1.07),
        ("SDXL 1.0", 6_775_430, "fp16", 3.47),
        ("Anima", 4_084_213, "bf16", 2.09),
        ("Krea 2", 25_036_554, "bf16", 12.82),
        ("Krea 2", 12_519_178, "fp8", 12.82),
        ("Krea 2", 12_845_056, "int8", 13.15),
        ("LTXV", 25_400_000, "bf16", 13.0),  # one name, two sizes
    ],
)
def test_size_by_precision_gives_the_count(
    base: str, kilobytes: int, fp: str, billions: float
) -> None:
    item = with_version(with_file(HARBOUR, sizeKB=kilobytes, fp=fp), baseModel=base)
    record = read(item)
    assert round((record.parameter_count or 0) / 1e9, 2) == billions
    assert record.parameter_count_origin == "files"
    assert "params_disagree" not in record.flags


def test_a_precision_that_the_size_speaks_against_gives_the_nominal_count() -> None:
    record, files = to_record(ROWS[900022], fetched_at=FETCHED)
    assert (record.parameter_count, record.parameter_count_origin) == (1_070_000_000, "base")
    assert "params_disagree" in record.flags
    assert record.bits_per_weight is None and files[0].bits_per_weight is None
    assert files[0].quant_type == "F16"  # as the uploader declares it


def test_a_file_far_too_small_for_its_base_model_has_no_count() -> None:
    record = read(with_file(HARBOUR, sizeKB=335_000, fp="fp32"))  # an autoencoder by itself
    assert (record.parameter_count, record.parameter_count_origin) == (None, None)
    assert "params_disagree" in record.flags


@pytest.mark.parametrize(("factor", "disagrees"), [(1.24, False), (1.26, True), (0.85, False)])
def test_a_quarter_is_the_limit(factor: float, disagrees: bool) -> None:
    kilobytes = 1_070_000_000 * 2 / 1024 * factor
    item = with_file(HARBOUR, sizeKB=kilobytes, fp="fp16")
    assert ("params_disagree" in read(item).flags) is disagrees


@pytest.mark.parametrize("precision", ["fp16", None])
def test_an_autoencoder_beside_the_model_is_not_its_size(precision: str | None) -> None:
    item = with_file(HARBOUR, fp=precision)
    (whole,) = item["modelVersions"][0]["files"]
    part = copy.deepcopy(whole) | {"id": 1, "name": "vae.safetensors", "sizeKB": 163_000}
    part["metadata"] |= {"fp": "fp16", "size": "full"}
    part["primary"] = False
    expected, (whole_file,) = to_record(item, fetched_at=FETCHED)
    item["modelVersions"][0]["files"] = [part, whole]
    record, files = to_record(item, fetched_at=FETCHED)
    assert record == expected
    assert [file.role for file in files] == ["other", "weights"]
    assert files[1] == whole_file


@pytest.mark.parametrize("number", [900003, 900004, 900005, 900013, 900017, 900018])
def test_adapters_and_parts_have_no_count(number: int) -> None:
    record = read(ROWS[number])
    assert (record.parameter_count, record.parameter_count_origin) == (None, None)
    assert "params_disagree" not in record.flags


@pytest.mark.parametrize(
    ("base", "changes", "count", "origin"),
    [
        ("SD 1.5", {"fp": None}, 1_070_000_000, "base"),
        ("SD 2.1", {"fp": None}, 1_290_000_000, "base"),
        ("Flux.1 D", {"fp": None}, 11_900_000_000, "base"),  # such files hold the backbone alone
        ("SD 1.5", {"fp": None, "type": "UNet"}, 860_000_000, "base"),
        ("LTXV", {"fp": None}, None, None),  # 2B or 13B: nobody knows which
        ("Qwen 3", {"fp": "bf16"}, None, None),  # no figure to hold the label against
        ("Brand New", {"fp": "fp16"}, None, None),
        (None, {"fp": "fp16"}, None, None),
    ],
)
def test_without_a_usable_label_the_base_model_tells(
    base: str | None, changes: dict[str, Any], count: int | None, origin: str | None
) -> None:
    record = read(with_version(with_file(HARBOUR, **changes), baseModel=base))
    assert (record.parameter_count, record.parameter_count_origin) == (count, origin)


def test_blocks_of_gguf_tell_the_count_without_a_base_model() -> None:
    item = with_file(HARBOUR, name="x.gguf", format="GGUF", sizeKB=10_000_000, fp=None)
    item["modelVersions"][0]["files"][0]["metadata"]["quantType"] = "Q8_0"
    record = read(with_version(item, baseModel="Qwen 3"))
    assert record.parameter_count_origin == "files"
    assert record.parameter_count == round(10_000_000 * 1024 * 8 / 8.5008)


def test_a_version_of_companions_alone_has_no_count() -> None:
    record = read(with_file(HARBOUR, type="VAE"))
    assert (record.parameter_count, record.size_bytes, record.formats) == (None, None, ())


# ---- kind and task


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, None),
        ({"checkpointType": "Trained"}, "finetune"),
        ({"checkpointType": "Merge"}, "merge"),
        ({"checkpointType": "Standard", "tags": ["Merged"]}, "merge"),
        ({"tags": ["fine-tuned"]}, "finetune"),
        ({"tags": ["base model"]}, None),  # half of all checkpoints have it
        ({"type": "LORA"}, "adapter"),
        ({"type": "DoRA"}, "adapter"),
        ({"type": "AestheticGradient"}, "adapter"),
        ({"type": "MotionModule"}, "component"),
        ({"type": "CLIP"}, "component"),
        ({"type": "LLM"}, None),
    ],
)
def test_a_kind_is_told_only_where_something_says_so(
    changes: dict[str, Any], kind: str | None, changed: Changed
) -> None:
    assert read(changed(**changes)).kind == kind


@pytest.mark.parametrize(
    ("changes", "base", "special", "expected"),
    [
        ({}, "SD 1.5", None, ("text-to-image", "base")),
        ({}, "SVD", None, ("image-to-video", "base")),
        ({}, "Flux.1 Kontext", None, ("image-to-image", "base")),
        ({}, "ACE Audio", None, ("text-to-audio", "base")),
        ({}, "Hunyuan3D", None, ("image-to-3d", "base")),
        ({}, "Other", None, (None, None)),
        ({}, "SD 1.5", "Inpainting", ("image-to-image", "stated")),
        ({}, "SDXL 1.0", "Refiner", ("image-to-image", "stated")),
        ({"type": "LORA"}, "Wan Video 14B i2v 480p", None, ("image-to-video", "base")),
        ({"type": "Controlnet"}, "SD 1.5", None, ("image-to-image", "stated")),
        ({"type": "MotionModule"}, "SD 1.5", None, ("text-to-video", "stated")),
        ({"type": "LLM"}, "Other", None, ("text-generation", "stated")),
        ({"type": "VAE"}, "SD 1.5", None, (None, None)),
    ],
)
def test_type_and_base_model_give_the_task(
    changes: dict[str, Any],
    base: str,
    special: str | None,
    expected: tuple[str | None, str | None],
    changed: Changed,
) -> None:
    item = with_version(changed(**changes), baseModel=base, baseModelType=special)
    record = read(item)
    assert (record.pipeline_tag, record.pipeline_tag_origin) == expected


def test_a_part_without_a_task_has_the_modality_of_its_base() -> None:
    assert read(ROWS[900005]).modality == "cv"


def test_a_base_of_two_tasks_tells_the_second_as_a_tag() -> None:
    record = read(ROWS[900015])
    assert (record.pipeline_tag, record.kind) == ("text-to-video", "merge")
    assert "image-to-video" in record.tags


def test_the_type_of_an_adapter_or_part_is_a_tag() -> None:
    assert read(ROWS[900003]).tags[0] == "lora"
    assert read(ROWS[900004]).tags == ("controlnet", "tool")


def test_a_version_for_inpainting_is_not_what_the_model_is() -> None:
    item = copy.deepcopy(HARBOUR)
    item["modelVersions"][0] |= {"name": "v2 inpainting", "baseModelType": None}
    record = read(item)
    assert (record.revision, record.pipeline_tag) == ("910001", "text-to-image")
    assert record.last_modified == datetime(2025, 3, 2, 10, tzinfo=UTC)
    alone = {**item, "modelVersions": item["modelVersions"][:1]}
    assert (read(alone).revision, read(alone).pipeline_tag) == ("910002", "image-to-image")


def test_a_model_that_is_called_one_for_inpainting_is_one(changed: Changed) -> None:
    assert read(changed(name="Harbour Inpainting")).pipeline_tag == "image-to-image"
    assert read(changed(900003, name="Inpainting Lines")).pipeline_tag == "text-to-image"  # a LoRA
    both = changed(name="Harbour (+ inpainting)")
    both["modelVersions"][0]["name"] = "v2 inpainting"
    assert read(both).pipeline_tag == "text-to-image"


def test_the_authors_order_is_not_the_order_of_time() -> None:
    item = {**HARBOUR, "modelVersions": HARBOUR["modelVersions"][::-1]}
    assert read(item).revision == "910002"
    undated = copy.deepcopy(HARBOUR)
    for version in undated["modelVersions"]:
        version["publishedAt"] = None
    assert read(undated).revision == "910002"  # the author's first
    assert (read(undated).created_at, read(undated).last_modified) == (None, None)


def test_older_answers_date_versions_by_their_creation() -> None:
    item = with_version(HARBOUR, publishedAt=None, createdAt="2023-01-02T03:04:05.678Z")
    assert read(item).created_at == datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert civitai_row.newest_published(item) == datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert civitai_row.newest_published({}) is None


# ---- access


@pytest.mark.parametrize(
    ("changes", "gated", "tag"),
    [
        ({"paidAccess": None}, "no", None),
        ({"paidAccess": {"permanent": True, "endsAt": None}}, "yes", "paid-access"),
        ({"paidAccess": {"permanent": False, "endsAt": None}}, "yes", "paid-access"),
        ({"paidAccess": {"permanent": False, "endsAt": "2027-01-01"}}, "yes", "early-access"),
        ({"paidAccess": {"permanent": False, "endsAt": "<future>"}}, "yes", "early-access"),
        ({"paidAccess": {"permanent": False, "endsAt": "2026-01-01"}}, "no", None),
        ({"availability": "EarlyAccess"}, "yes", "early-access"),
        ({"earlyAccessEndsAt": "2027-01-01T00:00:00Z"}, "yes", "early-access"),
        ({"earlyAccessDeadline": "2027-01-01T00:00:00Z"}, "yes", "early-access"),
        ({"earlyAccessEndsAt": "2026-01-01T00:00:00Z"}, "no", None),
        ({"earlyAccessTimeFrame": 7}, "no", None),  # dead since 2024
        ({"usageControl": "Generation"}, "unknown", "not-downloadable"),
        ({"usageControl": "Download"}, "no", None),
    ],
)
def test_early_and_paid_access(changes: dict[str, Any], gated: str, tag: str | None) -> None:
    record = read(with_version(HARBOUR, **changes))
    assert record.gated == gated
    found = {"early-access", "paid-access", "not-downloadable"} & set(record.tags)
    assert found == ({tag} if tag else set())


def test_access_that_nothing_tells_is_unknown(changed: Changed) -> None:
    item = with_version(changed(availability=...), availability=None)
    del item["modelVersions"][0]["paidAccess"]
    assert read(item).gated == "unknown"
    assert read({**item, "availability": "Public"}).gated == "no"


def test_numbers_of_those_who_hide_them_are_not_known() -> None:
    record = read(ROWS[900017])
    assert (record.downloads_total, record.downloads_as_of, record.author) == (None, None, None)


def test_favourites_of_older_answers_are_likes(changed: Changed) -> None:
    assert read(changed(stats={"favoriteCount": 30_000})).likes == 30_000


# ---- whatever comes


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["Checkpoint", "SafeTensor", "fp16", "{Image}", "2026-01-01", "Danger"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
PLACES = [
    (), ("modelVersions", 0), ("modelVersions", 0, "files", 0), ("stats",), ("creator",),
    ("modelVersions", 0, "files", 0, "metadata"), ("modelVersions", 0, "files", 0, "hashes"),
]  # fmt: skip


@given(data=st.data(), number=st.sampled_from(sorted(ROWS)), mature=st.booleans())
def test_any_value_in_any_place_gives_a_record_or_a_bad_row(
    data: st.DataObject, number: int, mature: bool
) -> None:
    item = copy.deepcopy(ROWS[number])
    for _ in range(data.draw(st.integers(1, 4))):
        part: Any = item
        for step in data.draw(st.sampled_from(PLACES)):
            part = part[step] if _has(part, step) else {}
        if isinstance(part, dict):
            key = data.draw(st.sampled_from(sorted(part)) if part else st.just("x"))
            part[key] = data.draw(JSON)
    try:
        record, files = to_record(item, fetched_at=FETCHED, mature=mature)
    except BadRow:
        return
    assert record.kind in (None, *KINDS)
    assert record.pipeline_tag in (None, *TASKS)
    assert record.gated in GATED
    assert set(record.formats) <= set(FORMATS)
    assert set(record.flags) <= set(FLAGS)
    assert record.nsfw is not True or mature
    assert (record.parameter_count is None) == (record.parameter_count_origin is None)
    assert files and {file.version_id for file in files} >= {record.revision}
    groups = [(file.version_id, file.group) for file in files if file.group]
    assert len(groups) == len(set(groups))


def _has(part: Any, step: str | int) -> bool:
    return (isinstance(part, dict) and step in part) or (
        isinstance(part, list) and isinstance(step, int) and len(part) > step
    )


@given(level=st.integers(-10, 100) | st.none() | JSON, flags=st.tuples(JSON, JSON, JSON))
def test_nothing_but_the_safe_levels_is_ever_shown(level: Any, flags: tuple[Any, Any, Any]) -> None:
    nsfw, poi, minor = flags
    item = {**HARBOUR, "nsfwLevel": level, "nsfw": nsfw, "poi": poi, "minor": minor}
    safe = level in (1, 2, 3) and not isinstance(level, bool)
    safe = safe and nsfw is False and poi is False and minor is False
    try:
        record = read(item)
    except BadRow:
        assert not safe
    else:
        assert safe and record.nsfw is False
