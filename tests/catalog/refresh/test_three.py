"""Three sources in one sync: one generation of all, and none that holds back the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog import refresh
from catalog.refresh import Progress, RefreshReport, live, runlog
from catalog.settings import Settings
from catalog.sources import Clock, Source
from catalog.store import changes, installed, runs, snapshot
from tests.catalog.refresh.conftest import NOW
from tests.catalog.refresh.test_runlog import entries
from tests.catalog.refresh.three import MAKERS, Upstreams, upstreams
from tests.replay import ollama_runtime
from tests.replay import server as replay

Refs = Callable[[], set[str]]


@pytest.fixture
def three() -> Iterator[Upstreams]:
    with upstreams() as servers:
        yield servers


@pytest.fixture
def sync_all(three: Upstreams, root: Path) -> Callable[..., RefreshReport]:
    def run(**given: Any) -> RefreshReport:
        given = {"now": lambda: NOW, "makers": MAKERS, "limit": 1_000, **given}
        return refresh.run(three.settings, given.pop("sources", list(MAKERS)), **given)

    return run


def of(report: RefreshReport, source: str) -> Any:
    (run,) = [run for run in report.runs if run.source == source]
    return run


def counted(refs: set[str]) -> dict[str, int]:
    sources = [ref.partition(":")[0] for ref in refs]
    return {source: sources.count(source) for source in sorted(set(sources))}


def test_three_sources_fill_one_generation(
    sync_all: Callable[..., RefreshReport], refs: Refs, root: Path
) -> None:
    report = sync_all()
    assert report.exit_code == 0, report
    assert [run.source for run in report.runs] == ["huggingface", "civitai", "ollama"]
    kept = {run.source: run.kept for run in report.runs}
    assert counted(refs()) == {**kept, "huggingface": kept["huggingface"] + 3}
    assert len(snapshot.generations(root)) == 2
    assert all(run.pages > 0 and run.endpoint for run in report.runs)
    assert all(run.fetched == run.kept + run.quarantined for run in report.runs)
    feed = changes.feed(root, 1)[0]
    assert (feed.generation, set(feed.sources)) == (report.generation, set(MAKERS))


@pytest.mark.parametrize("source", list(MAKERS))
def test_a_source_that_is_down_holds_back_none_of_the_others(
    source: str, three: Upstreams, sync_all: Callable[..., RefreshReport], refs: Refs, root: Path
) -> None:
    assert sync_all().exit_code == 0
    before, good = refs(), snapshot.current_id(root)
    server = {"huggingface": three.hub, "civitai": three.site, "ollama": three.library}[source]
    server.always = replay.status(503)
    three.hub.rows.append({"id": "org/new", "downloads": 99_999})
    report = sync_all()
    assert report.exit_code == 1
    assert [run.ok for run in report.runs] == [run.source != source for run in report.runs]
    assert "503" in of(report, source).error
    new = set() if source == "huggingface" else {"huggingface:org/new"}
    assert refs() == before | new
    assert snapshot.current_id(root) != good


def test_what_is_installed_is_asked_even_when_the_library_is_down(
    three: Upstreams, root: Path
) -> None:
    three.library.always = replay.status(503)
    with ollama_runtime.Server() as here:
        settings = replace(three.settings, ollama_host=f"http://127.0.0.1:{here.port}")
        report = refresh.run(settings, ["huggingface"], makers=MAKERS, limit=9)
        assert report.exit_code == 0 and not here.asked  # only a sync of Ollama asks
        report = refresh.run(settings, ["ollama"], makers=MAKERS, limit=9)
    assert report.exit_code == 1
    (runtime,) = installed.read(root)
    assert len(runtime.models) == len(here.models)


def test_a_source_that_is_refused_holds_back_none_of_the_others(
    three: Upstreams, sync_all: Callable[..., RefreshReport], refs: Refs
) -> None:
    sync_all()
    held = refs()
    three.site.rows = three.site.rows[:20]  # half of them
    three.hub.rows.append({"id": "org/new", "downloads": 99_999})
    report = sync_all()
    assert [run.ok for run in report.runs] == [True, False, True]
    assert "20 rows where the last good run had 40" in of(report, "civitai").error
    assert refs() == held | {"huggingface:org/new"}


def test_a_column_that_falls_empty_at_one_source_is_refused_there_alone(
    root: Path, refs: Refs
) -> None:
    with upstreams(site_rows=60) as three:
        only = ["huggingface", "civitai"]
        assert refresh.run(three.settings, only, makers=MAKERS, limit=90).exit_code == 0
        held = refs()
        for row in three.site.rows:
            row["stats"] = {"thumbsUpCount": 1}
        three.hub.rows.append({"id": "org/new", "downloads": 99_999})
        report = refresh.run(three.settings, only, makers=MAKERS, limit=90)
    assert [run.ok for run in report.runs] == [True, False]
    assert "almost no downloads_total any more" in of(report, "civitai").error
    assert refs() == held | {"huggingface:org/new"}


def test_a_fault_of_our_own_in_one_source_holds_back_none_of_the_others(
    sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    def broken(settings: Any, clock: Any) -> Any:
        raise KeyError(settings.civitai_token)

    report = sync_all(makers={**MAKERS, "civitai": broken})
    assert [run.ok for run in report.runs] == [True, False, True]
    error = of(report, "civitai").error
    assert error == (
        "Cardex met a fault of its own while it read this source (KeyError). "
        "The last good rows stay."
    )
    (fault,) = [one for one in entries(root) if one["event"] == "fault"]
    assert fault["text"].startswith("KeyError in test_three.py, line ")
    assert runs.history(root, 3) == report.runs


def test_sources_are_walked_beside_each_other(root: Path) -> None:
    with upstreams(hub_rows=30, site_rows=30, models=1, delay=0.1) as three:
        told: list[Progress] = []
        report = refresh.run(
            three.settings, list(MAKERS), makers=MAKERS, limit=30, progress=told.append
        )
    assert report.exit_code == 0
    order = [one.source for one in told]
    assert order != sorted(order, key=list(MAKERS).index)


def test_a_sync_that_is_ended_before_its_first_page_says_that_it_holds_nothing(
    sync_all: Callable[..., RefreshReport],
) -> None:
    stop = threading.Event()
    stop.set()

    def nothing(settings: Settings, clock: Clock) -> Source:
        clock.sleep(0)
        raise AssertionError("it goes on")

    report = sync_all(stop=stop, makers=dict.fromkeys(MAKERS, nothing))
    assert report.exit_code == 143
    assert report.message == "It was stopped. Nothing had been fetched yet."
    assert {one.error for one in report.runs} == {report.message}


def test_what_is_installed_cannot_be_noted_and_the_catalog_is_published_all_the_same(
    sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    (root / installed.FILE / "in the way").mkdir(parents=True)
    told: list[Progress] = []
    before = snapshot.current_id(root)
    report = sync_all(progress=told.append)
    assert (report.exit_code, report.message) == (0, None)
    assert report.generation == snapshot.current_id(root) != before
    assert any("What is installed could not be noted" in (one.note or "") for one in told)


def test_a_sync_that_is_ended_publishes_nothing_and_the_next_asks_for_the_rest(
    three: Upstreams, sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    before, stop = snapshot.current_id(root), threading.Event()

    def end(progress: Progress) -> None:
        if progress.source == "huggingface" and progress.rows >= 30:
            stop.set()

    report = sync_all(progress=end, stop=stop)
    assert report.exit_code == 143
    assert report.message is not None and "goes on from there" in report.message
    assert snapshot.current_id(root) == before == report.generation
    hub = of(report, "huggingface")
    assert (hub.ok, hub.kept) == (False, 30)
    assert {(one.ok, one.stopped, one.published) for one in report.runs} == {(False, True, False)}
    assert live.state(root).phase == live.STOPPED
    asked = len(three.hub.asked)
    assert sync_all().exit_code == 0
    assert len(three.hub.asked) - asked == 3
    assert runs.history(root)[3:] == report.runs


def test_what_was_fetched_is_not_asked_for_again_when_publishing_failed(
    three: Upstreams, sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    blocked = root / "snapshots" / f"{NOW:%Y%m%dT%H%M%SZ}-0002"
    blocked.write_text("a file where the next generation belongs")
    report = sync_all()
    assert report.exit_code == 1 and "could not be written" in (report.message or "")
    assert not any(run.ok or run.published or run.stopped for run in runs.history(root, 3))
    asked = [len(one.asked) for one in (three.hub, three.site)]
    blocked.unlink()
    assert sync_all().exit_code == 0
    assert [len(one.asked) for one in (three.hub, three.site)] == asked


def test_staged_rows_that_cannot_be_read_when_they_are_published_are_forgotten(
    three: Upstreams, sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    def damage(progress: Progress) -> None:
        # Only the inside of a part is damaged, which nothing reads before it is published.
        if progress.rows == 60:
            (part,) = root.glob("staging/huggingface-*/part-000003.files.parquet")
            part.write_bytes(b"PAR1 and no more")

    before = snapshot.current_id(root)
    report = sync_all(sources=["huggingface"], progress=damage)
    assert report.exit_code == 1 and "starts anew" in (report.message or "")
    assert snapshot.current_id(root) == before
    assert runs.history(root)[0].ok is False
    assert not list(root.glob("staging/*/"))
    assert sync_all(sources=["huggingface"]).exit_code == 0


def test_a_folder_that_takes_no_page_is_the_end_of_all_walks(
    three: Upstreams, sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    (root / "staging").write_text("a file where a folder belongs")
    report = sync_all()
    assert report.exit_code == 1 and "cannot be written" in (report.message or "")
    assert entries(root)[-1]["exit_status"] == 1


def test_the_log_of_three_sources_is_whole(
    sync_all: Callable[..., RefreshReport], root: Path
) -> None:
    sync_all()
    told = entries(root)
    for source in MAKERS:
        events = [one["event"] for one in told if one.get("source") == source]
        assert events[0] == "source" and events[-1] == "source ended"
    assert (root / runlog.LOG).read_text("utf-8").endswith("\n")


def test_one_odd_page_costs_no_walk_and_the_same_one_twice_starts_anew(
    three: Upstreams, sync_all: Callable[..., RefreshReport]
) -> None:
    page = replay.raw(b"<html>log in</html>", "text/html")

    def walk(faults: Collection[int]) -> tuple[Any, list[bool]]:
        asked = len(three.site.asked)
        three.site.faults = {asked + number: page for number in faults}
        report = sync_all(sources=["civitai"], limit=None, full=True)
        cursors = ["cursor" in one.params for one in three.site.asked[asked:]]
        return of(report, "civitai"), cursors

    run, asked = walk([2])
    assert not run.ok and "web page" in run.error and "goes on from there" in run.error
    assert len(asked) == 3
    run, asked = walk([0])  # the same page is odd again
    assert not run.ok and asked == [True] and "goes on" not in run.error
    run, asked = walk([1])
    assert asked == [False, True]
    run, asked = walk([1])  # another page is odd now
    assert asked == [True, True] and "goes on from there" in run.error
    run, asked = walk([])
    assert run.ok and all(asked)
