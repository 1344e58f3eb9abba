"""Every row behind a chart opens a search that finds exactly what the row counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalog.query import Query, parse
from catalog.records import ModelRecord
from catalog.services.catalog import CatalogService
from catalog.store import schema, snapshot
from ui import gallery_counts, gallery_licenses, gallery_tasks, panels
from ui.panels import Sheet

QUERIES = ("", "task:text-generation,translation", "-license:mit params:1B..9B", "kind:unknown")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> CatalogService:
    tasks = ("text-generation", "translation", None, "fill-mask")
    licenses = (("MIT", "yes"), ("Apache-2.0", "yes"), ("CC-BY-NC-4.0", "no"), (None, "unknown"))
    models = [
        ModelRecord(
            ref=f"huggingface:org{number % 5}/m{number}",
            source="huggingface",
            repo_id=f"org{number % 5}/m{number}",
            name=f"m{number}",
            author=f"org{number % 5}",
            pipeline_tag=tasks[number % 4],
            modality="nlp" if tasks[number % 4] else None,
            license=licenses[number % 3 + number % 2][0],
            commercial_use=licenses[number % 3 + number % 2][1],
            kind=("base", "finetune", None)[number % 3],
            parameter_count=number * 10**8 or None,
            created_at=datetime(2023, 1 + number % 12, 28, tzinfo=UTC) if number % 6 else None,
        )
        for number in range(90)
    ]
    root = tmp_path_factory.mktemp("charted")
    snapshot.publish(
        root,
        schema.models_table(models),
        schema.files_table([]),
        runs=(),
        now=datetime(2026, 11, 24, tzinfo=UTC),
    )
    return CatalogService(root)


def found(service: CatalogService, target: Query | str | None) -> int:
    assert isinstance(target, Query)
    return service.search(parse(str(target)), page_size=1, facets=()).repositories


@pytest.mark.parametrize("text", QUERIES)
def test_a_row_of_licenses_opens_what_it_counts(service: CatalogService, text: str) -> None:
    tally = service.charts(parse(text)).licenses()
    sheet = gallery_licenses.sheet(parse(text), tally)
    assert sum(int(row[-1] or 0) for row in sheet.rows) == tally.total > 0
    for row, target in zip(sheet.rows, sheet.opens, strict=True):
        if target is not None:
            assert found(service, target) == row[-1], str(target)


@pytest.mark.parametrize("text", QUERIES)
def test_a_purpose_opens_what_it_counts(service: CatalogService, text: str) -> None:
    for part in service.charts(parse(text)).purposes().slices:
        target = gallery_tasks.of_purpose(parse(text), *part.keys)
        assert found(service, target) == part.count, str(target)


@pytest.mark.parametrize("months", [1, 3, 12])
@pytest.mark.parametrize("text", QUERIES)
def test_a_period_opens_what_it_counts(service: CatalogService, text: str, months: int) -> None:
    for part in service.charts(parse(text)).growth(months).slices:
        target = gallery_counts.created(parse(text), part, months)
        assert found(service, target) == part.count, str(target)


def test_periods_without_a_repository_have_a_place(service: CatalogService) -> None:
    tally = service.charts(parse("created:2023-02-28,2023-08-28")).growth(3)
    periods = gallery_counts.periods(tally.slices, 3)
    assert [label for _key, label in periods] == ["2023 Q1", "2023 Q2", "2023 Q3"]
    assert gallery_counts.periods([], 3) == []


def test_a_narrower_search_keeps_what_is_left_out() -> None:
    query = parse("task:translation,fill-mask -task:text-ranking params:1B..9B")
    assert str(panels.narrowed(query, "task", "fill-mask")) == (
        "task:fill-mask -task:text-ranking params:1B..9B"
    )
    ranged = str(panels.within(query, "params", "1000000000..1778279410"))
    assert ranged.count("params:") == 2


def test_a_sheet_whose_rows_open_nothing_says_so() -> None:
    assert not Sheet(columns=("a",), rows=((1,),), opens=(None,)).leads()
    assert Sheet(columns=("a",), rows=((1,),), opens=("huggingface:a/b",)).leads()
