"""What models said of their architecture, kept beside the generations."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from catalog.errors import StoreUnwritable
from catalog.fit import known
from catalog.fit.architecture import Stated
from catalog.store import facts

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LLAMA = {
    "model_type": "llama",
    "num_hidden_layers": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 100,
}
KEYS = {
    "general.architecture": "llama",
    "llama.block_count": 3,
    "llama.embedding_length": 64,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 1,
}


def stated(ref: str = "huggingface:acme/Rocket", **more: Any) -> Stated:
    return Stated(**{"ref": ref, "revision": "a" * 40, "config": LLAMA, **more})


def test_what_a_model_stated_is_its_architecture_whatever_the_case(tmp_path: Path) -> None:
    facts.note(tmp_path / "new", [stated()], NOW)

    found = facts.architecture(tmp_path / "new", "huggingface:ACME/rocket")
    assert found is not None
    assert [(one.key, one.value) for one in found.layers or ()] == [(32, 32)] * 2
    assert facts.architecture(tmp_path / "new", "huggingface:acme/other") is None
    (entry,) = json.loads((tmp_path / "new" / facts.FILE).read_text())["models"].values()
    assert entry["revision"] == "a" * 40
    assert entry["fetched_at"] == "2026-11-24T12:00:00+00:00"


def test_the_keys_of_a_gguf_are_an_architecture_too(tmp_path: Path) -> None:
    facts.note(tmp_path, [stated("ollama:acme", config={}, gguf=KEYS)], NOW)

    found = facts.architecture(tmp_path, "ollama:acme")
    assert found is not None
    assert [one.key for one in found.layers or ()] == [16] * 3


def test_the_bundled_table_goes_first_and_all_can_be_had_at_once(tmp_path: Path) -> None:
    facts.note(tmp_path, [stated(), stated("huggingface:qwen/qwen3-8b")], NOW)

    found = facts.lookup(tmp_path)
    assert found("huggingface:Qwen/Qwen3-8B") == known.architecture("huggingface:Qwen/Qwen3-8B")
    assert found("huggingface:acme/Rocket") == facts.architecture(
        tmp_path, "huggingface:acme/rocket"
    )
    assert found("huggingface:acme/nobody") is None
    table = facts.table(tmp_path)
    assert set(table) == {*known.refs(), "huggingface:acme/Rocket"}
    assert table["huggingface:Qwen/Qwen3-8B"] == known.architecture("huggingface:Qwen/Qwen3-8B")


def test_a_kind_that_was_not_measured_is_kept_but_not_in_the_table(tmp_path: Path) -> None:
    facts.note(tmp_path, [stated(config={**LLAMA, "model_type": "brand_new"})], NOW)

    found = facts.architecture(tmp_path, "huggingface:acme/Rocket")
    assert found is not None
    assert found.layers is None
    assert found.most is not None
    assert "huggingface:acme/Rocket" not in facts.table(tmp_path)


def test_a_later_word_replaces_the_earlier_and_the_same_word_writes_nothing(
    tmp_path: Path,
) -> None:
    assert facts.stamp(tmp_path) == (0, 0)
    facts.note(tmp_path, [stated()], NOW)
    first = facts.stamp(tmp_path)
    facts.note(tmp_path, [stated()], NOW.replace(hour=13))
    assert facts.stamp(tmp_path) == first

    facts.note(tmp_path, [stated(config={**LLAMA, "num_hidden_layers": 5})], NOW)
    found = facts.architecture(tmp_path, "huggingface:acme/Rocket")
    assert found is not None
    assert found.layer_count == 5
    assert facts.stamp(tmp_path) != first


def test_the_longest_untold_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST", 3)
    facts.note(tmp_path, [stated(f"huggingface:acme/{n}") for n in range(3)], NOW)
    facts.note(
        tmp_path, [stated("huggingface:acme/0", revision="b"), stated("huggingface:acme/9")], NOW
    )

    assert list(json.loads((tmp_path / facts.FILE).read_text())["models"]) == [
        "huggingface:acme/2",
        "huggingface:acme/0",
        "huggingface:acme/9",
    ]


@pytest.mark.parametrize(
    "empty", [(), (stated(config={}),), (stated(config={"layer_types": ["x" * 60] * 2000}),)]
)
def test_nothing_and_too_much_write_no_file(tmp_path: Path, empty: tuple[Stated, ...]) -> None:
    facts.note(tmp_path, empty, NOW)

    assert not (tmp_path / facts.FILE).exists()


@pytest.mark.parametrize(
    "bad", [b"\xff", b"[]", b"{}", b'{"format": 9, "models": {}}', b'{"format": 1, "models": 3}']
)
def test_a_bad_file_is_no_facts_and_is_replaced(tmp_path: Path, bad: bytes) -> None:
    (tmp_path / facts.FILE).write_bytes(bad)
    assert facts.architecture(tmp_path, "huggingface:acme/Rocket") is None

    facts.note(tmp_path, [stated()], NOW)
    assert facts.architecture(tmp_path, "huggingface:acme/Rocket") is not None


@pytest.mark.parametrize("entry", ["3", "{}", '{"config": 4}', '{"config": {}, "gguf": []}'])
def test_a_bad_entry_is_no_fact_of_others(tmp_path: Path, entry: str) -> None:
    text = f'{{"format": 1, "models": {{"huggingface:acme/rocket": {entry}}}}}'
    (tmp_path / facts.FILE).write_text(text)

    assert facts.architecture(tmp_path, "huggingface:acme/Rocket") is None
    assert set(facts.table(tmp_path)) == set(known.refs())


def test_a_file_of_an_absurd_size_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts.note(tmp_path, [stated()], NOW)
    monkeypatch.setattr(facts, "_MOST_BYTES", 10)
    facts._cached.cache_clear()

    assert facts.architecture(tmp_path, "huggingface:acme/Rocket") is None


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnwritable, match="could not be noted"):
        facts.note(tmp_path / "file", [stated()], NOW)

    monkeypatch.setattr(facts, "_WAIT_SECONDS", 0)
    with (
        FileLock(tmp_path / facts.LOCK),
        pytest.raises(StoreUnwritable, match="another process holds it"),
    ):
        facts.note(tmp_path, [stated()], NOW)
