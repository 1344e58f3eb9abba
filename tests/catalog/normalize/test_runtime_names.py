"""Names of runtimes and the refs that they may have."""

from __future__ import annotations

import pytest

from catalog.normalize import runtime_names


@pytest.mark.parametrize(
    ("name", "refs"),
    [
        ("llama3.1:8b", ("ollama:llama3.1:8b",)),
        ("llama3.1", ("ollama:llama3.1", "ollama:llama3.1:latest")),
        ("llama3.1:latest", ("ollama:llama3.1", "ollama:llama3.1:latest")),
        ("library/llama3.1:8b", ("ollama:llama3.1:8b",)),
        ("registry.ollama.ai/library/llama3.1:8b", ("ollama:llama3.1:8b",)),
        ("Registry.Ollama.AI/Library/Llama3.1:8B", ("ollama:Llama3.1:8B",)),
        ("ollama.com/library/llama3.1", ("ollama:llama3.1", "ollama:llama3.1:latest")),
        ("mannix/jan-nano:4b", ("ollama:mannix/jan-nano:4b",)),
        ("hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M", ("huggingface:unsloth/Qwen3-8B-GGUF",)),
        ("huggingface.co/unsloth/Qwen3-8B-GGUF", ("huggingface:unsloth/Qwen3-8B-GGUF",)),
        ("localhost:5000/team/model:v1", ()),
        ("example.com/team/model", ()),
        ("", ()),
        ("a/b/c/d", ()),
        ("x; rm -rf ~", ()),
        ("$(id)", ()),
        ("--help", ()),
        ("模型", ()),
        ("a" * 129, ()),
        (f"{'a' * 127}/{'b' * 127}/{'c' * 127}", ()),
    ],
)
def test_a_name_gives_the_refs_that_it_may_stand_for(name: str, refs: tuple[str, ...]) -> None:
    assert runtime_names.refs(name) == refs


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("registry.ollama.ai/library/llama3.1/8b", "llama3.1:8b"),
        ("registry.ollama.ai/library/llama3.1/latest", "llama3.1:latest"),
        ("registry.ollama.ai/mannix/jan-nano/4b", "mannix/jan-nano:4b"),
        ("hf.co/unsloth/Qwen3-8B-GGUF/Q4_K_M", "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M"),
        ("localhost:5000/team/model/v1", "localhost:5000/team/model:v1"),
    ],
)
def test_the_parts_of_a_path_are_written_as_ollama_lists_them(path: str, name: str) -> None:
    assert runtime_names.shortest(path.split("/")) == name
    assert runtime_names.is_name(name)
