"""Tags, manifests and configs of Ollama as records."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import BadRow
from catalog.normalize.ollama_manifest import (
    Config,
    Layer,
    Manifest,
    parameters_in,
    read_config,
    read_manifest,
)
from catalog.normalize.ollama_row import to_record
from catalog.normalize.ollama_variants import SiteModel, SiteTag, Variant, day_of, variants_of
from catalog.records import ModelFile, ModelRecord

SEEN = datetime(2026, 8, 21, 3, tzinfo=UTC)
ID, OTHER = "46e0c10c039e", "711a9e8463af"
WEIGHTS = 4_920_738_944
DIGEST = f"sha256:{'ab' * 32}"


def a_tag(tag: str = "8b", manifest_id: str = ID, **changes: Any) -> SiteTag:
    facts = {"size_bytes": 4_900_000_000, "context_length": 131_072, "inputs": ("Text",)}
    return SiteTag(tag=tag, manifest_id=manifest_id, **{**facts, **changes})


def a_manifest(**changes: Any) -> Manifest:
    facts: dict[str, Any] = {
        "digest": ID + "0" * 52,
        "size_bytes": WEIGHTS + 500,
        "layers": (Layer(kind="model", size_bytes=WEIGHTS, digest=DIGEST),),
        "config": Config(format="gguf", family="llama", parameter_count=8_030_000_000),
        "licenses": ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT",),
    }
    return Manifest(**{**facts, **changes})


def variants(*tags: SiteTag, **model: Any) -> tuple[Variant, ...]:
    return variants_of(SiteModel(**{"name": "llama3.1", "pulls": 118_700_000, **model}), tags)


def record(
    *tags: SiteTag, manifest: Manifest | None = None, held: str | None = None, **model: Any
) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
    (variant,) = variants(*(tags or (a_tag(),)), **model)
    return to_record(variant, manifest, fetched_at=SEEN, held=held)


def test_weights_that_their_publisher_trained_quantized_are_told_so() -> None:
    row, _ = record(a_tag("20b", size_bytes=14_000_000_000), name="gpt-oss")
    assert (row.quantizations, row.kind) == (("MXFP4",), None)
    assert row.active_parameter_count == 3_600_000_000
    assert row.base_models == ("huggingface:openai/gpt-oss-20b",)
    cloud, _ = record(a_tag("20b-cloud", size_bytes=None), name="gpt-oss")
    assert cloud.quantizations == ()


def test_tags_of_one_manifest_are_one_row_with_aliases() -> None:
    row, _ = record(a_tag("latest"), a_tag("8b-instruct-q4_K_M"), a_tag("8b"))
    assert row.ref == "ollama:llama3.1:8b"
    assert row.repo_id == row.name == "llama3.1:8b"
    assert row.url == "https://ollama.com/library/llama3.1:8b"
    assert row.aliases == (
        "ollama:llama3.1",
        "ollama:llama3.1:8b-instruct-q4_K_M",
        "ollama:llama3.1:latest",
    )
    assert row.quantizations == ("Q4_K_M",) and row.kind == "quantized"  # of the longest tag
    assert row.parameter_count == 8e9 and row.parameter_count_origin == "name"
    assert row.gated == "no" and row.formats == ("gguf",) and row.family == "llama-3.1"


def test_of_tags_of_one_length_the_first_by_name_is_the_ref() -> None:
    row, _ = record(a_tag("q8_0"), a_tag("bf16"))
    assert row.ref == "ollama:llama3.1:bf16"
    alone, _ = record(a_tag("latest"))
    assert alone.ref == "ollama:llama3.1:latest" and alone.aliases == ("ollama:llama3.1",)


def test_the_family_is_what_any_of_its_tags_tells() -> None:
    row, _ = record(a_tag("6b"), a_tag("6b-chat-v1.5-q4_0"), name="yi")
    assert (row.repo_id, row.family) == ("yi:6b", "yi-1.5")


def test_pulls_are_those_of_the_model_and_stand_on_its_default_row_alone() -> None:
    rows = [
        to_record(one, None, fetched_at=SEEN)[0]
        for one in variants(a_tag("70b", OTHER), a_tag("latest"), a_tag("8b"))
    ]
    assert [row.downloads_total for row in rows] == [None, 118_700_000]
    assert [row.downloads_as_of for row in rows] == [None, date(2026, 8, 21)]
    first, second = variants(a_tag("70b", OTHER), a_tag("8b"))
    assert first.default and not second.default  # without a latest the first of the page
    assert variants() == ()


def test_variants_of_one_size_and_kind_stand_under_the_plainest() -> None:
    names = ["8b", "8b-instruct-q8_0", "8b-text-q4_0", "8b-text-fp16", "70b-instruct-q8_0",
             "8b-cloud", "8b-mlx-bf16", "70b-instruct-q4_0"]  # fmt: skip
    tags = [a_tag(name, f"{at:012x}") for at, name in enumerate(names)]
    tags.append(a_tag("8b-instruct-q4_K_M", f"{0:012x}"))
    found = {one.tags[0]: one.base for one in variants(*tags)}
    assert found == {
        "8b": None,
        "8b-instruct-q8_0": "ollama:llama3.1:8b",
        "8b-text-q4_0": "ollama:llama3.1:8b-text-fp16",  # nothing plainer: the unquantized one
        "8b-text-fp16": None,
        "70b-instruct-q8_0": "ollama:llama3.1:70b-instruct-q4_0",  # else the first by name
        "70b-instruct-q4_0": None,
        "8b-mlx-bf16": None,  # says nothing of instruct
        "8b-cloud": "ollama:llama3.1:8b-mlx-bf16",  # what runs elsewhere stands for nothing
    }
    rows = [to_record(one, None, fetched_at=SEEN)[0] for one in variants(*tags, name="unheard-of")]
    assert rows[1].base_models == ("ollama:unheard-of:8b",)
    assert rows[1].base_model_relation is None


def test_a_model_whose_repository_is_known_stands_under_it() -> None:
    tags = [a_tag("8b", f"{0:012x}"), a_tag("8b-instruct-q4_K_M", f"{0:012x}"),
            a_tag("8b-instruct-fp16", f"{1:012x}"), a_tag("8b-cloud", f"{2:012x}")]  # fmt: skip
    rows = [to_record(one, None, fetched_at=SEEN)[0] for one in variants(*tags)]
    assert [row.base_models for row in rows] == [
        ("huggingface:meta-llama/Llama-3.1-8B-Instruct",),
        ("huggingface:meta-llama/Llama-3.1-8B-Instruct",),
        (),
    ]
    assert [row.base_model_relation for row in rows] == ["quantized", None, None]
    (torn,) = variants(a_tag("8b-instruct-q4_0"), a_tag("70b-instruct-q4_0"))
    assert to_record(torn, None, fetched_at=SEEN)[0].base_models == ()


def test_an_exact_manifest_gives_bytes_digest_license_and_bits() -> None:
    row, (weights,) = record(manifest=a_manifest())
    assert row.size_bytes == WEIGHTS + 500
    assert row.revision == ID + "0" * 52
    assert (row.license, row.license_raw) == (
        "LicenseRef-llama3.1",
        "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT",
    )
    assert row.commercial_use == "conditions" and row.flags == ()
    assert row.parameter_count == 8_030_000_000 and row.parameter_count_origin == "stated"
    assert row.architecture == "llama"
    assert row.bits_per_weight == round(8 * WEIGHTS / 8_030_000_000, 3)
    assert weights.sha256 == "ab" * 32 and weights.size_bytes == WEIGHTS
    assert (weights.role, weights.group, weights.format) == ("weights", "model", "gguf")


def test_without_a_manifest_the_rounded_size_of_the_page_stands() -> None:
    row, (weights,) = record(a_tag("8b-q4_K_M"))
    assert row.size_bytes == 4_900_000_000 and row.revision == ID
    assert weights.sha256 is None and weights.group == "Q4_K_M"
    assert row.license is None and row.license_reasons == (
        "The license text of this model has not been read.",
    )
    assert "license_missing" not in row.flags
    assert row.bits_per_weight == weights.bits_per_weight == 4.8944
    bare, files = record(a_tag(size_bytes=None))
    assert bare.size_bytes is None and files == () and bare.bits_per_weight is None


def test_a_size_that_the_catalog_has_exactly_is_not_told_again() -> None:
    known = ID + "f" * 52
    row, files = record(held=known)
    assert row.revision == known and row.size_bytes is None and files == ()
    assert row.bits_per_weight is None


def test_a_manifest_without_a_license_misses_one_and_an_unread_one_does_not() -> None:
    row, _ = record(manifest=a_manifest(licenses=()))
    assert row.flags == ("license_missing",) and row.license_reasons == ("No license is stated.",)
    row, _ = record(manifest=a_manifest(licenses=None))
    assert row.flags == ()


def test_projector_adapter_and_shards_are_files_of_their_own() -> None:
    layers = (
        Layer(kind="model", size_bytes=5, digest=DIGEST),
        Layer(kind="model", size_bytes=6),
        Layer(kind="projector", size_bytes=7),
        Layer(kind="adapter", size_bytes=8),
        Layer(kind="template", size_bytes=9),
    )
    _, files = record(manifest=a_manifest(layers=layers))
    assert [(file.path, file.role, file.size_bytes) for file in files] == [
        ("model", "weights", 5),
        ("model-2", "weights", 6),
        ("projector", "projector", 7),
        ("adapter", "other", 8),
    ]
    assert files[2].group is None


def test_tensors_are_one_file_and_their_config_is_not_believed_about_the_count() -> None:
    layers = tuple(Layer(kind="tensor", size_bytes=10, digest=DIGEST) for _ in range(3))
    config = Config(format="safetensors", parameter_count=8_700_000_000)
    row, files = record(a_tag("26b-nvfp4"), manifest=a_manifest(layers=layers, config=config))
    assert row.formats == ("mlx",) and row.quantizations == ("NVFP4",)
    assert row.parameter_count == 26e9 and row.parameter_count_origin == "name"
    assert [(file.path, file.size_bytes) for file in files] == [("tensors", 30)]


@pytest.mark.parametrize(
    ("tag", "stated", "count", "origin", "active", "flags"),
    [
        ("8x7b", None, None, None, None, ()),
        ("8x7b", 46_700_000_000, 46_700_000_000, "stated", None, ()),
        ("e4b", None, None, None, None, ()),
        ("e4b", 6_900_000_000, 6_900_000_000, "stated", None, ()),
        ("30b-a3b", None, 30e9, "name", 3e9, ()),
        ("17b-scout-16e", 109_000_000_000, 109_000_000_000, "stated", 17e9, ()),
        ("2b", 2_500_000_000, 2_500_000_000, "stated", None, ("params_disagree",)),
        ("26b", 8_700_000_000, 26e9, "name", None, ()),  # of something else
    ],
)
def test_counts_are_nominal_or_stated_and_never_products(
    tag: str, stated: int | None, count: float | None, origin: str | None, active: float | None,
    flags: tuple[str, ...],
) -> None:  # fmt: skip
    manifest = a_manifest(config=Config(parameter_count=stated))
    row, _ = record(a_tag(tag), manifest=manifest)
    assert (row.parameter_count, row.parameter_count_origin) == (count, origin)
    assert row.active_parameter_count == active
    assert row.flags == flags


def test_a_lone_size_of_the_model_counts_where_the_tag_has_none() -> None:
    assert record(a_tag("latest"), sizes=("137m",))[0].parameter_count == 137_000_000
    assert record(a_tag("latest"), sizes=("1b", "3b"))[0].parameter_count is None


def test_tags_of_one_manifest_that_name_two_sizes_are_in_doubt() -> None:
    row, _ = record(a_tag("72b-text"), a_tag("110b-text-q4_0"))
    assert row.flags == ("params_disagree", "size_estimated")


def test_a_size_of_the_page_is_marked_as_rounded() -> None:
    assert "size_estimated" in record()[0].flags
    assert "size_estimated" not in record(manifest=a_manifest())[0].flags
    assert "size_estimated" not in record(held="0" * 64)[0].flags


def test_the_config_knows_the_quantization_and_context_that_the_page_leaves_out() -> None:
    config = Config(file_type="Q4_0", context_length=32_768, family="gemma3")
    row, _ = record(
        a_tag("12b-it-qat", context_length=None), manifest=a_manifest(config=config), name="gemma3"
    )
    assert row.quantizations == ("Q4_0",) and row.kind == "quantized"
    assert row.context_length == 32_768
    row, _ = record(a_tag("12b-it-qat"))
    assert row.quantizations == () and row.kind is None  # qat is no bit width
    row, _ = record(a_tag("8b-fp16"))
    assert row.quantizations == ("F16",) and row.kind is None


@pytest.mark.parametrize(
    ("capabilities", "inputs", "family", "task", "origin", "tags"),
    [
        (("embedding",), ("Text",), None, "feature-extraction", "stated", ("embedding",)),
        (("vision", "tools"), ("Text", "Image"), None, "image-text-to-text", "stated",
         ("vision", "tools")),
        (("vision", "tools"), ("Text",), None, "text-generation", "stated", ("tools",)),
        (("vision",), (), None, "image-text-to-text", "stated", ("vision",)),
        (("thinking", "cloud"), ("Text",), None, "text-generation", "stated", ("thinking",)),
        ((), ("Text",), None, "text-generation", "architecture", ()),
        ((), (), "llama", "text-generation", "architecture", ()),
        ((), (), "unheard-of", None, None, ()),
    ],
)  # fmt: skip
def test_the_task_is_what_the_site_says_that_the_variant_can(
    capabilities: tuple[str, ...], inputs: tuple[str, ...], family: str | None, task: str | None,
    origin: str | None, tags: tuple[str, ...],
) -> None:  # fmt: skip
    row, _ = record(
        a_tag(inputs=inputs),
        manifest=a_manifest(config=Config(family=family)),
        capabilities=capabilities,
    )
    assert (row.pipeline_tag, row.pipeline_tag_origin, row.tags) == (task, origin, tags)
    assert record(a_tag(inputs=()))[0].pipeline_tag is None


def test_what_runs_in_the_cloud_has_neither_size_nor_files() -> None:
    by_tag = record(a_tag("120b-cloud"), capabilities=("tools", "cloud"))
    by_config = record(
        a_tag("120b"), manifest=a_manifest(config=Config(remote=True)), capabilities=("vision",)
    )  # the site does not always mark a model whose tag says so
    for row, files in (by_tag, by_config):
        assert row.size_bytes is None and files == () and row.formats == ()
        assert "cloud_only" in row.flags and row.gated == "unknown" and "cloud" in row.tags
        assert row.quantizations == () and row.parameter_count == 120e9


def test_the_default_row_has_the_models_moment_and_others_their_day() -> None:
    moment = datetime(2026, 8, 20, 10, 30, tzinfo=UTC)
    default, other = variants(
        a_tag("latest"), a_tag("70b", OTHER, updated_on=date(2026, 8, 19)), updated_at=moment
    )
    assert to_record(default, None, fetched_at=SEEN)[0].last_modified == moment
    assert to_record(other, None, fetched_at=SEEN)[0].last_modified == datetime(
        2026, 8, 19, tzinfo=UTC
    )
    assert record(a_tag("latest"))[0].last_modified is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("7 hours ago", date(2026, 8, 20)),
        ("2 hours ago", date(2026, 8, 21)),
        ("5 minutes ago", date(2026, 8, 21)),
        ("yesterday", date(2026, 8, 20)),
        ("2 days ago", date(2026, 8, 19)),
        ("1 week ago", None),  # seven days wide
        ("3 months ago", None),
        ("1 year ago", None),
        ("many days ago", None),
        ("٣ days ago", None),
        ("900 days ago", None),
        ("2 days hence", None),
        ("", None),
    ],
)
def test_days_are_told_and_longer_times_are_too_coarse(words: str, day: date | None) -> None:
    assert day_of(words, SEEN) == day
    assert day_of(words, SEEN.astimezone(UTC) + timedelta(0)) == day


def body_of(**changes: Any) -> bytes:
    layer = {
        "mediaType": "application/vnd.ollama.image.model",
        "digest": DIGEST,
        "size": 10,
        "from": "/Users/somebody",
    }
    whole = {"schemaVersion": 2, "config": {"digest": f"sha256:{'cd' * 32}", "size": 5}}
    return json.dumps({**whole, "layers": [layer], **changes}).encode()


def test_a_manifest_is_named_by_its_bytes_and_as_large_as_all_it_lists() -> None:
    body = body_of()
    manifest = read_manifest(body)
    assert manifest.digest == hashlib.sha256(body).hexdigest()
    assert manifest.size_bytes == 15 and manifest.config_bytes == 5
    assert manifest.of("model") == (Layer(kind="model", size_bytes=10, digest=DIGEST),)


def test_a_config_that_is_listed_as_a_layer_too_counts_once() -> None:
    twice = {"mediaType": "application/vnd.docker.container.image.v1+json",
             "digest": f"sha256:{'cd' * 32}", "size": 5}  # fmt: skip
    manifest = read_manifest(body_of(layers=[{"digest": DIGEST, "size": 10}, twice]))
    assert manifest.size_bytes == 15
    assert [layer.kind for layer in manifest.layers] == ["other", "other"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"[]", b"\xff", b'"x"', b"[" * 100_000,
        body_of(layers=[]), body_of(layers=None), body_of(layers={}), body_of(layers=[1]),
        body_of(config=None), body_of(config={"digest": "sha256:x"}),
        body_of(layers=[{"digest": DIGEST}]), body_of(layers=[{"digest": DIGEST, "size": -1}]),
        body_of(layers=[{"digest": "sha256:../../x", "size": 1}]),
        body_of(layers=[{"digest": DIGEST, "size": 2**62}] * 3),
        body_of(layers=[{"digest": DIGEST, "size": float("nan")}]),
        b'{"layers": [{"size": ' + b"9" * 5_000 + b"}]}",
    ],
)  # fmt: skip
def test_what_is_no_manifest_is_a_bad_row(body: bytes) -> None:
    with pytest.raises(BadRow):
        read_manifest(body)


def test_a_config_tells_what_it_was_made_of() -> None:
    stated = {
        "model_format": "gguf", "model_family": "gptoss", "model_type": "20.9B",
        "file_type": "MXFP4", "context_length": 131_072, "remote_host": "",
    }  # fmt: skip
    assert read_config(json.dumps(stated).encode()) == Config(
        format="gguf",
        family="gpt-oss",
        parameter_count=20_900_000_000,
        file_type="MXFP4",
        context_length=131_072,
    )
    assert read_config(b'{"remote_host": "https://ollama.com:443"}').remote
    assert read_config(b"{}") == Config()
    with pytest.raises(BadRow):
        read_config(b"[]")


@pytest.mark.parametrize(
    ("words", "count"),
    [("8.0B", 8e9), ("134.52M", 134_520_000), ("3B", 3e9), ("1T", 1e12), ("0B", None),
     ("", None), ("about 8B", None), (None, None), (8, None)],
)  # fmt: skip
def test_parameter_sizes_are_numbers_of_a_unit(words: object, count: float | None) -> None:
    assert parameters_in(words) == count


@given(st.binary(max_size=300))
def test_any_bytes_are_a_manifest_or_a_bad_row(body: bytes) -> None:
    for read in (read_manifest, read_config):
        try:
            read(body)
        except BadRow as error:
            assert error.reason
