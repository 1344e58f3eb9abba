"""The catalog of a first use: the bundled one, wherever it can be written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from catalog import settings as settings_module
from catalog.refresh import ensure_catalog, gathering
from catalog.store import runs, snapshot
from tests.catalog.refresh.conftest import ROOT


def test_the_first_use_publishes_the_bundled_catalog() -> None:
    settings = settings_module.load()
    found = ensure_catalog(settings)
    assert (found.root, found.notice) == (settings.catalog_dir, None)
    generation = snapshot.open_current(found.root)
    bundled = pq.read_metadata(gathering.STARTER / "models.parquet").num_rows
    assert len(generation) == bundled
    assert ensure_catalog(settings) == found
    assert snapshot.generations(found.root) == [generation.id]
    assert runs.history(found.root) == ()


def test_a_catalog_that_is_there_is_left_alone(root: Path) -> None:
    before = snapshot.current_id(root)
    assert ensure_catalog(settings_module.load()).root == root
    assert snapshot.current_id(root) == before


def test_a_catalog_of_which_nothing_can_be_read_is_replaced_by_the_bundled_one(root: Path) -> None:
    for path in root.glob("snapshots/*/*.arrow"):
        path.write_bytes(b"damaged")
    found = ensure_catalog(settings_module.load())
    assert len(snapshot.open_current(found.root)) > 1_000


def test_a_folder_that_cannot_be_written_is_told_and_a_temporary_one_taken(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    settings = replace(settings_module.load(), data_dir=blocked)
    found = ensure_catalog(settings)
    assert found.root != settings.catalog_dir
    assert "cannot be written" in (found.notice or "")
    assert len(snapshot.open_current(found.root)) > 1_000


def test_two_first_uses_at_once_publish_once(own_data_dir: Path) -> None:
    script = "from catalog import refresh, settings; refresh.ensure_catalog(settings.load())"
    both = [subprocess.Popen([sys.executable, "-c", script], cwd=ROOT) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert len(snapshot.generations(own_data_dir / "catalog")) == 1
