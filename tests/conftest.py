"""Shared by all tests: an own data folder, no settings of the machine, makers of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[1]


_left_out = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the nightly tests out, unless the marker expression is about them."""
    if "nightly" in config.getoption("markexpr"):
        return
    long = [item for item in items if item.get_closest_marker("nightly")]
    if long:
        config.stash[_left_out] = len(long)
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many nightly tests were left out: they have not passed."""
    count = config.stash.get(_left_out, 0)
    if count:
        terminalreporter.write_line(f"{count} nightly tests were not run; `make nightly` does.")


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
