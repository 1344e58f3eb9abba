"""The sources page: rows and dates per source, the empty sources, a damaged generation."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog import settings
from catalog.records import SourceRun
from catalog.store import runs


def texts(app: Any) -> str:
    parts = [*app.markdown, *app.caption, *app.header, *app.warning, *app.error]
    return "\n".join(part.value for part in parts)


def test_each_source_shows_its_rows_and_dates(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    app = open_page("sources")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Models"] == "62"
    assert metrics["Newest facts"] == "2026-11-20"
    assert texts(app).count("####") == 3, "one source, the commands, the history"
    assert "No sync has run yet" in texts(app)


def test_a_damaged_generation_shows_the_one_before_and_says_so(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    newest = publish(some_models[:10])
    folder = settings.load().catalog_dir / "snapshots" / newest
    victim = max(folder.rglob("*.arrow"), key=lambda path: path.stat().st_size)
    _truncate(victim)
    app = open_page("sources")
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Models"] == "62"
    assert "is shown" in texts(app)


def test_a_data_folder_with_only_damage_is_told_in_a_sentence(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    only = publish(some_models)
    for path in (settings.load().catalog_dir / "snapshots" / only).rglob("*.arrow"):
        _truncate(path)
    app = open_page("sources")
    assert not app.exception
    assert app.error or app.metric


def _truncate(path: Path) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def a_run(**changes: Any) -> SourceRun:
    moment = datetime(2026, 11, 21, 3, tzinfo=UTC)
    facts = {"source": "huggingface", "scope": "default:1000", "ok": True, "fetched": 10}
    return SourceRun(**{"started_at": moment, "finished_at": moment, **facts, **changes})


def test_a_failed_sync_says_why_and_that_the_last_good_rows_are_shown(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    runs.append(settings.load().catalog_dir, [a_run(ok=False, error="The Hub is *busy*.")])
    app = open_page("sources")
    assert "The Hub is \\*busy\\*\\." in texts(app)
    assert "The last good rows are shown" in texts(app)
    assert {metric.label: metric.value for metric in app.metric}["Last sync"] == "2026-11-21"
    assert app.dataframe[0].value["ok"].tolist() == ["failed"]


def test_rows_that_were_set_aside_are_counted(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    runs.append(settings.load().catalog_dir, [a_run(quarantined=3)])
    app = open_page("sources")
    assert "3 rows of the last sync could not be read" in texts(app)
    assert app.dataframe[0].value["quarantined"].tolist() == [3]
