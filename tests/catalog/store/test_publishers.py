"""Whose models lead a search: those of the very accounts of a publisher, and no copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from catalog.normalize.families import accounts, all_families
from catalog.query import parse
from catalog.records import ModelRecord
from tests.catalog.store.conftest import TODAY


def test_an_account_that_only_looks_like_the_publishers_does_not_lead(
    publish: Callable[..., Any], a_model: Callable[..., ModelRecord]
) -> None:
    facts = {"family": "qwen3", "pipeline_tag": "text-generation"}
    generation = publish(
        [
            a_model(repo_id="q-wen/Qwen3-9B", popularity=0.99, likes=9_000, **facts),
            a_model(repo_id="Qwen/Qwen3-8B", popularity=0.5, likes=100, **facts),
            a_model(repo_id="Qwen/Qwen3-4B-AWQ", popularity=0.9, kind="quantized", **facts),
        ]
    )
    first, *_ = generation.records(generation.rows(parse("qwen"), today=TODAY).tolist())
    assert first.repo_id == "Qwen/Qwen3-8B"


def test_accounts_are_of_publishers_that_the_table_names() -> None:
    publishers = {family.publisher for family in all_families()}
    assert set(accounts()) == publishers
    assert accounts()["Google"] >= {"google", "google-t5"}
    assert all(one == one.lower() for ids in accounts().values() for one in ids)


def test_of_one_name_copies_come_after_a_model_of_its_own(
    publish: Callable[..., Any], a_model: Callable[..., ModelRecord]
) -> None:
    facts = {"downloads_as_of": TODAY}
    generation = publish(
        [
            a_model(repo_id="a/Zebra-7B", downloads_30d=900, kind="quantized", **facts),
            a_model(repo_id="b/Zebra-7B", downloads_30d=800, kind="adapter", **facts),
            a_model(repo_id="c/Zebra-7B", downloads_30d=9, **facts),
        ]
    )
    rows = generation.rows(parse("zebra 7b"), today=TODAY).tolist()
    assert [one.author for one in generation.records(rows)] == ["c", "a", "b"]
