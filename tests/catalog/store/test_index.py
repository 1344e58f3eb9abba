"""The facet engine agrees with the slow and obvious answer, over real and over invented rows."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from catalog.query import parse
from catalog.records import Found
from catalog.store.generation import Generation
from tests.catalog.store.conftest import TODAY, Tables
from tests.catalog.store.invented import random_query
from tests.catalog.store.oracle import FACETS, RANGES, Oracle

PAGE = 20


def _agree(generation: Generation, tables: Tables, count: int, seed: int) -> None:
    oracle = Oracle(*tables, TODAY)
    rows, files = tables[0].to_pylist(), tables[1].to_pylist()
    dice = random.Random(seed)
    found_something = 0
    for _ in range(count):
        query = random_query(dice, rows, files)
        assert parse(str(query)) == query
        shown = oracle.shown(query)
        page = dice.randint(1, 1 + len(shown) // PAGE)
        found = generation.ask(query, today=TODAY, page=page, page_size=PAGE)
        _same(found, oracle, query, shown)
        everything = generation.rows(query, today=TODAY)
        assert [model.ref for model in generation.records(everything.tolist()[:60])] == [
            ref for ref, _ in shown[:60]
        ], str(query)
        assert len(everything) == len(shown)
        found_something += bool(shown)
    assert found_something > count // 2


def _same(found: Found, oracle: Oracle, query, shown: list[tuple[str, int]]) -> None:
    text = str(query)
    assert found.total == len(shown), text
    assert found.repositories == int(oracle.matching(query).sum()), text
    begin = (found.page - 1) * PAGE
    on_page = shown[begin : begin + PAGE]
    assert [model.ref for model in found.models] == [ref for ref, _ in on_page], text
    assert list(found.variants) == [count for _, count in on_page], text
    for key in FACETS:
        wanted = oracle.facet(query, key)
        facet = found.facet(key)
        given = {value.value: value.count for value in facet.values if value.count}
        assert given == wanted, (text, key)
        assert facet.distinct == len(wanted)
        ranked = [(-value.count, value.value) for value in facet.values]
        assert ranked == sorted(ranked), (text, key)
    for key in RANGES:
        bars, unknown = oracle.histogram(query, key)
        histogram = found.range(key)
        given = {
            (int(bar.low[:4]) if key == "updated" else int(bar.low)): bar.count
            for bar in histogram.bins
            if bar.count
        }
        assert given == {low: count for (low, _), count in bars.items()}, (text, key)
        assert histogram.unknown == unknown, (text, key)


def test_agrees_with_the_oracle_on_500_random_queries_over_real_rows(
    opened: Callable[[str, Tables], Generation], real_tables: Tables
) -> None:
    _agree(opened("real", real_tables), real_tables, count=500, seed=1)


@pytest.mark.parametrize("seed", [2, 3])
def test_agrees_with_the_oracle_over_invented_rows(
    opened: Callable[[str, Tables], Generation], made_tables: Tables, seed: int
) -> None:
    _agree(opened("made", made_tables), made_tables, count=200, seed=seed)
