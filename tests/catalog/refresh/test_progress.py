"""Progress in words, on a terminal and in a log."""

from __future__ import annotations

import io
import re
from dataclasses import replace
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
    bar = in_words(replace(STATE, waits_until=until), bar=True)
    assert re.search(r"waiting until \d\d:\d\d:\d\d", bar[:79])  # on a terminal of 80 columns too


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


def screen(text: str) -> list[str]:
    """The lines that a terminal shows after all of a text."""
    lines: list[str] = []
    for piece in re.split(r"(\x1b\[\d+A\x1b\[J)", text):
        up = re.match(r"\x1b\[(\d+)A", piece)
        if up:
            del lines[len(lines) - int(up[1]) :]
        else:
            lines += piece.splitlines()
    return lines


def test_a_terminal_gets_a_bar_for_each_source_and_notes_above_them() -> None:
    out, times = io.StringIO(), iter([float(number) for number in range(100)])
    printer = Printer(out, moving=True, clock=lambda: next(times), columns=lambda: 200)
    printer(STATE)
    printer(Progress(source="civitai", rows=1))
    printer(Progress(source="civitai", rows=2))
    printer(Progress(source="huggingface", note="a page was left out"))
    printer.close()
    out.write("The end.\n")
    assert screen(out.getvalue()) == [
        "huggingface: a page was left out",
        "huggingface: [#########...............] 38%, 12,000 models, 500/s, at most 0:00:40 left, "
        "3 put aside",
        "civitai: 2 models",
        "The end.",
    ]


def test_a_line_is_cut_to_the_terminal_so_that_it_can_be_erased() -> None:
    out = io.StringIO()
    printer = Printer(out, moving=True, clock=lambda: 0.0, columns=lambda: 20)
    printer(STATE)
    assert out.getvalue() == "huggingface: [#####\n"


def test_the_last_state_of_a_walk_is_shown_however_soon_it_comes() -> None:
    out = io.StringIO()
    printer = Printer(out, moving=True, clock=lambda: 0.0, columns=lambda: 200)
    for left in (2, 1, 0):
        printer(Progress(source="civitai", rows=10 - left, left=left))
    assert screen(out.getvalue()) == ["civitai: [########################] 100%, 10 models"]


def test_in_ci_only_what_is_said_once_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    out = io.StringIO()
    printer = Printer(out)
    printer(STATE)
    printer(Progress(source="huggingface", note="a page was left out"))
    assert out.getvalue() == "huggingface: a page was left out\n"
