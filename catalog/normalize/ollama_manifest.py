"""What a manifest of the Ollama registry and its config say, as far as the catalog asks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.errors import BadRow
from catalog.normalize.plain import MAX_INT, count, mapping, text

ACCEPT = "application/vnd.docker.distribution.manifest.v2+json"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LAYER = re.compile(r"application/vnd\.ollama\.image\.([a-z]{1,20})")
_MOST_LAYERS = 20_000  # a model of tensors has one layer for each
_MODEL_TYPE = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)([KMBT])")
_UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
# How config blobs write the architectures that GGUF files and the Hub spell otherwise.
_FAMILIES = {"gptoss": "gpt-oss"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One blob of a model: `model`, `projector`, `tensor`, `license`, `template`, ..."""

    kind: str
    size_bytes: int
    digest: str | None = None  # sha256:<hex>


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the config blob says; None where it does not."""

    format: str | None = None  # gguf, safetensors
    family: str | None = None
    parameter_count: int | None = None
    file_type: str | None = None
    context_length: int | None = None
    remote: bool = False  # runs in the vendor's cloud


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One set of layers; `digest` is the sha256 of the manifest's own bytes."""

    digest: str | None
    size_bytes: int
    layers: tuple[Layer, ...]
    config_digest: str | None = None
    config_bytes: int = 0
    config: Config = field(default_factory=Config)
    licenses: tuple[str, ...] | None = None  # texts; None where they were not read

    def of(self, *kinds: str) -> tuple[Layer, ...]:
        """The layers of these kinds."""
        return tuple(layer for layer in self.layers if layer.kind in kinds)


def read_manifest(body: bytes) -> Manifest:
    """The manifest that these bytes are; raises BadRow."""
    stated = mapping(_json(body))
    listed = stated.get("layers")
    own = mapping(stated.get("config"))
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_LAYERS:
        raise BadRow("the manifest lists no layers")
    digest = own.get("digest")
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise BadRow("the manifest names no config")
    layers = tuple(_layer(item) for item in listed)
    config_bytes = count(own.get("size")) or 0
    # Some manifests list the config among the layers as well; it counts once.
    size = config_bytes + sum(layer.size_bytes for layer in layers if layer.digest != digest)
    if size > MAX_INT:
        raise BadRow("the layers are larger than anything can be")
    return Manifest(
        digest=hashlib.sha256(body).hexdigest(),
        size_bytes=size,
        layers=layers,
        config_digest=digest,
        config_bytes=config_bytes,
    )


def read_config(body: bytes) -> Config:
    """The facts of a config blob; raises BadRow when it is no object."""
    stated = _json(body)
    if not isinstance(stated, Mapping):
        raise BadRow("the config is not an object")
    family = text(stated.get("model_family"), 64)
    length = count(stated.get("context_length"), 100_000_000)
    return Config(
        format=text(stated.get("model_format"), 32),
        family=_FAMILIES.get(family or "", family),
        parameter_count=parameters_in(stated.get("model_type")),
        file_type=text(stated.get("file_type"), 32),
        context_length=length or None,
        remote=text(stated.get("remote_host")) is not None,
    )


def parameters_in(model_type: object) -> int | None:
    """The number of parameters in words like `8.0B`; None for anything else."""
    match = _MODEL_TYPE.fullmatch(text(model_type, 32) or "")
    return round(float(match[1]) * _UNITS[match[2]]) or None if match is not None else None


def _json(body: bytes) -> Any:
    def whole(digits: str) -> int | None:
        return int(digits) if len(digits) < 20 else None

    read: Callable[..., Any] = json.loads
    try:
        return read(body.decode("utf-8"), parse_int=whole, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        raise BadRow("not valid JSON") from None


def _layer(item: object) -> Layer:
    stated = mapping(item)
    digest, size = stated.get("digest"), count(stated.get("size"))
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest) or size is None:
        raise BadRow("a layer has no digest or no size")
    match = _LAYER.fullmatch(text(stated.get("mediaType"), 100) or "")
    return Layer(kind=match[1] if match is not None else "other", size_bytes=size, digest=digest)
