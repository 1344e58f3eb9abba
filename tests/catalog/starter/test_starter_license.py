"""Verdicts over the whole bundled catalog."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from catalog import settings
from catalog.bootstrap import open_cardex
from catalog.normalize.license import more_permissive
from catalog.normalize.license_uses import commercial
from catalog.query import parse
from catalog.vocabulary import UNKNOWN

STARTER = Path(__file__).resolve().parents[3] / "catalog" / "starter" / "models.parquet"


def test_rows_that_state_a_license_have_a_verdict() -> None:
    rows = pq.read_table(STARTER, columns=["license_raw", "commercial_use"]).to_pylist()
    stating = [row["commercial_use"] for row in rows if row["license_raw"] is not None]
    assert len(stating) > 10_000
    known = sum(verdict != UNKNOWN for verdict in stating)
    print(f"{known:,} of {len(stating):,} rows that state a license have a verdict")
    assert known / len(stating) >= 0.95


@pytest.mark.nightly
def test_no_use_of_any_row_is_more_permissive_than_that_of_its_base(own_data_dir: Path) -> None:
    service = open_cardex(settings.load()).catalog
    models = list(service.models(parse("")))
    reports = {model.ref: service.license(model.ref) for model in models}
    for model in models:
        own = reports[model.ref]
        bases = [reports[ref] for ref in model.base_models if ref in reports]
        for at, use in enumerate(own.uses):
            assert use.reasons, model.ref
            known = [base.uses[at].verdict for base in bases]
            assert not any(more_permissive(use.verdict, verdict) for verdict in known), model.ref
        if model.source != "civitai":
            assert not more_permissive(commercial(own.uses), model.commercial_use), model.ref
        assert (own.conflict is not None) == ("license_conflict" in model.flags), model.ref
