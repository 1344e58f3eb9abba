"""The tags that a visitor would filter by; what a field of its own holds is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.normalize.language import language_code
from catalog.vocabulary import TASKS

MOST_TAGS = 40
LONGEST_TAG = 64
_HELD_ELSEWHERE = (
    "license:", "base_model:", "region:", "deploy:", "doi:", "diffusers:", "template:",
)  # fmt: skip
_NOISE = frozenset(
    {
        "endpoints_compatible", "autotrain_compatible", "model-index", "custom_code",
        "not-for-all-audiences", "multilingual", "safetensors", "gguf", "pytorch", "onnx", "tf",
        "jax", "transformers", "diffusers", "peft", "mlx",
        "arxiv:1910.09700",  # the paper that the card template itself cites
    }
)  # fmt: skip
# References are kept, but behind the words, so that they are the first to fall to the limit.
_REFERENCES = ("dataset:", "arxiv:")


def kept_tags(
    tags: Iterable[str], *, library: str | None, languages: Sequence[str]
) -> tuple[str, ...]:
    """Tags in their order, references last, at most MOST_TAGS, each once whatever its case."""
    words: dict[str, str] = {}
    references: dict[str, str] = {}
    for tag in tags:
        key = tag.lower()
        if key in _NOISE or key in TASKS or key == library or key.startswith(_HELD_ELSEWHERE):
            continue
        # A language only where the row has it as one: `it` is also an ordinary tag.
        if len(tag) <= 3 and language_code(key) in languages:
            continue
        if len(tag) <= LONGEST_TAG:
            (references if key.startswith(_REFERENCES) else words).setdefault(key, tag)
    return tuple((*words.values(), *references.values()))[:MOST_TAGS]


def languages_among(tags: Iterable[str]) -> list[str]:
    """The tags that are language codes of two letters, as the Hub writes a card's languages."""
    return [tag for tag in tags if len(tag) == 2 and tag.islower() and language_code(tag)]
