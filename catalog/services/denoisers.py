"""Which counts of the Hub leave out text encoders and autoencoder: those of known denoisers."""

from __future__ import annotations

from functools import lru_cache

from catalog.normalize.civitai_bases import all_bases
from catalog.records import ModelRecord

_ALIKE = 0.01  # the table tells two or three digits


def counts_denoiser_alone(model: ModelRecord) -> bool:
    """Whether the count of a diffusers repository is that of a denoiser whose size is known."""
    total = model.parameter_count
    if total is None or model.library_name != "diffusers" or model.source != "huggingface":
        return False
    if model.parameter_count_origin != "safetensors":
        return False
    return any(abs(total - size) <= _ALIKE * size for size in _denoisers())


@lru_cache(maxsize=1)
def _denoisers() -> frozenset[int]:
    """The sizes of the denoisers that come with parts beside them."""
    return frozenset(
        size
        for base in all_bases().values()
        if base.whole is not None
        for size in base.backbone
        if size < base.whole * (1 - _ALIKE)
    )
