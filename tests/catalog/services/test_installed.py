"""Which model of the catalog an installed one is, and whether the library has a newer one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.records import Installed, ModelFile, ModelRecord, Runtime
from catalog.services.catalog import CatalogService
from catalog.services.installed import standing
from catalog.store import installed

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EIGHT, SEVENTY, WEIGHTS, OTHER = "8" * 64, "7" * 64, "a" * 64, "b" * 64
URL = "http://127.0.0.1:11434"
Make = Callable[..., Any]


def copy(name: str, digest: str | None = EIGHT, **changes: Any) -> Installed:
    facts: dict[str, Any] = {"ref": None, "size_bytes": None, "modified_at": None, **changes}
    return Installed(name=name, digest=digest, **facts)


@pytest.fixture
def library(a_model: Make, a_file: Make, publish: Make, tmp_path: Path) -> CatalogService:
    """A catalog of two Ollama models and a repository of the Hub."""
    rows = [
        a_model(
            source="ollama",
            repo_id="llama3.1:8b",
            revision=EIGHT,
            aliases=("ollama:llama3.1", "ollama:llama3.1:latest", "ollama:llama3.1:8b-q4_K_M"),
            fetched_at=NOW,
        ),
        a_model(source="ollama", repo_id="llama3.1:70b", revision=SEVENTY[:12], fetched_at=NOW),
        a_model(repo_id="unsloth/Qwen3-8B-GGUF", revision="c0ffee", fetched_at=NOW),
    ]
    weights = a_file(path="model", sha256=WEIGHTS, role="weights")
    hub = a_file(path="Qwen3-8B-Q4_K_M.gguf", sha256=OTHER, role="weights")
    publish(rows, [("ollama:llama3.1:8b", weights), ("huggingface:unsloth/Qwen3-8B-GGUF", hub)])
    return CatalogService(tmp_path / "catalog", today=lambda: NOW.date())


@pytest.fixture
def noted(tmp_path: Path) -> Callable[..., None]:
    """Note runtimes that hold these models."""

    def write(*models: Installed, where: str = URL, further: tuple[Runtime, ...] = ()) -> None:
        runtime = Runtime(where=where, kind="ollama", seen_at=NOW, models=models)
        installed.write(tmp_path / "catalog", [runtime, *further])

    return write


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("llama3.1:8b", "ollama:llama3.1:8b"),
        ("llama3.1", "ollama:llama3.1:8b"),
        ("llama3.1:latest", "ollama:llama3.1:8b"),
        ("library/llama3.1:8b-q4_K_M", "ollama:llama3.1:8b"),
        ("registry.ollama.ai/library/llama3.1", "ollama:llama3.1:8b"),
        ("llama3.1:70b", "ollama:llama3.1:70b"),
        ("hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M", "huggingface:unsloth/Qwen3-8B-GGUF"),
        ("hf.co/unsloth/qwen3-8b-gguf", "huggingface:unsloth/Qwen3-8B-GGUF"),
        ("hf.co/nobody/nothing:Q4_K_M", None),
        ("llama3.1:405b", None),
        ("localhost:5000/library/llama3.1:8b", None),
        ("not a name", None),
    ],
)
def test_names_of_runtimes_find_their_row(
    library: CatalogService, noted: Make, name: str, ref: str | None
) -> None:
    noted(copy(name, digest="0" * 64))
    (runtime,) = library.runtimes()
    assert runtime.models[0].ref == ref
    assert library.installed(ref or "ollama:none") == (runtime.models if ref else ())


def test_a_copy_under_another_name_is_known_by_its_digest(
    library: CatalogService, noted: Make
) -> None:
    alike = copy("x; rm -rf ~", EIGHT[:12] + "0" * 52)  # its first digits are a model's
    noted(copy("mine:latest"), copy("big", SEVENTY), copy("own", "1" * 64), copy("no", None), alike)
    (runtime,) = library.runtimes()
    told = [(model.name, model.ref, model.update) for model in runtime.models]
    assert told == [
        ("mine:latest", "ollama:llama3.1:8b", "current"),
        ("big", "ollama:llama3.1:70b", "current"),
        ("own", None, "unknown"),
        ("no", None, "unknown"),
        ("x; rm -rf ~", None, "unknown"),
    ]


def test_refs_and_aliases_find_the_copies_and_each_comes_once(
    library: CatalogService, noted: Make
) -> None:
    folder = Runtime(where="/models", kind="folder", models=(copy("llama3.1:8b"), copy("x")))
    noted(copy("llama3.1:8b", loaded=True), copy("llama3.1:70b", SEVENTY), further=(folder,))
    for ref in ("ollama:llama3.1:8b", "ollama:llama3.1", " ollama:llama3.1:latest "):
        found = library.installed(ref)
        assert [(model.name, model.loaded) for model in found] == [
            ("llama3.1:8b", True),
            ("x", False),
        ]


def test_without_a_note_nothing_is_installed(library: CatalogService) -> None:
    assert library.runtimes() == ()
    assert library.installed("ollama:llama3.1:8b") == ()


def test_a_new_note_and_a_new_generation_are_seen(
    library: CatalogService, noted: Make, publish: Make, a_model: Make
) -> None:
    noted(copy("llama3.1:8b"))
    assert library.runtimes()[0].models[0].update == "current"
    assert library.runtimes() is library.runtimes(), "matched once"
    noted(copy("llama3.1:8b", "0" * 64))
    assert library.runtimes()[0].models[0].update == "available"
    publish([a_model(source="ollama", repo_id="llama3.1:8b", revision="0" * 64)])
    assert library.runtimes()[0].models[0].update == "current"
    publish([a_model()])
    assert library.runtimes()[0].models[0].ref is None


ROW = ModelRecord(
    ref="ollama:llama3.1:8b",
    source="ollama",
    repo_id="llama3.1:8b",
    name="llama3.1:8b",
    revision=EIGHT,
    fetched_at=NOW,
)
HUB = replace(ROW, ref="huggingface:a/b", source="huggingface", revision=EIGHT[:40])
FILES = [ModelFile(path="model", sha256=WEIGHTS.upper(), role="weights"), ModelFile(path="x")]


@pytest.mark.parametrize(
    ("model", "row", "files", "update"),
    [
        (copy("x"), ROW, [], "current"),
        (copy("x"), replace(ROW, revision=EIGHT[:12]), [], "current"),
        (copy("x"), replace(ROW, revision=EIGHT[:12].upper()), [], "current"),
        (copy("x", OTHER), ROW, [], "available"),
        (copy("x", OTHER), replace(ROW, revision=EIGHT[:12]), [], "available"),
        (copy("x"), replace(ROW, revision="88"), [], "available"),
        # a pull of an older Ollama: another manifest around the same weights
        (copy("x", OTHER, layers=(WEIGHTS,)), ROW, FILES, "current"),
        (copy("x", OTHER, layers=(OTHER, WEIGHTS)), ROW, FILES, "available"),
        (copy("x", OTHER, layers=(OTHER,)), ROW, FILES, "available"),
        (copy("x", None, layers=(WEIGHTS,)), ROW, FILES, "current"),
        (copy("x", None, layers=(OTHER,)), ROW, FILES, "unknown"),
        (copy("x", None), ROW, FILES, "unknown"),
        (copy("x"), replace(ROW, revision=None), FILES, "unknown"),
        # pulled after the catalog looked
        (copy("x", OTHER, modified_at=NOW + timedelta(hours=1)), ROW, [], "unknown"),
        (copy("x", OTHER, modified_at=NOW - timedelta(hours=1)), ROW, [], "available"),
        (copy("x", OTHER, modified_at=NOW), replace(ROW, fetched_at=None), [], "available"),
        (copy("x", OTHER, remote=True), ROW, [], "unknown"),
        (copy("x", remote=True), ROW, [], "current"),
        # the Hub: weights decide, its revision is that of a repository
        (copy("x", EIGHT), HUB, [], "unknown"),
        (copy("x", OTHER, layers=(WEIGHTS,)), HUB, FILES, "current"),
        (copy("x", OTHER, layers=(OTHER,)), HUB, FILES, "unknown"),
    ],
)
def test_the_digest_decides_and_then_the_weights(
    model: Installed, row: ModelRecord, files: list[ModelFile], update: str
) -> None:
    assert standing(model, row, files) == update
