"""`python -m catalog machines`: save, list, remove."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog import commands


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARDEX_DATA_DIR", str(tmp_path))
    return tmp_path


def run(*arguments: str) -> int:
    return commands.main(["machines", *arguments])


def test_a_machine_is_saved_listed_and_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", "Lab server", "2x-rtx-4090", "--host", "128GiB") == 0
    line = "lab-server: Lab server, 48.0 GiB, 128.0 GiB of main memory, 1,010 GB/s\n"
    assert capsys.readouterr().out == f"saved {line}"
    assert run("list") == 0
    this, saved = capsys.readouterr().out.splitlines(keepends=True)
    assert this.startswith("this-machine: ")
    assert saved == line
    assert run("remove", "lab-server") == 0
    assert capsys.readouterr().out == f"removed {line}"
    assert run("list") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_the_document_has_every_field(capsys: pytest.CaptureFixture[str]) -> None:
    run("add", "Box", "24GiB")
    capsys.readouterr()
    assert run("list", "--json") == 0
    this, saved = json.loads(capsys.readouterr().out)["machines"]
    assert (this["slug"], this["saved"]) == ("this-machine", False)
    assert (saved["slug"], saved["memory_bytes"], saved["saved"]) == ("box", 24 << 30, True)
    assert saved["bandwidth"] is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "x", "rtx-4091"), "Did you mean rtx-4090?"),
        (("add", "x", "rtx-4090", "--host", "much"), "A memory is written as"),
        (("add", "", "rtx-4090"), "A machine has a name of 1 to 60 characters."),
        (("add", "x", "ryzen-7-3800x-16"), "say how much main memory"),
        (("remove", "x"), "No saved machine is called 'x'."),
    ],
)
def test_a_mistake_is_one_sentence(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1


def test_a_file_that_cannot_be_read_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("add", "Box", "24GiB")
    (folder / "catalog" / "machines.json").write_text("{")
    capsys.readouterr()
    assert run("list") == 0
    assert "cannot be read (it is damaged)" in capsys.readouterr().err
