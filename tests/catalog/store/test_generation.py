"""What an answer holds beyond counts: cut facets, pages, variants, samples, warnings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from catalog.query import Query, parse
from catalog.records import Found, ModelFile, ModelRecord
from catalog.store.generation import Generation
from tests.catalog.store.conftest import TODAY, Publish, Tables

Maker = Callable[..., ModelRecord]


def _ask(generation: Generation, text: str, **more) -> Found:
    return generation.ask(parse(text), today=TODAY, **more)


def _ids(generation: Generation, text: str) -> list[str]:
    return [model.repo_id for model in _ask(generation, text).models]


def test_one_and_the_same_group_must_meet_all_terms(publish: Publish, a_model: Maker) -> None:
    def weights(quant: str, size: int, kind: str = "gguf") -> ModelFile:
        return ModelFile(
            path=quant, group=quant, role="weights", format=kind, quant_type=quant, size_bytes=size
        )

    both = a_model(repo_id="org/both")
    single = a_model(repo_id="org/single", formats=("safetensors",), size_bytes=7)
    files = [(both.ref, weights("Q4_K_M", 4)), (both.ref, weights("Q8_0", 8))]
    generation = publish([both, single], files)
    assert _ids(generation, "quant:Q4_K_M size:..5") == ["org/both"]
    assert _ids(generation, "quant:Q8_0 size:..5") == []
    assert _ids(generation, "-quant:Q8_0") == ["org/single"]
    assert _ids(generation, "quant:unknown") == ["org/single"]
    found = _ask(generation, "size:..5")
    assert [(v.value, v.count) for v in found.facet("quant").values] == [("Q4_K_M", 1)]
    assert [(b.low, b.high, b.count) for b in found.range("size").bins if b.count] == [
        ("4", "5", 1),
        ("6", "9", 2),
    ]


def test_sizes_of_one_group_are_added_up(publish: Publish, a_model: Maker) -> None:
    model = a_model()
    shards = [
        (model.ref, ModelFile(path=str(n), group="all", role="weights", size_bytes=3))
        for n in range(2)
    ]
    generation = publish([model], [*shards, (model.ref, ModelFile(path="c", size_bytes=99))])
    assert _ask(generation, "size:6").total == 1
    assert _ask(generation, "size:3").total == 0


def test_facets_are_cut_and_chosen_values_stay(publish: Publish, a_model: Maker) -> None:
    authors = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"]
    generation = publish(
        [a_model(repo_id=f"{name}/{n}", likes=n) for n, name in enumerate(authors)]
    )
    facet = _ask(generation, "", values=2).facet("author")
    assert [(v.value, v.count) for v in facet.values] == [("a", 4), ("b", 3)]
    assert facet.distinct == 4
    facet = _ask(generation, "author:d,nobody likes:..3", values=1).facet("author")
    assert [(v.value, v.count) for v in facet.values] == [("a", 4), ("d", 0), ("nobody", 0)]


def test_every_bar_typed_as_a_term_gives_its_count(
    opened: Callable[[str, Tables], Generation], real_tables: Tables, made_tables: Tables
) -> None:
    for name, tables in (("real", real_tables), ("made", made_tables)):
        generation = opened(name, tables)
        for histogram in _ask(generation, "").ranges:
            for bar in histogram.bins:
                term = f"{histogram.key}:{bar.low}..{bar.high}"
                assert _ask(generation, term, facets=()).total == bar.count, term
            unknown = _ask(generation, f"{histogram.key}:unknown", facets=()).total
            assert unknown == histogram.unknown


def test_every_facet_value_typed_as_a_term_gives_its_count(
    opened: Callable[[str, Tables], Generation], made_tables: Tables
) -> None:
    generation = opened("made", made_tables)
    for facet in _ask(generation, "").facets:
        if facet.key == "source":
            continue
        for value in facet.values:
            query = Query().with_value(facet.key, value.value)
            found = generation.ask(query, today=TODAY, facets=())
            assert found.total == value.count, query


def test_a_page_beyond_the_last_is_the_last(publish: Publish, a_model: Maker) -> None:
    generation = publish([a_model(repo_id=f"org/{n}") for n in range(5)])
    found = _ask(generation, "", page=99, page_size=2)
    assert (found.page, found.pages, len(found.models)) == (3, 3, 1)
    found = _ask(generation, "author:none", page=7)
    assert (found.page, found.pages, found.total) == (1, 1, 0)


def test_only_the_facets_asked_for_are_given(publish: Publish, a_model: Maker) -> None:
    generation = publish([a_model()])
    found = _ask(generation, "", facets=("license", "params"))
    assert [facet.key for facet in found.facets] == ["license"]
    assert [facet.key for facet in found.ranges] == ["params"]


def test_variants_collapse_under_their_base(publish: Publish, a_model: Maker) -> None:
    base = a_model(repo_id="org/base", downloads_30d=10)
    models = [
        base,
        a_model(
            repo_id="big/quant",
            downloads_30d=99,
            base_models=(base.ref,),
            base_model_relation="quantized",
            formats=("gguf",),
        ),
        a_model(
            repo_id="big/of-quant",
            downloads_30d=50,
            base_models=("huggingface:big/quant",),
            formats=("gguf",),
        ),
        a_model(
            repo_id="org/merge",
            downloads_30d=5,
            base_models=(base.ref, "huggingface:big/quant"),
            base_model_relation="merge",
        ),
        a_model(repo_id="x/one", downloads_30d=4, base_models=("huggingface:not/here",)),
        a_model(repo_id="x/two", downloads_30d=3, base_models=("huggingface:not/here",)),
    ]
    generation = publish(models)
    found = _ask(generation, "variants:collapsed")
    shown = [model.repo_id for model in found.models]
    assert list(zip(shown, found.variants, strict=True)) == [
        ("org/base", 3),
        ("org/merge", 1),
        ("x/one", 2),
    ]
    assert (found.total, found.repositories) == (3, 6)
    found = _ask(generation, "variants:collapsed format:gguf")
    assert [model.repo_id for model in found.models] == ["big/quant"]
    assert found.variants == (2,)
    row = generation.row_of(base.ref)
    assert row is not None
    children = generation.records(generation.children(row).tolist())
    assert [model.repo_id for model in children] == ["big/quant", "org/merge"]


def test_unknown_is_last_in_both_directions(publish: Publish, a_model: Maker) -> None:
    generation = publish(
        [
            a_model(repo_id="org/none", downloads_30d=30),
            a_model(repo_id="org/few", likes=1, downloads_30d=20),
            a_model(repo_id="org/many", likes=9, downloads_30d=10),
        ]
    )
    assert _ids(generation, "sort:likes") == ["org/many", "org/few", "org/none"]
    assert _ids(generation, "sort:likes-asc") == ["org/few", "org/many", "org/none"]
    assert _ids(generation, "sort:name-asc") == ["org/few", "org/many", "org/none"]


def test_the_sample_is_random_but_the_same_every_time(publish: Publish, a_model: Maker) -> None:
    models = [
        a_model(repo_id=f"org/{n}", parameter_count=n if n % 2 else None, downloads_30d=n)
        for n in range(200)
    ]
    generation = publish(models)
    found = _ask(generation, "", sample=20)
    assert (len(found.sample), found.sample_of) == (20, 100)
    assert {point.parameter_count % 2 for point in found.sample} == {1}
    assert found.sample == _ask(generation, "", sample=20, page=2).sample
    assert {point.ref for point in found.sample} != {m.ref for m in found.models[:20]}
    assert len(_ask(generation, "", sample=500).sample) == 100


def test_dates_count_from_the_day_of_the_question(publish: Publish, a_model: Maker) -> None:
    generation = publish([a_model(last_modified=datetime(2026, 11, 20, tzinfo=UTC))])
    query = parse("updated:10d..")
    assert generation.ask(query, today=TODAY).total == 1
    assert generation.ask(query, today=TODAY.replace(year=2027)).total == 0


@pytest.mark.parametrize(
    ("text", "term", "nearest"),
    [
        ("author:Qwem", "author:Qwem", "author:Qwen"),
        ("license:apache-2.1", "license:apache-2.1", "license:Apache-2.0"),
        ("quant:Q4_K_L", "quant:Q4_K_L", "quant:Q4_K_M"),
        ("tag:unsloht", "tag:unsloht", "tag:unsloth"),
        ("base:Qwen/Qwen3-8C", "base:Qwen/Qwen3-8C", "base:huggingface:Qwen/Qwen3-8B"),
        ("family:zzzzz", "family:zzzzz", None),
        ("fits:rtx-4091", "fits:rtx-4091", "fits:rtx-4090"),
    ],
)
def test_values_that_no_row_has_are_told(
    publish: Publish, a_model: Maker, text: str, term: str, nearest: str | None
) -> None:
    generation = publish(
        [
            a_model(
                author="Qwen",
                license="Apache-2.0",
                quantizations=("Q4_K_M",),
                tags=("unsloth",),
                base_models=("huggingface:Qwen/Qwen3-8B",),
            )
        ]
    )
    (warning,) = generation.check(parse(text))
    assert (warning.term, warning.nearest) == (term, nearest)
    assert warning.message


def test_values_that_occur_need_no_warning(publish: Publish, a_model: Maker) -> None:
    generation = publish([a_model(license="LicenseRef-openrail-plus-plus", tags=("a b",))])
    for text in ("license:openrail++", "license:LICENSEREF-OpenRail-Plus-Plus", 'tag:"A B"'):
        assert generation.check(parse(text)) == ()
        assert _ask(generation, text).total == 1
    assert generation.check(parse("license:unknown task:fill-mask params:3B")) == ()


@pytest.mark.parametrize(
    "text", ["lang:zh", "lang:中文", "lang:Chinese", "lang:汉语", "lang:zho", "lang:ZH"]
)
def test_languages_go_by_name(publish: Publish, a_model: Maker, text: str) -> None:
    generation = publish([a_model(languages=("zh", "en")), a_model(repo_id="o/x")])
    assert _ask(generation, text).total == 1
    assert generation.check(parse(text)) == ()
    assert _ask(generation, "lang:français").total == 0


def test_vocabularies_are_in_order_of_frequency(publish: Publish, a_model: Maker) -> None:
    models = [a_model(repo_id=f"o/{n}", license="MIT" if n else "Apache-2.0") for n in range(3)]
    generation = publish([*models, a_model(repo_id="o/x", tags=("t",))])
    assert list(generation.vocabulary("license")) == ["MIT", "Apache-2.0"]
    assert list(generation.vocabulary("tag")) == ["t"]
