"""What the coverage report counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.records import ModelRecord
from catalog.reports import Share
from catalog.services import quality
from catalog.services.catalog import CatalogService

Publish = Callable[..., str]
MakeModel = Callable[..., ModelRecord]


def test_shares_are_of_the_rows_that_could_have_the_fact(catalog: CatalogService) -> None:
    hub, whole = catalog.coverage()
    assert (hub.source, whole.source) == ("huggingface", None)
    assert (hub.models, whole.models) == (5, 5)
    assert hub.parameters == Share(known=4, of=5)
    assert hub.task == Share(known=4, of=5)
    assert hub.context == Share(known=0, of=4)  # an unstated task may read no text
    assert hub.quantization == Share(known=1, of=5)
    assert hub.parameters.ratio == 0.8
    assert Share(known=0, of=0).ratio is None
    # the row without any word about a license is not counted against the verdicts
    assert (hub.names_checked, hub.names_wrong, hub.beyond_base) == (3, 0, 0)


@pytest.fixture
def doubtful(tmp_path: Path, publish: Publish, a_model: MakeModel) -> CatalogService:
    strict = a_model(
        repo_id="a/strict", commercial_use="no", license_raw="cc-by-nc-4.0", kind="component"
    )
    base = ("huggingface:a/strict",)
    publish(
        [
            strict,
            a_model(
                repo_id="a/mild", commercial_use="yes", license_raw="mit", base_models=base
            ),
            a_model(repo_id="a/silent", base_models=base, license_raw="whatever"),
            a_model(
                repo_id="a/gone-1B", base_models=("huggingface:b/gone",), parameter_count=10**9
            ),
            a_model(repo_id="a/wrong-7B", parameter_count=3 * 10**9),
            a_model(
                repo_id="a/told-7B", parameter_count=3 * 10**9,
                flags=("params_disagree", "remote_code"),
            ),
            a_model(repo_id="a/lora-7B", parameter_count=10**7, kind="adapter"),
            a_model(
                repo_id="a/tagged-7B-GGUF", parameter_count=10**7, kind="adapter",
                formats=("gguf",),
            ),
            a_model(repo_id="a/v7b-8b-9b", parameter_count=10**7),
        ]
    )  # fmt: skip
    return CatalogService(tmp_path / "catalog")


def test_what_is_wrong_is_counted(doubtful: CatalogService) -> None:
    whole = doubtful.coverage()[-1]
    assert whole.beyond_base == 1
    assert whole.license == Share(known=2, of=3)
    assert (whole.names_checked, whole.names_wrong) == (4, 2)
    assert whole.flags == (("params_disagree", 1), ("remote_code", 1))
    assert whole.parameters.of == 6  # neither the adapter nor the component


def test_of_very_many_names_a_part_stands_for_all(
    doubtful: CatalogService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "MOST_NAMES", 2)
    assert 0 < doubtful.coverage()[-1].names_checked <= 2
