"""Whole syncs against a real server: what is published, refused, gone on with, and told."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import refresh
from catalog import settings as settings_module
from catalog.refresh import Progress, RefreshReport, staging
from catalog.sources import Batch, Selection, huggingface
from catalog.store import runs, snapshot
from tests.catalog.refresh.conftest import NOW
from tests.replay import server as replay
from tests.replay.server import Server

Sync = Callable[..., RefreshReport]
Refs = Callable[[], set[str]]
TOKEN = "hf_CanaryCanaryCanaryCanary"


def plain_rows(number: int, **facts: Any) -> list[dict[str, Any]]:
    return [
        {
            "id": f"org/model-{index:05d}",
            "downloads": 1_000_000 - index,
            "likes": index,
            "createdAt": f"2025-01-{1 + index % 28:02d}T00:00:00.000Z",
            "lastModified": "2025-02-02T00:00:00.000Z",
            "pipeline_tag": "text-generation",
            **facts,
        }
        for index in range(number)
    ]


def left_over(root: Path) -> list[str]:
    return [path.name for path in root.rglob("*") if "tmp" in path.name or "part-" in path.name]


def test_a_sync_publishes_what_the_hub_lists_beside_the_old_rows(
    hub: Server, sync: Sync, refs: Refs, root: Path
) -> None:
    before = snapshot.current_id(root)
    report = sync(hub, limit=1_000)
    assert report.exit_code == 0, report
    assert report.generation == snapshot.current_id(root) != before
    fetched = {f"huggingface:{row['id']}" for row in hub.rows}
    assert refs() == fetched | {f"huggingface:old/model-{number}" for number in range(3)}
    (run,) = report.runs
    assert (run.ok, run.error, run.scope) == (True, None, "top:1000")
    assert run.fetched == run.kept + run.quarantined == len(hub.rows)
    assert left_over(root) == []


def test_a_second_sync_of_the_same_rows_changes_nothing_but_the_generation(
    hub: Server, sync: Sync, refs: Refs, root: Path
) -> None:
    sync(hub, limit=1_000)
    first, models = refs(), snapshot.open_current(root).models_table()
    assert sync(hub, limit=1_000).exit_code == 0
    assert refs() == first
    assert snapshot.open_current(root).models_table().num_rows == models.num_rows


def test_the_default_selection_counts_a_model_of_two_lists_once(
    hub: Server, sync: Sync, refs: Refs
) -> None:
    report = sync(hub)
    assert report.exit_code == 0
    (run,) = report.runs
    assert run.scope == "default:20"
    assert run.kept == len(refs()) - 3
    assert run.fetched == run.kept + run.quarantined


def test_fetched_rows_take_over_from_bases_that_were_there_before(sync: Sync, root: Path) -> None:
    base, child = plain_rows(2)
    base["cardData"] = {"license": "cc-by-nc-4.0"}
    child["cardData"] = {"license": "mit", "base_model": base["id"]}
    with Server([base]) as hub:
        sync(hub, limit=1)
        hub.rows = [child]
        sync(hub, limit=2)
    rows = {row["repo_id"]: row for row in snapshot.open_current(root).models_table().to_pylist()}
    assert rows[child["id"]]["license"] == "MIT"
    assert rows[child["id"]]["commercial_use"] == "no"
    assert "license_conflict" in rows[child["id"]]["flags"]


def test_only_a_complete_full_walk_removes_what_it_did_not_see(
    hub: Server, sync: Sync, refs: Refs
) -> None:
    hub.page_rows = 20
    hub.faults = dict.fromkeys(range(2, 5), replay.raw(b"<html>", "text/html"))
    report = sync(hub, full=True)
    assert report.exit_code == 1
    assert "huggingface:old/model-0" in refs()
    hub.faults.clear()
    assert sync(hub, full=True).exit_code == 0
    assert refs() == {f"huggingface:{row['id']}" for row in hub.rows}


def test_a_bad_page_ends_its_listing_and_keeps_what_came(
    hub: Server, sync: Sync, refs: Refs, root: Path
) -> None:
    hub.page_rows = 20
    hub.faults = dict.fromkeys(range(1, 4), replay.raw(b"{}"))
    report = sync(hub, limit=1_000)
    (run,) = report.runs
    assert (report.exit_code, run.ok, run.kept) == (1, False, 20)
    assert run.error is not None and "where a list was expected" in run.error
    assert len(refs()) == 23
    assert runs.history(root)[0] == run


def test_bad_rows_are_put_aside_with_their_reason_and_counted(sync: Sync, root: Path) -> None:
    rows: list[Any] = [*plain_rows(100), *[{"id": None, "n": n} for n in range(60)], 7, None]
    with Server([], always=replay.page_of(rows)) as hub:
        report = sync(hub, limit=1_000)
    (run,) = report.runs
    assert (run.ok, run.fetched, run.kept, run.quarantined) == (True, 162, 100, 62)
    assert run.error == "62 of 162 rows had a shape that is not known and were put aside."
    lines = (root / "staging" / "quarantine-huggingface.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 62
    assert all(json.loads(line)["reason"] for line in lines)


def test_a_full_walk_with_many_strange_rows_removes_nothing(sync: Sync, refs: Refs) -> None:
    with Server(plain_rows(500)) as hub:
        assert sync(hub, full=True).exit_code == 0
        held = refs()
        for row in hub.rows[:60]:
            row["tags"] = 7
            row["id"] = [row["id"]]
        (run,) = sync(hub, full=True).runs
        assert (run.ok, run.kept, run.quarantined) == (True, 440, 60)
        assert refs() == held
        hub.rows = hub.rows[50:]
        assert sync(hub, full=True).exit_code == 0
    assert len(refs()) == 440


def test_rows_that_a_rule_leaves_out_are_no_alarm(sync: Sync) -> None:
    rows = [*plain_rows(100), *({"id": f"org/own-{n}", "private": True} for n in range(60))]
    with Server(rows) as hub:
        (run,) = sync(hub, limit=1_000).runs
    assert (run.ok, run.error) == (True, None)
    assert (run.fetched, run.kept, run.quarantined, run.by_rule) == (160, 100, 60, 60)
    (reason,) = run.reasons
    assert (reason.text, reason.count, reason.by_rule) == ("a private repository", 60, True)


def test_a_row_that_became_private_leaves_the_catalog(sync: Sync, refs: Refs) -> None:
    with Server(plain_rows(20)) as hub:
        sync(hub, limit=100)
        hub.rows[3]["private"] = True
        assert sync(hub, limit=100).exit_code == 0
    assert "huggingface:org/model-00003" not in refs()
    assert len(refs()) == 3 + 19


def test_rows_that_cannot_be_stored_are_put_aside_too(sync: Sync, refs: Refs) -> None:
    body = json.dumps(plain_rows(3)).encode()[:-1] + (
        b',{"id":"org/surrogate","tags":["\\ud800"]},'
        b'{"id":"org/huge","downloads":9999999999999999999},'
        b'{"id":"org/nan","likes":NaN,"trendingScore":1e999}]'
    )
    with Server([], always=replay.raw(body)) as hub:
        (run,) = sync(hub, limit=1_000).runs
    assert run.fetched == run.kept + run.quarantined == 6
    assert run.ok and {"huggingface:org/model-00000", "huggingface:org/nan"} <= refs()


def test_the_same_model_twice_is_one_row_as_it_came_last(sync: Sync, root: Path) -> None:
    rows = [*plain_rows(5, likes=1), *plain_rows(5, likes=2)]
    with Server([], always=replay.page_of(rows)) as hub:
        (run,) = sync(hub, limit=1_000).runs
    assert (run.fetched, run.kept) == (5, 5)
    models = snapshot.open_current(root).models_table()
    assert [one for one in models["likes"].to_pylist() if one is not None] == [2] * 5


@pytest.mark.parametrize("share", [0, 0.5, 0.79])
def test_a_collapse_of_the_count_is_refused(share: float, sync: Sync, root: Path) -> None:
    with Server(plain_rows(200)) as hub:
        assert sync(hub, limit=500).exit_code == 0
        good = snapshot.current_id(root)
        hub.rows = hub.rows[: int(200 * share)]
        report = sync(hub, limit=500)
    assert report.exit_code == 1
    assert snapshot.current_id(root) == good == report.generation
    (run,) = report.runs
    assert "last good rows stay" in (run.error or "")
    assert (run.kept, run.fetched) == (len(hub.rows), len(hub.rows))
    assert runs.history(root)[0] == run
    assert left_over(root) == []


def test_the_same_ids_again_and_again_are_a_collapse_too(sync: Sync, root: Path) -> None:
    with Server(plain_rows(200)) as hub:
        assert sync(hub, limit=500).exit_code == 0
        good = snapshot.current_id(root)
        hub.always = replay.page_of(plain_rows(100) * 2)
        (run,) = sync(hub, limit=500).runs
    assert (run.ok, run.fetched, run.kept) == (False, 100, 100)
    assert "100 rows where the last good run had 200" in (run.error or "")
    assert snapshot.current_id(root) == good


def test_a_smaller_count_of_another_scope_is_no_collapse(sync: Sync) -> None:
    with Server(plain_rows(200)) as hub:
        assert sync(hub, limit=200).exit_code == 0
        assert sync(hub, limit=20).exit_code == 0
        hub.rows = hub.rows[:170]
        assert sync(hub, limit=200).exit_code == 0


@pytest.mark.parametrize("column", ["downloads", "likes", "lastModified"])
def test_a_column_that_is_suddenly_empty_is_refused(column: str, sync: Sync, root: Path) -> None:
    with Server(plain_rows(100)) as hub:
        sync(hub, limit=500)
        good = snapshot.current_id(root)
        for row in hub.rows:
            row[column] = None
        assert sync(hub, limit=500).exit_code == 1
    assert snapshot.current_id(root) == good


def test_a_source_that_is_down_keeps_the_last_good_rows(sync: Sync, root: Path, refs: Refs) -> None:
    good, before = snapshot.current_id(root), refs()
    report = sync("http://127.0.0.1:9", limit=5)
    assert report.exit_code == 1
    assert (snapshot.current_id(root), refs()) == (good, before)
    assert "cannot be reached" in (report.runs[0].error or "")
    assert runs.history(root)[0].error == report.runs[0].error


def test_a_sync_goes_on_where_an_outage_cut_it_short(sync: Sync, refs: Refs, root: Path) -> None:
    with Server(plain_rows(100), page_rows=10) as hub:
        hub.faults = dict.fromkeys(range(4, 4 + 20), replay.status(503))
        first = sync(hub, limit=100)
        assert first.exit_code == 1
        assert "goes on from there" in (first.runs[0].error or "")
        asked = len(hub.asked)
        hub.faults.clear()
        notes: list[Progress] = []
        later = NOW + timedelta(hours=9)
        second = sync(hub, limit=100, progress=notes.append, now=lambda: later)
        assert second.exit_code == 0
        assert len(hub.asked) - asked == 6  # of ten pages
    run = second.runs[0]
    assert (run.kept, run.started_at, run.resumed_at) == (100, NOW, later)
    assert (first.runs[0].published, run.published) == (False, True)
    assert first.runs[0].resumed_at is None
    assert any("goes on with the sync" in (one.note or "") for one in notes)
    assert len(refs()) == 103
    assert left_over(root) == []


@pytest.mark.parametrize(
    "change", [{"now": lambda: NOW + timedelta(hours=25)}, {"limit": 99}, {"elsewhere": True}]
)
def test_an_old_run_or_one_of_another_scope_or_address_is_not_gone_on_with(
    change: dict[str, Any], sync: Sync
) -> None:
    with Server(plain_rows(100), page_rows=10) as hub, Server(plain_rows(100)) as other:
        hub.faults = dict.fromkeys(range(4, 4 + 20), replay.status(503))
        sync(hub, limit=100)
        hub.faults.clear()
        hub.asked.clear()
        target = other if change.pop("elsewhere", False) else hub
        report = sync(target, **{"limit": 100, **change})
        assert report.exit_code == 0
        assert "cursor" not in target.asked[0].params


@pytest.mark.parametrize("size", [50, None])
def test_damaged_staging_is_forgotten(size: int | None, sync: Sync, root: Path) -> None:
    with Server(plain_rows(100), page_rows=10) as hub:
        hub.faults = dict.fromkeys(range(4, 4 + 20), replay.status(503))
        sync(hub, limit=100)
        hub.faults.clear()
        (part,) = root.glob("staging/*/part-000002.models.parquet")
        if size is None:
            part.unlink()
        else:
            part.write_bytes(part.read_bytes()[:size])
        report = sync(hub, limit=100)
        assert report.exit_code == 1 and "starts anew" in (report.runs[0].error or "")
        assert sync(hub, limit=100).exit_code == 0


def test_offline_is_told_and_nothing_is_asked(hub: Server, sync: Sync, root: Path) -> None:
    report = sync(hub, limit=5, settings={"offline": True})
    assert report.exit_code == 1
    assert "CARDEX_OFFLINE" in (report.runs[0].error or "")
    assert not hub.asked
    assert runs.history(root) == ()  # nobody tried, so the source did not fail


def test_an_interrupted_sync_goes_on_after_one_that_was_forbidden(sync: Sync, root: Path) -> None:
    with Server(plain_rows(40), page_rows=10) as hub:
        hub.faults = dict.fromkeys(range(2, 2 + 20), replay.status(503))
        assert sync(hub, limit=40).exit_code == 1
        hub.faults.clear()
        assert sync(hub, limit=40, settings={"offline": True}).exit_code == 1
        before = len(hub.asked)
        assert sync(hub, limit=40).exit_code == 0
        assert len(hub.asked) - before == 2


def test_a_folder_that_cannot_be_written_is_one_sentence(
    hub: Server, sync: Sync, tmp_path: Path
) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("not a folder")
    report = sync(hub, limit=5, settings={"data_dir": blocked})
    assert report.exit_code == 1
    assert "cannot be written" in (report.message or "")
    assert not hub.asked


def test_progress_counts_up_and_tells_what_is_left(sync: Sync) -> None:
    seen: list[Progress] = []
    with Server(plain_rows(100), page_rows=10) as hub:
        sync(hub, limit=100, progress=seen.append)
    assert [one.rows for one in seen] == list(range(10, 101, 10))
    assert [one.left for one in seen] == list(range(90, -1, -10))
    assert all(one.rate > 0 for one in seen)


def test_a_token_is_in_no_file_no_log_and_no_report(
    sync: Sync, own_data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = {"hf_token": TOKEN}
    with Server(plain_rows(30), page_rows=10) as hub:
        hub.faults[1] = replay.status(403, text=f"token {TOKEN} is wrong")
        told = [sync(hub, limit=30, settings=secret)]
        hub.faults[len(hub.asked)] = replay.raw(f"<html>{TOKEN}".encode(), "text/html")
        told.append(sync(hub, limit=30, settings=secret))
        told.append(sync("http://127.0.0.1:9", limit=30, settings=secret))
        assert TOKEN not in str([asked.headers for asked in hub.asked])
    assert TOKEN not in str(told) + caplog.text
    for path in own_data_dir.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


def test_a_quarantine_that_is_long_is_cut(root: Path) -> None:
    lines = [json.dumps({"id": str(number), "reason": "x"}) for number in range(5)]
    (root / "staging").mkdir(exist_ok=True)
    staging.write_quarantine(root, "huggingface", lines)
    path = root / "staging" / "quarantine-huggingface.jsonl"
    assert path.read_text("utf-8").splitlines() == lines
    staging.write_quarantine(root, "huggingface", [])
    assert not path.exists()
    assert list((root / "staging").iterdir()) == []


def test_a_full_walk_that_was_cut_short_removes_nothing(sync: Sync, refs: Refs) -> None:
    rows = plain_rows(1_200)
    with Server(rows) as hub:
        assert sync(hub, full=True).exit_code == 0
    held = refs()
    with Server([], always=replay.page_of(rows[:1_000])) as hub:
        report = sync(hub, full=True)
    (run,) = report.runs
    assert (report.exit_code, run.ok) == (1, False)
    assert run.error is not None and "the end is lost" in run.error
    assert refs() == held


def test_a_small_full_walk_needs_a_second_one_to_remove_the_rest(sync: Sync, refs: Refs) -> None:
    with Server(plain_rows(60)) as hub:
        sync(hub, limit=1_000)
        held = refs()
        hub.rows = plain_rows(10)
        report = sync(hub, full=True)
        (run,) = report.runs
        assert (report.exit_code, run.ok, run.doubted) == (1, False, True)
        assert run.error is not None and "far fewer" in run.error
        assert refs() == held
        assert sync(hub, full=True).exit_code == 0
    assert len(refs()) == 10


class Ender:
    """A source that asks the sync to end as soon as the Hub's walk is over."""

    name = "civitai"
    endpoint = "http://127.0.0.1:1"

    def __init__(self, root: Path, stop: threading.Event) -> None:
        self._log = root / "sync.log.jsonl"
        self._stop = stop

    def fetch(self, _: Selection, __: str | None = None) -> Iterator[Batch]:
        until = time.monotonic() + 30
        while '"source ended"' not in self._log.read_text() and time.monotonic() < until:
            time.sleep(0.02)
        self._stop.set()
        yield Batch(cursor="1")


