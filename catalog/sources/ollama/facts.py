"""What a server and a folder both tell of a model: digests, types, sizes, in any shape."""

from __future__ import annotations

import re

from catalog.normalize.plain import text

MOST_MODELS = 5_000  # of one runtime; more is not a machine that people pull models to
MOST_LAYERS = 16  # weights, projector and adapters of one model
NAME_LENGTH = 300
_HEX = re.compile(r"(?:sha256[:-])?([0-9a-f]{64})", re.IGNORECASE)
_NO_TYPE = frozenset({"UNKNOWN", "NONE", "N/A"})


def digest(value: object) -> str | None:
    """64 hex digits in lower case, with or without `sha256:` in front; None for anything else."""
    match = _HEX.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 99 else None
    return match[1].lower() if match else None


def quant_type(value: object) -> str | None:
    """A quantization as the catalog writes it; None where it is empty or `unknown`."""
    word = text(value, 40)
    return None if word is None or word.upper() in _NO_TYPE else word.upper()


def parameter_size(value: object) -> str | None:
    """`7.6B` as the runtime writes it; None where it is empty."""
    word = text(value, 40)
    return None if word is None or word.upper() in _NO_TYPE else word
