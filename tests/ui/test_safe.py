"""Hostile words, as seen in names and tags or thought of since."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import safe

HOSTILE = (
    "![](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "<img src=http://evil.example/x.png onerror=alert(1)>",
    "<script>alert(1)</script>",
    ":material/delete: :streamlit: :smile: :material_delete:",
    ":red[alarm] :color[x]{foreground=red} :blue-badge[sure]",
    "$\\frac{1}{2}$ and $$x^2$$",
    "# heading",
    "> quote",
    "- item",
    "1. item",
    "a | b | c",
    "`code` **bold** _it_ ~~gone~~",
    "https://evil.example/path?x=1",
    "www.evil.example",
    "me@evil.example",
    "a -> b <- c -- d >= e <= f ~= g <-> h",
    "[^1] [ref]: http://evil.example",
    "---",
    "&lt;b&gt; &amp; &#60;",
)


@pytest.mark.parametrize("words", HOSTILE)
def test_every_ascii_punctuation_is_escaped(words: str) -> None:
    shown = safe.text(words)
    assert not re.search(r"(?<!\\)(?:\\\\)*[!-/:-@\[\]^-`{-~]", shown.replace("\\\\", ""))


@pytest.mark.parametrize("words", HOSTILE)
def test_escaped_words_read_as_written(words: str) -> None:
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", safe.text(words)).replace("\u2060", "")
    assert read == words


@pytest.mark.parametrize(
    ("words", "found_late"),
    [
        ("see http://evil.example", r"https?://"),
        ("WWW.evil.example", r"www\."),
        ("me@evil.example", r"@evil\."),
        (":streamlit:", r":streamlit:"),
        (":material_home:", r":material_\w+:"),
        ("a -> b", r"->"),
        ("a <-> b", r"<->"),
        ("a -- b", r"--"),
        ("a >= b", r">="),
        ("a ~= b", r"~="),
        ("a <- b", r"<-"),
        ("a <= b", r"<="),
    ],
)
def test_what_is_found_in_finished_text_is_broken(words: str, found_late: str) -> None:
    finished = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", safe.text(words))
    assert re.search(found_late, finished, re.IGNORECASE) is None


def test_an_ordinary_name_gets_no_invisible_character() -> None:
    for words in ("llama3.1:8b", "civitai:4384@105674", "gemma-3-12b-it", "a.b_c", "通义千问"):
        assert "\u2060" not in safe.text(words)


def test_direction_marks_and_hidden_characters_are_shown() -> None:
    assert safe.plain("abc\u202egpj.exe") == "abc\ufffdgpj.exe"
    assert safe.plain("Qwen\u200b3") == "Qwen\ufffd3"
    assert safe.plain("a\u2066b\u2069") == "a\ufffdb\ufffd"
    assert safe.plain("tag\U000e0041") == "tag\ufffd"
    assert safe.plain("nul\x00 esc\x1b") == "nul\ufffd esc\ufffd"


def test_a_lone_surrogate_does_not_reach_the_wire() -> None:
    safe.plain("x\ud800y").encode("utf-8")


def test_joiners_stay_where_a_script_needs_them() -> None:
    family = "👨\u200d👩\u200d👧"
    persian = "می\u200cخواهم"
    assert safe.plain(family) == family
    assert safe.plain(persian) == persian


def test_lines_become_one_line_and_long_names_end() -> None:
    assert safe.plain("a\nb\tc\u2028d") == "a b c d"
    assert len(safe.plain("x" * 5000)) == safe.LIMIT
    assert safe.plain(None) == ""


def test_stacked_marks_are_limited() -> None:
    assert len(safe.plain("a" + "\u0301" * 50)) == 4


def test_chart_words_are_no_html() -> None:
    assert safe.chart('<a href="x">&</a>') == '&lt;a href="x"&gt;&amp;&lt;/a&gt;'


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pass@host/",
        "https://ho st/",
        "https://host/\u202e",
        "//host",
        "file:///etc/passwd",
        "https://host/" + "x" * 3000,
    ],
)
def test_only_web_addresses_become_links(wrong: str | None) -> None:
    assert safe.address(wrong) is None


def test_a_hub_address_is_kept() -> None:
    assert safe.address("https://huggingface.co/Qwen/Qwen3-8B") is not None


@given(st.text())
def test_no_text_raises_and_all_encode(words: str) -> None:
    for shown in (safe.plain(words), safe.text(words), safe.chart(words)):
        shown.encode("utf-8")
        assert "\n" not in shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hf-mirror.com", "hf-mirror.com"),
        ("https://user:secret@mirror.example:8443/hub/?token=secret#x", "mirror.example:8443/hub"),
        ("127.0.0.1:11434", "127.0.0.1:11434"),
        ("http://[::1]:80/", "[::1]:80"),
        ("https://user:secret@host:port", ""),
        ("http://[::", ""),
        (None, ""),
    ],
)
def test_a_place_keeps_secrets_of_an_address_to_itself(address: str | None, shown: str) -> None:
    assert safe.place(address) == shown


def test_several_places_are_named_once_each() -> None:
    told = "https://ollama.com https://a:b@registry.example https://ollama.com"
    assert safe.places(told) == "ollama.com, registry.example"
    assert safe.places(None) == ""
