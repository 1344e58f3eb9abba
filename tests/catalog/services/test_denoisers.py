"""Counts that are those of the denoiser alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from catalog.records import ModelRecord
from catalog.services.denoisers import counts_denoiser_alone

SDXL = ModelRecord(
    ref="huggingface:stabilityai/stable-diffusion-xl-base-1.0",
    source="huggingface",
    repo_id="stabilityai/stable-diffusion-xl-base-1.0",
    name="stable-diffusion-xl-base-1.0",
    library_name="diffusers",
    parameter_count=2_567_463_684,
    parameter_count_origin="safetensors",
    fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
)


def test_the_count_of_a_known_denoiser_is_told_from_any_other() -> None:
    assert counts_denoiser_alone(SDXL)
    assert counts_denoiser_alone(replace(SDXL, parameter_count=859_520_964))
    assert not counts_denoiser_alone(replace(SDXL, parameter_count=123_456_789))
    assert not counts_denoiser_alone(replace(SDXL, parameter_count=None))
    assert not counts_denoiser_alone(replace(SDXL, library_name="transformers"))
    assert not counts_denoiser_alone(replace(SDXL, parameter_count_origin="name"))
    assert not counts_denoiser_alone(replace(SDXL, source="civitai"))
