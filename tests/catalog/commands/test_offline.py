"""CARDEX_OFFLINE=1: every command but sync works, and none opens a socket, not even to here."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from catalog import commands
from tests.servers import ROOT, watched

OFFLINE = {"CARDEX_OFFLINE": "1", "CARDEX_TEST_STRICT": "1"}
# What each command is asked, and a text that only a working one prints.
ASKED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("find", "t5 task:translation", "--json"), '"google-t5/t5-small"'),
    (("find", "t5-small"), "google-t5/t5-small"),
    (("facets", "task:translation", "--json"), '"license"'),
    (("show", "huggingface:google-t5/t5-small", "--json"), '"files"'),
    (("show", "huggingface:google-t5/t5-small"), "repo_id: google-t5/t5-small"),
    (("license", "huggingface:google-t5/t5-small"), "Apache license 2.0 allows it."),
    (("fit", "huggingface:google/gemma-3-27b-it", "--memory", "24GiB", "--json"), '"grade"'),
    (("machines", "add", "Lab", "2x-rtx-4090", "--host", "128GiB"), "saved lab: Lab, 48.0 GiB"),
    (("machines", "list"), "this-machine: "),
    (("stats", "--json"), '"models"'),
    (("changes",), ""),
    (("doctor",), "CARDEX_OFFLINE=1 forbids going out"),
    (("snapshot", "list"), "current"),
    (("snapshot", "export", "{folder}/catalog.cardex"), ""),
    (("snapshot", "import", "{folder}/catalog.cardex"), ""),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("offline")


def run(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    data = {"CARDEX_DATA_DIR": str(folder / "data"), **OFFLINE, **environ}
    return subprocess.run(
        [sys.executable, "-m", "catalog", *arguments],
        cwd=ROOT,
        env=watched(folder / "watched", data),
        capture_output=True,
        text=True,
        check=False,
    )


def sockets(folder: Path) -> list[str]:
    log = folder / "watched" / "outbound"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize(("arguments", "printed"), ASKED, ids=lambda value: str(value)[:40])
def test_a_command_works_and_opens_no_socket(
    arguments: tuple[str, ...], printed: str, folder: Path
) -> None:
    done = run(folder, *(argument.format(folder=folder) for argument in arguments))
    assert done.returncode == 0, done.stderr
    assert printed in done.stdout
    assert sockets(folder) == []


def test_a_sync_of_every_source_is_refused_in_words_and_opens_no_socket(folder: Path) -> None:
    done = run(folder, "sync", HF_TOKEN="hf_x", OLLAMA_HOST="127.0.0.1:9")
    assert done.returncode == 1
    for source in commands.pull.SOURCES:
        (line,) = [line for line in done.stderr.splitlines() if line.startswith(f"{source} (")]
        assert "failed" in line and "OFFLINE" in line
    assert "Traceback" not in done.stderr
    assert sockets(folder) == []


def test_every_command_is_asked_here() -> None:
    parser = commands._parser()
    (names,) = [
        action.choices
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    assert {arguments[0] for arguments, _ in ASKED} == set(names) - {"sync"}


def test_the_watch_sees_sockets_where_there_are_some(tmp_path: Path) -> None:
    done = run(
        tmp_path, "doctor", "huggingface", CARDEX_OFFLINE="0", HF_ENDPOINT="http://127.0.0.1:9"
    )
    assert done.returncode == 1
    assert any("127.0.0.1" in line for line in sockets(tmp_path))


def test_what_is_found_offline_is_what_is_found_otherwise(folder: Path) -> None:
    offline = run(folder, "find", "t5", "--json")
    online = run(folder, "find", "t5", "--json", CARDEX_OFFLINE="0")
    assert json.loads(offline.stdout) == json.loads(online.stdout)
    assert sockets(folder) == []
