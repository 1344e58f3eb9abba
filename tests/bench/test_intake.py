"""What taking rows in costs: every way ends on the disk, and the memory is that of a child."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import generate, ingest, intake, memory


def test_raw_pages_hold_as_many_rows_as_asked_for_each_under_its_own_name() -> None:
    rows = [row["id"] for page in ingest.pages(1_200) for row in json.loads(page)]
    assert len(rows) == len(set(rows)) == 1_200


@pytest.mark.nightly  # a dozen processes
def test_both_tables_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ingest, "ROUNDS", 1)
    monkeypatch.setattr(generate, "DATA", tmp_path)
    told: list[str] = []
    text = intake.section(60, 2_500, None, say=told.append)
    assert len(told) == 2
    assert text.count("\n| ") == 2 + len(ingest.WAYS) + 2
    # All rows of the generated catalog and those of the bundled one that are of another source.
    first = next(line for line in text.splitlines() if line.endswith("into the bundled catalog |"))
    rows, own, resident = (float(cell.replace(",", "")) for cell in first.split("|")[1:4])
    assert rows >= 2_500
    assert 0 < own < resident
    assert not list(tmp_path.iterdir())


@pytest.mark.nightly
def test_a_limit_that_is_too_low_is_an_error_not_a_figure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(generate, "DATA", tmp_path)
    with pytest.raises(Exception, match="publish"):
        memory.measure(1_500, limit=60_000_000)
