"""Progress in words, on a terminal and in a log."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from catalog.refresh.progress import Printer, Progress, in_words

STATE = Progress(
    source="huggingface", rows=12_000, fresh_rows=10_000, left=20_000, seconds=20, rejected=3
)


def test_a_line_tells_count_rate_time_left_and_rows_put_aside() -> None:
    words = in_words(STATE)
    assert words == "huggingface: 12,000 models, 500/s, at most 0:00:40 left, 3 put aside"


def test_without_an_end_there_is_no_time_left() -> None:
    assert in_words(Progress(source="huggingface", rows=5)) == "huggingface: 5 models"


def test_a_wait_names_its_end() -> None:
    until = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    assert "waiting until" in in_words(Progress(source="huggingface", waits_until=until))


@pytest.fixture(autouse=True)
def outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)


def test_a_log_gets_a_line_now_and_then() -> None:
    out, times = io.StringIO(), iter([0.0, 0.0, 5.0, 10.0, 16.0, 16.0])
    printer = Printer(out, clock=lambda: next(times))
    for _ in range(4):
        printer(STATE)
    printer.close()
    assert out.getvalue() == f"{in_words(STATE)}\n" * 2
    assert "\r" not in out.getvalue()


def test_a_terminal_gets_one_moving_line_and_notes_above_it() -> None:
    out, times = io.StringIO(), iter([float(number) for number in range(10)])
    printer = Printer(out, moving=True, clock=lambda: next(times))
    printer(STATE)
    printer(Progress(source="huggingface", rows=1))
    printer(Progress(source="huggingface", note="a page was left out"))
    printer.close()
    text = out.getvalue()
    assert text.count("\r") == 2
    assert text.endswith("\nhuggingface: a page was left out\n")


def test_in_ci_only_what_is_said_once_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    out = io.StringIO()
    printer = Printer(out)
    printer(STATE)
    printer(Progress(source="huggingface", note="a page was left out"))
    assert out.getvalue() == "huggingface: a page was left out\n"
