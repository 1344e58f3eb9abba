"""installed.json: what was written comes back; what is broken is nothing known."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.errors import StoreUnwritable
from catalog.records import Installed, Runtime
from catalog.store import installed

SEEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
DIGEST = "4" * 64
MODEL = Installed(
    name="llama3.1:8b",
    ref=None,
    digest=DIGEST,
    size_bytes=4_920_753_328,
    modified_at=SEEN,
    parameter_size="8.0B",
    quant_type="Q4_K_M",
    context_length=131_072,
    loaded=True,
    layers=("6" * 64,),
    complete=False,
)
BARE = Installed(name="x", ref=None, digest=None, size_bytes=None, modified_at=None, remote=True)
SERVER = Runtime(
    where="http://127.0.0.1:11434",
    kind="ollama",
    seen_at=SEEN,
    version="0.32.8",
    error="It went away.",
    models=(MODEL, BARE),
)
PLACE = {"where": "y", "kind": "ollama"}
NAMED = {"name": "x", "ref": None, "digest": None, "size_bytes": None, "modified_at": None}
FOLDER = Runtime(where="/models", kind="folder", here=False, unfinished=2)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert installed.read(tmp_path / "catalog") == ()
    installed.write(tmp_path / "catalog", [SERVER, FOLDER])
    assert installed.read(tmp_path / "catalog") == (SERVER, FOLDER)
    installed.write(tmp_path / "catalog", [])
    assert installed.read(tmp_path / "catalog") == ()
    assert [path.name for path in (tmp_path / "catalog").iterdir()] == ["installed.json"]


def test_what_was_worked_out_is_not_written(tmp_path: Path) -> None:
    model = Installed(
        name="x", ref="ollama:x", digest=None, size_bytes=None, modified_at=None, update="current"
    )
    installed.write(tmp_path, [Runtime(where="y", kind="ollama", models=(model,))])
    (read,) = installed.read(tmp_path)
    assert (read.models[0].ref, read.models[0].update) == (None, "unknown")


def test_fields_of_another_version_are_left_out(tmp_path: Path) -> None:
    row = {**PLACE, "colour": 1, "models": [{**NAMED, "taste": 2}]}
    document = {"format": 1, "runtimes": [row]}
    (tmp_path / "installed.json").write_text(json.dumps(document))
    model = Installed(name="x", ref=None, digest=None, size_bytes=None, modified_at=None)
    assert installed.read(tmp_path) == (Runtime(where="y", kind="ollama", models=(model,)),)
    document["format"] = 2
    (tmp_path / "installed.json").write_text(json.dumps(document))
    assert installed.read(tmp_path) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        "[" * 100_000,
        '{"format": 1}',
        '{"format": 1, "runtimes": 5}',
        '{"format": 1, "runtimes": [{"where": 5, "kind": "ollama"}]}',
        '{"format": 1, "runtimes": [{"where": "y", "kind": "ollama", "seen_at": "soon"}]}',
        '{"format": 1, "runtimes": [{"where": "y", "kind": "z", "models": [{"name": 5}]}]}',
        json.dumps({"format": 1, "runtimes": [{**PLACE, "models": [{**NAMED, "digest": 5}]}]}),
        json.dumps({"format": 1, "runtimes": [{**PLACE, "models": [{**NAMED, "size_bytes": ""}]}]}),
    ],
)
def test_a_file_that_is_none_of_ours_is_nothing_known(tmp_path: Path, text: str) -> None:
    (tmp_path / "installed.json").write_text(text)
    assert installed.read(tmp_path) == ()


def test_a_file_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "installed.json").open("wb") as file:
        file.truncate(10_000_000_000)
    assert installed.read(tmp_path) == ()


def test_times_are_aware_whatever_the_file_says(tmp_path: Path) -> None:
    row = {"where": "y", "kind": "ollama", "seen_at": "2026-11-24T12:00:00"}
    (tmp_path / "installed.json").write_text(json.dumps({"format": 1, "runtimes": [row]}))
    assert installed.read(tmp_path)[0].seen_at == SEEN


def test_a_thousand_tampered_files_are_runtimes_or_nothing(tmp_path: Path) -> None:
    installed.write(tmp_path, [SERVER, FOLDER])
    path = tmp_path / "installed.json"
    whole, dice = path.read_bytes(), random.Random(20261124)
    nothing = 0
    for _ in range(1_000):
        at, length = dice.randrange(len(whole)), dice.randrange(1, 40)
        junk = dice.choice([b"", b"\xff", b'"', b"null", b"{}", b"[1]", b"-5"])
        path.write_bytes(whole[:at] + junk + whole[at + length :])
        nothing += not installed.read(tmp_path)
    assert nothing > 100


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnwritable, match="could not be noted"):
        installed.write(tmp_path / "file", [])
