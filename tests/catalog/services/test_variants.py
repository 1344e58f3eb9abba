"""Variants collapsed: one row for each base, with how many matching rows it stands for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.query import parse
from catalog.records import ModelRecord
from catalog.services.catalog import CatalogService

MakeModel = Callable[..., ModelRecord]
Ask = Callable[[str], dict[str, int]]


@pytest.fixture
def ask(tmp_path: Path, publish: Callable[..., str], a_model: MakeModel) -> Ask:
    """Rows shown, each with what it stands for."""

    def row(ref: str, *bases: str, relation: str | None = None, **facts: object) -> ModelRecord:
        source, _, repo_id = ref.partition(":")
        return a_model(
            ref=ref, source=source, repo_id=repo_id, base_models=bases,
            base_model_relation=relation, **facts,
        )  # fmt: skip

    publish([
        row("huggingface:q/Wen-8B-Base", downloads_30d=50),
        row("huggingface:q/Wen-8B", "huggingface:q/Wen-8B-Base", relation="finetune",
            downloads_30d=900),
        *(row(f"huggingface:u/Wen-8B-GGUF-{n}", "huggingface:q/Wen-8B", relation="quantized",
              formats=("gguf",), downloads_30d=n) for n in range(92)),
        row("ollama:wen:8b", "huggingface:q/Wen-8B", relation="quantized",
            aliases=("ollama:wen",), downloads_total=5, kind="quantized"),
        row("ollama:wen:8b-cloud", "ollama:wen"),  # a base may be named by an alias
        # of a base that the catalog does not hold
        row("huggingface:a/Lone-GGUF", "huggingface:gone/Lone", relation="quantized",
            downloads_30d=9),
        row("huggingface:b/Lone-AWQ", "huggingface:gone/Lone", relation="quantized",
            downloads_30d=3),
        # circles
        row("huggingface:c/Ring-1", "huggingface:c/Ring-2", downloads_30d=7),
        row("huggingface:c/Ring-2", "huggingface:c/Ring-1", downloads_30d=8),
        row("huggingface:c/Ring-3", "huggingface:c/Ring-1"),
        row("huggingface:d/Self", "huggingface:d/Self"),
        # a merge of several is a model of its own
        row("huggingface:m/Merge-8B", "huggingface:q/Wen-8B", "huggingface:c/Ring-1",
            relation="merge"),
        row("huggingface:m/Merge-8B-GGUF", "huggingface:m/Merge-8B", relation="quantized"),
    ])  # fmt: skip
    catalog = CatalogService(tmp_path / "catalog")

    def asked(text: str) -> dict[str, int]:
        found = catalog.search(parse(f"{text} variants:collapsed"), facets=())
        flat = catalog.search(parse(text), facets=())
        assert sum(found.variants) == found.repositories == flat.total
        return {one.repo_id: many for one, many in zip(found.models, found.variants, strict=True)}

    return asked


def test_96_rows_of_one_model_are_one(ask: Ask) -> None:
    assert ask("wen") == {"q/Wen-8B-Base": 96}


def test_a_model_that_the_words_name_stands_for_its_group(ask: Ask) -> None:
    assert ask("wen-8b") == {"q/Wen-8B": 96}
    assert ask("wen-8b-base") == {"q/Wen-8B-Base": 1}
    assert ask("wen-8b sort:downloads") == {"q/Wen-8B-Base": 96}
    assert ask("wen-8b format:gguf") == {"u/Wen-8B-GGUF-91": 92}


def test_where_the_base_does_not_match_its_best_variant_stands_for_all(ask: Ask) -> None:
    assert ask("wen format:gguf") == {"u/Wen-8B-GGUF-91": 92}
    assert ask("wen source:ollama") == {"wen:8b": 2}


def test_copies_of_a_base_that_is_not_held_stand_together(ask: Ask) -> None:
    assert ask("lone") == {"a/Lone-GGUF": 2}


def test_circles_end_under_their_best_ranked_row(ask: Ask) -> None:
    assert ask("ring") == {"c/Ring-2": 3}
    assert ask("self") == {"d/Self": 1}


def test_a_merge_of_several_models_stands_for_itself(ask: Ask) -> None:
    assert ask("merge") == {"m/Merge-8B": 2}
