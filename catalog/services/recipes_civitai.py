"""A CivitAI checkpoint: fetch one version, then run its file with diffusers.

CivitAI counts and gates downloads by version id; diffusers reads a checkpoint in one file by
`from_single_file` (huggingface.co/docs/diffusers, "Model formats", read 2026-11-24).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from catalog.records import ModelRecord
from catalog.reports import Recipe
from catalog.services.recipes_base import WeightSet, notes, shell, typeable

_FORMATS = {"safetensors": "SafeTensor", "pickle": "PickleTensor", "gguf": "GGUF"}
# Bases whose checkpoints hold everything that the pipeline needs in one file.
_STABLE_DIFFUSION = "StableDiffusionPipeline"
_XL = "StableDiffusionXLPipeline"
_PIPELINES = {
    "SD 1.4": _STABLE_DIFFUSION,
    "SD 1.5": _STABLE_DIFFUSION,
    "SD 1.5 LCM": _STABLE_DIFFUSION,
    "SD 1.5 Hyper": _STABLE_DIFFUSION,
    "SD 2.0": _STABLE_DIFFUSION,
    "SD 2.0 768": _STABLE_DIFFUSION,
    "SD 2.1": _STABLE_DIFFUSION,
    "SD 2.1 768": _STABLE_DIFFUSION,
    "SDXL 0.9": _XL,
    "SDXL 1.0": _XL,
    "SDXL 1.0 LCM": _XL,
    "SDXL Turbo": _XL,
    "SDXL Lightning": _XL,
    "SDXL Hyper": _XL,
    "Pony": _XL,
    "Illustrious": _XL,
    "NoobAI": _XL,
}
_WHOLE = 1_000_000_000  # bytes; the smallest whole checkpoint of these bases is larger


def recipes(model: ModelRecord, picked: WeightSet | None) -> Iterator[Recipe]:
    """The download of one version, and the code that draws a picture with it."""
    version = (picked.version_id if picked else None) or model.revision
    if version is None or not (version.isascii() and version.isdigit()):
        return
    address = f"https://civitai.com/api/download/models/{version}"
    kind = _FORMATS.get((picked.format if picked else None) or "")
    if kind is not None:
        address += f"?type=Model&format={kind}"
    danger = ("pickle",) if picked is not None and picked.format == "pickle" else ()
    name = _file_name(picked)
    target = ("--output", name) if name else ("--remote-name", "--remote-header-name")
    yield Recipe(
        tool="curl",
        language="bash",
        code=shell("curl", "--fail", "--location", *target, address),
        notes=notes(model, *danger, "civitai_login"),
    )
    pipeline = _PIPELINES.get(model.base_label or "")
    if pipeline is None or name is None or not _checkpoint(model):
        return
    yield Recipe(
        tool="diffusers",
        language="python",
        code=_code(pipeline, name),
        needs=("diffusers", "transformers", "accelerate", "torch"),
        notes=notes(model, *danger, "cuda"),
    )


def _file_name(picked: WeightSet | None) -> str | None:
    if picked is None or len(picked.paths) != 1:
        return None
    name = PurePosixPath(picked.paths[0]).name
    return name if typeable(name) else None


def _checkpoint(model: ModelRecord) -> bool:
    """Whether the file is a whole model: adapters and embeddings are a few hundred MB at most."""
    whole = model.size_bytes is not None and model.size_bytes >= _WHOLE
    return whole and model.kind not in {"adapter", "component"} and _draws(model)


def _draws(model: ModelRecord) -> bool:
    return model.pipeline_tag == "text-to-image"


def _code(pipeline: str, name: str) -> str:
    return f"""import torch
from diffusers import {pipeline}

pipe = {pipeline}.from_single_file(
    {f"./{name}"!r}, torch_dtype=torch.float16
).to("cuda")
pipe("a lighthouse at dusk, watercolour").images[0].save("picture.png")"""
