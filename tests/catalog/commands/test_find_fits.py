"""`fits:` on the command line, on the bundled catalog."""

from __future__ import annotations

import pytest

from catalog import commands
from tests.commanded import asked

pytestmark = pytest.mark.usefixtures("one_catalog")


def test_find_gives_what_fits_a_machine(capsys: pytest.CaptureFixture[str]) -> None:
    wide = asked(capsys, "find", "task:text-generation fits:rtx-4090@32k", "--json")
    busy = asked(capsys, "find", "task:text-generation fits:rtx-4090@32kx5", "--json")
    small = asked(capsys, "find", "task:text-generation fits:8gib@32k", "--json")
    assert wide["total"] > busy["total"] > 100
    assert wide["total"] > small["total"] > 100
    assert wide["warnings"] == []


def test_the_best_that_one_can_run_is_an_ordinary_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    query = "task:text-generation fits:rtx-4090@32k sort:params"
    found = asked(capsys, "find", query, "--json", "--limit", "5")["models"]
    counts = [model["parameter_count"] for model in found]
    assert counts == sorted(counts, reverse=True) and counts[0] > 20_000_000_000


def test_facets_count_grades_under_all_terms_but_fits(capsys: pytest.CaptureFixture[str]) -> None:
    text = "task:text-generation quant:Q4_K_M"
    everything = asked(capsys, "facets", text, "--json")
    assert "fits" not in everything["facets"]
    answer = asked(capsys, "facets", f"{text} fits:rtx-4090@32k", "--json")
    grades = {one["value"]: one["count"] for one in answer["facets"]["fits"]}
    assert set(grades) <= {"fits", "tight", "offload", "no", "unknown"}
    assert grades["fits"] + grades["tight"] == answer["total"]
    assert sum(grades.values()) == everything["total"]
    counts = [one["count"] for one in answer["facets"]["fits"]]
    assert counts == sorted(counts, reverse=True)


def test_an_unknown_device_gives_no_rows_and_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = asked(capsys, "find", "fits:rtx-4091@32k", "--json")
    assert answer["total"] == 0
    assert answer["warnings"] == [{"term": "fits:rtx-4091@32k", "nearest": "fits:rtx-4090@32k"}]
    assert commands.main(["find", "fits:rtx-4091"]) == 0
    told = capsys.readouterr().err
    assert told.count("Did you mean") == 1 and "fits:rtx-4090" in told


def test_saved_machines_are_named_like_devices(capsys: pytest.CaptureFixture[str]) -> None:
    before = asked(capsys, "find", "fits:workshop", "--json")
    assert before["total"] == 0 and before["warnings"]
    assert commands.main(["machines", "add", "workshop", "2x-rtx-4090"]) == 0
    capsys.readouterr()
    after = asked(capsys, "find", "fits:workshop", "--json")
    device = asked(capsys, "find", "fits:2x-rtx-4090", "--json")
    assert after["total"] == device["total"] > 1_000
    assert after["warnings"] == []
