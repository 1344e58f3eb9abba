"""What making one image takes beside the weights of denoiser, text encoders and autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from catalog.fit.terms import Breakdown, Term, exact, overhead, total

DOUBT = "no source states the size of its files"
ALONE = (
    "the parameters that are counted are those of the denoiser alone, without text encoders and"
    " autoencoder"
)
# Bytes in use while SD 1.5 decodes: 512 x 512 points, or any size in tiles, 5.2 to 5.6 % of 24 GiB;
# 1024 x 1024 at once, 20 % (huggingface.co/docs/diffusers/hybrid_inference/vae_decode, RTX 4090 and
# 3090; the autoencoder of SDXL has the same shape). The denoiser is taken to hold no more.
WORKING = (1_340_000_000, 1_450_000_000, 5_160_000_000)
_SOURCE = "documentation of diffusers, hybrid inference, VAE decode: measured on RTX 3090 and 4090"

# The folders of a pipeline of diffusers, by what is in them.
_FOLDERS = {
    "unet": "denoiser",
    "transformer": "denoiser",
    "prior": "denoiser",
    "decoder": "denoiser",
    "text_encoder": "text_encoders",
    "vae": "autoencoder",
    "vqvae": "autoencoder",
    "movq": "autoencoder",
    "vqgan": "autoencoder",
}


def terms(cards: int) -> tuple[Term, ...]:
    """All terms but the weights: no cache, one image at a time, decoded in tiles or at once."""
    low, size, high = WORKING
    working = Term(
        name="compute",
        bytes=size,
        low=low,
        high=high,
        formula="one image: 512 x 512, or decoded in tiles; at most 1024 x 1024 at once",
        inputs={"images": 1},
        source=_SOURCE,
    )
    none = [exact(name, 0, "an image keeps none", _SOURCE) for name in
            ("kv_cache", "state", "output")]  # fmt: skip
    return (none[0], none[1], working, none[2], overhead(cards))


def part_of(path: str) -> str:
    """Which part of a pipeline a file holds: `text_encoder_2/model.safetensors` is of the text."""
    folder = path.rpartition("/")[0].rpartition("/")[2].rstrip("0123456789_")
    return _FOLDERS.get(folder, "other_parts")


def within(size_bytes: int, denoiser: int, whole: int) -> dict[str, int]:
    """The parts of one file that holds a whole model, by their counts of parameters."""
    one = round(size_bytes * denoiser / whole)
    return {"denoiser": one, "text_encoders_and_autoencoder": size_bytes - one}


def told(breakdown: Breakdown, parts: Mapping[str, int]) -> Breakdown:
    """The same with its parts, and what one part at a time needs (enable_model_cpu_offload)."""
    weights = breakdown.term("weights")
    rest = [term.bytes for term in breakdown.terms if term is not weights]
    beside = total(rest)
    at_a_time = {} if beside is None else {"one_part_at_a_time": max(parts.values()) + beside}
    weights = replace(
        weights,
        formula="sum of all parts, all in memory at once; one at a time needs less",
        inputs={**parts, **at_a_time},
    )
    return replace(breakdown, terms=(weights, *breakdown.terms[1:]))
