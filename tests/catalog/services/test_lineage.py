"""The family tree around a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import UnknownRef
from catalog.records import ModelRecord
from catalog.reports import LineageReport
from catalog.services import lineage
from catalog.services.catalog import CatalogService

MakeModel = Callable[..., ModelRecord]
Publish = Callable[..., str]
BASE, MODEL = "huggingface:Qwen/Qwen3-8B-Base", "huggingface:Qwen/Qwen3-8B"
GGUF = "huggingface:unsloth/Qwen3-8B-GGUF"


@pytest.fixture
def ask(tmp_path: Path, publish: Publish, a_model: MakeModel) -> Callable[[str], LineageReport]:
    """Asks a catalog of one family, a circle and a checkpoint at two sources."""

    def derived(ref: str, *bases: str, relation: str | None = None, **facts: object) -> ModelRecord:
        source, _, repo_id = ref.partition(":")
        return a_model(
            ref=ref, source=source, repo_id=repo_id, base_models=bases,
            base_model_relation=relation, **facts,
        )  # fmt: skip

    publish([
        derived(BASE, parameter_count=8_190_735_360),
        derived(MODEL, BASE, relation="finetune", parameter_count=8_190_735_360, downloads_30d=900),
        derived(GGUF, MODEL, relation="quantized", formats=("gguf",), downloads_30d=90),
        derived("huggingface:a/Qwen3-8B-AWQ", MODEL, relation="quantized", downloads_30d=50),
        derived("huggingface:a/tuned", MODEL, relation="finetune"),
        derived("huggingface:a/merged", MODEL, "huggingface:gone/away", relation="merge"),
        derived("ollama:qwen3:8b", MODEL, relation="quantized", parameter_count=8_000_000_000,
                downloads_total=1_000),
        derived("ollama:qwen3:8b-fp16", MODEL, parameter_count=8_000_000_000),
        derived("ollama:qwen3:9b", MODEL, parameter_count=20_000_000_000),
        derived("ollama:x:1b-q8_0", "ollama:x:1b"),
        derived("huggingface:b/one", "huggingface:b/two"),
        derived("huggingface:b/two", "huggingface:b/one"),
        derived("huggingface:wavymulder/Analog-Diffusion"),
        derived("civitai:1265"),
        derived("civitai:9999"),
    ])  # fmt: skip
    return CatalogService(tmp_path / "catalog").lineage


def twins(report: LineageReport) -> list[tuple[str, str]]:
    return [(one.model.ref, one.why) for one in report.twins]


def test_generations_above_are_told_nearest_first(ask: Callable[[str], LineageReport]) -> None:
    report = ask(GGUF)
    assert [[node.ref for node in part] for part in report.ancestors] == [[MODEL], [BASE]]
    assert report.ancestors[0][0].relation == "finetune"
    (generation,) = ask("huggingface:a/merged").ancestors[:1]
    assert [(node.ref, node.name, node.model is None) for node in generation] == [
        (MODEL, "Qwen3-8B", False),
        ("huggingface:gone/away", "gone/away", True),
    ]


def test_what_was_made_of_it_is_told_by_relation(ask: Callable[[str], LineageReport]) -> None:
    found = {branch.relation: branch for branch in ask(MODEL).children}
    assert list(found) == ["finetune", "merge", "quantized", None]
    assert [node.ref for node in found["quantized"].nodes] == [
        "ollama:qwen3:8b", GGUF, "huggingface:a/Qwen3-8B-AWQ",
    ]  # fmt: skip
    assert found[None].total == 2


def test_siblings_derive_in_the_same_way_from_the_same_base(
    ask: Callable[[str], LineageReport],
) -> None:
    report = ask(GGUF)
    assert [node.ref for node in report.siblings] == ["huggingface:a/Qwen3-8B-AWQ"]
    assert report.siblings_total == 1
    tags = ask("ollama:qwen3:8b")
    assert {node.ref for node in tags.siblings} == {"ollama:qwen3:8b-fp16", "ollama:qwen3:9b"}
    assert ask("huggingface:a/merged").siblings == ()
    assert ask(BASE).siblings_total == 0


def test_the_same_model_is_found_at_other_sources(ask: Callable[[str], LineageReport]) -> None:
    assert twins(ask("ollama:qwen3:8b")) == [
        (MODEL, lineage.WHY_HUB),
        (GGUF, lineage.WHY_GGUF),
    ]
    assert twins(ask(GGUF)) == [("ollama:qwen3:8b", lineage.WHY_OLLAMA)]
    assert twins(ask(MODEL)) == [("ollama:qwen3:8b", lineage.WHY_OLLAMA)]
    assert twins(ask("huggingface:a/tuned")) == []
    hub = "huggingface:wavymulder/Analog-Diffusion"
    assert twins(ask("civitai:1265")) == [(hub, lineage.WHY_CHECKPOINT_HUB)]
    assert twins(ask(hub)) == [("civitai:1265", lineage.WHY_CHECKPOINT_CIVITAI)]
    assert twins(ask("civitai:9999")) == []
    assert twins(ask("ollama:x:1b-q8_0")) == []  # a base that is no repository of the Hub


def test_sizes_that_do_not_agree_are_no_twins(ask: Callable[[str], LineageReport]) -> None:
    assert MODEL not in [ref for ref, _ in twins(ask("ollama:qwen3:9b"))]


def test_a_circle_ends(ask: Callable[[str], LineageReport]) -> None:
    report = ask("huggingface:b/one")
    assert [[node.ref for node in part] for part in report.ancestors] == [["huggingface:b/two"]]


def test_an_unknown_ref_names_the_nearest(ask: Callable[[str], LineageReport]) -> None:
    with pytest.raises(UnknownRef):
        ask("huggingface:Qwen/Qwen3-9B")
