"""A replaying Hub, and syncs against it that do not wait long for anything."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import refresh
from catalog import settings as settings_module
from catalog.records import ModelRecord
from catalog.refresh import lock
from catalog.settings import Settings
from catalog.sources import Clock, http, huggingface
from catalog.store import snapshot
from catalog.store.schema import FILES, models_table
from tests.replay.server import Server, fixture_rows

QUICK = http.Limits(
    connect_seconds=1,
    read_seconds=0.3,
    page_seconds=1,
    body_bytes=8_000_000,
    backoff_seconds=(0.01, 0.01),
)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]


def hurried(clock: Clock) -> Clock:
    """The clock of a sync that does not wait the seconds between two tries; others it does."""
    return replace(clock, sleep=lambda seconds: clock.sleep(seconds if seconds > 3 else 0.001))


@pytest.fixture
def hub() -> Iterator[Server]:
    """A Hub with the rows of the fixtures."""
    with Server(fixture_rows()) as server:
        yield server


@pytest.fixture
def root(own_data_dir: Path, published: Path) -> Path:
    """The catalog folder, with a small generation in it."""
    folder = own_data_dir / "catalog"
    shutil.copytree(published, folder)
    return folder


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `root` begins with."""
    folder = tmp_path_factory.mktemp("published") / "catalog"
    rows = [
        ModelRecord(
            ref=f"huggingface:old/model-{number}",
            source="huggingface",
            repo_id=f"old/model-{number}",
            name=f"model-{number}",
            author="old",
            origin="starter",
        )
        for number in range(3)
    ]
    with lock.held(folder, NOW):
        snapshot.publish(folder, models_table(rows), FILES.empty_table(), runs=[], now=NOW)
    return folder


@pytest.fixture
def sync(root: Path) -> Callable[..., refresh.RefreshReport]:
    """A sync of the Hub source against a server."""

    def run(hub: Server | str, **given: Any) -> refresh.RefreshReport:
        endpoint = hub if isinstance(hub, str) else hub.url
        changes = given.pop("settings", {})
        settings: Settings = replace(
            settings_module.load(),
            **{"hf_endpoint": endpoint, "sync_top": 20, "sync_details": 0, **changes},
        )
        given.setdefault("now", lambda: NOW)
        makers = {"huggingface": lambda s, clock: huggingface.make(s, hurried(clock), QUICK)}
        return refresh.run(settings, ["huggingface"], makers=makers, **given)

    return run


@pytest.fixture
def refs(root: Path) -> Callable[[], set[str]]:
    """Every ref of the current generation."""

    def read() -> set[str]:
        return set(snapshot.open_current(root).models_table()["ref"].to_pylist())

    return read
