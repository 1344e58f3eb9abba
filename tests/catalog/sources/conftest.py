"""A replaying Hub, and the source pointed at it with a clock that does not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.sources import Batch, Clock, Selection, http, huggingface
from tests.replay.server import Server, fixture_rows

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QUICK = http.Limits(connect_seconds=1, read_seconds=0.3, page_seconds=0.8, body_bytes=8_000_000)


@dataclass
class Sleeper:
    """A clock on which sleeping takes no time and is remembered."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(now=lambda: NOW, sleep=self.slept.append)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
def hub() -> Iterator[Server]:
    """A Hub with the rows of the fixtures."""
    with Server(fixture_rows()) as server:
        yield server


@pytest.fixture
def source_at(sleeper: Sleeper) -> Callable[..., huggingface.HuggingFace]:
    """The source for an endpoint, real client and all."""

    def make(endpoint: str, limits: http.Limits = QUICK, **changes: Any) -> huggingface.HuggingFace:
        settings = replace(settings_module.load(), hf_endpoint=endpoint, **changes)
        return huggingface.make(settings, sleeper.clock(), limits)

    return make


@pytest.fixture
def fetched(source_at: Callable[..., huggingface.HuggingFace]) -> Callable[..., list[Batch]]:
    """All batches of a selection."""

    def fetch(server: Server, limit: int | None = None, **selection: Any) -> list[Batch]:
        source = source_at(server.url)
        return list(source.fetch(Selection(limit=limit, **selection)))

    return fetch
