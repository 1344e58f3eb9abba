"""The document on licenses is in step with the table and the rules."""

from __future__ import annotations

from catalog.normalize.license_uses import RULES
from catalog.vocabulary import USES
from tools import license_doc


def test_the_document_holds_the_table_of_today() -> None:
    above, mark, below = license_doc.DOCUMENT.read_text("utf-8").partition(license_doc.MARK)
    assert mark, "the mark is gone"
    assert below.strip() == license_doc.table().strip(), "run `python -m tools.license_doc`"
    for clause, verdicts in RULES.items():
        assert f"| {clause.replace('_', ' ')} | {' | '.join(verdicts)} |" in above
    for use in USES:
        assert f"| `{use}` |" in above
    assert "never legal advice" in above


def test_writing_it_again_changes_nothing() -> None:
    before = license_doc.DOCUMENT.read_bytes()
    license_doc.main()
    assert license_doc.DOCUMENT.read_bytes() == before
