"""The table of docs/fit.md is the one that the recorded rows give."""

from __future__ import annotations

from pathlib import Path

from tools import fit_doc


def test_the_document_holds_the_table_of_today() -> None:
    text = fit_doc.DOC.read_text(encoding="utf-8")
    assert fit_doc.written(text) == text


def test_a_stale_table_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "fit.md"
    path.write_text(f"before\n\n{fit_doc.HEAD}| old | 1 |\n\nafter\n")
    fit_doc.main(path)
    text = path.read_text()
    assert text == f"before\n\n{fit_doc.table()}\nafter\n"
    assert "| Qwen/Qwen3-8B | full | 4,608.00 | 4,608.00 | 4,608.00 |" in text
    assert "| apple/OpenELM-270M-Instruct | per-layer heads | 504.00 | 504.00 | - |" in text
