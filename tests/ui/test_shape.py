"""Which bars of the charts belong to the result."""

from __future__ import annotations

import pytest

from catalog.query import parse
from catalog.records import Facet, FacetValue, Found, RangeBin, RangeFacet
from ui import shape


def found() -> Found:
    values = (("MIT", 5), ("Apache-2.0", 9), ("unknown", 2))
    counted = tuple(FacetValue(value=value, count=count) for value, count in values)
    bins = tuple(RangeBin(low=f"{n}000000000", high=f"{n}999999999", count=n) for n in (1, 3, 7))
    return Found(
        generation="g",
        query="",
        total=16,
        repositories=16,
        catalog_total=16,
        page=1,
        page_size=50,
        facets=(Facet(key="license", values=counted, distinct=3),),
        ranges=(RangeFacet(key="params", bins=bins, unknown=4),),
    )


@pytest.mark.parametrize(
    ("query", "inside"),
    [
        ("", [True, True, True]),
        ("license:mit", [True, False, False]),
        ("-license:mit", [False, True, True]),
        ("license:unknown", [False, False, True]),
        ("-license:unknown", [True, True, False]),
    ],
)
def test_a_bar_is_inside_when_the_result_holds_what_it_counts(
    query: str, inside: list[bool]
) -> None:
    bars = shape.counted(parse(query), found(), "license")
    assert [bar.inside for bar in bars] == inside


@pytest.mark.parametrize(
    ("query", "inside"),
    [
        ("", [True, True, True, True]),
        ("params:3B..", [False, True, True, False]),
        ("-params:3B..", [True, False, False, True]),
        ("-params:unknown", [True, True, True, False]),
        ("params:..2B,unknown", [True, False, False, True]),
    ],
)
def test_ranges_and_excluded_ranges_decide_the_histogram(query: str, inside: list[bool]) -> None:
    assert [bar.inside for bar in shape.sizes(parse(query), found())] == inside
