"""GGUF files in llama.cpp and Ollama, and what Ollama's own library holds.

llama.cpp: `-hf USER/MODEL[:QUANT]` (ggml-org/llama.cpp docs/models.md, read 2026-11-24), or
`--hf-repo` and `--hf-file` where the name of a file tells no quantization. Ollama:
`hf.co/USER/MODEL:QUANT` (huggingface.co/docs/hub/ollama), where the whole name of a file is taken
for QUANT too; it takes no model in several files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from catalog.records import ModelRecord
from catalog.reports import Recipe
from catalog.services.recipes_base import PROMPT, WeightSet, notes, shell, typeable
from catalog.services.recipes_parts import part

_TEXT = {"text-generation", "text2text-generation", "translation", "summarization"}
_SEEING = {"image-text-to-text", "any-to-any", "audio-text-to-text", "visual-question-answering"}
_EMBEDDING = {"feature-extraction", "sentence-similarity"}
_SHARD = re.compile(r"-\d{5}-of-(?!00001)\d{5}\.gguf$", re.IGNORECASE)
_TAG = re.compile(r"[\w.-]+", re.ASCII)


def recipes(model: ModelRecord, picked: WeightSet | None) -> Iterator[Recipe]:
    """llama.cpp from the Hub and from a local file, and Ollama, for one quantization."""
    if picked is None or picked.format != "gguf" or part(model) is not None:
        return
    task = model.pipeline_tag
    if task not in _TEXT | _SEEING | _EMBEDDING:
        return
    source = _source(model, picked)
    if source is None:
        return
    chats = task in _TEXT | _SEEING
    split = len(picked.paths) > 1 or any(map(_SHARD.search, picked.paths))
    more = ("picks_quant",) if source == ("-hf", model.repo_id) else ()
    yield _llama_cpp(model, source, *more, *(("ollama_shards",) if chats and split else ()))
    local = _local(model, picked)
    if local is not None:
        yield local
    tag = picked.quant_type or ("" if not picked.paths else picked.paths[0])
    if chats and not split and (not tag or _TAG.fullmatch(tag)):
        more = ("ollama_hub",) if _gated(model) else ()
        yield Recipe(
            tool="Ollama",
            language="bash",
            code=shell("ollama", "run", f"hf.co/{model.repo_id}{':' if tag else ''}{tag}"),
            notes=notes(model, *more, *(() if picked.paths else ("ollama_one_file",))),
        )


def _source(model: ModelRecord, picked: WeightSet) -> tuple[str, ...] | None:
    """How llama.cpp is told what to fetch: a quantization is a tag, a file is named as it is."""
    if picked.quant_type:
        named = f"{model.repo_id}:{picked.quant_type}"
        return ("-hf", named) if typeable(picked.quant_type) else None
    if not picked.paths:
        return ("-hf", model.repo_id)
    if not typeable(picked.paths[0]):
        return None
    return ("--hf-repo", model.repo_id, "--hf-file", picked.paths[0])


def _llama_cpp(model: ModelRecord, source: tuple[str, ...], *more: str) -> Recipe:
    if model.pipeline_tag in _EMBEDDING:
        code = shell("llama-embedding", *source, "-p", "Open models can be run at home.")
    elif model.pipeline_tag in _SEEING:
        code = shell("llama-server", *source)
    else:
        code = shell("llama-cli", *source)
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
