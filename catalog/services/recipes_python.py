"""Python code and servers for a repository of the Hub: transformers and what is built like it.

Flags as read on 2026-11-24: `vllm serve ID [--runner pooling]` (docs.vllm.ai), `mlx_lm.generate
--model ID --prompt TEXT` (ml-explore/mlx-lm README), `hf-hub:` ids of timm and open_clip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.records import ModelRecord
from catalog.reports import Recipe
from catalog.services import recipes_parts, recipes_transformers
from catalog.services.recipes_base import PROMPT, WeightSet, notes, shell

_DRAWING = {"text-to-image", "unconditional-image-generation"}
_GENERATING = {"text-generation", "image-text-to-text", "any-to-any"}
_EMBEDDING = {"feature-extraction", "sentence-similarity"}
# Stored in ways that only their own tools read.
_FOREIGN = ("EXL", "MLX")
_FOR_VLLM = {None, "transformers", "vllm"}
# Written for bfloat16: in float16 they draw black or overflow.
_BFLOAT16 = re.compile(r"flux|z-image|qwen-image|krea-2", re.IGNORECASE)


def recipes(model: ModelRecord, picked: WeightSet | None) -> Iterator[Recipe]:
    """The recipes that start from the id of the repository, the likeliest first."""
    del picked  # the library picks the files itself
    if recipes_parts.part(model) == "component":
        return
    if recipes_parts.reranker(model):
        if recipes_parts.part(model) is None and recipes_parts.cross_encoder(model):
            yield _pairs(repr(model.repo_id), notes(model, *danger(model)))
        yield from _onnx(model)
        return
    yield from _mlx(model)
    yield from _library(model)
    if _plain_weights(model):
        yield from recipes_transformers.recipes(model)
        yield from _vllm(model)
    yield from _onnx(model)


def danger(model: ModelRecord) -> tuple[str, ...]:
    """What loading the weights or the code of the repository may do."""
    pickled = "pickle_only" in model.flags or model.formats == ("pickle",)
    return tuple(
        key
        for key, holds in (("remote_code", "remote_code" in model.flags), ("pickle", pickled))
        if holds
    )


def _plain_weights(model: ModelRecord) -> bool:
    """Whether transformers and vLLM can read how the weights are stored."""
    if "mlx" in model.formats or model.library_name == "mlx":
        return False
    if any(name.startswith(_FOREIGN) for name in model.quantizations):
        return False
    return not model.formats or bool({"safetensors", "pickle"} & set(model.formats))


def _library(model: ModelRecord) -> Iterator[Recipe]:
    """The library that the repository names, where it is one that we know how to call."""
    name, library, task = repr(model.repo_id), model.library_name, model.pipeline_tag
    known = notes(model, *danger(model))
    if library == "sentence-transformers":
        yield _sentences(name, known)
    elif library == "timm":
        yield Recipe(
            tool="timm",
            language="python",
            code=f"import timm\n\nmodel = timm.create_model({f'hf-hub:{model.repo_id}'!r}, "
            "pretrained=True).eval()\nprint(timm.data.resolve_model_data_config(model))",
            needs=("timm",),
            notes=known,
        )
    elif library == "open_clip":
        yield Recipe(
            tool="OpenCLIP",
            language="python",
            code=_open_clip(f"hf-hub:{model.repo_id}"),
            needs=("open_clip_torch",),
            notes=known,
        )
    elif library == "diffusers" or "diffusers" in model.formats:
        yield from _diffusers(model, known)
    elif library == "peft" and model.kind in {"adapter", None} and task == "text-generation":
        yield Recipe(
            tool="PEFT",
            language="python",
            code=_peft(name),
            needs=("peft", "transformers", "accelerate", "torch"),
            notes=(*known, "fetches_base"),
        )


def _pairs(name: str, known: tuple[str, ...]) -> Recipe:
    return Recipe(
        tool="sentence-transformers",
        language="python",
        code=f"from sentence_transformers import CrossEncoder\n\nmodel = CrossEncoder({name})\n"
        'print(model.predict([("What is open?", "A model that one can run at home.")]))',
        needs=("sentence-transformers",),
        notes=known,
    )


def _sentences(name: str, known: tuple[str, ...]) -> Recipe:
    code = (
        "from sentence_transformers import SentenceTransformer\n\n"
        f"model = SentenceTransformer({name})\n"
        'vectors = model.encode(["Open models run at home.", "开放模型可以在本地运行。"])\n'
        "print(model.similarity(vectors, vectors))"
    )
    return Recipe(
        tool="sentence-transformers",
        language="python",
        code=code,
        needs=("sentence-transformers",),
        notes=known,
    )


def _open_clip(name: str) -> str:
    return (
        "import open_clip\n\n"
        f"model, preprocess = open_clip.create_model_from_pretrained({name!r})\n"
        f"tokenizer = open_clip.get_tokenizer({name!r})\n"
        'print(model.encode_text(tokenizer(["a lighthouse at dusk"])).shape)'
    )


def _peft(name: str) -> str:
    return (
        "from peft import AutoPeftModelForCausalLM\n\n"
        f'model = AutoPeftModelForCausalLM.from_pretrained({name}, device_map="auto")'
    )


def _diffusers(model: ModelRecord, known: tuple[str, ...]) -> Iterator[Recipe]:
    """A whole pipeline, or an adapter on the one base that it names."""
    if model.pipeline_tag not in _DRAWING or model.kind == "quantized":
        return  # other tasks take inputs that differ from model to model
    bases = [ref for ref in model.base_models if ref.startswith("huggingface:")]
    load, source = "", model.repo_id
    if recipes_parts.part(model) == "adapter":
        if len(bases) != 1 or model.pipeline_tag != "text-to-image":
            return
        load, source = f"pipe.load_lora_weights({model.repo_id!r})\n", bases[0].partition(":")[2]
    elif not recipes_parts.whole_pipeline(model):
        return
    number = "bfloat16" if _BFLOAT16.search(f"{source} {model.family or ''}") else "float16"
    prompt = '"a lighthouse at dusk, watercolour"' if model.pipeline_tag == "text-to-image" else ""
    yield Recipe(
        tool="diffusers",
        language="python",
        code="import torch\nfrom diffusers import DiffusionPipeline\n\n"
        f"pipe = DiffusionPipeline.from_pretrained({source!r}, torch_dtype=torch.{number})\n"
        f'pipe.to("cuda")\n{load}pipe({prompt}).images[0].save("picture.png")',
        needs=("diffusers", "transformers", "accelerate", "torch"),
        notes=(*known, *(("fetches_base",) if load else ()), "cuda"),
    )


def unknown_pipeline(model: ModelRecord) -> bool:
    """Whether diffusers would run it, were it known to be a whole pipeline."""
    drawn = model.pipeline_tag in _DRAWING and model.library_name == "diffusers"
    return drawn and model.kind != "quantized" and not recipes_parts.whole_pipeline(model)


def _vllm(model: ModelRecord) -> Iterator[Recipe]:
    task = model.pipeline_tag
    if recipes_parts.part(model) or model.library_name not in _FOR_VLLM or not model.architecture:
        return
    if task not in _GENERATING | _EMBEDDING:
        return
    more = ("--runner", "pooling") if task in _EMBEDDING else ()
    yield Recipe(
        tool="vLLM",
        language="bash",
        code=shell("vllm", "serve", model.repo_id, *more),
        needs=("vllm",),
        notes=notes(model, *danger(model), "openai_8000"),
    )


def _mlx(model: ModelRecord) -> Iterator[Recipe]:
    if "mlx" not in model.formats and model.library_name != "mlx":
        return
    if model.pipeline_tag == "text-generation":
        yield Recipe(
            tool="MLX",
            language="bash",
            code=shell("mlx_lm.generate", "--model", model.repo_id, "--prompt", PROMPT),
            needs=("mlx-lm",),
            notes=notes(model, *danger(model), "apple"),
        )
    elif model.pipeline_tag == "image-text-to-text":
        words = ("--prompt", "What does this picture show?", "--image", "picture.jpg")
        yield Recipe(
            tool="MLX",
            language="bash",
            code=shell("mlx_vlm.generate", "--model", model.repo_id, *words),
            needs=("mlx-vlm",),
            notes=notes(model, *danger(model), "apple"),
        )


def _onnx(model: ModelRecord) -> Iterator[Recipe]:
    """Opens every graph and tells what it takes: feeding it differs from model to model."""
    if "onnx" not in model.formats:
        return
    yield Recipe(
        tool="ONNX Runtime",
        language="python",
        code="from pathlib import Path\n\nimport onnxruntime\n"
        "from huggingface_hub import snapshot_download\n\n"
        f"folder = snapshot_download({model.repo_id!r}, "
        'allow_patterns=["*.onnx*", "*.json", "*.txt"])\n'
        'for path in sorted(Path(folder).rglob("*.onnx")):\n'
        "    session = onnxruntime.InferenceSession(path)\n"
        "    print(path.name, [(one.name, one.shape) for one in session.get_inputs()])",
        needs=("onnxruntime", "huggingface_hub"),
        notes=notes(model, "onnx_inputs"),
    )
