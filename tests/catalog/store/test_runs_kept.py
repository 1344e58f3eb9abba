"""The history of syncs is cut, but what the next sync is compared with stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from catalog.records import SourceRun
from catalog.store import runs

THEN = datetime(2026, 10, 1, tzinfo=UTC)


def a_run(
    hour: int,
    *,
    source: str = "huggingface",
    scope: str = "changed",
    ok: bool = True,
    endpoint: str | None = None,
) -> SourceRun:
    time = THEN + timedelta(hours=hour)
    facts: Any = {"source": source, "scope": scope, "endpoint": endpoint}
    return SourceRun(**facts, started_at=time, finished_at=time, ok=ok)


def test_the_last_good_run_of_each_scope_and_address_outlives_any_number_of_others(
    tmp_path: Path,
) -> None:
    first, full = a_run(0, scope="full"), a_run(1, scope="full")
    failed, other = a_run(2, scope="full", ok=False), a_run(3, source="civitai", scope="full")
    mirror = a_run(4, scope="full", endpoint="https://mirror.example")
    runs.append(tmp_path, [mirror, other, failed, full, first])
    for last in range(9 + runs.KEPT // 4, 10 + runs.KEPT, runs.KEPT // 4):
        runs.append(tmp_path, [a_run(last - back) for back in range(runs.KEPT // 4)])
    history = runs.history(tmp_path)
    assert len(history) == runs.KEPT + 3
    assert history[-3:] == (mirror, other, full)
    assert history[0] == a_run(9 + runs.KEPT)
    assert runs.history(tmp_path, 3) == history[:3]
