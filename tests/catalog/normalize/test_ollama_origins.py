from __future__ import annotations

import pytest

from catalog.normalize.lineage import REPO_ID
from catalog.normalize.ollama_origins import all_origins, origin_of
from catalog.normalize.ollama_tag import read_tag, size_of
from catalog.normalize.parameters import apart, nominal_parameters

ROWS = [(name, key, repo) for name, rows in all_origins().items() for key, repo in rows.items()]


@pytest.mark.parametrize(
    ("model", "tag", "repo_id"),
    [
        ("qwen3", "8b-q4_K_M", "Qwen/Qwen3-8B"),
        ("llama3.1", "8b-instruct-q8_0", "meta-llama/Llama-3.1-8B-Instruct"),
        ("llama3.1", "8b-text-q8_0", "meta-llama/Llama-3.1-8B"),
        ("deepseek-r1", "8b-llama-distill-q4_K_M", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"),
        ("llama3.1", "8b-instruct-turned-q8_0", None),  # words that nobody looked at
        ("llama3.1", "9b-instruct", None),
        ("nobody", "8b", None),
    ],
)
def test_a_tag_is_a_repository_only_where_size_and_words_are_in_the_table(
    model: str, tag: str, repo_id: str | None
) -> None:
    assert origin_of(model, read_tag(tag)) == repo_id


def test_the_table_holds_ids() -> None:
    assert len(ROWS) > 350
    assert all(REPO_ID.fullmatch(repo) and "/" in repo for _, _, repo in ROWS)


def test_size_of_tag_and_of_repository_agree_where_both_tell_one() -> None:
    for name, key, repo in ROWS:
        label, told = size_of(key.partition(" ")[0]), nominal_parameters(repo).total
        if label is not None and told is not None and "scout" not in key and "maver" not in key:
            assert apart(label, told) <= 0.15, (name, key, repo)


def test_instruct_and_base_are_never_mixed_up() -> None:
    for name, key, repo in ROWS:
        words, tail = set(key.split()), repo.rpartition("/")[2].lower()
        if "text" in words or "base" in words:
            assert not {"instruct", "chat", "it"} & set(tail.split("-")), (name, key, repo)
        if "instruct" in words:
            assert "base" not in tail.split("-"), (name, key, repo)
