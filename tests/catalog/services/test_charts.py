"""The sizes of families in a result: what their publishers released, else what is fetched most."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from catalog.query import parse
from catalog.records import ModelRecord
from catalog.services.catalog import CatalogService
from tests.catalog.services.conftest import Publish

T5 = {
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
    "t5-large": 737_668_096,
    "t5-3b": 2_851_598_336,
    "t5-11b": None,  # as if the row stated none
}


def a_family(a_model: Callable[..., ModelRecord]) -> list[ModelRecord]:
    return [
        a_model(repo_id=f"google-t5/{name}", family="t5", parameter_count=count, downloads_30d=9)
        for name, count in T5.items()
    ]


def test_t5_comes_in_the_sizes_of_the_article(
    publish: Publish, tmp_path: Path, a_model: Callable[..., ModelRecord]
) -> None:
    other = a_model(
        repo_id="amazon/chronos-t5-small",
        family="t5",
        parameter_count=46_154_240,
        downloads_30d=1_000_000,
    )
    publish([*a_family(a_model), other])
    (found,) = CatalogService(tmp_path / "catalog").family_sizes(parse(""), ("t5",))
    assert (found.family, found.name, found.author) == ("t5", "T5", "Google")
    assert (found.repositories, found.unknown) == (6, 1)
    assert [size.name for size in found.sizes] == list(T5)
    assert [size.parameter_count for size in found.sizes][:4] == list(T5.values())[:4]
    assert [size.published for size in found.sizes] == [False] * 4 + [True]
    assert found.sizes[-1].parameter_count == 11_300_000_000


def test_a_result_without_the_released_sizes_shows_those_of_whoever_is_fetched_most(
    publish: Publish, tmp_path: Path, a_model: Callable[..., ModelRecord]
) -> None:
    other = a_model(repo_id="amazon/chronos", family="t5", parameter_count=46 * 10**6)
    strange = a_model(repo_id="lab/strange-1", family="strange", parameter_count=10**9)
    publish([*a_family(a_model), other, strange])
    service = CatalogService(tmp_path / "catalog")
    (narrow,) = service.family_sizes(parse("author:amazon"), ("t5",))
    assert (narrow.name, narrow.author) == ("T5", "amazon")
    assert [size.name for size in narrow.sizes] == ["chronos"]
    (unlisted,) = service.family_sizes(parse(""), ("strange",))
    assert (unlisted.name, unlisted.author) == ("strange", "lab")
    (nothing,) = service.family_sizes(parse("author:nobody"), ("t5",))
    assert nothing.sizes == ()


def test_the_door_knows_what_a_quantization_comes_to(
    publish: Publish, tmp_path: Path, a_model: Callable[..., ModelRecord]
) -> None:
    publish([a_model()])
    service = CatalogService(tmp_path / "catalog")
    assert service.bits_per_weight("F16") == 16.0
    assert service.bits_per_weight("NOT_ONE") is None
    assert service.charts(parse("")).total == 1
