"""The round trip: every query survives its text, every text comes to rest, nothing raises."""

from __future__ import annotations

import random
from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from catalog.query import (
    CLOSED,
    KEYS,
    RANGE_KEYS,
    WORD,
    Condition,
    Query,
    bounds,
    fits_term,
    parse,
    quote,
    read,
)
from catalog.query.text import clean
from catalog.vocabulary import SORTS, VARIANTS

TODAY = date(2026, 11, 24)
OFTEN = settings(max_examples=120, deadline=None)

# Any text, and often such as has a meaning in the language.
_PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            *'",:-\\.@/ xkB，：…',
            "\u3000",
            "\x00",
            "\ufeff",
            "..",
            "你好",
            "🦙",
            "👩‍💻",
            "\u202e",
            "İ",
            "ﬁ",
            "unknown",
            "huggingface:",
            "https://",
            *(f"{key}:" for key in KEYS),
        ]
    ),
    st.characters(categories=["Cs", "Cc", "Zs", "Po"]),
)
TEXTS = st.lists(_PIECES, max_size=20).map("".join)
VALUES = TEXTS.filter(clean)

_DIGITS = st.from_regex(r"[0-9]{1,5}(\.[0-9]{1,4})?", fullmatch=True)
_WHOLE = st.from_regex(r"[0-9]{1,9}", fullmatch=True)
_ISO_DATES = st.one_of(
    st.dates().map(date.isoformat),
    st.dates().map(lambda day: day.isoformat()[:7]),
    st.dates().map(lambda day: day.isoformat()[:4]),
    st.from_regex(r"[0-9]{1,6}[dwmyDWMY]", fullmatch=True),
)


def _with_unit(*units: str) -> st.SearchStrategy[str]:
    return st.one_of(_WHOLE, st.builds("{}{}".format, _DIGITS, st.sampled_from(units)))


def _ends(key: str) -> st.SearchStrategy[str]:
    match key:
        case "updated" | "created":
            return _ISO_DATES
        case "bits":
            return _DIGITS
        case "size":
            return _with_unit("KB", "mb", "GB", "tb", "KiB", "MiB", "gib", "g")
        case _:
            return _with_unit("K", "m", "B", "b")


def _ranges(key: str) -> st.SearchStrategy[str]:
    end = _ends(key)
    return st.one_of(
        end,
        end.map("{}..".format),
        end.map("..{}".format),
        st.builds("{}..{}".format, end, end),
        st.just("unknown"),
    )


_FITS = st.from_regex(r"[a-z][a-z0-9-]{0,9}(@[1-9][0-9]{0,3}k?(x[0-9]{0,2}[1-9])?)?(/[QA][A-Z0-9_-]{0,5})?", fullmatch=True)  # fmt: skip # noqa: E501


def _values_of(key: str) -> st.SearchStrategy[str]:
    if key in CLOSED:
        return st.sampled_from(CLOSED[key])
    if key in RANGE_KEYS:
        return _ranges(key)
    return _FITS if key == "fits" else VALUES


CONDITIONS = st.sampled_from([WORD, *KEYS[: KEYS.index("variants")]]).flatmap(
    lambda key: st.builds(
        Condition,
        key=st.just(key),
        values=st.lists(_values_of(key), min_size=1, max_size=4).map(tuple),
        negated=st.booleans(),
    )
)
SORT_VALUES = st.sampled_from([*SORTS, *(f"{sort}-asc" for sort in SORTS)])
QUERIES = st.builds(
    Query,
    conditions=st.lists(CONDITIONS, max_size=6).map(tuple),
    sort=st.none() | SORT_VALUES,
    variants=st.sampled_from(VARIANTS),
)


@given(QUERIES)
@OFTEN
def test_every_query_survives_its_text(query: Query) -> None:
    found = read(str(query))
    assert found.query == query
    assert found.warnings == ()
    assert read(" ".join(query.terms())).query == query


