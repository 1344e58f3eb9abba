"""The keys of the query language, in canonical order, and which of them take what."""

from __future__ import annotations

from rapidfuzz import process
from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from catalog import vocabulary

WORD = ""  # the key of a condition that is plain search words

KEYS: tuple[str, ...] = (
    "source",
    "task",
    "modality",
    "library",
    "format",
    "license",
    "commercial",
    "quant",
    "bits",
    "params",
    "active",
    "size",
    "context",
    "lang",
    "gated",
    "kind",
    "family",
    "author",
    "base",
    "updated",
    "created",
    "downloads",
    "downloads_total",
    "likes",
    "flag",
    "tag",
    "fits",
    "variants",
    "sort",
)

DATE_KEYS: tuple[str, ...] = ("updated", "created")
RANGE_KEYS: tuple[str, ...] = (
    "params",
    "active",
    "size",
    "context",
    "bits",
    "downloads",
    "downloads_total",
    "likes",
    *DATE_KEYS,
)
NUMBER_KEYS: tuple[str, ...] = tuple(key for key in RANGE_KEYS if key not in DATE_KEYS)
# What terms on these ask for must be met by one and the same file group of a model.
GROUP_KEYS: tuple[str, ...] = ("quant", "bits", "format", "size", "fits")

# The values of the keys that take no others. `unknown` stands for null and is added where null
# can be; a model always has a source.
CLOSED: dict[str, tuple[str, ...]] = {
    "source": vocabulary.SOURCES,
    "task": (*vocabulary.TASKS, vocabulary.UNKNOWN),
    "modality": (*vocabulary.MODALITIES, vocabulary.UNKNOWN),
    "format": (*vocabulary.FORMATS, vocabulary.UNKNOWN),
    "commercial": vocabulary.COMMERCIAL_USE,
    "gated": vocabulary.GATED,
    "kind": (*vocabulary.KINDS, vocabulary.UNKNOWN),
    "flag": (*vocabulary.FLAGS, vocabulary.UNKNOWN),
    "variants": vocabulary.VARIANTS,
    "sort": tuple(f"{name}{end}" for name in vocabulary.SORTS for end in ("", "-asc")),
}

_MOST_EDITS = 2  # DESIGN, section 4: how far a misspelt key may be from a key
_LONGEST_GUESS = 60  # nothing longer than this is a misspelling of one of our words
_LEAST_LIKENESS = 70  # of 100; below it "did you mean" is noise

# What people and other tools call some of the closed values.
_OTHER_NAMES: dict[tuple[str, str], str] = {
    ("task", "ner"): "token-classification",
    ("task", "entity-recognition"): "token-classification",
    ("task", "sentiment"): "text-classification",
    ("task", "sentiment-analysis"): "text-classification",
    ("task", "chat"): "text-generation",
    ("task", "llm"): "text-generation",
    ("task", "language-modeling"): "text-generation",
    ("task", "qa"): "question-answering",
    ("task", "vqa"): "visual-question-answering",
    ("task", "embedding"): "feature-extraction",
    ("task", "embeddings"): "feature-extraction",
    ("task", "asr"): "automatic-speech-recognition",
    ("task", "tts"): "text-to-speech",
    ("source", "hf"): "huggingface",
    ("modality", "text"): "nlp",
    ("modality", "vision"): "cv",
    ("modality", "image"): "cv",
    ("format", "pytorch"): "pickle",
    ("format", "bin"): "pickle",
    ("kind", "lora"): "adapter",
    ("kind", "gguf"): "quantized",
}


def nearest_key(name: str) -> str | None:
    """The key that `name` is, or misspells by at most two edits.

    A swap of neighbours is one edit. More than half of the name must be left unedited, so a name of
    one or two letters misspells nothing (`a:b`) and one of three letters has one edit.
    """
    name = name.lower()
    if name in KEYS:
        return name
    if len(name) > _LONGEST_GUESS:
        return None
    edits, _, key = min((OSA.distance(name, key), place, key) for place, key in enumerate(KEYS))
    return key if edits <= min(_MOST_EDITS, len(name) - 2) and edits > 0 else None


def is_likely(name: str, key: str) -> bool:
    """Whether more than half of a misspelt name is as in the key: `page` is not meant as `base`."""
    return 2 * OSA.distance(name.lower(), key) < len(name)


def nearest_value(key: str, value: str) -> str | None:
    """The value of a closed key that `value` misspells, is another name of, or is a part of."""
    value = value.lower()
    if len(value) > _LONGEST_GUESS:
        return None
    if other_name := _OTHER_NAMES.get((key, value)):
        return other_name
    best = process.extractOne(value, CLOSED[key], scorer=ratio, score_cutoff=_LEAST_LIKENESS)
    if best:
        return best[0]
    part = f"-{value}-"
    return next((own for own in CLOSED[key] if part in f"-{own}-"), None)
