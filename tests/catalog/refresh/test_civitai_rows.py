"""CivitAI rows from the site to the published catalog: nothing on the way undoes what they say."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import refresh
from catalog import settings as settings_module
from catalog.records import ModelFile, ModelRecord
from catalog.refresh.gathering import Tables
from catalog.sources import civitai
from catalog.store import snapshot
from catalog.store.generation import Generation
from catalog.store.schema import files_table, models_table, records_of
from tests.catalog.refresh.conftest import NOW, QUICK
from tests.catalog.refresh.test_measuring import measured
from tests.catalog.refresh.test_settling import settled
from tests.replay import server as replay
from tests.replay.civitai import Server, fixture_rows

Synced = Callable[..., Generation]


@pytest.fixture
def site() -> Iterator[Server]:
    with Server(copy.deepcopy(fixture_rows())) as server:
        yield server


@pytest.fixture
def synced(root: Path, site: Server) -> Synced:
    """One sync of the site, and the catalog that came of it."""

    def sync(**changes: Any) -> Generation:
        settings = replace(settings_module.load(), civitai_endpoint=site.url, **changes)
        makers = {"civitai": lambda given, clock: civitai.make(given, clock, QUICK)}
        report = refresh.run(settings, ["civitai"], full=True, makers=makers)
        assert report.exit_code == 0, report
        return snapshot.open_current(root)

    return sync


def record(generation: Generation, ref: str) -> ModelRecord | None:
    row = generation.row_of(ref)
    return None if row is None else generation.records([row])[0]


def a_civitai_model(**changes: Any) -> ModelRecord:
    facts: dict[str, Any] = {
        "ref": "civitai:7",
        "source": "civitai",
        "repo_id": "7",
        "name": "Llama 3 portraits",  # a name that speaks of the terms of another family
        "license_raw": "Image + RentCivit + Rent + Sell",
        "commercial_use": "yes",
        "license_reasons": ("The base model Flux.1 S is under Apache License 2.0.",),
        "fetched_at": NOW,
    }
    return ModelRecord(**{**facts, **changes})


def test_a_name_of_another_family_does_not_undo_a_verdict() -> None:
    model = a_civitai_model()
    (after,) = records_of(settled(models_table([model])))
    assert after == model


def test_versions_of_other_bases_are_not_measured_by_the_count_of_the_newest() -> None:
    model = a_civitai_model(
        parameter_count=20_430_000_000,
        parameter_count_origin="base",
        size_bytes=2_000_000_000,
        bits_per_weight=16.0,
    )
    old = ModelFile(
        path="old.safetensors",
        version_id="1",
        size_bytes=2_000_000_000,
        quant_type="F16",
        bits_per_weight=16.0,
        group="1 F16",
        role="weights",
    )
    tables = Tables(models_table([model]), files_table([(model.ref, old)]))
    after = measured(tables)
    assert after.models.equals(tables.models)
    assert after.files.equals(tables.files)


def test_a_synced_row_is_published_as_it_was_read(synced: Synced) -> None:
    generation = synced()
    model = record(generation, "civitai:900001@910001")
    assert model is not None
    assert (model.ref, model.commercial_use, model.origin) == (
        "civitai:900001",
        "conditions",
        "sync",
    )
    assert model.parameter_count == 1_066_312_947
    assert len(model.license_reasons) == 3
    row = generation.row_of(model.ref)
    assert row is not None
    assert {file.version_id for file in generation.files(row)} == {"910001", "910002"}


def test_a_model_that_has_become_unsafe_leaves_the_catalog(synced: Synced, site: Server) -> None:
    assert record(synced(), "civitai:900001") is not None
    changed = next(row for row in site.rows if row["id"] == 900001)
    changed["nsfwLevel"] = 31
    assert record(synced(), "civitai:900001") is None
    mature = record(synced(civitai_mature=True), "civitai:900001")
    assert mature is not None and mature.nsfw is True
    changed["tags"] = ["celebrity"]
    assert record(synced(civitai_mature=True), "civitai:900001") is None


@pytest.mark.parametrize("limit", [1, None])
def test_what_the_switch_let_in_leaves_once_it_is_off_though_no_page_names_it(
    limit: int | None, root: Path, synced: Synced, site: Server
) -> None:
    admitted = {"civitai:900007", "civitai:900009"}
    before = synced(civitai_mature=True)
    assert all(record(before, ref) is not None for ref in admitted)
    site.rows[:] = [row for row in site.rows if row["id"] not in (900007, 900009)]
    # One of them comes again as a safe one.
    safe = next(row for row in fixture_rows() if row["id"] == 900007) | {"nsfwLevel": 1}
    safe["modelVersions"] = [one | {"nsfwLevel": 1} for one in safe["modelVersions"]]
    site.rows.append(safe)
    settings = replace(settings_module.load(), civitai_endpoint=site.url)
    makers = {"civitai": lambda given, clock: civitai.make(given, clock, QUICK)}
    report = refresh.run(settings, ["civitai"], limit=limit, makers=makers)
    assert report.exit_code == 0, report
    generation = snapshot.open_current(root)
    assert record(generation, "civitai:900009") is None
    again = record(generation, "civitai:900007")
    assert again is not None and again.nsfw is False


def test_an_interrupted_sync_that_goes_on_with_the_switch_off_lets_nothing_in(
    root: Path, site: Server
) -> None:
    makers = {"civitai": lambda given, clock: civitai.make(given, clock, QUICK)}
    settings = replace(settings_module.load(), civitai_endpoint=site.url)
    site.short[0] = 10
    site.faults.update(dict.fromkeys(range(1, 20), replay.status(503)))
    report = refresh.run(
        replace(settings, civitai_mature=True), ["civitai"], limit=150, makers=makers
    )
    assert report.exit_code != 0
    site.faults.clear()
    report = refresh.run(settings, ["civitai"], limit=150, makers=makers)
    assert report.exit_code == 0, report
    generation = snapshot.open_current(root)
    assert record(generation, "civitai:900001") is not None
    assert record(generation, "civitai:900007") is None


def test_a_change_that_makes_a_row_unsafe_withdraws_it_without_a_full_walk(
    root: Path, synced: Synced, site: Server
) -> None:
    assert record(synced(), "civitai:900001") is not None
    changed = next(row for row in site.rows if row["id"] == 900001)
    changed["poi"] = False
    changed["nsfw"] = True
    settings = replace(settings_module.load(), civitai_endpoint=site.url)
    makers = {"civitai": lambda given, clock: civitai.make(given, clock, QUICK)}
    report = refresh.run(settings, ["civitai"], limit=50, makers=makers)
    assert report.exit_code == 0
    generation = snapshot.open_current(root)
    assert record(generation, "civitai:900001") is None
    assert record(generation, "civitai:900003") is not None


def test_rows_put_aside_by_rule_are_counted_with_their_reasons(root: Path, synced: Synced) -> None:
    generation = synced()
    run = next(run for run in generation.manifest.runs if run.source == "civitai")
    assert run.fetched == run.kept + run.quarantined
    assert run.quarantined == run.by_rule > 5
    assert any("level above PG-13" in reason.text for reason in run.reasons)
    assert datetime.now(UTC) > (run.started_at or NOW)