@given(QUERIES, st.randoms(use_true_random=False))
@OFTEN
def test_the_order_of_terms_does_not_matter(query: Query, chance: random.Random) -> None:
    filters = [part for part in query.conditions if part.key != WORD]
    words = [part for part in query.conditions if part.key == WORD]
    chance.shuffle(filters)
    assert Query(conditions=(*filters, *words), sort=query.sort, variants=query.variants) == query
    turned = [
        Condition(key=part.key, values=part.values[::-1], negated=part.negated)
        for part in query.conditions
    ]
    assert Query(conditions=tuple(turned), sort=query.sort, variants=query.variants) == query


@given(TEXTS)
@OFTEN
def test_every_text_comes_to_rest(text: str) -> None:
    _check(text)


@given(VALUES)
@OFTEN
def test_every_value_can_be_quoted(value: str) -> None:
    for key in (WORD, "tag"):
        prefix = f"{key}:" if key else ""
        expected = "unknown" if key and clean(value).lower() == "unknown" else clean(value)
        assert parse(prefix + quote(value)).chosen(key) == (expected,)


@given(QUERIES)
@OFTEN
def test_every_term_can_be_taken_away(query: Query) -> None:
    for term in query.terms():
        assert term not in query.without_term(term).terms()
    for part in query.conditions:
        assert part not in query.without(part).conditions


@pytest.mark.parametrize("seed", range(4))
def test_ten_thousand_random_and_mutated_texts_do_no_harm(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(2_500):
        _check(_random_text(chance) if chance.random() < 0.4 else _mutated(chance))


@pytest.mark.parametrize(
    "text",
    [
        "\ud800" * 1000 + "\udfff",
        "\x00" * 1000,
        '"' * 30_000,
        '\\"' * 30_000,
        "a:" * 30_000,
        "task:" * 30_000,
        "," * 30_000,
        "-" * 30_000,
        "-a " * 30_000,
        "task:translation," * 30_000,
        "params:1B..2B," * 30_000,
        "params:" + "9" * 30_000 + "B",
        "params:" + "." * 30_000,
        "params:1e999,nan,inf,-inf,0x10,1_000,٣B",
        "fits:" + "@" * 30_000,
        "fits:" + "/" * 30_000,
        "updated:" + "9" * 30_000 + "d",
        "updated:999999y..999999y,0000-00-00..9999-12-31",
        "(" * 30_000 + ")" * 30_000,
        "x" * 1_000_000,
        "sort:" + "likes," * 30_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_extreme_texts_do_no_harm(text: str) -> None:
    _check(text)


def _check(text: str) -> None:
    """Nothing raises, the canonical text is a fixed point, and every range can be asked for."""
    found = read(text)
    canonical = str(found.query)
    again = read(canonical)
    assert str(again.query) == canonical
    assert again.query == found.query
    assert again.warnings == ()
    canonical.encode()
    for warning in found.warnings:
        warning.term.encode()
        assert warning.nearest is None or not read(warning.nearest).warnings
    for part in found.query.conditions:
        for value in part.values:
            if part.key in RANGE_KEYS and value != "unknown":
                bounds(part.key, value, TODAY)
            if part.key == "fits":
                assert fits_term(value) is not None


_SEEDS = (
    "qwen task:text-generation license:apache-2.0,mit params:3B..14B quant:Q4_K_M -kind:adapter",
    'updated:180d.. sort:likes fits:rtx-4090@32kx5/Q4_K_M context:32k.. base:"SD 1.5"',
    "size:5GB..8GiB bits:4.5 created:2024-05..2025 likes:100.. license:unknown variants:collapsed",
    'huggingface:Qwen/Qwen3-8B "a \\"b\\" c" 你好，世界 params：8B，unknown https://x/a:b',
)
_ALPHABET = [
    *'abkmxqKBGT0123456789 "":,,--..\\\\@/，：　\n\x00…\ud800🦙é',
    "..",
    "unknown",
    *(f" {key}:" for key in KEYS),
]


def _random_text(chance: random.Random) -> str:
    return "".join(chance.choices(_ALPHABET, k=chance.randint(0, 40)))


def _mutated(chance: random.Random) -> str:
    text = list(chance.choice(_SEEDS))
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(3):
            case 0:
                text.insert(at, chance.choice(_ALPHABET))
            case 1:
                del text[at : at + chance.randint(1, 4)]
            case _:
                text[at:at] = text[max(0, at - 8) : at]
    return "".join(text)
