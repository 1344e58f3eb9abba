"""transformers 5: the pipeline of a task, or the classes of a task whose pipeline is gone.

Tasks are those of transformers 5.23 (`SUPPORTED_TASKS`). It dropped the pipelines of translation,
summarization, text2text-generation and question-answering; their models load by AutoModel classes.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog.records import ModelRecord
from catalog.reports import Recipe
from catalog.services.recipes_base import PROMPT, notes
from catalog.services.recipes_parts import part, speaks_as_someone

_TEXT = '"Open models can be run at home."'
_LABELS = 'candidate_labels=["a cat", "a lighthouse"]'
_SEEN = (
    'text=[{"role": "user", "content": [\n'
    '    {"type": "image", "image": "picture.jpg"},\n'
    '    {"type": "text", "text": "What does this picture show?"},\n'
    "]}], max_new_tokens=64"
)
# Per task what its pipeline is called with.
_CALLS = {
    "text-generation": f'"{PROMPT}", max_new_tokens=64',
    "text-classification": _TEXT,
    "token-classification": '"Ada Lovelace was born in London."',
    "fill-mask": 'f"Paris is the {run.tokenizer.mask_token} of France."',
    "feature-extraction": _TEXT,
    "sentence-similarity": _TEXT,
    "zero-shot-classification": f'{_TEXT}, candidate_labels=["software", "cooking"]',
    "table-question-answering": 'table={"City": ["Paris"], "River": ["Seine"]}, '
    'query="Which river?"',
    "image-text-to-text": _SEEN,
    "any-to-any": _SEEN,
    "document-question-answering": 'image="page.png", question="What is the total?"',
    "image-classification": '"picture.jpg"',
    "image-segmentation": '"picture.jpg"',
    "image-feature-extraction": '"picture.jpg"',
    "object-detection": '"picture.jpg"',
    "depth-estimation": '"picture.jpg"',
    "mask-generation": '"picture.jpg"',
    "zero-shot-image-classification": f'"picture.jpg", {_LABELS}',
    "zero-shot-object-detection": f'"picture.jpg", {_LABELS}',
    "video-classification": '"video.mp4"',
    "automatic-speech-recognition": '"speech.wav"',
    "audio-classification": '"sound.wav"',
    "text-to-speech": _TEXT,
    "text-to-audio": _TEXT,
}
_LARGE = {"text-generation", "image-text-to-text", "any-to-any"}  # may need several devices
_AS_FEATURES = {"sentence-similarity": "feature-extraction"}  # what the pipeline is called
_SEQ2SEQ_TASKS = {"translation", "summarization", "text2text-generation"}
_SEQ2SEQ = frozenset(
    {"bart", "bigbird_pegasus", "blenderbot", "fsmt", "led", "long-t5", "longt5", "m2m_100"}
    | {"marian", "mbart", "mt5", "mvp", "nllb-moe", "pegasus", "pegasus_x", "plbart"}
    | {"prophetnet", "switch_transformers", "t5", "umt5"}
    | {"byt5", "flan-t5", "flan-ul2", "nllb", "opus-mt"}  # families, where nothing else is stated
)
_TOKENIZERS = {"marian": "sentencepiece", "opus-mt": "sentencepiece"}
_NEEDS = ("transformers", "torch")
# Quantization schemes by the start of their name, and what transformers needs to read them.
_SCHEMES = {
    "GPTQ": ("gptqmodel", "optimum"),
    "AWQ": ("gptqmodel",),  # autoawq is retired (huggingface/transformers#41567)
    "BNB": ("bitsandbytes",),
    "AUTOROUND": ("auto-round",),
}
_UNREAD = ("NVFP4",)


def recipes(model: ModelRecord) -> Iterator[Recipe]:
    """What runs this model with transformers, at most one recipe."""
    if part(model) is not None or any(name.startswith(_UNREAD) for name in model.quantizations):
        return
    if model.library_name not in {None, "transformers"}:
        return
    if speaks_as_someone(model):
        return
    if model.library_name is None and not model.architecture:
        return  # nothing says that transformers knows it
    task = model.pipeline_tag
    if task in _SEQ2SEQ_TASKS and _known(model):
        yield _seq2seq(model) if _known(model) & _SEQ2SEQ else _pipeline(model, "text-generation")
    elif task == "question-answering":
        yield _answers(model)
    elif task in _CALLS:
        yield _pipeline(model, task)


def _known(model: ModelRecord) -> set[str]:
    """What the row tells of its architecture; the family where it states none."""
    if model.architecture:
        return {model.architecture.lower()}
    return {model.family} if model.family else set()


def _notes(model: ModelRecord, *more: str) -> tuple[str, ...]:
    pickled = "pickle_only" in model.flags or model.formats == ("pickle",)
    unstated = ("library_unstated",) if model.library_name is None else ()
    found = ("remote_code",) if "remote_code" in model.flags else ()
    return notes(model, *found, *(("pickle",) if pickled else ()), *more, *unstated)


def _needs(model: ModelRecord, *more: str) -> tuple[str, ...]:
    found = [*_NEEDS, *more]
    for start, packages in _SCHEMES.items():
        if any(name.startswith(start) for name in model.quantizations):
            found.extend(packages)
    return tuple(dict.fromkeys(found))


def _pipeline(model: ModelRecord, task: str) -> Recipe:
    large = task in _LARGE
    spread = ', dtype="auto", device_map="auto"' if large else ""
    return Recipe(
        tool="transformers",
        language="python",
        code="from transformers import pipeline\n\n"
        f"run = pipeline({_AS_FEATURES.get(task, task)!r}, model={model.repo_id!r}{spread})\n"
        f"print(run({_CALLS[task]}))",
        needs=_needs(model, *(("accelerate",) if large else ())),
        notes=_notes(model),
    )


def _seq2seq(model: ModelRecord) -> Recipe:
    name = repr(model.repo_id)
    extra = {package for key, package in _TOKENIZERS.items() if key in _known(model)}
    return Recipe(
        tool="transformers",
        language="python",
        code="from transformers import AutoModelForSeq2SeqLM, AutoTokenizer\n\n"
        f"tokenizer = AutoTokenizer.from_pretrained({name})\n"
        f"model = AutoModelForSeq2SeqLM.from_pretrained({name})\n"
        f'inputs = tokenizer({_TEXT}, return_tensors="pt")\n'
        "output = model.generate(**inputs, max_new_tokens=64)\n"
        "print(tokenizer.decode(output[0], skip_special_tokens=True))",
        needs=_needs(model, *extra),
        notes=_notes(model, "no_pipeline", "prefix"),
    )


def _answers(model: ModelRecord) -> Recipe:
    name = repr(model.repo_id)
    return Recipe(
        tool="transformers",
        language="python",
        code="import torch\nfrom transformers import AutoModelForQuestionAnswering, AutoTokenizer\n"
        f"\ntokenizer = AutoTokenizer.from_pretrained({name})\n"
        f"model = AutoModelForQuestionAnswering.from_pretrained({name})\n"
        'inputs = tokenizer("Where was Ada born?", "Ada was born in London.", '
        'return_tensors="pt")\n'
        "with torch.no_grad():\n    output = model(**inputs)\n"
        "start, end = output.start_logits.argmax(), output.end_logits.argmax()\n"
        "print(tokenizer.decode(inputs.input_ids[0, start : end + 1]))",
        needs=_needs(model),
        notes=_notes(model, "no_pipeline"),
    )
