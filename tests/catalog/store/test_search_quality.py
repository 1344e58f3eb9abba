"""What people type finds what they mean, over the whole bundled catalog.

`queries.json` was written by hand from ids of the catalog, before any was asked: of each query the
refs that may come first (`*` stands for anything).
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase

import pyarrow.parquet as pq
import pytest

from catalog.query import parse
from catalog.store import schema
from catalog.store.generation import Generation
from tests.catalog.store.conftest import ROOT, STARTER, TODAY

_SHOWN = 5
_QUERIES = ROOT / "tests" / "fixtures" / "search" / "queries.json"
_BY_KIND = json.loads(_QUERIES.read_text("utf-8"))


@pytest.fixture(scope="module")
def whole(opened) -> Generation:
    models = pq.read_table(STARTER / "models.parquet").select(schema.MODELS.names)
    return opened("whole", (models, schema.FILES.empty_table()))


def _refs(generation: Generation, text: str) -> list[str]:
    found = generation.ask(parse(text), today=TODAY, page_size=_SHOWN, facets=())
    return [model.ref for model in found.models]


def test_what_is_meant_comes_first(whole: Generation) -> None:
    missed, low, count = [], [], 0
    for case in (case for cases in _BY_KIND.values() for case in cases):
        refs = _refs(whole, case["query"])
        hits = [any(fnmatchcase(ref, one) for one in case["first"]) for ref in refs]
        count += 1
        if not any(hits):
            missed.append((case["query"], refs[:1]))
        if not any(hits[:1]):
            low.append((case["query"], refs[:1]))
    assert count >= 200
    assert len(low) <= 0.02 * count, low
    assert len(missed) <= 0.01 * count, missed


def test_a_publishers_own_model_comes_before_copies_of_it(whole: Generation) -> None:
    for text in ("llama 3.1 8b instruct", "meta llama 3.1 8b instruct", "Llama_3.1_8B_Instruct"):
        assert _refs(whole, text)[0] == "huggingface:meta-llama/Llama-3.1-8B-Instruct"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("whisper", "huggingface:openai/whisper-large-v3"),
        ("flux", "huggingface:black-forest-labs/FLUX.1-dev"),
        ("flux dev", "huggingface:black-forest-labs/FLUX.1-dev"),
        ("stable diffusion", "huggingface:stabilityai/stable-diffusion-*"),
        ("SD 1.5", "huggingface:stable-diffusion-v1-5/stable-diffusion-v1-5"),
        ("llama 70b", "huggingface:meta-llama/*70B*"),
        ("kimi", "huggingface:moonshotai/*"),
        ("月之暗面", "huggingface:moonshotai/*"),
        ("混元", "huggingface:tencent/*"),
        ("豆包", "huggingface:ByteDance-Seed/*"),
        ("通义千问", "huggingface:Qwen/Qwen3*"),
        ("tongyi", "huggingface:Qwen/Qwen3*"),
        ("qianwen", "huggingface:Qwen/Qwen3*"),
    ],
)
def test_a_family_is_led_by_its_publishers_own_models(
    whole: Generation, text: str, first: str
) -> None:
    assert fnmatchcase(_refs(whole, text)[0], first)


@pytest.mark.parametrize(
    ("text", "term", "nearest"),
    [
        ("qwne3 8b", "qwne3", "qwen3"),
        ("deepseak r1 license:mit", "deepseak", "deepseek"),
        ("Stable-Difusion-2-1", "Stable-Difusion-2-1", "Stable-diffusion-2-1"),
        ("gema 3 1b it", "gema", "gemma"),
    ],
)
def test_a_slip_is_mended_and_told(whole: Generation, text: str, term: str, nearest: str) -> None:
    (warning,) = whole.check(parse(text))
    assert (warning.term, warning.nearest, warning.taken) == (term, nearest, True)
    assert nearest in warning.message
    assert _refs(whole, text) == _refs(whole, text.replace(term, nearest))


@pytest.mark.parametrize(
    "text",
    ["qwen3 8b", "千问3", "qwen3 1234567b", "huggingface:qwne/qwen3", "-qwne3", "qwne3,qwen"],
)
def test_what_is_found_and_what_is_a_number_stay(whole: Generation, text: str) -> None:
    assert [warning for warning in whole.check(parse(text)) if warning.taken] == []


@pytest.mark.parametrize("word", ["pangu", "盘古"])
def test_a_name_that_no_model_has_is_no_slip(whole: Generation, word: str) -> None:
    assert _refs(whole, word) == []
    (warning,) = whole.check(parse(word))
    assert (warning.term, warning.taken) == (word, False)


@pytest.mark.parametrize(
    ("address", "ref"),
    [
        ("https://civitai.com/models/4384", "civitai:4384"),
        ("huggingface.co/x/y", "huggingface:x/y"),
        ("https://huggingface.co/nobody/qwne3", "huggingface:nobody/qwne3"),
    ],
)
def test_a_pasted_address_is_that_model_or_none(whole: Generation, address: str, ref: str) -> None:
    for text in (address, f"qwne3 {address}"):
        assert _refs(whole, text) == []
        (warning,) = whole.check(parse(text))
        assert warning.message == f"{ref} is not in this catalog."
        assert warning.absent


def test_the_nearest_model_is_named_where_no_mending_helps(whole: Generation) -> None:
    (warning,) = whole.check(parse("qwen3 888b"))
    assert not warning.taken
    assert warning.term == "qwen3 888b"
    assert warning.nearest is not None
    assert "qwen3" in warning.nearest.lower()
