"""What the bundled catalog must hold before it is written, and a report of what it holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC

from catalog import vocabulary
from catalog.normalize.parameters import disagrees, nominal_parameters
from catalog.records import ModelFile, ModelRecord

from .model_facts import MAX_CONTEXT
from .shape import MAX_PARAMETERS

MIN_MODELS, MIN_TASKS, TASK_SIZE = 10_000, 40, 10
MIN_PARAMETERS = 1_000
_ID = r"\(*[A-Za-z0-9][A-Za-z0-9.+-]*\)*"
_LICENSE = re.compile(rf"{_ID}(?: (?:AND|OR|WITH) {_ID})*")

Files = Sequence[tuple[str, ModelFile]]


def problems(models: Sequence[ModelRecord], files: Files) -> list[str]:
    """Everything that forbids to write these rows, as sentences."""
    times = Counter(model.ref for model in models)
    spelled = Counter(model.ref.casefold() for model in models)
    found = [f"{ref} occurs {n} times" for ref, n in spelled.items() if n > 1]
    for model in models:
        for rule in (_of_dates, _of_counts, _of_words):
            found += [f"{model.ref}: {problem}" for problem in rule(model)]
    found += [f"{ref}: a file of a model that is not there" for ref, _ in files if ref not in times]
    tasks = tasks_of_size(models)
    if len(models) < MIN_MODELS:
        found.append(f"only {len(models)} models")
    if tasks < MIN_TASKS:
        found.append(f"only {tasks} tasks have {TASK_SIZE} models")
    return found


def _of_dates(model: ModelRecord) -> Iterator[str]:
    for name in ("created_at", "last_modified", "fetched_at"):
        moment = getattr(model, name)
        if moment is not None and moment.tzinfo is not UTC:
            yield f"{name} is not UTC"
    if model.fetched_at is None:
        yield "fetched_at is missing"
    elif model.downloads_as_of and model.downloads_as_of > model.fetched_at.date():
        yield "its downloads are younger than its facts"
    for moment in (model.created_at, model.last_modified):
        if moment and model.fetched_at and moment.date() > model.fetched_at.date():
            yield "its facts are older than a date among them"
    counted = (model.downloads_30d, model.downloads_total) != (None, None)
    if counted != (model.downloads_as_of is not None):
        yield "downloads without their date or a date without downloads"


def _of_counts(model: ModelRecord) -> Iterator[str]:
    for count in (model.parameter_count, model.active_parameter_count):
        if count is not None and not MIN_PARAMETERS <= count <= MAX_PARAMETERS:
            yield f"{count} parameters"
    if (model.parameter_count is None) != (model.parameter_count_origin is None):
        yield "a parameter count without its origin or an origin without a count"
    if model.context_length is not None and not 1 <= model.context_length <= MAX_CONTEXT:
        yield f"a context of {model.context_length}"
    nominal = nominal_parameters(model.name).total
    exempt = model.kind == "adapter" or "params_disagree" in model.flags
    if model.parameter_count and not exempt and disagrees(model.parameter_count, nominal):
        yield f"{model.parameter_count} parameters beside {nominal} in the name, not flagged"


def _of_words(model: ModelRecord) -> Iterator[str]:
    """Licenses of a wrong form, and words that are in none of the closed vocabularies."""
    if model.license is not None and not _LICENSE.fullmatch(model.license):
        yield f"license {model.license!r} is not in SPDX form"
    if model.nsfw:
        yield "is not for all audiences"
    closed = {
        "kind": vocabulary.KINDS,
        "pipeline_tag": tuple(vocabulary.TASKS),
        "pipeline_tag_origin": vocabulary.PIPELINE_TAG_ORIGINS,
        "modality": vocabulary.MODALITIES,
        "commercial_use": vocabulary.COMMERCIAL_USE,
        "gated": vocabulary.GATED,
        "parameter_count_origin": vocabulary.PARAMETER_COUNT_ORIGINS,
        "base_model_relation": vocabulary.RELATIONS,
        "origin": ("starter",),
        "formats": vocabulary.FORMATS,
        "flags": vocabulary.FLAGS,
    }
    for name, words in closed.items():
        value = getattr(model, name)
        for one in value if isinstance(value, tuple) else (value,):
            if one is not None and one not in words:
                yield f"{name} {one!r} is not in the vocabulary"


def tasks_of_size(models: Sequence[ModelRecord]) -> int:
    """How many tasks have enough models to choose from."""
    sizes = Counter(model.pipeline_tag for model in models if model.pipeline_tag)
    return sum(size >= TASK_SIZE for size in sizes.values())


def report(models: Sequence[ModelRecord], files: Files) -> str:
    """Counts a person looks at before committing the result."""
    total = len(models) or 1
    known = {
        "task": sum(m.pipeline_tag is not None for m in models),
        "license": sum(m.license is not None for m in models),
        "verdict": sum(m.commercial_use != vocabulary.UNKNOWN for m in models),
        "parameters": sum(m.parameter_count is not None for m in models),
        "downloads": sum(m.downloads_30d is not None for m in models),
        "context": sum(m.context_length is not None for m in models),
        "created": sum(m.created_at is not None for m in models),
        "gated": sum(m.gated != vocabulary.UNKNOWN for m in models),
        "quantizations": sum(bool(m.quantizations) for m in models),
        "size": sum(m.size_bytes is not None for m in models),
        "base": sum(bool(m.base_models) for m in models),
    }
    lines = [f"{len(models)} models, {len(files)} files", f"{tasks_of_size(models)} tasks of size"]
    lines += [f"{name:14}{count:7} {count / total:4.0%}" for name, count in known.items()]
    for name in ("kind", "commercial_use", "parameter_count_origin", "gated"):
        lines.append(f"{name}: {Counter(getattr(m, name) for m in models).most_common()}")
    lines.append(f"flags: {Counter(flag for m in models for flag in m.flags).most_common()}")
    lines.append(f"formats: {Counter(form for m in models for form in m.formats).most_common()}")
    days = Counter(m.downloads_as_of for m in models if m.downloads_as_of)
    lines += [f"downloads of {day}: {count}" for day, count in sorted(days.items())]
    return "\n".join(lines) + "\n"
