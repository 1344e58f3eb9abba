"""Query and Condition: canonical form and editing."""

from __future__ import annotations

import itertools

import pytest

from catalog.errors import QueryError
from catalog.query import WORD, Condition, Query, parse


def test_a_condition_is_canonical_whoever_makes_it() -> None:
    made = Condition(key="quant", values=("unknown", "q8_0", "Q4_K_M", "q4_k_m"))
    assert made.values == ("Q4_K_M", "Q8_0", "unknown")
    assert str(made) == "quant:Q4_K_M,Q8_0,unknown"


@pytest.mark.parametrize(
    ("key", "typed", "canonical"),
    [
        ("task", "Text-Generation", "text-generation"),
        ("gated", "YES", "yes"),
        ("flag", "Pickle_Only", "pickle_only"),
        ("commercial", "Unknown", "unknown"),
        ("family", "Flan-T5", "flan-t5"),
        ("quant", "iq4_xs", "IQ4_XS"),
        ("quant", "UNKNOWN", "unknown"),
        ("license", "Apache-2.0", "Apache-2.0"),
        ("license", "Unknown", "unknown"),
        ("author", "Qwen", "Qwen"),
        ("params", "Unknown", "unknown"),
        ("updated", "UNKNOWN", "unknown"),
        ("tag", "  two\nlines ", "two lines"),
        (WORD, "Unknown", "Unknown"),
    ],
)
def test_values_take_their_one_form(key: str, typed: str, canonical: str) -> None:
    assert Condition(key=key, values=(typed,)).values == (canonical,)


def test_licenses_that_differ_in_case_are_one() -> None:
    query = parse("license:mit,MIT,apache-2.0,Unknown")
    assert query.chosen("license") == ("apache-2.0", "MIT", "unknown")
    assert query.toggled("license", "Apache-2.0").chosen("license") == ("MIT", "unknown")
    assert query.with_value("license", "mit") is query
    assert parse("tag:GGUF,gguf").chosen("tag") == ("GGUF", "gguf")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("nonsense", ("a",)),
        ("sort", ("likes",)),
        ("variants", ("all",)),
        ("task", ()),
        ("task", ("nonsense",)),
        ("source", ("unknown",)),
        ("params", ("many",)),
        ("fits", ("@",)),
        ("tag", (" \x00",)),
        (WORD, ("",)),
        (WORD, ()),
    ],
)
def test_a_condition_that_means_nothing_cannot_be_made(key: str, values: tuple[str, ...]) -> None:
    with pytest.raises(QueryError):
        Condition(key=key, values=values)


def test_a_query_refuses_a_sort_or_variants_that_do_not_exist() -> None:
    with pytest.raises(QueryError):
        Query(sort="nonsense")
    with pytest.raises(QueryError):
        Query(variants="some")
    assert Query(sort="Likes-ASC", variants="Collapsed") == parse(
        "sort:likes-asc variants:collapsed"
    )


def test_conditions_in_any_order_are_the_same_query() -> None:
    conditions = (
        Condition(key=WORD, values=("qwen",)),
        Condition(key="license", values=("mit",)),
        Condition(key="kind", values=("adapter",), negated=True),
        Condition(key="kind", values=("base", "finetune")),
        Condition(key="tag", values=("a",)),
    )
    queries = {Query(conditions=order) for order in itertools.permutations(conditions)}
    assert {str(query) for query in queries} == {
        "qwen license:mit kind:base,finetune -kind:adapter tag:a"
    }
    assert len(queries) == 1


def test_words_keep_their_order_and_come_first() -> None:
    assert str(parse("sort:likes zebra task:translation -apple zebra mango")) == (
        "zebra -apple mango task:translation sort:likes"
    )


def test_defaults_are_left_out() -> None:
    assert str(Query()) == str(parse("variants:all")) == ""
    assert Query().terms() == ()


def test_terms_are_the_chips() -> None:
    query = parse('qwen "a b" params:3B..14B -kind:adapter variants:collapsed sort:size-asc')
    assert query.terms() == (
        "qwen",
        '"a b"',
        "params:3B..14B",
        "-kind:adapter",
        "variants:collapsed",
        "sort:size-asc",
    )
    for term in query.terms():
        rest = query.without_term(term)
        assert rest.terms() == tuple(other for other in query.terms() if other != term)
    assert query.without_term("task:translation") == query
    assert query.without_term("variants:all") == query


@pytest.mark.parametrize(
    ("text", "order", "words"),
    [
        ("", "popularity", ""),
        ("task:translation", "popularity", ""),
        ("-qwen", "popularity", "-qwen"),
        ("qwen task:translation", "relevance", "qwen"),
        ('qwen "a b" sort:likes', "likes", 'qwen "a b"'),
    ],
)
def test_the_default_order_depends_on_words(text: str, order: str, words: str) -> None:
    assert parse(text).order == order
    assert parse(text).words == words


def test_values_are_added_and_taken_away() -> None:
    query = parse("qwen")
    query = query.with_value("task", "translation")
    query = query.with_value("task", "Summarization")
    assert str(query) == "qwen task:summarization,translation"
    assert query.with_value("task", "translation") is query
    assert query.toggled("task", "translation") == parse("qwen task:summarization")
    assert query.toggled("task", "other").chosen("task") == (
        "other",
        "summarization",
        "translation",
    )
    assert query.without_value("task", "other") == query
    assert query.without_value("task", "translation").without_value(
        "task", "summarization"
    ) == parse("qwen")


def test_editing_leaves_negated_and_further_conditions_alone() -> None:
    query = parse("tag:a tag:b -tag:c")
    assert str(query.with_value("tag", "d")) == "tag:a,d tag:b -tag:c"
    assert query.chosen("tag") == ("a", "b")
    assert str(query.toggled("tag", "c")) == "tag:a,c tag:b -tag:c"
    assert str(query.without_value("tag", "b")) == "tag:a -tag:c"
    assert str(query.without(query.conditions[0])) == "tag:b -tag:c"


def test_a_value_that_cannot_be_is_refused() -> None:
    for edit in (Query().with_value, Query().with_range):
        with pytest.raises(QueryError):
            edit("params", "many")


def test_a_range_replaces_the_ranges_before() -> None:
    query = parse("params:3B..14B params:..70B -params:8B")
    assert str(query.with_range("params", "1b..2b, unknown")) == "params:1B..2B,unknown -params:8B"
    assert str(query.with_range("params", None)) == "-params:8B"
    assert str(query.with_range("params", " ")) == "-params:8B"


def test_sort_and_variants_are_set() -> None:
    query = parse("qwen").with_sort("downloads").with_variants("collapsed")
    assert str(query) == "qwen variants:collapsed sort:downloads"
    assert query.with_sort(None).with_variants("all") == parse("qwen")


def test_two_queries_are_joined() -> None:
    one, other = parse("qwen task:translation sort:likes variants:collapsed"), parse("llama")
    assert str(one.joined(other)) == "qwen llama task:translation variants:collapsed sort:likes"
    assert str(other.joined(parse("variants:collapsed sort:size"))) == (
        "llama variants:collapsed sort:size"
    )
    assert str(one.joined(parse("sort:name"))).endswith("sort:name")


def test_excluded_values_are_those_of_the_negated_terms() -> None:
    query = parse("-kind:adapter,merge kind:base -task:translation -kind:merge")
    assert query.excluded("kind") == ("adapter", "merge")
    assert query.excluded("license") == ()
