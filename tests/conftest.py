"""Shared by all tests: an own data folder, no settings of the machine, makers of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def own_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own empty data folder and none of the machine's settings."""
    for name, _, _ in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "cardex"
    monkeypatch.setenv("CARDEX_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def a_model() -> Callable[..., ModelRecord]:
    """Maker of records: `a_model(repo_id="org/name", license="MIT")`."""

    def make(**changes: Any) -> ModelRecord:
        source = changes.pop("source", "huggingface")
        repo_id = changes.pop("repo_id", "org/name")
        facts: dict[str, Any] = {
            "ref": f"{source}:{repo_id}",
            "source": source,
            "repo_id": repo_id,
            "name": repo_id.split("/")[-1],
            "author": repo_id.split("/")[0] if "/" in repo_id else None,
        }
        return ModelRecord(**{**facts, **changes})

    return make


@pytest.fixture
def a_file() -> Callable[..., ModelFile]:
    """Maker of files: `a_file(path="model.gguf", quant_type="Q4_K_M")`."""

    def make(**changes: Any) -> ModelFile:
        return ModelFile(**{"path": "model.safetensors", **changes})

    return make


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The material beside the repository; tests that need it skip where it is not there."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared material is not beside this checkout")
    return folder
