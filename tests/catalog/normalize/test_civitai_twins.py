from __future__ import annotations

from catalog.normalize.civitai_twins import civitai_of, hub_of


def test_a_checkpoint_is_found_from_either_side() -> None:
    assert hub_of("1265") == "wavymulder/Analog-Diffusion"
    assert civitai_of("wavymulder/Analog-Diffusion") == "1265"
    assert hub_of("0") is None and civitai_of("org/name") is None
