"""The documents say what is there: settings, sources, pages, commands, and links that resolve."""

import argparse
import json
import re
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from catalog import commands
from catalog.query import KEYS
from catalog.settings import SETTINGS
from catalog.sources import SOURCES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"python -m catalog ([a-z]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def subcommands() -> dict[str, argparse.ArgumentParser]:
    parser = commands._parser()
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


@pytest.mark.parametrize("setting", [name for name, _, _ in SETTINGS])
def test_setting_has_a_row(setting: str) -> None:
    rows = [line for line in read("docs/settings.md").splitlines() if line.startswith("| `")]
    assert any(f"`{setting}`" in row.split("|")[1] for row in rows)


def test_no_setting_is_documented_that_does_not_exist() -> None:
    known = {name for name, _, _ in SETTINGS}
    for document in DOCUMENTS:
        named = set(re.findall(r"\bCARDEX_[A-Z_]+", document.read_text(encoding="utf-8")))
        assert named <= known, document.name


@pytest.mark.parametrize(("setting", "default"), [(n, d) for n, d, _ in SETTINGS if d])
def test_default_is_the_one_in_the_code(setting: str, default: str) -> None:
    rows = [line for line in read("docs/settings.md").splitlines() if f"| `{setting}`" in line]
    assert f"`{default}`" in rows[0].split("|")[2]


@pytest.mark.parametrize("source", SOURCES)
def test_source_is_credited(source: str) -> None:
    assert source in read("docs/data.md").lower()


@pytest.mark.parametrize(
    "page",
    [path.stem for path in sorted((ROOT / "pages").glob("*.py")) if path.stem != "__init__"],
)
def test_page_is_in_the_readme(page: str) -> None:
    address = "(`/`)" if page == "home" else f"(`/{page}"
    assert address in read("README.md")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_resolve(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target) or target.startswith("#"):
            continue
        assert (document.parent / target.split("#")[0]).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"(?:`|^ {4})make ([a-z-]+)", text, re.MULTILINE)
    assert set(named) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    if document.parent.name == "adr":
        return
    named = set(COMMAND.findall(document.read_text(encoding="utf-8")))
    assert named <= set(subcommands())


def test_every_command_is_in_the_readme_or_the_deployment() -> None:
    named = set(COMMAND.findall(read("README.md") + read("docs/deployment.md")))
    assert named == set(subcommands())


def test_examples_of_the_readme_are_understood() -> None:
    from catalog.query import read as read_query

    examples = re.findall(r"python -m catalog (?:find|facets) '([^']+)'", read("README.md"))
    assert len(examples) >= 3
    for example in examples:
        assert read_query(example).warnings == ()


def test_keys_of_the_query_language_are_documented() -> None:
    documented = read("docs/architecture.md")
    missing = [key for key in KEYS if f"`{key}`" not in documented]
    assert missing == []


def test_readme_does_not_promise_more_models_than_are_bundled() -> None:
    promised = re.findall(
        r"more than ([\d,]+) real models", read("README.md") + read("CHANGELOG.md")
    )
    rows = parquet.read_metadata(ROOT / "catalog/starter/models.parquet").num_rows
    assert promised
    assert all(int(number.replace(",", "")) < rows for number in promised)


def test_counts_in_the_docs_are_those_of_the_tables_and_the_bundled_catalog() -> None:
    def table(name: str) -> dict[str, dict[str, dict[str, str]]]:
        found: dict[str, dict[str, dict[str, str]]] = json.loads(
            read(f"catalog/normalize/{name}.json")
        )
        return found

    licenses = table("license_table")
    assert f"a table of {len(licenses['hub']) + len(licenses['others'])} licenses" in read(
        "CHANGELOG.md"
    )
    models = table("ollama_origins")["models"]
    rows = parquet.read_table(
        ROOT / "catalog/starter/models.parquet", columns=["source", "base_models"]
    ).to_pylist()
    ollama = [row["base_models"] or [""] for row in rows if row["source"] == "ollama"]
    told = sum(bases[0].startswith("huggingface:") for bases in ollama)
    assert (
        f"{sum(map(len, models.values()))} entries for {len(models)} models, "
        f"{told:,} of the {len(ollama):,} bundled rows"
    ) in read("docs/data.md")


def test_architecture_has_a_line_for_each_module() -> None:
    text = read("docs/architecture.md")
    missing = []
    for package in ("catalog", "ui", "web"):
        for path in sorted((ROOT / package).iterdir()):
            is_package = path.is_dir() and any(path.glob("*.py"))
            if (path.suffix == ".py" and path.stem != "__init__") or is_package:
                name = f"{package}/{path.name}" + ("/" if is_package else "")
                if f"`{name}`" not in text:
                    missing.append(name)
    assert missing == []


def test_changelog_has_a_place_for_what_comes_next() -> None:
    assert re.search(r"^## \[Unreleased\]", read("CHANGELOG.md"), re.MULTILINE)
