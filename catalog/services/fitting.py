"""What is known of one model for the question whether it fits: its architecture and its bytes."""

from __future__ import annotations

from catalog.fit import known
from catalog.fit.architecture import Architecture
from catalog.records import ModelRecord

# Of these the architecture is that of the base; the weights are their own.
_SAME_SHAPE = ("quantized", "finetune")
# A size told in two digits is off by 5 % at most. One of parameters and bits is a range only: where
# types are mixed the bits are those of most weights (gpt-oss-20b: 11.4 GB from them, really 13.8).
_ESTIMATED = 0.05
_FROM_BITS = (0.9, 1.4)


def architecture(model: ModelRecord) -> Architecture:
    """The architecture of a model, of its base where that has the same, else what is unknown."""
    refs = [model.ref, *model.aliases]
    if model.base_model_relation in _SAME_SHAPE:
        refs += model.base_models[:1]
    for ref in refs:
        found = known.architecture(ref)
        if found is not None:
            return found
    return Architecture(
        name=model.architecture or "unknown",
        layers=None,
        doubt="no source states the facts of its architecture; give its config.json or GGUF file",
    )


def weights(model: ModelRecord) -> tuple[int, int] | None:
    """The least and most bytes of its smallest files that run; None where they are not known."""
    if model.size_bytes is not None:
        band = _ESTIMATED if "size_estimated" in model.flags else 0.0
        return _within(model.size_bytes, band)
    if model.parameter_count is not None and model.bits_per_weight is not None:
        counted = model.parameter_count * model.bits_per_weight / 8
        return round(counted * _FROM_BITS[0]), round(counted * _FROM_BITS[1])
    return None


def _within(size: int, band: float) -> tuple[int, int]:
    return round(size * (1 - band)), round(size * (1 + band))
