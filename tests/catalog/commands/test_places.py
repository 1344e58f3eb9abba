"""What show and stats say of installed models."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import commands
from catalog import settings as settings_module
from catalog.commands import places
from catalog.records import Installed, ModelRecord, Runtime
from catalog.refresh import installing, lock
from catalog.store import snapshot
from catalog.store.schema import FILES, models_table
from tests.replay.ollama_runtime import LLAMA, Server, put_model

SEEN = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 24, tzinfo=UTC)
URL = "http://127.0.0.1:11434"


def copy(**changes: Any) -> Installed:
    facts: dict[str, Any] = {"name": "llama3.1:8b", "ref": "ollama:llama3.1:8b", **changes}
    return Installed(**{"digest": None, "size_bytes": None, "modified_at": None, **facts})


def place(*models: Installed, **changes: Any) -> Runtime:
    facts = {"where": URL, "kind": "ollama", "seen_at": SEEN, **changes}
    return Runtime(models=models, **facts)


def told(*runtimes: Runtime) -> str | None:
    return places.of_model(runtimes, "ollama:llama3.1:8b")


def test_a_model_is_told_with_its_place_and_state() -> None:
    assert told(place(copy(update="current"))) == f"here ({URL}), current"
    assert told(place(copy(update="available"))) == (
        f"here ({URL}), update available: ollama pull llama3.1:8b"
    )
    assert told(place(copy())) == f"here ({URL})"
    assert told(place(copy(remote=True))) == f"here ({URL}), runs in the vendor's cloud"
    assert told(place(copy(complete=False), kind="folder", where="/m")) == "here (/m), not complete"
    assert told(place(copy(ref=None)), place()) is None


def test_a_server_elsewhere_is_pulled_to_there() -> None:
    far = place(copy(update="available"), where="http://10.0.0.5:11434", here=False)
    assert told(far) == (
        "at http://10.0.0.5:11434, update available: "
        "OLLAMA_HOST=http://10.0.0.5:11434 ollama pull llama3.1:8b"
    )


def test_an_old_list_says_its_day() -> None:
    gone = place(copy(update="current"), error="It went away.")
    assert told(gone) == f"here ({URL}), current (as of 2026-11-20)"
    assert told(gone, gone, place(copy())) == (
        f"here ({URL}), current (as of 2026-11-20); here ({URL})"
    )


def test_each_place_is_a_line_of_the_statistics() -> None:
    runtimes = [
        place(copy(update="available"), copy()),
        place(copy(), kind="folder", where="/m", unfinished=2, error="It went away."),
        place(where="http://10.0.0.5:11434", here=False),
        place(seen_at=None, error="It is not Ollama."),
        place(notice="It has a hole."),
        place(notice="It has a hole.", error="It went away."),
    ]
    assert places.all_of(runtimes) == [
        f"installed: 2 models here ({URL}), 1 with an update",
        "installed: 1 model here (/m), 2 unfinished downloads, as of 2026-11-20. It went away.",
        "installed: 0 models at http://10.0.0.5:11434",
        f"installed: not known, here ({URL}): It is not Ollama.",
        f"installed: 0 models here ({URL}). It has a hole.",
        f"installed: 0 models here ({URL}), as of 2026-11-20. It went away. It has a hole.",
    ]


def test_the_commands_tell_what_a_sync_noted(
    own_data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*arguments: str) -> str:
        assert commands.main(arguments) == 0
        return capsys.readouterr().out

    root = own_data_dir / "catalog"
    row = ModelRecord(
        ref="ollama:llama3.1:8b",
        source="ollama",
        repo_id="llama3.1:8b",
        name="llama3.1:8b",
        revision=LLAMA[:12],
        fetched_at=NOW,
    )
    with lock.held(root, NOW):
        snapshot.publish(root, models_table([row]), FILES.empty_table(), runs=[], now=NOW)
    put_model(tmp_path / "models")
    with Server() as server:
        settings = replace(
            settings_module.load(), ollama_host=server.url, ollama_models=tmp_path / "models"
        )
        installing.update(settings, root, NOW)
    monkeypatch.setenv("CARDEX_OFFLINE", "1")
    shown = run("show", "ollama:llama3.1:8b")
    assert f"installed: here ({server.url}), current; here ({tmp_path / 'models'})" in shown
    assert '"installed"' not in run("show", "ollama:llama3.1:8b", "--json")
    counted = run("stats")
    assert f"installed: 3 models here ({server.url})\n" in counted
    assert f"installed: 1 model here ({tmp_path / 'models'})\n" in counted
