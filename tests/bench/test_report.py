"""The report is written over the one before, and what people added to it stays."""

from __future__ import annotations

from pathlib import Path

from bench import report
from bench.__main__ import options_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def test_notes_outlive_any_number_of_reports(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    report.write(path, "first\n")
    assert path.read_text() == "first\n"
    path.write_text(f"first\n\n{report.NOTES}\n\n## Notes\n\nby hand\n")
    for text in ("second\n", "third\n"):
        report.write(path, text)
        assert path.read_text() == f"{text}\n{report.NOTES}\n\n## Notes\n\nby hand\n"


def test_the_document_has_its_notes_below_the_line() -> None:
    assert DOCUMENT.read_text("utf-8").count(report.NOTES) == 1


def test_every_option_that_a_run_reads_has_a_default() -> None:
    assert options_of([]).raw is None
    assert options_of(["--raw", "rows.jsonl", "--quick"]).raw == "rows.jsonl"