def test_a_full_walk_of_a_sync_that_was_stopped_bears_out_no_later_one(
    sync: Sync, refs: Refs, root: Path
) -> None:
    with Server(plain_rows(60)) as hub:
        sync(hub, limit=1_000)
        held = refs()
        hub.rows = plain_rows(10)
        (root / "sync.log.jsonl").unlink()
        stop = threading.Event()
        makers = {
            "huggingface": huggingface.make,
            "civitai": lambda settings, clock: Ender(root, stop),
        }
        settings = replace(settings_module.load(), hf_endpoint=hub.url, sync_details=0)
        ended = refresh.run(
            settings, [*makers], full=True, makers=makers, stop=stop, now=lambda: NOW
        )
        assert ended.exit_code == 143
        assert [(one.doubted, one.published, one.stopped) for one in ended.runs] == [
            (False, False, True)
        ] * 2
        assert "far fewer" not in (ended.runs[0].error or "")
        assert refs() == held

        again = sync(hub, full=True)

        assert (again.exit_code, again.runs[0].doubted) == (1, True)
        assert refs() == held


def test_a_source_that_really_shrank_is_followed_in_three_full_walks(
    sync: Sync, refs: Refs, root: Path
) -> None:
    with Server(plain_rows(60)) as hub:
        assert sync(hub, full=True).exit_code == 0
        held, good = refs(), snapshot.current_id(root)
        hub.rows = plain_rows(20, likes=7_777)
        refused = sync(hub, full=True)
        assert (refused.exit_code, refused.generation) == (1, good)
        assert "sync with --full again" in (refused.runs[0].error or "")
        published = sync(hub, full=True)
        assert (published.exit_code, published.generation != good) == (1, True)
        assert "far fewer" in (published.runs[0].error or "")
        assert refs() == held
        likes = snapshot.open_current(root).models_table()["likes"].to_pylist()
        assert likes.count(7_777) == 20
        hub.rows = plain_rows(19)
        assert sync(hub, full=True).exit_code == 0
    assert len(refs()) == 19


def test_a_selection_that_shrank_for_good_is_published_by_the_second_sync(
    sync: Sync, refs: Refs
) -> None:
    with Server(plain_rows(60)) as hub:
        assert sync(hub, limit=60).exit_code == 0
        hub.rows = hub.rows[:20]
        assert sync(hub, limit=60).exit_code == 1
        assert sync(hub, limit=60).exit_code == 0
    assert len(refs()) == 63


def test_a_mirror_is_not_held_against_what_another_address_listed(sync: Sync) -> None:
    with Server(plain_rows(60)) as hub, Server(plain_rows(20)) as mirror:
        assert sync(hub, limit=60).exit_code == 0
        assert sync(mirror, limit=60).exit_code == 0
