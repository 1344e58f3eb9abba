"""What a repository derives from, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.normalize.plain import mapping, text, texts, unique
from catalog.vocabulary import RELATIONS

REPO_ID = re.compile(r"(?!\.{1,2}(?:/|$))(?:[\w.-]{1,96}/(?!\.{1,2}$))?[\w.-]{1,96}", re.ASCII)
_MOST_BASES = 32
_TAG = re.compile(r"base_model:(?:(finetune|adapter|quantized|merge):)?(.+)")
_URL = re.compile(r"https?://(?:www\.)?(?:huggingface\.co|hf\.co)/(?:models/)?", re.IGNORECASE)
_COMPONENTS = frozenset(
    {"controlnet", "vae", "upscaler", "motion-module", "text-encoder", "t2i-adapter", "ip-adapter"}
)
_NAMED_BASE = re.compile(r"\d[BM][-_]base$", re.IGNORECASE)  # not `bert-base`, where it is a size
_NAMED_QUANTIZED = re.compile(r"(?:^|[-_.])(gguf|gptq|awq|exl2|exl3|mlx)(?:[-_.]|$)", re.IGNORECASE)
_ADAPTER_TAGS = frozenset({"lora", "peft"})
# `flux-RealismLora` too, but not `Oculora` nor `lorablated`.
_NAMED_ADAPTER = re.compile(
    r"(?i:(?:(?<![a-z])q?|bit)loras?(?![a-z]))|(?<=[a-z])L(?:ora|oRA|oRa|ORA)s?(?![A-Za-z])"
)
_NAMED_MERGED = re.compile(r"(?<![a-z])merged(?![a-z])", re.IGNORECASE)
_NAMED_COMPONENT = re.compile(
    r"control-?net|(?<![a-z])(?:ip|t2i)[-_]?adapter(?![a-z])", re.IGNORECASE
)
_MERGED_ADAPTER = 500_000_000  # weights of this size are a merged model whatever the library says


def base_ids(row: Mapping[str, Any], card: Mapping[str, Any], own_id: str) -> tuple[str, ...]:
    """Repository ids of the stated base models, from the API's field, the card or the tags."""
    models = mapping(row.get("baseModels")).get("models")
    listed = models if isinstance(models, list) else []
    ids = [one for model in listed[:_MOST_BASES] if (one := text(mapping(model).get("id")))]
    ids = ids or list(texts(card.get("base_model"), most=_MOST_BASES))
    if not ids:
        ids = [match[2] for tag in texts(row.get("tags")) if (match := _TAG.fullmatch(tag))]
    found = (_URL.sub("", one).strip("/") for one in ids)
    return unique(one for one in found if one != own_id and REPO_ID.fullmatch(one))[:_MOST_BASES]


def stated_relation(row: Mapping[str, Any], card: Mapping[str, Any]) -> str | None:
    """How the repository derives from its bases, where the Hub or its card says so."""
    for value in (mapping(row.get("baseModels")).get("relation"), card.get("base_model_relation")):
        if isinstance(value, str) and value in RELATIONS:
            return value
    tags = (_TAG.fullmatch(tag) for tag in texts(row.get("tags")))
    return next((match[1] for match in tags if match and match[1]), None)


def named_component(name: str) -> bool:
    """Whether a name says a part that steers a pipeline of another repository."""
    return _NAMED_COMPONENT.search(name) is not None


def named_adapter(name: str) -> bool:
    """Whether a name says LoRA, and not one that is merged into its base."""
    return _NAMED_ADAPTER.search(name) is not None and _NAMED_MERGED.search(name) is None


def looks_like_adapter(
    *, relation: str | None, tags: Sequence[str], library: str | None, name: str, stored: int | None
) -> bool:
    """Whether anything says adapter, and the size of the weights does not deny it."""
    says = (
        relation == "adapter"
        or library in ("peft", "adapter-transformers")
        or not _ADAPTER_TAGS.isdisjoint(tags)
        or named_adapter(name)
    )
    return says and (stored is None or stored < _MERGED_ADAPTER)


def kind_of(
    *,
    relation: str | None,
    bases: Sequence[str],
    tags: Sequence[str],
    name: str,
    adapter: bool,
    quantized: bool,
    formats: Sequence[str],
    full_weights: bool,
) -> str | None:
    """The kind of a repository; None when neither a field, a tag nor its name says.

    The Hub infers `quantized` also for fine-tunes of a quantized base and where an ONNX copy lies
    beside the full weights: full weights deny it, and then nobody says.
    """
    if named_component(name) or not _COMPONENTS.isdisjoint(tag.lower() for tag in tags):
        return "component"
    named = _NAMED_QUANTIZED.search(name) is not None
    denied = full_weights or {"safetensors", "onnx"}.issubset(formats)
    if relation == "quantized" and denied and not (quantized or named):
        return None
    if relation is not None:
        return relation
    if adapter:
        return "adapter"
    if "mergekit" in tags or ("merge" in tags and len(bases) > 1):
        return "merge"
    if quantized and named:
        return "quantized"
    if not bases and _NAMED_BASE.search(name):
        return "base"
    return None
