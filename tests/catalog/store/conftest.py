"""Generations to ask: of the bundled catalog's rows and of invented rows that spare no corner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.store import schema, snapshot
from catalog.store.generation import Generation
from tests.catalog.store.invented import invented_tables

ROOT = Path(__file__).resolve().parents[3]
STARTER = ROOT / "catalog" / "starter"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
ORACLE_ROWS = 1_200

Tables = tuple[pa.Table, pa.Table]
Publish = Callable[..., Generation]


@pytest.fixture
def catalog_root(own_data_dir: Path) -> Path:
    return own_data_dir / "catalog"


@pytest.fixture
def publish(catalog_root: Path) -> Publish:
    """Publish records and their files as a generation and open it."""

    def make(
        models: Sequence[ModelRecord],
        files: Sequence[tuple[str, ModelFile]] = (),
        now: datetime = NOW,
    ) -> Generation:
        tables = schema.models_table(models), schema.files_table(files)
        snapshot.publish(catalog_root, *tables, runs=(), now=now)
        return snapshot.open_current(catalog_root)

    return make


@pytest.fixture(scope="session")
def real_tables() -> Tables:
    """Rows of the bundled catalog: all that have files, and others up to ORACLE_ROWS."""
    models = pq.read_table(STARTER / "models.parquet").select(schema.MODELS.names)
    files = pq.read_table(STARTER / "files.parquet").select(schema.FILES.names)
    has_files = pc.is_in(models["ref"], files["ref"].combine_chunks())
    order = pc.sort_indices(pa.table({"has": has_files}), sort_keys=[("has", "descending")])
    step = max(1, (models.num_rows - ORACLE_ROWS // 3) // (2 * ORACLE_ROWS // 3))
    rows = [*order[: ORACLE_ROWS // 3].to_pylist(), *order[ORACLE_ROWS // 3 :: step].to_pylist()]
    models = models.take(pa.array(rows))
    return models, files.filter(pc.is_in(files["ref"], models["ref"].combine_chunks()))


@pytest.fixture(scope="session")
def made_tables() -> Tables:
    """Invented rows: every field filled or not, circles, aliases, several groups, any script."""
    return invented_tables(400, seed=7)


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Tables], Generation]:
    """Publish tables once per session and name."""
    known: dict[str, Generation] = {}

    def make(name: str, tables: Tables) -> Generation:
        if name not in known:
            root = tmp_path_factory.mktemp(name)
            snapshot.publish(root, *tables, runs=(), now=NOW)
            known[name] = snapshot.open_current(root)
        return known[name]

    return make
