"""What making one image takes beside the weights of denoiser, text encoders and autoencoder."""

from __future__ import annotations

from catalog.fit.terms import Term, exact, overhead

DOUBT = "what one image takes beside the weights depends on its size"
# Bytes in use while SD 1.5 decodes: 512 x 512 points, or any size in tiles, 5.2 to 5.6 % of 24 GiB;
# 1024 x 1024 at once, 20 % (huggingface.co/docs/diffusers/hybrid_inference/vae_decode, RTX 4090 and
# 3090; SDXL is the same autoencoder in shape). Whole passes of the denoiser stay below.
WORKING = (1_340_000_000, 1_450_000_000, 5_160_000_000)
_SOURCE = "documentation of diffusers, hybrid inference, VAE decode: measured on RTX 3090 and 4090"


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
