"""Records come back from their JSON as they were, and nothing of another type comes with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.records import Quota, Reason, RefreshState, SourceProgress, SourceRun, to_json
from catalog.store import typed

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = SourceRun(
    source="huggingface",
    scope="full",
    started_at=NOW,
    finished_at=NOW,
    ok=True,
    quota=Quota(remaining=3, limit=None, resets_at=NOW),
    reasons=(Reason(text="no id", count=8),),
)
STATE = RefreshState(
    running=True,
    started_at=NOW,
    sources=(SourceProgress(source="civitai", scope="full", rate=2.5, eta_seconds=9.0),),
)


@pytest.mark.parametrize("record", [RUN, STATE])
def test_a_record_comes_back_as_it_was(record: Any) -> None:
    assert typed.record(type(record), json.loads(json.dumps(to_json(record)))) == record


def test_fields_of_another_version_are_left_out_and_absent_ones_are_the_default() -> None:
    row = {**to_json(RUN), "mood": "good"}
    del row["quota"], row["reasons"]
    run = typed.record(SourceRun, row)
    assert run.quota is None and run.reasons == ()


def test_a_whole_number_is_a_float_and_a_naive_time_is_utc() -> None:
    row = {"source": "x", "scope": "y", "rate": 3, "waits_until": "2026-11-20T12:00:00"}
    progress = typed.record(SourceProgress, row)
    assert isinstance(progress.rate, float) and progress.waits_until == NOW


@pytest.mark.parametrize(
    "change",
    [
        {"source": None},
        {"source": 5},
        {"ok": 1},
        {"fetched": True},
        {"fetched": "5"},
        {"fetched": 1.5},
        {"fetched": 1 << 63},
        {"started_at": 5},
        {"started_at": "soon"},
        {"quota": []},
        {"quota": {"remaining": 1}},
        {"reasons": {}},
        {"reasons": ["x"]},
        {"reasons": [{"text": "x"}]},
    ],
    ids=str,
)
def test_a_field_of_another_type_is_no_record(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        typed.record(SourceRun, {**to_json(RUN), **change})


@pytest.mark.parametrize("number", [1e300, float("inf"), float("nan"), 10**400, -(10**400)])
def test_a_number_beyond_all_sense_is_no_record(number: float) -> None:
    with pytest.raises(ValueError):
        typed.record(SourceProgress, {"source": "x", "scope": "y", "eta_seconds": number})


@pytest.mark.parametrize("row", [None, 5, "text", [], {}])
def test_what_is_no_object_or_lacks_a_field_is_no_record(row: object) -> None:
    with pytest.raises(ValueError):
        typed.record(SourceRun, row)
