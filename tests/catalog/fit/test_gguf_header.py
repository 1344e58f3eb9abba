"""Headers of GGUF files that are damaged, short or of a kind that was not measured."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import QueryError
from catalog.fit import gguf_facts, gguf_header
from catalog.fit.architecture import Layer


def text(word: str) -> bytes:
    return struct.pack("<Q", len(word)) + word.encode()


def a_header(*, version: int = 3, tensors: int = 0, keys: int = 0, body: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + body


TENSOR = text("a") + struct.pack("<IQQIQ", 2, 256, 4, 12, 0)
STRANGE = text("a") + struct.pack("<IQIQ", 1, 256, 250, 0)
LONG = text("k") + struct.pack("<IIQ", 9, 8, 5000) + text("w") * 5000
NUMBERS = text("n") + struct.pack("<IIQ", 9, 5, 5000) + bytes(20_000)


def test_keys_and_bytes_of_tensors_are_read() -> None:
    short = text("s") + struct.pack("<IIQ", 9, 4, 2) + struct.pack("<II", 7, 9)
    body = LONG + NUMBERS + short + TENSOR
    values, size = gguf_header.read(io.BytesIO(a_header(keys=3, tensors=1, body=body)))
    assert values == {"k": range(5000), "n": range(5000), "s": [7, 9]}
    assert size == 1024 // 256 * 144


def test_bytes_of_an_unknown_type_are_not_known() -> None:
    assert gguf_header.read(io.BytesIO(a_header(tensors=1, body=STRANGE)))[1] is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ends within"),
        (b"PK\3\4", "not a GGUF"),
        (a_header(version=9), "version 9"),
        (a_header(tensors=1 << 60), "beyond reason"),
        (a_header(keys=1, body=text("k") + struct.pack("<I", 99)), "unknown kind 99"),
        (a_header(keys=1, body=text("k") + struct.pack("<IIQ", 9, 9, 1)), "lists within lists"),
        (a_header(keys=1, body=text("k") + struct.pack("<IIQ", 9, 99, 5000)), "unknown kind 99"),
        (a_header(tensors=1, body=text("a") + struct.pack("<I", 5)), "four dimensions"),
        (a_header(keys=1, body=LONG[:-4]), "ends within"),
    ],
)
def test_a_damaged_header_is_a_sentence(data: bytes, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        gguf_header.read(io.BytesIO(data))


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_a_sentence(noise: bytes) -> None:
    try:
        gguf_header.read(io.BytesIO(a_header(keys=2, tensors=1, body=noise)))
    except QueryError:
        return


def keys(name: str, **values: Any) -> dict[str, Any]:
    known = {f"{name}.{key.replace('__', '.')}": value for key, value in values.items()}
    return {"general.architecture": name, **known}


PLAIN = {
    "block_count": 2,
    "embedding_length": 64,
    "attention__head_count": 4,
    "attention__head_count_kv": 2,
}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "the cache of unknown was not measured"),
        (keys("newer", **PLAIN), "the cache of newer was not measured"),
        (keys("llama"), "does not state block_count"),
        (keys("llama", block_count=10**6), "states 1000000 layers"),
        (keys("llama", **(PLAIN | {"attention__head_count_kv": [2]})), "head_count_kv"),
        (keys("llama", **(PLAIN | {"attention__head_count": 0})), "the size of a head"),
    ],
)
def test_what_cannot_be_worked_out_is_told(values: dict[str, Any], why: str) -> None:
    found = gguf_facts.facts(values, None)
    assert found.layers is None and found.doubt is not None and why in found.doubt


def test_the_most_that_an_unknown_kind_can_keep_needs_heads() -> None:
    newer = gguf_facts.facts(keys("newer", **PLAIN), None)
    assert newer.most == Layer(key=64, value=64)
    assert gguf_facts.facts({}, None).most is None


def test_the_period_of_windows_may_be_stated() -> None:
    stated = {"attention__sliding_window": 16, "attention__sliding_window_pattern": 1}
    found = gguf_facts.facts(keys("gemma3", **PLAIN, **stated), None)
    assert found.layers is not None and [one.window for one in found.layers] == [None, None]


def test_the_keys_that_are_kept_tell_the_same() -> None:
    values = {
        "general.architecture": "llama",
        "general.name": "no matter",
        "llama.block_count": 2,
        "llama.embedding_length": 64,
        "llama.feed_forward_length": [128, 256],
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.rope.freq_base": 1e6,
        "llama.odd": [["x"]],
        "llama.far": 1 << 60,
        "tokenizer.ggml.tokens": ["a", "b", "c"],
    }
    kept = gguf_facts.kept(values)
    assert gguf_facts.facts(kept, None) == gguf_facts.facts(values, None)
    assert kept["llama.vocab_size"] == 3
    assert not {"general.name", "llama.odd", "llama.far", "llama.rope.freq_base"} & set(kept)
    for nothing in ({}, {"general.architecture": 3}, {"general.architecture": "x" * 101}):
        assert gguf_facts.kept(nothing) == {}
    assert gguf_facts.kept({"general.architecture": "llama", "qwen2.block_count": 1}) == {}
