"""The changes command: the feed, and the history of one model."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog import commands
from catalog.records import Change, ChangeSummary, ModelRecord
from catalog.store import changes, schema, snapshot

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def published(own_data_dir: Path, a_model: Callable[..., ModelRecord]) -> list[str]:
    """Three publishes: one model gets another license, one goes, then nothing changes."""
    alias = "ollama:m:latest"
    model = {"source": "ollama", "repo_id": "m:8b", "aliases": (alias,), "size_bytes": 5}
    later = [a_model(**model, license="MIT", base_models=("huggingface:org/b\x1b[31m",))]
    first = [
        a_model(**model, license="Apache-2.0", base_models=("huggingface:org/a",)),
        a_model(repo_id="org/gone"),
    ]
    names = []
    for rows in (first, later, later):
        table = schema.models_table(rows)
        name = snapshot.publish(
            own_data_dir / "catalog", table, schema.FILES.empty_table(), runs=(), now=NOW
        )
        changes.catch_up(own_data_dir / "catalog")
        names.append(name)
    return names


def test_the_feed_is_told_publish_by_publish(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["changes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-24 12:00 UTC  nothing of these changed",
        "2026-11-24 12:00 UTC  1 removed, 1 with another license, 1 with another base",
        "  huggingface:org/gone  removed",
        "  ollama:m:8b  license: Apache-2.0 commercial:unknown -> MIT commercial:unknown",
        "  ollama:m:8b  base: huggingface:org/a -> huggingface:org/b [31m",
        "2026-11-24 12:00 UTC  no catalog before it to compare with",
    ]


def test_a_long_list_says_how_much_more_there_is_and_sizes_are_read_by_people(
    own_data_dir: Path, a_model: Callable[..., ModelRecord], capsys: pytest.CaptureFixture[str]
) -> None:
    for size in (5_000_000_001, 9_000_000_001):
        rows = [a_model(size_bytes=size), *(a_model(repo_id=f"org/m{size}{n}") for n in range(7))]
        snapshot.publish(
            own_data_dir / "catalog",
            schema.models_table(rows),
            schema.FILES.empty_table(),
            runs=(),
            now=NOW,
        )
        changes.catch_up(own_data_dir / "catalog")
    assert commands.main(["changes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("7 added, 7 removed, 1 with another size")
    assert (lines[6], lines[12]) == ("  and 2 more added", "  and 2 more removed")
    assert lines[13].endswith(
        "size: 4.66 GiB (5,000,000,001 bytes) -> 8.38 GiB (9,000,000,001 bytes)"
    )


def test_the_feed_as_a_document(capsys: pytest.CaptureFixture[str], published: list[str]) -> None:
    assert commands.main(["changes", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["generation"] for entry in document["publishes"]] == published[::-1]
    assert list(document["publishes"][1]) == list(ChangeSummary.__annotations__)
    assert document["publishes"][1]["removed"] == 1


@pytest.mark.parametrize("ref", ["ollama:m:8b", "ollama:m:latest", " OLLAMA:m:8b "])
def test_the_history_of_a_model_by_any_of_its_names(
    capsys: pytest.CaptureFixture[str], published: list[str], ref: str
) -> None:
    assert commands.main(["changes", ref, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [change["kind"] for change in document["changes"]] == ["license", "base"]
    assert list(document["changes"][0]) == list(Change.__annotations__)
    assert {change["generation"] for change in document["changes"]} == {published[1]}
    assert commands.main(["changes", ref]) == 0
    line = "2026-11-24 12:00 UTC  license: Apache-2.0 commercial:unknown -> MIT commercial:unknown"
    assert capsys.readouterr().out.splitlines()[0] == line


def test_a_model_that_is_gone_still_has_a_history(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["changes", "huggingface:org/gone"]) == 0
    assert capsys.readouterr().out == "2026-11-24 12:00 UTC  removed\n"


def test_show_tells_when_a_model_left(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["show", "huggingface:org/gone"]) == 1
    told = capsys.readouterr().err
    assert "It was in the catalog until its removal on 2026-11-24." in told
    assert commands.main(["show", "huggingface:org/never"]) == 1
    assert "removal" not in capsys.readouterr().err


def test_a_model_that_never_was_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["changes", "ollama:m:9b"]) == 1
    assert "No model in the catalog is called 'ollama:m:9b'" in capsys.readouterr().err


def test_a_model_that_never_changed_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDEX_DATA_DIR", str(tmp_path / "bundled"))
    assert commands.main(["changes", "huggingface:google-t5/t5-small"]) == 0
    assert capsys.readouterr().out == "No publish has changed it.\n"
