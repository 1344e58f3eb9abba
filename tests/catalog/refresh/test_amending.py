"""Corrections and newer versions in what is published."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from catalog.records import ModelRecord
from catalog.refresh.amending import corrected, succeeded
from catalog.refresh.gathering import Catalog
from catalog.refresh.publishing import finished
from catalog.services.catalog import CatalogService
from catalog.store import snapshot
from catalog.store.columns import Shelf, table_of
from catalog.store.disk import Disk
from catalog.store.schema import FILES, MODELS, models_table, records_of

Maker = Callable[..., ModelRecord]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def publish(root: Path, rows: list[ModelRecord]) -> CatalogService:
    tables = Catalog(models_table(rows), FILES.empty_table())
    with snapshot.shelf(root) as shelf:
        finished(root, tables, shelf, runs=(), now=NOW)
    return CatalogService(root)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An admin's file with one correction and one entry that is none."""
    entry = {
        "ref": "huggingface:org/base",
        "set": {"parameter_count": 8_000_000_000, "license": "cc-by-nc-4.0"},
        "reason": "The header is wrong.", "author": "ops", "date": "2026-11-24",
    }  # fmt: skip
    path = tmp_path / "overrides.json"
    path.write_text(json.dumps({"corrections": [entry, 7]}), "utf-8")
    return path


def test_a_correction_reaches_the_row_and_all_that_derives_from_it(
    tmp_path: Path, file: Path, a_model: Maker
) -> None:
    copy = a_model(
        repo_id="org/copy", license="MIT", license_raw="mit", commercial_use="yes",
        base_models=("huggingface:org/base",), base_model_relation="quantized",
    )  # fmt: skip
    other = a_model(repo_id="org/other")
    catalog = publish(tmp_path / "catalog", [a_model(repo_id="org/base"), copy, other])
    base = catalog.model("huggingface:org/base").model
    assert (base.parameter_count, base.parameter_count_origin) == (8_000_000_000, "stated")
    assert (base.license, base.commercial_use) == ("CC-BY-NC-4.0", "no")
    taken = catalog.model(copy.ref).model
    assert (taken.parameter_count, taken.commercial_use) == (8_000_000_000, "no")
    assert catalog.model(other.ref).model == other
    assert [one.field for one in catalog.corrections(base.ref)] == ["parameter_count", "license"]
    assert catalog.corrections(other.ref) == ()
    assert catalog.correction_problems() == (f"{file}, entry 2: it is no object.",)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, a_model: Maker) -> None:
    (tmp_path / "overrides.json").mkdir()
    catalog = publish(tmp_path / "catalog", [a_model()])
    assert catalog.correction_problems()[0].endswith("overrides.json: it cannot be read.")


def amended(root: Path, rows: list[ModelRecord]) -> list[ModelRecord]:
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder), Disk())
        models = succeeded(corrected(models_table(rows), root, shelf), shelf)
        return list(records_of(table_of(models, MODELS)))


def test_rows_without_a_correction_stay(tmp_path: Path, file: Path, a_model: Maker) -> None:
    rows = [a_model(repo_id="org/other-v2"), a_model(source="civitai", repo_id="1", name="x v1")]
    assert amended(tmp_path / "catalog", rows) == rows
    file.unlink()
    assert amended(tmp_path / "catalog", [a_model()]) == [a_model()]


def test_a_newer_version_is_flagged_once(tmp_path: Path, a_model: Maker) -> None:
    rows = [
        a_model(
            repo_id=f"org/model-7B-v{number}", parameter_count=7_000_000_000,
            created_at=datetime(2026, 1, number, tzinfo=UTC), flags=flags,
        )
        for number, flags in ((1, ("superseded",)), (2, ("remote_code",)), (3, ()))
    ]  # fmt: skip
    found = amended(tmp_path / "catalog", rows)
    assert [row.flags for row in found] == [("superseded",), ("remote_code", "superseded"), ()]
    assert amended(tmp_path / "catalog", found) == found
