"""Terms, quotes, commas and colons."""

from __future__ import annotations

import pytest

from catalog.query import parse, quote
from catalog.query.text import Term, clean, terms


def term(typed: str, key: str, *values: str, negated: bool = False) -> Term:
    return Term(typed=typed, key=key, values=values, negated=negated)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \t\n", []),
        ("qwen 3", [term("qwen", "", "qwen"), term("3", "", "3")]),
        ("qwen,llama", [term("qwen,llama", "", "qwen", "llama")]),
        ("-qwen", [term("-qwen", "", "qwen", negated=True)]),
        ("--qwen", [term("--qwen", "", "-qwen", negated=True)]),
        ("- qwen -", [term("qwen", "", "qwen")]),
        (",, ,", []),
        ('""', []),
        ("task:translation", [term("task:translation", "task", "translation")]),
        ("TASK:a,b", [term("TASK:a,b", "TASK", "a", "b")]),
        ("task:,a,,b,", [term("task:,a,,b,", "task", "a", "b")]),
        ("task:", [term("task:", "task")]),
        ("-kind:adapter", [term("-kind:adapter", "kind", "adapter", negated=True)]),
        ('base:"SD 1.5"', [term('base:"SD 1.5"', "base", "SD 1.5")]),
        ('base:"a,b",c', [term('base:"a,b",c', "base", "a,b", "c")]),
        ("base:x:y", [term("base:x:y", "base", "x:y")]),
        ("licence:mit", [term("licence:mit", "licence", "mit")]),
        # quotes open only where a value can begin, and end their value
        ('5" 6"', [term('5"', "", '5"'), term('6"', "", '6"')]),
        ('"a b"c', [term('"a b"', "", "a b"), term("c", "", "c")]),
        ('"a""b"', [term('"a"', "", "a"), term('"b"', "", "b")]),
        ('"task:x"', [term('"task:x"', "", "task:x")]),
        (r'"a \"b\" \\ \c"', [term(r'"a \"b\" \\ \c"', "", r'a "b" \ \c')]),
        ('"never closed task:x', [term('"never closed task:x', "", "never closed task:x")]),
        ('"ends in \\', [term('"ends in \\', "", "ends in \\")]),
        (r"C:\models\x", [term(r"C:\models\x", "", r"C:\models\x")]),
        # full-width punctuation and spaces
        ("task：a，b", [term("task：a，b", "task", "a", "b")]),
        ("你好　世界", [term("你好", "", "你好"), term("世界", "", "世界")]),
        ("比：较", [term("比：较", "", "比:较")]),
        ('tag:"：，"', [term('tag:"：，"', "tag", "：，")]),
        # what is no key is a word
        ("huggingface:x/y", [term("huggingface:x/y", "", "huggingface:x/y")]),
        ("foo:bar", [term("foo:bar", "", "foo:bar")]),
        ("a:b", [term("a:b", "", "a:b")]),
        (":x", [term(":x", "", ":x")]),
        ("tag://x", [term("tag://x", "", "tag://x")]),
        (f"{'x' * 70}:y", [term(f"{'x' * 70}:y", "", f"{'x' * 70}:y")]),
    ],
)  # fmt: skip
def test_a_text_falls_into_these_terms(text: str, expected: list[Term]) -> None:
    assert list(terms(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t\r\n b  ", "a b"),
        ("a\x00b\x1fc\x7fd\x9fe", "a b c d e"),
        ("a\u00a0b\u3000c\u2028d\u200be\ufefff", "a b c d e f"),
        ("\ud800x\udfff", "\ufffdx\ufffd"),
        ("👩‍💻 é", "👩‍💻 é"),
    ],
)
def test_blanks_are_one_space_and_surrogates_replaced(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mit", "mit"),
        ("通义千问", "通义千问"),
        ("🦙", "🦙"),
        ("back\\slash", "back\\slash"),
        ("SD 1.5", '"SD 1.5"'),
        ("a,b", '"a,b"'),
        ("a，b", '"a，b"'),
        ("a：b", '"a：b"'),
        ("a:b", '"a:b"'),
        ("-a", '"-a"'),
        ("//a", '"//a"'),
        ("a-b", "a-b"),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("", '""'),
        (" a\n b ", '"a b"'),
        ("huggingface:Qwen/Qwen3-8B", "huggingface:Qwen/Qwen3-8B"),
        ("local:x", "local:x"),
        ("https://huggingface.co/Qwen/Qwen3-8B", "https://huggingface.co/Qwen/Qwen3-8B"),
        ("https://x.org/a,b", '"https://x.org/a,b"'),
    ],
)
def test_values_are_quoted_where_they_need_it(value: str, expected: str) -> None:
    assert quote(value) == expected
    if value:
        assert parse(quote(value)).conditions[0].values == (clean(value),)
        assert parse(f"tag:{quote(value)}").chosen("tag") == (clean(value),)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("likes:1,000", "likes:1000"),
        ("likes:1，000，000", "likes:1000000"),
        ("-likes:1,000..2,500", "-likes:1000..2500"),
        ("size:1,500MB", "size:1500MB"),
        ("params:3B,7B", "params:3B,7B"),
        ("likes:12345,678", "likes:12345,678"),
        ("likes:1000,20", "likes:1000,20"),
        ("likes:5..100,1000", "likes:1000,5..100"),
        ('likes:100,"200"', 'likes:100,"200"'),  # two values stay two
        ('likes:"100","200","300"', 'likes:100,"200","300"'),
        ("tag:1,000", "tag:000,1"),
        ("updated:2024,2025", "updated:2024,2025"),
        ("1,000", "000,1"),
    ],
)
def test_commas_of_thousands_part_nothing(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical
    assert parse(canonical) == parse(text)
