"""`sync` of the command line: exit status, and one sentence for each thing on stderr."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalog import refresh
from catalog import settings as settings_module
from catalog.refresh import lock
from tests.catalog.refresh.conftest import NOW
from tests.replay.server import Server


def test_a_sync_that_went_well_says_what_it_kept(
    root: Path, hub: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(settings_module.load(), hf_endpoint=hub.url)
    assert refresh.command(settings, ["huggingface"], limit=10) == 0
    out, told = capsys.readouterr()
    assert out == ""
    assert "huggingface (top:10): done, 10 models kept, 0 rows put aside." in told
    assert "The catalog is at generation " in told


def test_a_source_that_failed_is_told_and_the_status_is_1(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(settings_module.load(), offline=True)
    assert refresh.command(settings, ["huggingface"]) == 1
    told = capsys.readouterr().err
    assert "huggingface (default:1000): failed. Hugging Face was not asked" in told


def test_a_sync_beside_another_one_is_told_who_and_the_status_is_75(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with lock.held(root, NOW):
        assert refresh.command(settings_module.load(), ["huggingface"]) == 75
    assert capsys.readouterr().err.startswith("cardex: Another sync is running (process ")


def test_a_ca_bundle_that_cannot_be_read_is_a_failed_run(
    root: Path, hub: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = replace(settings_module.load(), ca_bundle="/nowhere/ca.pem")
    assert refresh.command(settings, ["huggingface"], limit=5) == 1
    assert "REQUESTS_CA_BUNDLE cannot be read" in capsys.readouterr().err


def test_the_first_sync_of_all_publishes_the_bundled_catalog_before_it_fetches(
    hub: Server, own_data_dir: Path
) -> None:
    settings = replace(settings_module.load(), hf_endpoint=hub.url)
    report = refresh.run(settings, ["huggingface"], limit=5)
    assert report.exit_code == 0
    assert len(list((own_data_dir / "catalog" / "snapshots").iterdir())) == 2
