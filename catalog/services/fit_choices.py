"""The weights that a model could be run with: its sets of files, or as if converted; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from catalog.errors import QueryError
from catalog.fit import diffusion, estimate
from catalog.fit import weights as sizes
from catalog.fit.architecture import Architecture
from catalog.normalize.civitai_bases import base_of
from catalog.normalize.quantization import nominal_bits
from catalog.records import ModelFile, ModelRecord
from catalog.reports import FileSet
from catalog.services.denoisers import counts_denoiser_alone
from catalog.services.ladder import ladder

Weights = tuple[int, int] | None
_ELSEWHERE = frozenset({"gguf", "mlx", "onnx", "coreml"})  # not for transformers and vLLM


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Weights that a model could be run with."""

    rung: FileSet | None
    quant: str | None
    weights: Weights
    estimated: bool
    parts: Mapping[str, int] = field(default_factory=dict)  # of a pipeline, in bytes
    doubt: str | None = None


def choices(
    model: ModelRecord,
    files: Sequence[ModelFile],
    architecture: Architecture,
    *,
    engine: str,
    quant: str | None = None,
) -> tuple[Choice, ...]:
    """At least one choice, smallest first; QueryError for a quantization of unknown size."""
    if quant is not None:
        return (_converted(model, quant),)
    found = tuple(_choice(model, rung) for rung in ladder(model, files)) or (_alone(model),)
    if (
        model.parameter_count
        and estimate.whole(architecture)
        and not any(one.weights for one in found)
    ):
        # nothing tells bits: between two and thirty-two
        band = sizes.unstated(model.parameter_count)
        found = tuple(replace(one, weights=band, estimated=True) for one in found)
    if isinstance(architecture, estimate.Estimated) and architecture.kind == "image":
        if model.size_bytes is None and counts_denoiser_alone(model):
            doubt = f"Not known: weights; {diffusion.ALONE}."
            return tuple(replace(one, doubt=doubt) for one in found)
        return tuple(_with_parts(one, model, files) for one in found)
    return _loadable(found, model, engine)


def estimated(model: ModelRecord) -> Architecture:
    """What stands for an architecture of which no source states the facts."""
    count = model.parameter_count
    return estimate.architecture(
        estimate.kind(model.pipeline_tag, model.modality),
        None if count is None else estimate.step(count),
    )


def _choice(model: ModelRecord, rung: FileSet) -> Choice:
    rounded = "size_estimated" in model.flags
    weights: Weights = None
    if rung.size_bytes is not None and not rung.estimated:
        weights = sizes.stated(rung.size_bytes, estimated=rounded)
    elif model.parameter_count is not None:
        bits = rung.bits_per_weight or nominal_bits(rung.name)
        weights = sizes.counted(model.parameter_count, bits) if bits else None
    seen = rung.size_bytes is not None and not rung.estimated and not rounded
    return Choice(rung=rung, quant=rung.name, weights=weights, estimated=not seen)


def _alone(model: ModelRecord) -> Choice:
    """The row itself, where it names no files and no quantization."""
    return Choice(rung=None, quant=None, weights=weights(model), estimated=model.size_bytes is None)


def weights(model: ModelRecord) -> Weights:
    """The least and most bytes of its smallest files that run; None where they are not known."""
    if model.size_bytes is not None:
        return sizes.stated(model.size_bytes, estimated="size_estimated" in model.flags)
    if model.parameter_count is not None and model.bits_per_weight is not None:
        return sizes.counted(model.parameter_count, model.bits_per_weight)
    return None


def _with_parts(choice: Choice, model: ModelRecord, files: Sequence[ModelFile]) -> Choice:
    """The choice with its parts, where the folders of its files or its base tell them."""
    parts: dict[str, int] = {}
    for file in files:
        mine = choice.rung is not None and file.group is not None
        if mine and _named(file) == (choice.quant, choice.rung and choice.rung.version_id):
            name = diffusion.part_of(file.path)
            parts[name] = parts.get(name, 0) + (file.size_bytes or 0)
    if len(parts) > 1:
        return replace(choice, parts=parts)
    base, size = base_of(model.base_label), choice.weights
    if base is None or base.whole is None or len(base.backbone) != 1 or size is None:
        return choice
    return replace(choice, parts=diffusion.within(size[1], base.backbone[0], base.whole))


def _named(file: ModelFile) -> tuple[str | None, str | None]:
    """The set that a file is of, as the ladder names it, and its version."""
    name, version = file.group, file.version_id
    return (name.removeprefix(f"{version} ") if name and version else name), version


def _loadable(choices: tuple[Choice, ...], model: ModelRecord, engine: str) -> tuple[Choice, ...]:
    """Those that an engine can load. llama.cpp loads all: what is no GGUF as if converted."""
    if engine == "llama_cpp":
        return choices
    of_row = model.formats[0] if len(model.formats) == 1 else None
    kept = tuple(
        one for one in choices if ((one.rung and one.rung.format) or of_row) not in _ELSEWHERE
    )
    none = Choice(
        rung=None, quant=None, weights=None, estimated=True,
        doubt=f"Not known: weights; the catalog knows no files of it that {engine} loads.",
    )  # fmt: skip
    return kept or (none,)


def _converted(model: ModelRecord, quant: str) -> Choice:
    name = quant.strip().upper()
    bits = nominal_bits(name)
    if bits is None:
        raise QueryError(f"Nobody here knows how many bits {quant[:40]!r} has.")
    count = model.parameter_count
    return Choice(
        rung=None,
        quant=name,
        weights=None if count is None else sizes.counted(count, bits),
        estimated=True,
    )
