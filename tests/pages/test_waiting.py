"""A sync that waits for its upstream holds up no visitor."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import settings
from catalog.refresh import live
from tests.replay import server as replay
from tests.replay.server import Server

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 240
PAGES = (("home", {}), ("explore", {"q": "qwen"}), ("sources", {}), ("model", {"ref": "{ref}"}))


@pytest.fixture
def waiting(publish: Any, some_models: Any) -> Iterator[Path]:
    """A catalog with a sync of its own process that was told to come back in four minutes."""
    publish(some_models)
    root = settings.load().catalog_dir
    with Server([], always=replay.status(429, {"Retry-After": str(WAIT_SECONDS)})) as hub:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog", "sync", "huggingface", "--limit", "5"],
            cwd=ROOT,
            env={**os.environ, "HF_ENDPOINT": hub.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _until_it_waits(root, process)
            yield root
        finally:
            process.kill()
            process.wait()


def _until_it_waits(root: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "the sync ended instead of waiting"
        if any(one.waits_until for one in live.state(root).sources):
            return
        time.sleep(0.1)
    raise AssertionError("the sync never waited")


def _seconds(open_page: Any, some_models: Any) -> float:
    """The median of a tour of the pages."""
    took = []
    for page, given in (*PAGES, *PAGES):
        began = time.monotonic()
        app = open_page(page, **{n: v.format(ref=some_models[0].ref) for n, v in given.items()})
        took.append(time.monotonic() - began)
        assert not app.exception
    return statistics.median(took)


def test_pages_are_as_fast_while_a_sync_waits(
    waiting: Path, open_page: Any, some_models: Any
) -> None:
    while_it_waits = _seconds(open_page, some_models)
    state = live.state(waiting)
    assert state.running
    (one,) = state.sources
    assert one.waits_until is not None and one.waits_until > datetime.now(UTC)
    process = live.writer(waiting)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    alone = _seconds(open_page, some_models)
    # Loosely: others use this machine too. What must not be is that a page waits with the sync.
    assert while_it_waits < 2 * alone + 0.5


def test_the_wait_is_told_on_the_sources_page(waiting: Path, open_page: Any) -> None:
    app = open_page("sources")
    parts = [*app.markdown, *app.caption, *app.info, *app.warning, *app.text]
    assert "wait" in " ".join(str(part.value) for part in parts).lower()
