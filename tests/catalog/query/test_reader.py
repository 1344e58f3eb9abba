"""From a text to a query, with warnings for what was left out."""

from __future__ import annotations

import pytest

from catalog.query import CLOSED, KEYS, LONGEST_TEXT, MOST_TERMS, WORD, Condition, parse, read
from catalog.query.keys import nearest_key


def test_the_examples_of_the_design_are_read() -> None:
    found = read(
        "qwen task:text-generation license:apache-2.0,mit params:3B..14B quant:Q4_K_M "
        "-kind:adapter updated:180d.. sort:likes"
    )
    assert not found.warnings
    assert found.query.conditions == (
        Condition(key=WORD, values=("qwen",)),
        Condition(key="task", values=("text-generation",)),
        Condition(key="license", values=("apache-2.0", "mit")),
        Condition(key="quant", values=("Q4_K_M",)),
        Condition(key="params", values=("3B..14B",)),
        Condition(key="kind", values=("adapter",), negated=True),
        Condition(key="updated", values=("180d..",)),
    )
    assert found.query.sort == "likes"
    found = read(
        "commercial:yes fits:rtx-4090@32kx5 context:32k..      source:civitai "
        'base:"SD 1.5"      license:unknown'
    )
    assert not found.warnings
    assert str(found.query) == (
        'source:civitai license:unknown commercial:yes context:32k.. base:"SD 1.5" '
        "fits:rtx-4090@32kx5"
    )


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Task:Translation", "task:translation"),
        ("TASK：Translation，summarization", "task:summarization,translation"),
        ("params:3B..14B,unknown", "params:3B..14B,unknown"),
        ("params:unknown,8b,3b..4b", "params:3B..4B,8B,unknown"),
        ("tag:b,a,b", "tag:a,b"),
        ("tag:b tag:b", "tag:b"),
        ("llama,qwen", "llama,qwen"),
        ("qwen,llama", "llama,qwen"),
        ("sort:likes sort:size-asc", "sort:size-asc"),
        ("sort:likes,name", "sort:name"),
        ("variants:collapsed variants:all", ""),
        ("sort:popularity", "sort:popularity"),
        ("downloads_total:1K..", "downloads_total:1K.."),
        ("tag:-x", 'tag:"-x"'),
        ("base:huggingface:Qwen/Qwen3-8B", "base:huggingface:Qwen/Qwen3-8B"),
        ("huggingface:Qwen/Qwen3-8B", "huggingface:Qwen/Qwen3-8B"),
        ("civitai:4384@105674", "civitai:4384@105674"),
        ("ollama:llama3.1:8b", "ollama:llama3.1:8b"),
        ("local:smollm2", "local:smollm2"),
        ("https://ollama.com/library/qwen3:8b", "https://ollama.com/library/qwen3:8b"),
        ("llama3.1:8b", '"llama3.1:8b"'),
        ("hf.co/x/y-GGUF:Q4_K_M", '"hf.co/x/y-GGUF:Q4_K_M"'),
        ("ab:c", '"ab:c"'),
        ("-foo:bar", '-"foo:bar"'),
        ("通义千问 🦙", "通义千问 🦙"),
    ],
)
def test_a_text_has_one_canonical_text_and_no_warning(text: str, canonical: str) -> None:
    found = read(text)
    assert str(found.query) == canonical
    assert found.warnings == ()
    assert parse(canonical) == found.query


