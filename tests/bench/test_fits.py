"""Grading every row is a line of the benchmark."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bench import generate
from bench.fits import graded
from bench.ours import Ours
from catalog.store import snapshot


def test_all_rows_of_a_catalog_are_graded(tmp_path: Path) -> None:
    models, files = generate.generate(2_000, seed=5)
    snapshot.publish(tmp_path, models, files, runs=(), now=datetime(2026, 11, 24, tzinfo=UTC))
    generation = snapshot.open_current(tmp_path)
    found = graded(generation, Ours(generation), rounds=2)
    assert 0 < found.met < len(generation)
    assert all(min(one.milliseconds) > 0 for one in (found.unseen, found.again, found.page))
