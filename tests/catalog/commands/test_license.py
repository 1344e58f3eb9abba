"""The license command: uses, clauses and chain in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog import commands
from catalog.records import ModelRecord
from catalog.reports import LicenseReport
from catalog.store import schema, snapshot

REF = "huggingface:org/copy"


@pytest.fixture(autouse=True)
def published(own_data_dir: Path, a_model: Callable[..., ModelRecord]) -> None:
    base = a_model(repo_id="org/base\x1b[31m", license="CC-BY-NC-4.0", license_raw="cc-by-nc-4.0")
    rows = [base, *(a_model(repo_id=f"org/c{n:02}", base_models=(base.ref,)) for n in range(45))]
    copy = a_model(
        repo_id="org/copy",
        license="MIT",
        license_raw="mit",
        commercial_use="no",
        base_models=(base.ref,),
        base_model_relation="finetune",
        flags=("license_conflict",),
    )
    merge = a_model(repo_id="org/merge", base_models=tuple(row.ref for row in rows))
    snapshot.publish(
        own_data_dir / "catalog",
        schema.models_table([*rows, copy, merge]),
        schema.FILES.empty_table(),
        runs=(),
        now=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )


def test_uses_clauses_and_chain_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["license", REF]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == REF
    assert lines[1] == (
        "  Conflict: It says MIT, but org/base [31m, which it derives from, says CC-BY-NC-4.0."
    )
    assert "  serve to customers: no" in lines
    assert "    - MIT allows it." in lines
    assert "  non_commercial: Commercial use is forbidden." in lines
    assert lines[-2].startswith(
        "    org/base [31m (finetune): Creative Commons Attribution Non Commercial 4.0, no; "
        "our reading is of 4.0; https://"
    )
    assert lines[-1] == "This is our reading and no legal advice."


def test_a_chain_without_licenses_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["license", "huggingface:org/merge"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  org/merge: no license known here, unknown" in lines
    assert "  The chain goes on." in lines
    assert commands.main(["license", "huggingface:org/c01"]) == 0
    assert "Conflict" not in capsys.readouterr().out


def test_the_report_as_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["license", REF, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == [*LicenseReport.__annotations__, "note"]
    assert [use["verdict"] for use in document["uses"]] == ["no"] * 5
    assert commands.main(["license", "huggingface:org/nobody"]) == 1