@pytest.mark.parametrize(
    ("text", "term", "nearest", "rest"),
    [
        ("qwen licence:mit", "licence:mit", "license:mit", "qwen"),
        ("tsak:translation", "tsak:translation", "task:translation", ""),
        ("-tsak:txt-generation", "-tsak:txt-generation", "-task:text-generation", ""),
        ("srot:likes", "srot:likes", "sort:likes", ""),
        ("varaints:collapsed", "varaints:collapsed", "variants:collapsed", ""),
        ('bsae:"SD 1.5",x', 'bsae:"SD 1.5",x', 'base:"SD 1.5",x', ""),
        ("licence:", "licence:", None, ""),
        ("page:2", "page:2", None, ""),  # as near to base as to nothing
        ("tsak:qqqqqq", "tsak:qqqqqq", None, ""),
        ("bert:base", "bert:base", None, ""),
        ("task:text-generaton", "task:text-generaton", "task:text-generation", ""),
        ("task:translation,summary", "task:summary", None, "task:translation"),
        ("-Kind:quantised,merge", "-Kind:quantised", "-kind:quantized", "-kind:merge"),
        ("task:ner", "task:ner", "task:token-classification", ""),
        ("task:generation", "task:generation", "task:text-generation", ""),
        ('task:"a b"', 'task:"a b"', None, ""),
        (f"task:{'x' * 70}", f"task:{'x' * 70}", None, ""),
        ("source:local", "source:local", None, ""),
        ("source:unknown", "source:unknown", None, ""),
        ("source:hf", "source:hf", "source:huggingface", ""),
        ("sort:like", "sort:like", "sort:likes", ""),
        ("sort:likes sort:sizes", "sort:sizes", "sort:size", "sort:likes"),
        ("-sort:likes", "-sort:likes", "sort:likes", ""),
        ("-variants:collapsed", "-variants:collapsed", "variants:collapsed", ""),
        ("-variants:some", "-variants:some", None, ""),
        ("task:", "task:", None, ""),
        ("-task:,", "-task:,", None, ""),
        ("license: mit", "license:", None, "mit"),
        ("fits:@32k", "fits:@32k", None, ""),
        ("params:3B-14B", "params:3B-14B", "params:3B..14B", ""),
    ],
)
def test_what_is_left_out_is_named_with_the_nearest(
    text: str, term: str, nearest: str | None, rest: str
) -> None:
    found = read(text)
    (warning,) = found.warnings
    assert (warning.term, warning.nearest) == (term, nearest)
    assert warning.message.endswith(".")
    assert str(found.query) == rest
    if nearest:
        assert not read(nearest).warnings


def test_every_key_and_every_closed_value_is_known() -> None:
    for key in KEYS:
        assert nearest_key(key.upper()) == key
    for key, values in CLOSED.items():
        for value in values:
            assert not read(f"{key}:{value}").warnings


def test_unknown_stands_for_null_where_null_can_be() -> None:
    for key in KEYS:
        refused = key in ("source", "fits", "variants", "sort")
        if key == "fits":
            continue  # a device may have any name
        assert bool(read(f"{key}:unknown").warnings) == refused


def test_a_short_name_misspells_nothing_by_chance() -> None:
    assert [nearest_key(name) for name in ("", "a", "ta", "cat", "phi")] == [None] * 5
    assert [nearest_key(name) for name in ("tga", "tags", "lng", "siz")] == [
        "tag",
        "tag",
        "lang",
        "size",
    ]


def test_only_so_much_text_is_read() -> None:
    found = read("qwen " + "x" * 1_000_000)
    assert [len(part.values[0]) for part in found.query.conditions] == [4, LONGEST_TEXT - 5]
    (warning,) = found.warnings
    assert warning.message == "Only the first 20,000 characters of the query are read."
    assert len(warning.term) < 200


def test_only_so_many_terms_are_kept() -> None:
    found = read(" ".join(f"w{number}" for number in range(MOST_TERMS + 5)))
    assert len(found.query.conditions) == MOST_TERMS
    (warning,) = found.warnings
    assert warning.term == f"w{MOST_TERMS}"
    assert parse(str(found.query)) == found.query


def test_a_canonical_text_is_never_longer_than_what_is_read() -> None:
    text = "task:translation a" + '"' * (LONGEST_TEXT - 100) + " sort:likes"
    found = read(text)
    assert str(found.query) == "sort:likes"
    assert found.warnings
    assert parse(str(found.query)) == found.query


def test_warnings_do_not_flood_the_page() -> None:
    assert len(read("task:nonsense " * 1000).warnings) == 20
