"""The facts of an architecture that its memory depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one layer keeps: values for each token (key, value) and for each sequence (state)."""

    key: int = 0
    value: int = 0
    window: int | None = None
    state: int = 0
    shared: bool = False  # it reads the cache of another layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One model; `layers` is None and `doubt` says why where its cache cannot be worked out."""

    name: str
    layers: tuple[Layer, ...] | None
    layer_count: int | None = None
    embedding: int | None = None
    vocabulary: int | None = None
    feed_forward: int | None = None
    gated: bool = True  # a gate of the same width beside the feed-forward part
    expert_feed_forward: int | None = None
    experts_used: int | None = None
    latent_values: int = 0  # of each token while a latent cache is unfolded for all heads
    peak_values: int = 0  # of each token where that is most and not in the feed-forward part
    beside_values: int = 0  # of each token, all the while
    head: int | None = None  # values of one key, where they are not latent
    context_length: int | None = None
    weights_bytes: int | None = None
    doubt: str | None = None
    most: Layer | None = None

    def __post_init__(self) -> None:
        if self.layers is None and not self.doubt:
            raise ValueError("an architecture without layers needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What one model states of its architecture: fields of its config.json, or keys of a GGUF."""

    ref: str
    revision: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    gguf: Mapping[str, Any] = field(default_factory=dict)


def attention_kind(architecture: Architecture) -> str:
    """The kind of cache in words: what differs from one key and value for each token and layer."""
    layers = architecture.layers
    if layers is None:
        return "unknown"
    kinds = []
    if any(layer.key and not layer.value for layer in layers):
        kinds.append("latent")
    if any(layer.window for layer in layers):
        kinds.append("sliding window")
    if any(layer.state for layer in layers):
        kinds.append("recurrent")
    widths = {(layer.key, layer.value) for layer in layers if layer.key}
    if len(widths) > 1:
        kinds.append("per-layer heads")
    if any(layer.shared for layer in layers):
        kinds.append("shared by layers")
    return ", ".join(kinds) or "full"
