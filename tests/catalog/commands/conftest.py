"""What tests of commands share: the bundled catalog, published once for the tests of a file."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cardex")


@pytest.fixture
def one_catalog(data_dir: Path, own_data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that only read: they share one catalog, published by the first of them."""
    monkeypatch.setenv("CARDEX_DATA_DIR", str(data_dir))
