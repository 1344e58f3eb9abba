"""The log for machines: one JSON object a line, no secret in it, cut before it grows large."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.refresh import RefreshReport, runlog
from catalog.refresh.runlog import RunLog
from tests.catalog.refresh.conftest import NOW
from tests.replay import server as replay
from tests.replay.server import Server

TOKEN = "hf_CanaryCanaryCanaryCanary"


def now() -> datetime:
    return NOW


def entries(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / runlog.LOG).read_text("utf-8").splitlines()]


def test_a_line_tells_when_who_and_what(tmp_path: Path) -> None:
    log = RunLog(tmp_path, now=now)
    log.write("note", source="civitai", text="line\nbreak", error=None)
    log.write("wait", until=NOW)
    first, second = entries(tmp_path)
    assert first.pop("pid") > 0
    assert first == {
        "time": "2026-11-24T12:00:00Z",
        "event": "note",
        "source": "civitai",
        "text": "line\nbreak",
    }
    assert second["until"] == "2026-11-24 12:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    [
        f"token {TOKEN} is wrong",
        f"Authorization: Bearer {TOKEN}",
        f"http://user:{TOKEN}@proxy:3128/",
        f"https://civitai.com/api?token={TOKEN}&limit=1",
        "the key is geheim!",
    ],
)
def test_no_secret_reaches_the_log(text: str, tmp_path: Path) -> None:
    RunLog(tmp_path, now=now, secrets=("geheim!", "")).write("problem", text=text)
    written = (tmp_path / runlog.LOG).read_text("utf-8")
    assert TOKEN not in written and "geheim!" not in written
    assert runlog.HIDDEN in entries(tmp_path)[0]["text"]


def test_a_long_log_is_put_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlog, "ROTATED_BYTES", 1_000)
    log = RunLog(tmp_path, now=now)
    for number in range(100):
        log.write("pages", number=number)
    assert sorted(path.name for path in tmp_path.iterdir()) == [runlog.OLDER, runlog.LOG]
    assert all(path.stat().st_size < 1_200 for path in tmp_path.iterdir())
    assert entries(tmp_path)[-1]["number"] == 99


def test_a_disk_that_takes_no_line_ends_nothing(tmp_path: Path) -> None:
    RunLog(tmp_path / "nowhere", now=now).write("begin")
    assert list(tmp_path.iterdir()) == []


def test_a_sync_is_told_from_beginning_to_end(
    sync: Callable[..., RefreshReport], root: Path
) -> None:
    rows: list[Any] = [{"id": f"org/{number}"} for number in range(60)]
    with Server([*rows, {"id": "org/x", "private": True}], page_rows=20) as hub:
        hub.faults = dict.fromkeys(range(20, 23), replay.raw(b"{}"))
        report = sync(hub, limit=1_000)
        told = entries(root)
        assert [one["event"] for one in told] == [
            "begin",
            "source",
            "pages",
            "put aside",
            "source ended",
            "publishing",
            "published",
            "end",
        ]
        by_event = {one["event"]: one for one in told}
        assert by_event["source"]["endpoint"] == hub.url
        assert by_event["put aside"]["reasons"] == [
            {"text": "a private repository", "count": 1, "by_rule": True}
        ]
        assert by_event["source ended"]["kept"] == 60
        assert by_event["published"]["generation"] == report.generation
        assert by_event["end"]["exit_status"] == 0

        hub.rows = hub.rows[:10]
        (root / runlog.LOG).unlink()
        assert sync(hub, limit=1_000).exit_code == 1
        told = entries(root)
        assert [one["event"] for one in told] == [
            "begin",
            "source",
            "pages",
            "refused",
            "source ended",
            "end",
        ]
        assert "10 rows where the last good run had 60" in told[3]["text"]


def test_a_problem_of_one_listing_is_told(sync: Callable[..., RefreshReport], root: Path) -> None:
    with Server([{"id": f"org/{number}"} for number in range(30)], page_rows=10) as hub:
        hub.faults = dict.fromkeys(range(1, 4), replay.raw(b"{}"))
        sync(hub, limit=30)
    (problem,) = [one for one in entries(root) if one["event"] == "problem"]
    assert "where a list was expected" in problem["text"]
