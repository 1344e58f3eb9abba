"""What the tag of an Ollama model says: `8b-instruct-q4_K_M` is 8e9 parameters, instruct, Q4_K_M.

Grammar of the library: words joined by hyphens; a size (`8b`, `8x7b`, `e4b`), variants, a
quantization. Figures are nominal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalog.normalize.parameters import MOST_PARAMETERS

_UNITS = {"m": 10**6, "b": 10**9, "t": 10**12}
_SMALLEST_M = 10  # `1m` is a context length
_SIZE = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)([mbt])")
_EFFECTIVE = re.compile(r"e\d{1,3}(?:\.\d{1,2})?b")  # gemma3n: `e4b` runs like 4B, holds more
_OF_EXPERTS = re.compile(r"\d{1,3}x\d{1,3}(?:\.\d{1,2})?b")  # the product is not the count
_ACTIVE = re.compile(r"a(\d{1,3}(?:\.\d{1,2})?)([mb])")
_EXPERTS = re.compile(r"\d{1,3}e")  # `17b-scout-16e`: 17b is the active part
_QUANT = re.compile(
    r"q[2-8]_[01]|q[2-8]_k(?:_(?:xl|l|m|s))?|iq[1-4]_(?:xxs|xs|nl|s|m)|tq[12]_0"
    r"|b?f16|f32|fp16|fp32|mxfp[48]|nvfp4|int[48]"
)
_SPELLED = {"FP16": "F16", "FP32": "F32"}
# How MLX stores weights; llama.cpp has none of these (its MXFP4 is a GGUF type as well).
_MLX_ONLY = frozenset({"MXFP8", "NVFP4", "INT4", "INT8"})
# Not bit widths: where it runs, and how it was trained to be quantized.
_RUNS = frozenset({"cloud", "mlx", "qat", "latest"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag, read; None where it does not say."""

    size: str | None = None  # the label as written, "8b", "8x7b", "e4b"
    total: int | None = None  # parameters, where the label is their number
    active: int | None = None
    variant: tuple[str, ...] = ()  # what is neither size nor quantization
    quant_type: str | None = None
    cloud: bool = False
    mlx: bool = False

    @property
    def plain(self) -> bool:
        """Whether it names a model and no particular storage of it."""
        return self.quant_type is None and not self.mlx and not self.cloud


def read_tag(tag: str) -> Tag:
    """The parts of a tag, whatever its case."""
    words = tag.lower().split("-")
    size = next((word for word in words if _is_size(word)), None)
    active = next((match for word in words if (match := _ACTIVE.fullmatch(word))), None)
    quant = next((word for word in reversed(words) if _QUANT.fullmatch(word)), None)
    label = quant.upper() if quant is not None else None
    label = _SPELLED.get(label or "", label)
    total = size_of(size) if size is not None else None
    running = _count(active[1], active[2]) if active is not None else None
    if any(map(_EXPERTS.fullmatch, words)):
        total, running = None, total
    return Tag(
        size=size,
        total=total,
        active=running if total is None or running is None or running < total else None,
        variant=tuple(
            word
            for word in words
            if word not in (size, quant) and word not in _RUNS and not _ACTIVE.fullmatch(word)
        ),
        quant_type=label,
        cloud="cloud" in words,
        mlx="mlx" in words or label in _MLX_ONLY,
    )


def size_of(label: str) -> int | None:
    """Parameters of a size label; None for `8x7b` and `e4b`, whose figure is no count."""
    match = _SIZE.fullmatch(label.lower())
    return _count(match[1], match[2]) if match is not None else None


def _is_size(word: str) -> bool:
    if _EFFECTIVE.fullmatch(word) or _OF_EXPERTS.fullmatch(word):
        return True
    match = _SIZE.fullmatch(word)
    return match is not None and (match[2] != "m" or float(match[1]) >= _SMALLEST_M)


def _count(digits: str, unit: str) -> int | None:
    number = round(float(digits) * _UNITS[unit])
    return number if 0 < number <= MOST_PARAMETERS else None
