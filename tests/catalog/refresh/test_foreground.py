"""`sync` of the command line, ended by signals, and its last words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from catalog import refresh
from catalog import settings as settings_module
from catalog.records import Reason, SourceRun
from catalog.refresh import RefreshReport, foreground
from catalog.store import snapshot
from tests.catalog.refresh.conftest import NOW, ROOT
from tests.replay import server as replay
from tests.replay.server import Server


def a_run(**changes: object) -> SourceRun:
    facts = {"source": "civitai", "scope": "full", "started_at": NOW, "finished_at": NOW}
    return SourceRun(**{**facts, "ok": True, **changes})  # type: ignore[arg-type]


def test_the_most_frequent_reasons_are_in_the_last_line_of_a_source() -> None:
    reasons = [Reason(text=f"reason {n}", count=n) for n in (1_900, 30, 7, 1)]
    run = a_run(fetched=3_938, kept=2_000, quarantined=1_938, reasons=tuple(reasons))
    report = RefreshReport(exit_code=0, runs=(run,), generation="20261124T120000Z-0001")
    assert foreground.outcome(report) == [
        "civitai (full): done, 2,000 models kept, 1,938 rows put aside "
        "(1,900 reason 1900; 30 reason 30; 7 reason 7; others).",
        "The catalog is at generation 20261124T120000Z-0001.",
    ]


def test_few_reasons_are_told_as_they_are() -> None:
    run = a_run(fetched=3, kept=1, quarantined=2, reasons=(Reason(text="no id", count=2),))
    (line,) = foreground.outcome(RefreshReport(exit_code=0, runs=(run,)))
    assert line.endswith("2 rows put aside (2 no id).")


def test_a_thread_that_may_catch_no_signals_syncs_all_the_same(
    root: Path, hub: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    ends: list[int] = []

    def work() -> None:
        ends.append(refresh.command(settings_module.load(), ["huggingface"], limit=5))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ends == [0]


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with foreground._ended_by_signals() as stop:
        assert signal.getsignal(signal.SIGTERM) != before
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(5)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL  # a second one ends at once
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_sync_after_its_page(
    number: signal.Signals, root: Path, refs: Callable[[], set[str]]
) -> None:
    before = snapshot.current_id(root)
    rows = [{"id": f"org/{index}", "downloads": index} for index in range(300)]
    with Server(rows, page_rows=10, delay=0.2) as hub:
        with started(hub) as process:
            asked(hub, 3, process)
            process.send_signal(number)
            _, told = process.communicate(timeout=60)
        assert process.returncode == 143
        assert "It was stopped. The next sync of the same kind" in told
        assert "Traceback" not in told
        assert snapshot.current_id(root) == before
        assert len(hub.asked) < 30
        hub.delay = 0
        with started(hub) as again:
            _, told = again.communicate(timeout=60)
        assert again.returncode == 0 and "goes on with the sync of" in told
        assert len(hub.asked) == 30  # what it had was asked for once
    assert len(refs()) == 303


@pytest.mark.slow
def test_a_wait_that_an_upstream_asked_for_is_no_reason_to_hang(root: Path) -> None:
    slow = replay.status(429, {"Retry-After": "250"})
    with Server([], always=slow) as hub, started(hub) as process:
        asked(hub, 1, process)
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=20)
    assert process.returncode == 143 and "It was stopped." in told


def started(hub: Server) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "catalog", "sync", "huggingface", "--limit", "300"],
        cwd=ROOT,
        env={**os.environ, "HF_ENDPOINT": hub.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def asked(hub: Server, number: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while len(hub.asked) < number and process.poll() is None:
        assert time.monotonic() < deadline, "the sync asks for nothing"
        time.sleep(0.02)
    assert process.returncode is None, process.communicate()[1]
