"""GGUF files in llama.cpp and Ollama, and what Ollama's own library holds.

llama.cpp: `-hf USER/MODEL[:QUANT]` (ggml-org/llama.cpp docs/models.md, read 2026-11-24). Ollama:
`hf.co/USER/MODEL:QUANT` (huggingface.co/docs/hub/ollama); it takes no model in several files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from catalog.records import ModelRecord
from catalog.reports import Recipe
from catalog.services.recipes_base import PROMPT, WeightSet, notes, shell, typeable

_TEXT = {"text-generation", "text2text-generation", "translation", "summarization"}
_SEEING = {"image-text-to-text", "any-to-any", "audio-text-to-text", "visual-question-answering"}
_EMBEDDING = {"feature-extraction", "sentence-similarity"}


def recipes(model: ModelRecord, picked: WeightSet | None) -> Iterator[Recipe]:
    """llama.cpp from the Hub and from a local file, and Ollama, for one quantization."""
    if picked is None or picked.format != "gguf" or model.kind in {"adapter", "component"}:
        return
    task = model.pipeline_tag
    if task not in _TEXT | _SEEING | _EMBEDDING:
        return
    quant = picked.quant_type or picked.name
    if not typeable(quant):
        return
    named = f"{model.repo_id}:{quant}" if quant else model.repo_id
    yield _llama_cpp(model, named, *(() if quant else ("picks_quant",)))
    local = _local(model, picked)
    if local is not None:
        yield local
    if task in _TEXT | _SEEING and len(picked.paths) <= 1:
        yield Recipe(
            tool="Ollama",
            language="bash",
            code=shell("ollama", "run", f"hf.co/{named}"),
            notes=notes(model, *(("ollama_hub",) if _gated(model) else ())),
        )


def _llama_cpp(model: ModelRecord, named: str, *more: str) -> Recipe:
    if model.pipeline_tag in _EMBEDDING:
        code = shell("llama-embedding", "-hf", named, "-p", "Open models can be run at home.")
    elif model.pipeline_tag in _SEEING:
        code = shell("llama-server", "-hf", named)
    else:
        code = shell("llama-cli", "-hf", named)
    more += ("serves_8080",) if model.pipeline_tag in _SEEING else ()
    return Recipe(tool="llama.cpp", language="bash", code=code, notes=notes(model, *more))


def _local(model: ModelRecord, picked: WeightSet) -> Recipe | None:
    """Fetch first, run later, for a machine that has no network then."""
    if not picked.paths or not all(map(typeable, picked.paths)):
        return None
    if model.pipeline_tag not in _TEXT:
        return None  # a projector would have to be fetched along
    fetch = shell("hf", "download", model.repo_id, *picked.paths, "--local-dir", "models")
    run = shell("llama-cli", "-m", f"models/{picked.paths[0]}")
    return Recipe(
        tool="llama.cpp, local file",
        language="bash",
        code=f"{fetch}\n{run}",
        needs=("huggingface_hub",),
        notes=notes(model, *(("first_shard",) if len(picked.paths) > 1 else ())),
    )


def _gated(model: ModelRecord) -> bool:
    return model.gated not in {"no", "unknown"}


def of_the_library(model: ModelRecord) -> Iterator[Recipe]:
    """A model of Ollama's own library."""
    name = model.repo_id
    if model.pipeline_tag in _EMBEDDING:
        question = json.dumps({"model": name, "input": "Open models can be run at home."})
        ask = shell("curl", "http://localhost:11434/api/embed", "-d", question)
        yield Recipe(
            tool="Ollama",
            language="bash",
            code=f"{shell('ollama', 'pull', name)}\n{ask}",
            notes=notes(model, "embeds"),
        )
        return
    cloud = "cloud_only" in model.flags
    more = ["cloud"] if cloud else []
    more += ["apple"] if model.formats == ("mlx",) else []
    yield Recipe(
        tool="Ollama",
        language="bash",
        code=shell("ollama", "run", name),
        notes=notes(model, *more),
    )
    message = {"model": name, "messages": [{"role": "user", "content": PROMPT}]}
    yield Recipe(
        tool="Ollama, over HTTP",
        language="bash",
        code=shell(
            "curl",
            "http://localhost:11434/v1/chat/completions",
            "-H",
            "Content-Type: application/json",
            "-d",
            json.dumps(message),
        ),
        notes=notes(model, *more, "openai_api"),
    )
