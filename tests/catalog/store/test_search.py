"""Words find ids however their parts are written, and a pasted ref or address finds its model."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.query import WORD, Condition, Query, parse
from catalog.records import ModelRecord
from catalog.store.generation import Generation
from catalog.store.search import pasted_ref, squeezed
from tests.catalog.store.conftest import TODAY, Publish

Maker = Callable[..., ModelRecord]
IDS = (
    "Qwen/Qwen2.5-7B-Instruct",
    "Qwen/Qwen2.5-72B",
    "TheBloke/TinyLlama-1.1B-GGUF",
    "deepseek-ai/DeepSeek-V3",
    "THUDM/chatglm-6b-中文模型",
    "org/Привет-Model",
    "org/a_very_long_name_of_more_than_twenty_four_letters-v1",
    "org/a_very_long_name_of_more_than_twenty_four_letters-v2",
)


@pytest.fixture
def generation(publish: Publish, a_model: Maker) -> Generation:
    models = [
        a_model(repo_id=repo_id, downloads_30d=1_000 - number) for number, repo_id in enumerate(IDS)
    ]
    models += [
        a_model(
            source="civitai",
            repo_id="4384",
            name="DreamShaper",
            author="Lykon",
            aliases=("civitai:4384@105674",),
        ),
        a_model(
            source="ollama",
            repo_id="llama3.1:8b",
            name="llama3.1:8b",
            author=None,
            aliases=("ollama:llama3.1", "ollama:llama3.1:latest"),
        ),
    ]
    return publish(models)


def _found(generation: Generation, text: str) -> list[str]:
    found = generation.ask(parse(text), today=TODAY, facets=())
    return [model.repo_id for model in found.models]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("qwen", IDS[:2]),
        ("qwen25", IDS[:2]),
        ("Qwen-2.5", IDS[:2]),
        ("qwen 7", IDS[:2]),  # 7 begins 7B and 72B
        ("qwen 7b", IDS[:1]),
        ("7b qwen", IDS[:1]),
        ("instruct", IDS[:1]),
        ("inst", IDS[:1]),
        ("llama", (IDS[2], "llama3.1:8b")),
        ("tinyllama", IDS[2:3]),
        ("inyl", IDS[2:3]),  # begins no token, so it is looked for inside them
        ("seek", IDS[3:4]),
        ("中文", IDS[4:5]),
        ("模型", IDS[4:5]),
        ("ПРИВЕТ", IDS[5:6]),
        ("вет", IDS[5:6]),
        ("a_very_long_name_of_more_than_twenty_four_letters", IDS[6:8]),
        ("a_very_long_name_of_more_than_twenty_four_letters-v2", IDS[7:8]),
        ("dreamshaper", ("4384",)),
        ("lykon", ("4384",)),
        ("４３８４", ("4384",)),
        ("llama3.1:latest", ("llama3.1:8b",)),
        ("qwen -instruct", IDS[1:2]),
        ("seek,instruct", (IDS[0], IDS[3])),
        ('"tiny llama"', IDS[2:3]),
        ('"llama tiny"', ()),
        ("nothing-of-the-kind", ()),
        ("huggingface:Qwen/Qwen2.5-72B", IDS[1:2]),
        ("https://huggingface.co/Qwen/Qwen2.5-72B/tree/main", IDS[1:2]),
        ("https://civitai.com/models/4384/dreamshaper", ("4384",)),
        ("civitai:4384@105674", ("4384",)),
        ("https://ollama.com/library/llama3.1", ("llama3.1:8b",)),
        ("huggingface:qwen/qwen2.5-72b", IDS[1:2]),
        ("huggingface:Qwen/Qwen2.5", IDS[:2]),
        ("https://huggingface.co/Qwen", IDS[:2]),  # an author's page
        ("https://huggingface.co/Qwen/Qwen2.5", ()),
        ("https://civitai.com/models/43", ()),  # no beginning of 4384
    ],
)
def test_words_find(generation: Generation, text: str, wanted: tuple[str, ...]) -> None:
    assert sorted(_found(generation, text)) == sorted(wanted)


def test_a_word_of_signs_alone_leaves_all(generation: Generation) -> None:
    query = Query(conditions=(Condition(key=WORD, values=("!!!",)),))
    assert generation.ask(query, today=TODAY, facets=()).total == len(generation)


def test_the_exact_name_comes_first(publish: Publish, a_model: Maker) -> None:
    generation = publish(
        [
            a_model(repo_id="big/Qwen3-8B-GGUF", downloads_30d=1_000_000),
            a_model(repo_id="Qwen/Qwen3-8B", downloads_30d=10),
            a_model(repo_id="big/other-Qwen3-8B", downloads_30d=100_000),
        ]
    )
    assert _found(generation, "qwen3-8b")[0] == "Qwen/Qwen3-8B"
    assert _found(generation, "qwen3 8b")[0] == "Qwen/Qwen3-8B"
    assert _found(generation, "qwen/qwen3-8b") == ["Qwen/Qwen3-8B"]
    assert _found(generation, "qwen3-8b sort:popularity")[0] == "big/Qwen3-8B-GGUF"
    assert _found(generation, "qwen3-8b sort:relevance-asc")[-1] == "Qwen/Qwen3-8B"


@pytest.mark.parametrize(
    ("word", "ref"),
    [
        ("huggingface:a/b", "huggingface:a/b"),
        ("HuggingFace:a/b", "huggingface:a/b"),
        ("https://huggingface.co/a/b?x=1#y", "huggingface:a/b"),
        ("hf.co/a/b", "huggingface:a/b"),
        ("http://www.civitai.com/models/12", "civitai:12"),
        ("https://ollama.com/library/llama3.1:8b", "ollama:llama3.1:8b"),
        ("https://ollama.com/jane/own", "ollama:jane/own"),
        ("https://ollama.com/", None),
        ("https://evil.example/a/b", None),
        ("qwen", None),
        ("huggingface:", None),
        ("", None),
    ],
)
def test_refs_are_recognised(word: str, ref: str | None) -> None:
    assert pasted_ref(word) == ref


def test_squeezing_keeps_letters_and_digits_only() -> None:
    assert squeezed("Qwen2.5-７B_é 中") == "qwen257bé中"


def test_refs_and_aliases_lead_to_their_row(generation: Generation) -> None:
    for ref in ("huggingface:Qwen/Qwen2.5-72B", "huggingface:qwen/qwen2.5-72B"):
        row = generation.row_of(ref)
        assert row is not None
        assert generation.records([row])[0].repo_id == "Qwen/Qwen2.5-72B"
    assert generation.row_of("ollama:llama3.1") == generation.row_of("ollama:llama3.1:8b")
    assert generation.row_of("civitai:4384@105674") == generation.row_of("civitai:4384")
    for ref in ("civitai:438", "Qwen/Qwen2.5-72B", "huggingface:Qwen", "nonsense", "", ":"):
        assert generation.row_of(ref) is None


def test_the_nearest_refs_are_named(generation: Generation) -> None:
    assert (
        generation.nearest_refs("huggingface:Qwen/Qwen2.5-72")[0] == "huggingface:Qwen/Qwen2.5-72B"
    )
    assert generation.nearest_refs("deepsek-ai/DeepSeekV3", 1) == [
        "huggingface:deepseek-ai/DeepSeek-V3"
    ]
    assert generation.nearest_refs("llama3.1:8b", 1) == ["ollama:llama3.1:8b"]  # all name
    assert generation.nearest_refs("§§§§") == []
