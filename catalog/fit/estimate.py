"""A band for models of which only the number of parameters is known: never a point.

A decoder of L layers and width D has P = 12 x L x D^2 parameters, and a key and a value of every
head in every layer are 2 x L x D values for each token. With D = a x L that is
2 x (P / 12)^(2/3) / a^(1/3): deep and narrow models keep the most, and none that is known is
narrower than a = 16 (SmolLM2-135M: 19). Grouped heads, windows and latent or recurrent layers keep
less, down to nothing, so the lower end is none at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from catalog.fit import diffusion, engines
from catalog.fit.architecture import Architecture
from catalog.fit.terms import (
    F16_BYTES,
    F32_BYTES,
    UBATCH,
    Need,
    Term,
    exact,
    on_each,
    overhead,
    padded,
    row_bytes,
)

STEPS = 8  # for each doubling of parameters
NARROWEST, BROADEST = 16, 256  # D / L: SmolLM2-135M has 19, gemma-2b 114, Llama-3.1-405B 130
PER_LAYER = 12  # parameters in D^2: 4 of attention, 8 of the rest
# Values of D that are held for each token of a batch: 3 x FF + 6 x D with FF = 8 x D (gemma-2b).
ACTIVE = 30
MOST_WORDS = 1 << 19  # twice the largest vocabulary that is known (Gemma, 262,400)
# Bytes of recurrent state for each parameter and user: of those measured Falcon-H1-0.5B has the
# most, 0.056.
STATE_SHARE = 0.15
ENCODED = 8192  # tokens that encoders read at most

_SOURCE = "parameters alone: P = 12 x L x D^2 and D = a x L, held against known architectures"
_TASKS = {
    "text": (
        *("text-generation", "text2text-generation", "translation", "summarization"),
        *("image-text-to-text", "video-text-to-text", "audio-text-to-text", "any-to-any"),
        *("visual-question-answering", "document-question-answering", "image-to-text"),
    ),
    "encoder": (
        *("text-classification", "token-classification", "zero-shot-classification"),
        *("question-answering", "table-question-answering", "fill-mask", "text-ranking"),
        *("feature-extraction", "sentence-similarity"),
    ),
    "image": (
        *("text-to-image", "image-to-image", "image-text-to-image"),
        "unconditional-image-generation",
    ),
    "video": ("text-to-video", "image-to-video", "video-to-video", "text-to-3d", "image-to-3d"),
}
_KIND_OF = {task: name for name, tasks in _TASKS.items() for task in tasks}
KINDS = ("text", "encoder", "image", "video", "other")
_NOBODY = "no source states the facts of its architecture; give its config.json or GGUF file"
_DOUBTS = {
    "text": _NOBODY,
    "encoder": _NOBODY,
    "image": diffusion.DOUBT,
    "video": "what a video takes beside the weights depends on its length and size",
    "other": "what such a model keeps beside its weights is not worked out here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated(Architecture):
    """What is known of a model whose facts nobody states: what it is for, and its size."""

    kind: str
    parameters: int | None  # at most

    @property
    def width(self) -> int | None:
        """The most values that one token has in one layer."""
        if self.parameters is None:
            return None
        return math.ceil(math.cbrt(BROADEST * self.parameters / PER_LAYER))

    @property
    def values(self) -> int | None:
        """The most values that the cache keeps for each token, keys as many as values."""
        if self.parameters is None:
            return None
        return math.ceil(2 * math.cbrt((self.parameters / PER_LAYER) ** 2 / NARROWEST))


def step(parameters: int) -> int:
    """The step of a number of parameters: eight for each doubling."""
    return math.ceil(STEPS * math.log2(max(parameters, 1)))


def kind(pipeline_tag: str | None, modality: str | None = None) -> str:
    """What kind of memory a task needs, one of KINDS; text where nobody says."""
    if pipeline_tag in _KIND_OF:
        return _KIND_OF[pipeline_tag]
    if pipeline_tag is None and modality in {None, "nlp", "multimodal"}:
        return "text"
    return "other"


def whole(architecture: Architecture) -> bool:
    """Whether what is counted is the whole model: of pictures it may be the denoiser alone."""
    return not isinstance(architecture, Estimated) or architecture.kind in {"text", "encoder"}


def architecture(kind: str, step: int | None, *, name: str = "unknown") -> Estimated:
    """What stands for the architecture of a kind of model with so many parameters."""
    return Estimated(
        name=name,
        layers=None,
        doubt=_DOUBTS[kind],
        kind=kind,
        parameters=None if step is None else math.floor(2 ** (step / STEPS)),
    )


def terms(
    model: Estimated, need: Need, cards: int, weights: tuple[int, int] | None
) -> tuple[Term, ...]:
    """All terms but the weights."""
    if model.kind == "image":
        return diffusion.terms(cards)
    if model.kind in {"video", "other"}:
        return _little(model.kind, cards)
    encoder = model.kind == "encoder"
    return (
        exact("kv_cache", 0, "encoders keep none", _SOURCE) if encoder else _cache(model, need),
        exact("state", 0, "encoders keep none", _SOURCE) if encoder else _state(model, need),
        on_each(_compute(model, need), cards),
        _output(need),
        overhead(cards) if need.engine == "llama_cpp" else engines.runtime(need, cards, weights),
    )


def _little(kind: str, cards: int) -> tuple[Term, ...]:
    told = "not worked out for this kind of model"
    unknown = Term(
        name="compute", bytes=None, low=0, high=None, formula=told, inputs={"kind": kind},
        source="nobody here knows",
    )  # fmt: skip
    none = [exact(name, 0, "this kind of model keeps none", _SOURCE) for name in
            ("kv_cache", "state", "output")]  # fmt: skip
    return (none[0], none[1], unknown, none[2], overhead(cards))


def _cache(model: Estimated, need: Need) -> Term:
    values = model.values
    tokens = padded(need.context) * need.users
    high = None if values is None else tokens * row_bytes(values, need.kv)
    return Term(
        name="kv_cache",
        bytes=None,
        low=0,
        high=high,
        formula="at most: tokens x 2 x (P / 12)^(2/3) / a^(1/3) values",
        inputs=_inputs(model, {"a": NARROWEST, "tokens": tokens, "type": need.kv}),
        source=_SOURCE,
    )


def _state(model: Estimated, need: Need) -> Term:
    count = model.parameters
    return Term(
        name="state",
        bytes=None,
        low=0,
        high=None if count is None else math.ceil(STATE_SHARE * count) * need.users,
        formula=f"at most: users x {STATE_SHARE} x P",
        inputs=_inputs(model, {"users": need.users}),
        source="nearly three times Falcon-H1-0.5B, which has the most of those measured: 0.056",
    )


def _compute(model: Estimated, need: Need) -> Term:
    wide = model.width
    batch, masks = _batch(model.kind, need), 2 * padded(need.context)
    return Term(
        name="compute",
        bytes=None,
        low=0,
        high=None
        if wide is None
        else F32_BYTES * batch * ACTIVE * wide + F16_BYTES * UBATCH * masks,
        formula=f"at most: 4 x batch x {ACTIVE} x (a x P / 12)^(1/3) + 2 x 512 x cells of masks",
        inputs=_inputs(model, {"a": BROADEST, "batch": batch, "cells": masks}),
        source=_SOURCE,
    )


def _batch(kind: str, need: Need) -> int:
    """Tokens that go through a layer at once, at most."""
    if kind == "encoder":
        return min(need.context, ENCODED) * need.users
    whole = need.context * need.users
    return {"llama_cpp": UBATCH, "vllm": engines.VLLM_BATCH[2]}.get(need.engine, whole)


def _output(need: Need) -> Term:
    return Term(
        name="output",
        bytes=None,
        low=0,
        high=F32_BYTES * MOST_WORDS * need.users,
        formula="at most: 4 x words x users",
        inputs={"words": MOST_WORDS, "users": need.users},
        source="twice the largest vocabulary that is known",
    )


def _inputs(model: Estimated, more: dict[str, int | float | str]) -> dict[str, int | float | str]:
    return {"P": model.parameters, **more} if model.parameters is not None else more
