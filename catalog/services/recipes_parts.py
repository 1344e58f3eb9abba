"""What is no model of its own: adapters, parts of pipelines, heads that guess ahead; pure.

A field says it, or a name that cannot be misread; and which repositories of diffusers are known to
hold a whole pipeline.
"""

from __future__ import annotations

import re

from catalog.normalize.family import is_draft
from catalog.normalize.lineage import named_adapter, named_component
from catalog.records import ModelRecord

_MERGED = 500_000_000  # parameters; what is named LoRA and larger is a merged model
_RERANKER = re.compile(r"re-?rank|cross-?encoder|(?<![a-z])ms-?marco-minilm", re.IGNORECASE)
_RANKED = {None, "text-ranking", "text-classification", "feature-extraction", "sentence-similarity"}
# They write the verdict as a token, or read pictures too: CrossEncoder does not load them as is.
_WRITING = re.compile(r"qwen|llama|gemma|minicpm|nemotron|mistral|reranker-v3|-vl-", re.IGNORECASE)
# Repositories known to hold a whole pipeline; their rows may come without a list of files.
_WHOLE = frozenset(
    """
    black-forest-labs/flux.1-dev black-forest-labs/flux.1-krea-dev black-forest-labs/flux.1-schnell
    compvis/stable-diffusion-v1-4 stable-diffusion-v1-5/stable-diffusion-v1-5
    stabilityai/stable-diffusion-2 stabilityai/stable-diffusion-2-1
    stabilityai/stable-diffusion-2-1-base stabilityai/sd-turbo stabilityai/sdxl-turbo
    stabilityai/stable-diffusion-xl-base-1.0 stabilityai/stable-diffusion-3.5-large-turbo
    qwen/qwen-image tongyi-mai/z-image segmind/ssd-1b prompthero/openjourney
    playgroundai/playground-v2.5-1024px-aesthetic cagliostrolab/animagine-xl-3.1
    google/ddpm-bedroom-256 google/ddpm-cat-256 google/ddpm-celebahq-256 google/ddpm-church-256
    google/ddpm-cifar10-32 google/ddpm-ema-bedroom-256 google/ddpm-ema-cat-256
    google/ddpm-ema-celebahq-256 google/ddpm-ema-church-256 fal/auraflow lykon/dreamshaper
    sg161222/realvisxl_v4.0 rundiffusion/juggernaut-xl-v9 simianluo/lcm_dreamshaper_v7
    cagliostrolab/animagine-xl-3.0 stabilityai/stable-diffusion-xl-base-0.9
    playgroundai/playground-v2-1024px-aesthetic prompthero/openjourney-v4
    dreamlike-art/dreamlike-anime-1.0 dreamlike-art/dreamlike-diffusion-1.0
    dreamlike-art/dreamlike-photoreal-2.0 nitrosocke/arcane-diffusion nitrosocke/ghibli-diffusion
    nitrosocke/mo-di-diffusion nitrosocke/redshift-diffusion wavymulder/analog-diffusion
    """.split()  # noqa: SIM905 - a list of words
)


def part(model: ModelRecord) -> str | None:
    """`adapter` or `component`, or None where neither a field nor the name says so."""
    if model.kind in {"adapter", "component"}:
        return model.kind
    if model.source != "huggingface":
        return None
    if named_component(model.name):
        return "component"
    small = model.parameter_count is None or model.parameter_count < _MERGED
    return "adapter" if model.kind is None and small and named_adapter(model.name) else None


def guesses_ahead(model: ModelRecord) -> bool:
    """Whether it only speeds up another model; NVIDIA's Eagle 2 models see and chat themselves."""
    if model.source != "huggingface" or (model.architecture or "").startswith("eagle_"):
        return False
    return is_draft(model.name)


def reranker(model: ModelRecord) -> bool:
    """Whether it judges a question and a text together."""
    if model.pipeline_tag == "text-ranking":
        return True
    return model.pipeline_tag != "zero-shot-classification" and bool(
        _RERANKER.search(model.repo_id)
    )


def cross_encoder(model: ModelRecord) -> bool:
    """Whether CrossEncoder loads this reranker."""
    if model.library_name == "sentence-transformers":
        return True
    plain = model.pipeline_tag in _RANKED and not _WRITING.search(
        f"{model.name} {model.architecture or ''}"
    )
    return model.library_name == "transformers" and plain


def speaks_as_someone(model: ModelRecord) -> bool:
    """Whether it needs a recording of a voice, as numbers, beside the text."""
    return model.architecture == "speecht5" or "speecht5" in model.name.lower()


def whole_pipeline(model: ModelRecord) -> bool:
    """Whether diffusers finds every part of a pipeline in the repository."""
    return "diffusers" in model.formats or model.repo_id.lower() in _WHOLE
