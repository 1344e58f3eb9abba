"""The catalog's door."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import NoCatalog, QueryError, UnknownRef
from catalog.query import parse
from catalog.records import ModelFile, ModelRecord
from catalog.services.catalog import CatalogService


def refs(catalog: CatalogService, text: str) -> list[str]:
    return [model.repo_id for model in catalog.models(parse(text))]


def test_search_gives_a_page_its_total_and_its_facets(catalog: CatalogService) -> None:
    found = catalog.search(parse("task:text-generation sort:downloads"), page_size=2)
    assert [model.repo_id for model in found.models] == ["Qwen/Qwen3-8B", "meta-llama/Llama-3.1-8B"]
    assert (found.total, found.pages, found.catalog_total) == (3, 2, 5)
    counts = {item.value: item.count for item in found.facet("commercial").values}
    assert counts == {"yes": 2, "conditions": 1}


def test_page_beyond_the_last_gives_the_last(catalog: CatalogService) -> None:
    found = catalog.search(parse("task:text-generation"), page=99, page_size=2)
    assert found.page == 2
    assert len(found.models) == 1


@pytest.mark.parametrize("wrong", [{"page": 0}, {"page_size": 0}])
def test_page_before_the_first_is_a_sentence(catalog: CatalogService, wrong: dict) -> None:
    with pytest.raises(QueryError, match="counted from 1"):
        catalog.search(parse(""), **wrong)


def test_collapsed_variants_stand_under_their_base(catalog: CatalogService) -> None:
    found = catalog.search(parse("qwen3 variants:collapsed"))
    assert [model.repo_id for model in found.models] == ["Qwen/Qwen3-8B"]
    assert (found.total, found.repositories, found.variants) == (1, 2, (2,))


def test_base_that_does_not_match_is_stood_for_by_its_best_child(catalog: CatalogService) -> None:
    found = catalog.search(parse("quant:Q4_K_M variants:collapsed"))
    assert [model.repo_id for model in found.models] == ["unsloth/Qwen3-8B-GGUF"]


def test_unknown_is_found_as_unknown(catalog: CatalogService) -> None:
    assert refs(catalog, "license:unknown") == ["someone/unstated"]
    assert refs(catalog, "params:unknown") == ["someone/unstated"]


def test_facet_values_can_be_searched(catalog: CatalogService) -> None:
    facet = catalog.facet_values(parse(""), "author", contains="QWEN")
    assert [item.value for item in facet.values] == ["Qwen"]


def test_model_brings_its_neighbours(catalog: CatalogService) -> None:
    base = catalog.model("huggingface:Qwen/Qwen3-8B")
    assert [child.repo_id for child in base.children] == ["unsloth/Qwen3-8B-GGUF"]
    child = catalog.model("huggingface:unsloth/Qwen3-8B-GGUF")
    assert [model.repo_id for model in child.bases] == ["Qwen/Qwen3-8B"]


def test_model_brings_its_files(
    tmp_path: Path,
    publish: Callable[..., str],
    a_model: Callable[..., ModelRecord],
    a_file: Callable[..., ModelFile],
) -> None:
    file = a_file(path="a.gguf", size_bytes=10, quant_type="Q8_0", role="weights", group="Q8_0")
    publish([a_model()], [("huggingface:org/name", file)])
    assert CatalogService(tmp_path / "catalog").model("huggingface:org/name").files == (file,)


def test_unknown_ref_names_the_nearest(catalog: CatalogService) -> None:
    with pytest.raises(UnknownRef) as caught:
        catalog.model("huggingface:Qwen/Qwen3-8")
    assert caught.value.nearest[0] == "huggingface:Qwen/Qwen3-8B"


def test_relaxations_name_what_gives_most_back(catalog: CatalogService) -> None:
    query = parse("task:text-generation params:..100M")
    assert catalog.search(query).total == 0
    first, second = catalog.relaxations(query)
    assert (first.term, first.total) == ("params:..100M", 3)
    assert (second.term, second.total) == ("task:text-generation", 1)
    assert catalog.search(parse(first.query)).total == first.total


def test_open_value_that_no_row_has_is_named_with_the_nearest(catalog: CatalogService) -> None:
    query = parse("author:Qwem")
    assert catalog.search(query).total == 0
    (warning,) = catalog.warnings(query)
    assert (warning.term, warning.nearest) == ("author:Qwem", "author:Qwen")


def test_new_generation_is_shown_without_a_restart(
    catalog: CatalogService, publish: Callable[..., str], models: list[ModelRecord]
) -> None:
    before = catalog.generation()
    publish(models[:2])
    assert catalog.generation() != before
    assert catalog.search(parse("")).total == 2


def test_vanished_folder_keeps_what_is_open(catalog: CatalogService, tmp_path: Path) -> None:
    before = catalog.generation()
    (tmp_path / "catalog").rename(tmp_path / "elsewhere")
    assert catalog.generation() == before
    assert catalog.search(parse("qwen")).total == 2


def test_empty_folder_is_no_catalog(tmp_path: Path) -> None:
    with pytest.raises(NoCatalog):
        CatalogService(tmp_path / "nothing").generation()


def test_csv_holds_every_row_with_lists_joined(catalog: CatalogService) -> None:
    rows = list(csv.DictReader(io.StringIO(catalog.export_csv(parse("")).decode())))
    assert len(rows) == 5
    by_id = {row["repo_id"]: row for row in rows}
    assert by_id["unsloth/Qwen3-8B-GGUF"]["base_models"] == "huggingface:Qwen/Qwen3-8B"
    assert by_id["someone/unstated"]["parameter_count"] == ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_runs_no_formula(
    start: str, tmp_path: Path, publish: Callable[..., str], a_model: Callable[..., ModelRecord]
) -> None:
    publish([a_model(license_raw=f"{start}HYPERLINK(1)", tags=(f"{start}x", "y"))])
    text = CatalogService(tmp_path / "catalog").export_csv(parse("")).decode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["license_raw"] == f"'{start}HYPERLINK(1)"
    assert row["tags"] == f"'{start}x|y"


def test_json_export_is_the_find_document(catalog: CatalogService) -> None:
    document = json.loads(catalog.export_json(parse("license:apache-2.0")))
    assert set(document) == {"query", "total", "warnings", "models"}
    assert document["total"] == len(document["models"]) == 3


def test_status_counts_each_source(catalog: CatalogService) -> None:
    status = catalog.status()
    assert (status.models, status.notice) == (5, None)
    (source,) = status.sources
    assert (source.source, source.models, source.starter_models) == ("huggingface", 5, 0)
    assert source.oldest is not None
    assert sum(day.models for day in source.by_day) == 5
    assert [day.day.isoformat() for day in source.by_day] == ["2026-11-24"]


def test_a_pasted_address_is_the_model_that_it_shows(catalog: CatalogService) -> None:
    shown = catalog.model("https://huggingface.co/Qwen/Qwen3-8B").model
    assert shown.ref == "huggingface:Qwen/Qwen3-8B"


def test_an_id_without_its_owner_is_compared_with_names(catalog: CatalogService) -> None:
    with pytest.raises(UnknownRef) as caught:
        catalog.model("t5-small")
    assert caught.value.nearest[0] == "huggingface:google-t5/t5-small"
