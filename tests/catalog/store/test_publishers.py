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


def test_copies_come_after_a_model_of_their_own_whoever_made_it(
    publish: Callable[..., Any], a_model: Callable[..., ModelRecord]
) -> None:
    generation = publish(
        [
            a_model(repo_id="someone/Zebra-7B-AWQ", popularity=0.9, kind="quantized"),
            a_model(repo_id="someone/Zebra-7B-LoRA", popularity=0.8, kind="adapter"),
            a_model(repo_id="other/Zebra-7B-Chat", popularity=0.1),
        ]
    )
    rows = generation.rows(parse("zebra 7b"), today=TODAY)
    assert [one.name for one in generation.records(rows.tolist())] == [
        "Zebra-7B-Chat",
        "Zebra-7B-AWQ",
        "Zebra-7B-LoRA",
    ]
