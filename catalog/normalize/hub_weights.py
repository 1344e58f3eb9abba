"""What one row of the Hub says of the weights: formats, files, sizes, counts, quantizations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.normalize import formats, lineage, parameters, quantization
from catalog.normalize.file_groups import group_gguf, group_weights, is_gguf, smallest_set
from catalog.normalize.hub_parts import LONGEST_PATH, MOST_FILES, HubRow
from catalog.normalize.plain import count, mapping, text
from catalog.records import ModelFile

_LARGEST_GROUP = 4096
_FLOATS_ONLY = frozenset({"BF16", "F16", "F32"})


@dataclass(frozen=True, slots=True)
class HubWeights:
    """What is known of the weights themselves."""

    formats: tuple[str, ...]
    files: tuple[ModelFile, ...]
    quantizations: tuple[str, ...]
    parameters: parameters.Parameters
    size_bytes: int | None
    bits_per_weight: float | None
    adapter: bool
    quantized: bool
    full: bool  # plain weights are there


def weights_of(own: HubRow, relation: str | None) -> HubWeights:
    """The weights of a row, `relation` being the stated one to its bases."""
    stored = parameters.dtype_counts(own.raw.get("safetensors"))
    about: dict[str, Any] = {
        "config": own.config,
        "tags": own.tags,
        "name": own.name,
        "library": own.library,
    }
    said = quantization.scheme(**about, dtypes={}) is not None
    dtypes = parameters.without_buffers(stored, quantized=said)
    adapter = lineage.looks_like_adapter(
        relation=relation,
        tags=own.tags,
        library=own.library,
        name=own.name,
        stored=sum(dtypes.values()) or None,
    )
    # An adapter quotes the quantization of its base; its own tensors are plain.
    used = None if adapter else quantization.scheme(**about, dtypes=dtypes)
    measured = [kind for kind, facts in (("safetensors", stored), ("gguf", own.gguf)) if facts]
    kinds = formats.formats_of(own.tags, own.library, own.paths, measured)
    packing = _packing(own, used)
    gguf_total = count(own.gguf.get("total"), parameters.MOST_PARAMETERS) or None
    count_ = parameters.parameters_of(
        name=own.name,
        safetensors=own.raw.get("safetensors"),
        dtypes=dtypes,
        gguf_total=gguf_total,
        packing=packing,
        adapter=adapter and not _whole_in_gguf(own, kinds, gguf_total),
    )
    plain = used or quantization.dtype_label(dtypes)
    whole = None if "diffusers" in kinds else parameters.stored_bytes(dtypes, packing, own.name)
    files = _files(own, kinds, plain, whole)
    size, smallest = _smallest(files, whole, kinds)
    labels = _quantizations(own, kinds, plain, files, used)
    # Copies for browsers beside the weights do not make a repository a quantized one.
    converted = {file.quant_type for file in files if file.format == "onnx"}
    native = set(labels) - ({*converted} - {plain})
    quantized = used is not None or bool(native - _FLOATS_ONLY)
    return HubWeights(
        formats=kinds,
        files=files,
        quantizations=labels,
        parameters=count_,
        size_bytes=size,
        bits_per_weight=_bits(size, count_, labels, smallest),
        adapter=adapter,
        quantized=quantized,
        full=bool(native) and not quantized,
    )


def _whole_in_gguf(own: HubRow, kinds: Sequence[str], total: int | None) -> bool:
    """Whether a GGUF repository holds models, whatever its tags say of how they were trained.

    Then a count far below the name is of something else; one above it is of the weights.
    """
    named = lineage.looks_like_adapter(
        relation=None, tags=(), library=None, name=own.name, stored=None
    )
    nominal = parameters.nominal_parameters(own.name).total
    above = None not in (total, nominal) and (total or 0) > (nominal or 0)
    return "gguf" in kinds and not named and not above


def _smallest(
    files: Sequence[ModelFile], whole: int | None, kinds: Sequence[str]
) -> tuple[int | None, ModelFile | None]:
    """Bytes of the smallest set that runs, and a file of it; `whole` is what was measured."""
    size, smallest = smallest_set(files)
    if size is None and "gguf" not in kinds:  # its files may be smaller than what was measured
        return whole, smallest
    larger = smallest is not None and smallest.format == "gguf"
    if larger and whole is not None and size is not None and whole < size:
        return whole, None  # a GGUF file of more bits than the weights beside it
    return size, smallest


def _packing(own: HubRow, used: str | None) -> parameters.Packing | None:
    if used is None:
        return None
    parts = [mapping(own.config.get(name)) for name in ("quantization_config", "quantization")]
    sizes = [count(part.get("group_size"), _LARGEST_GROUP) for part in parts]
    return parameters.Packing(scheme=used, group_size=next(filter(None, sizes), None))


def _files(
    own: HubRow, kinds: Sequence[str], plain: str | None, whole: int | None
) -> tuple[ModelFile, ...]:
    """The files of weights, where knowing them adds to what the row itself says.

    Without sizes and without GGUF a list of shards tells nothing that formats and quantizations
    do not, and a pipeline of several folders is not read at all.
    """
    if own.paths is None or "diffusers" in kinds:
        return ()
    listed = tuple(_sized(one) for one in own.raw["siblings"][:MOST_FILES])
    known = tuple(file for file in listed if file is not None)
    gguf = tuple(file for file in known if is_gguf(file.path))
    if not gguf and all(file.size_bytes is None for file in known):
        return ()
    return (*_one_size(own, group_gguf(gguf)), *group_weights(known, plain, whole))


def _one_size(own: HubRow, files: tuple[ModelFile, ...]) -> tuple[ModelFile, ...]:
    """A lone GGUF file has the size that upstream read from its header."""
    size = count(own.gguf.get("totalFileSize")) or None
    weights = [file for file in files if file.role == "weights"]
    if size is None or len(weights) != 1 or weights[0].size_bytes is not None:
        return files
    return tuple(replace(file, size_bytes=size) if file in weights else file for file in files)


def _sized(sibling: object) -> ModelFile | None:
    facts = mapping(sibling)
    path = text(facts.get("rfilename"), LONGEST_PATH)
    if path is None:
        return None
    stored = mapping(facts.get("lfs"))
    size = count(facts.get("size")) or count(stored.get("size")) or None
    return ModelFile(path=path, size_bytes=size, sha256=text(stored.get("sha256"), 64))


def _quantizations(
    own: HubRow,
    kinds: Sequence[str],
    plain: str | None,
    files: Sequence[ModelFile],
    scheme: str | None,
) -> tuple[str, ...]:
    """Labels of the row's own weights, the smallest first."""
    found = {file.quant_type for file in files if file.role == "weights" and file.quant_type}
    gguf = any(file.format == "gguf" and file.quant_type in found for file in files)
    if plain is not None and {"safetensors", "pickle", "mlx"} & set(kinds):
        found.add(plain)
    if scheme is not None and not found and _is_named(own, kinds, scheme):
        found.add(scheme)  # OpenVINO and ONNX say it in the name of the repository
    if "gguf" in kinds and not gguf and (named := quantization.gguf_label(own.name)):
        found.add(named)
    return tuple(sorted(found, key=lambda label: (quantization.nominal_bits(label) or 99.0, label)))


def _is_named(own: HubRow, kinds: Sequence[str], scheme: str) -> bool:
    """Whether a scheme is of these weights, of which there is neither a dtype nor a label.

    Where no format is known the tags may be those of a base; the name is their own.
    """
    said = quantization.scheme(config={}, tags=(), name=own.name, library=None, dtypes={})
    return bool({"onnx", "other"} & set(kinds)) or (not kinds and said == scheme)


def _bits(
    size: int | None,
    counted: parameters.Parameters,
    labels: Sequence[str],
    smallest: ModelFile | None,
) -> float | None:
    """Bits per weight of the smallest set: measured where size and count are, else nominal."""
    measured = parameters.measured_bits(size, counted.total, counted.origin)
    if measured is not None:
        return measured
    if smallest is not None:
        return smallest.bits_per_weight
    return quantization.nominal_bits(labels[0]) if labels else None
