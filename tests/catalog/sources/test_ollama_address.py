"""OLLAMA_HOST as people write it, against what Ollama's own client makes of it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import SourceUnreachable
from catalog.sources.ollama import address

READ = {
    "": "http://127.0.0.1:11434",
    "   ": "http://127.0.0.1:11434",
    '"1.2.3.4"': "http://1.2.3.4:11434",
    "example.com": "http://example.com:11434",
    "Example.COM:1234": "http://example.com:1234",
    "http://example.com": "http://example.com:80",
    "HTTP://example.com:8080/": "http://example.com:8080",
    "https://example.com": "https://example.com:443",
    "https://example.com:1234/ollama/": "https://example.com:1234/ollama",
    "example.com/a/b": "http://example.com:11434/a/b",
    "1.2.3.4": "http://1.2.3.4:11434",
    "1.2.3.4:": "http://1.2.3.4:11434",
    ":1234": "http://127.0.0.1:1234",
    "0.0.0.0": "http://127.0.0.1:11434",
    "0.0.0.0:1234": "http://127.0.0.1:1234",
    "http://0.0.0.0": "http://127.0.0.1:80",
    "::1": "http://[::1]:11434",
    "[::1]": "http://[::1]:11434",
    "[::1]:1337": "http://[::1]:1337",
    "http://[2001:db8::5]": "http://[2001:db8::5]:80",
    "[::]:1234": "http://[::1]:1234",
    "::": "http://[::1]:11434",
    "example.com:66000": "http://example.com:11434",  # no port: the default, as in Ollama
    "example.com:-1": "http://example.com:11434",
    "example.com:0": "http://example.com:11434",
    "https://example.com:none": "https://example.com:443",
    "my_box": "http://my_box:11434",
    "http://127.0.0.1:11434": "http://127.0.0.1:11434",
}
UNREADABLE = (
    "ftp://example.com",
    "http://user:secret@example.com",
    "user@example.com",
    "exa mple.com",
    "example.com/../api/delete#",
    "example.com/a/../b",
    "example.com?x=/",
    "[::1",
    "[fe80::1%eth0]",
    "-x.com",
    "a" * 3_000,
    "http://\u202eexample.com",
    "http://example.com/a\r\nX-Y: z",
)


@pytest.mark.parametrize(("text", "url"), READ.items())
def test_an_address_is_read_as_ollama_reads_it(text: str, url: str) -> None:
    assert address.base_url(text) == url


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_address_is_a_sentence_that_does_not_repeat_it(text: str) -> None:
    with pytest.raises(SourceUnreachable, match="OLLAMA_HOST cannot be read") as told:
        address.base_url(text)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("text", ["ollama.com", "https://ollama.com", "www.ollama.com:443"])
def test_the_cloud_has_nothing_installed(text: str) -> None:
    with pytest.raises(SourceUnreachable, match="cloud"):
        address.base_url(text)


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("", True),
        ("0.0.0.0", True),
        ("[::]", True),
        ("127.0.0.9", True),
        ("localhost", True),
        ("10.0.0.5", False),
        ("gpu-box", False),
        ("localhost.example.com", False),
    ],
)
def test_this_machine_is_known_as_such(text: str, here: bool) -> None:
    assert address.is_here(address.base_url(text)) is here


HOSTS = st.sampled_from(["example.com", "gpu-box", "a_b", "10.1.2.3", "[::1]", "[2001:db8::1]"])
PATHS = st.lists(st.from_regex(r"[A-Za-z0-9_~-]{1,8}", fullmatch=True), max_size=3)


@given(
    scheme=st.sampled_from(["", "http://", "https://", "HTTPS://"]),
    host=HOSTS,
    port=st.none() | st.integers(1, 65_535),
    path=PATHS,
    slash=st.sampled_from(["", "/", "//"]),
)
def test_every_part_of_an_address_is_kept(
    scheme: str, host: str, port: int | None, path: list[str], slash: str
) -> None:
    parts = "".join(f"/{part}" for part in path)
    url = address.base_url(f"{scheme}{host}{f':{port}' if port else ''}{parts}{slash}")
    read = urlsplit(url)
    default = {"": 11_434, "http://": 80}.get(scheme, 443)
    assert read.scheme == (scheme.lower().removesuffix("://") or "http")
    assert read.hostname == host.strip("[]")
    assert read.port == (port or default)
    assert read.path == parts
    assert address.base_url(url) == url, "what it gives is read as itself"


@given(st.text() | st.text(alphabet="htps:/[].0123456789@%?#\\ -a"))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    try:
        url = address.base_url(text)
    except SourceUnreachable:
        return
    read = urlsplit(url)
    assert read.scheme in {"http", "https"} and read.hostname and read.port
    assert read.username is None and not read.query and not read.fragment
    assert url.isascii() and url.isprintable() and " " not in url
    assert address.base_url(url) == url
    assert address.is_here(url) in {True, False}
