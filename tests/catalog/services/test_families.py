"""Families as the catalog holds them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalog.records import ModelRecord
from catalog.services.catalog import CatalogService


def test_families_have_their_sizes_that_the_catalog_holds_smallest_first(
    tmp_path: Path, publish: Callable[..., str], a_model: Callable[..., ModelRecord]
) -> None:
    publish([
        a_model(repo_id="google-t5/t5-base", family="t5", parameter_count=222_903_552),
        a_model(repo_id="google-t5/t5-small", family="t5", parameter_count=60_506_624),
        a_model(repo_id="google-t5/t5-11b", family="t5"),
        a_model(repo_id="org/t5-tuned", family="t5", parameter_count=1),
        a_model(repo_id="org/a", family="made-up"),
        a_model(repo_id="org/b"),
    ])  # fmt: skip
    t5, other = CatalogService(tmp_path / "catalog").families()
    assert (t5.slug, t5.name, t5.publisher, t5.total) == ("t5", "T5", "Google", 4)
    assert [(one.label, one.parameter_count, one.published) for one in t5.members] == [
        ("small", 60_506_624, False),
        ("base", 222_903_552, False),
        ("11B", 11_300_000_000, True),  # the published figure where the catalog has no count
    ]
    assert (other.slug, other.name, other.publisher, other.total) == ("made-up", "made-up", None, 1)
