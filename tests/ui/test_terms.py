"""Every key that the catalog hands to the model page has its words."""

from __future__ import annotations

import pytest

from catalog.services import lineage
from catalog.vocabulary import CLAUSES, USES
from ui import terms
from ui.i18n import speaking

NOTES = (
    *("unsafe_scan", "gated", "paid", "remote_code", "pickle", "library_unstated", "no_pipeline"),
    *("prefix", "picks_quant", "first_shard", "ollama_hub", "serves_8080", "openai_8000", "cuda"),
    *("openai_api", "embeds", "cloud", "apple", "fetches_base", "onnx_inputs", "civitai_login"),
    *("maybe_gated", "ollama_shards", "ollama_one_file"),
)
REASONS = ("odd_id", "part", "library", "base", "task", "formats", "unsure", "draft", "pipeline")
TWINS = [words for name, words in vars(lineage).items() if name.startswith("WHY_")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_key_has_its_words(language: str) -> None:
    with speaking(language):
        for words, keys in (
            (terms.use, USES),
            (terms.clause, CLAUSES),
            (terms.gain, ("license", "size", "popularity")),
            (terms.recipe_note, NOTES),
            (terms.no_recipe, REASONS),
        ):
            assert all(words(key) not in ("", key) for key in keys)
    for words in (terms.use, terms.clause, terms.recipe_note, terms.no_recipe, terms.twin):
        assert words("![x](y)") == r"\!\[x\]\(y\)", "what is not known is foreign text"


def test_every_reason_for_a_twin_is_translated() -> None:
    with speaking("zh"):
        assert len(TWINS) == 5
        assert all(terms.twin(words) != words for words in TWINS)
