"""The files of one CivitAI version: format, precision, size, scan, and which of them run alone.

Precision is what the uploader declares. It is checked against the size and the base model, for in
a dump of 2023 two of five files of SD 1.5 that were called fp16 held something else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.normalize.civitai_bases import BaseModel
from catalog.normalize.formats import format_of_file
from catalog.normalize.parameters import MOST_PARAMETERS
from catalog.normalize.plain import MAX_INT, count, mapping, number, text
from catalog.normalize.quantization import gguf_label, nominal_bits
from catalog.records import ModelFile

_MOST_FILES = 500  # of one version
_KIB = 1024  # sizeKB counts these
_FAR = 0.25  # an estimate further than this from the nominal figure is not believed
_FORMATS = {
    "safetensor": "safetensors",
    "pickletensor": "pickle",
    "gguf": "gguf",
    "diffusers": "diffusers",
    "core ml": "coreml",
    "onnx": "onnx",
    "other": "other",
}
_LARGE_ENCODERS = 2_000_000_000  # T5-XXL and larger; the CLIPs of SDXL are 0.8 billion
_WHOLE = 0.75  # bytes for each parameter of the backbone; eight bits would be 1
_QUANT_OF_FP = {
    "fp32": "F32",
    "fp16": "F16",
    "bf16": "BF16",
    "fp8": "FP8",
    "fp8_scaled": "FP8",
    "fp8_mixed": "FP8",
    "mxfp8": "MXFP8",
    "int8": "INT8",
    "nf4": "BNB-4",
    "nvfp4": "NVFP4",
    "int4": "INT4",
}
_DTYPES = {"F32": "F32", "F16": "F16", "BF16": "BF16"}
_QUANT_TYPE = re.compile(r"(?:IQ|TQ|Q)[1-8]_[A-Z0-9]{1,3}(?:_(?:XXL|XL|L|M|S|XS))?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCANS = ("Pending", "Success", "Danger", "Error")
_UNSAFE = frozenset({"Danger", "Error"})
_EVERYWHERE = frozenset({"model", "pruned model", "unet", "diffusion model"})
# File types that are the model itself in a model of that type, and a companion elsewhere.
_OF_TYPE = {
    "VAE": "vae",
    "TextEncoder": "text encoder",
    "CLIP": "text encoder",
    "CLIPVision": "clipvision",
    "Controlnet": "controlnet",
    "Upscaler": "upscaler",
    "LORA": "enhancement lora",
    "VisionLanguage": "vision encoder",
}
_DENOISERS = frozenset({"unet", "diffusion model"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFile:
    """One file as it is stored, and what the row is made of."""

    file: ModelFile
    primary: bool
    denoiser: bool  # holds the backbone alone
    estimate: int | None  # parameters: size by precision
    unsafe: bool  # a scan found something, or failed


def files_of(version: Mapping[str, Any], model_type: str) -> tuple[VersionFile, ...]:
    """The files of a version; each set that runs has a group of its own."""
    stated = version.get("files")
    if not isinstance(stated, list):
        return ()
    version_id = str(version.get("id"))
    found = [
        one
        for raw in stated[:_MOST_FILES]
        if (one := _file(mapping(raw), version_id, model_type)) is not None
    ]
    return _grouped(found, version_id)


def _file(raw: Mapping[str, Any], version_id: str, model_type: str) -> VersionFile | None:
    path = text(raw.get("name"), 400)
    if path is None:
        return None
    facts = mapping(raw.get("metadata"))
    kind = (text(raw.get("type"), 40) or "model").lower()
    role = _role(kind, model_type)
    file_format = _format(facts.get("format"), path)
    quant = _quant_type(facts, file_format, path) if role == "weights" else None
    size = _bytes(raw.get("sizeKB"))
    bits = nominal_bits(quant) if quant is not None else None
    scans, unsafe = _scans(raw)
    return VersionFile(
        file=ModelFile(
            path=path,
            version_id=version_id,
            size_bytes=size,
            format=file_format,
            quant_type=quant,
            bits_per_weight=bits,
            dtype=_DTYPES.get(quant or "") if file_format != "gguf" else None,
            sha256=_sha256(mapping(raw.get("hashes")).get("SHA256")),
            group=_label(quant, facts, file_format) if role == "weights" else None,
            role=role,
            scan=scans,
        ),
        primary=raw.get("primary") is True,
        denoiser=kind in _DENOISERS or model_type == "UNet",
        estimate=_estimate(size, bits),
        unsafe=unsafe,
    )


def _role(kind: str, model_type: str) -> str:
    if kind in _EVERYWHERE or kind == _OF_TYPE.get(model_type):
        return "weights"
    if kind == "negative" and model_type == "TextualInversion":
        return "weights"
    return "config" if kind == "config" else "other"


def _format(stated: object, path: str) -> str | None:
    """The format, by the file's suffix where that says that loading it runs code."""
    named = format_of_file(path)
    if named == "pickle":
        return named
    declared = _FORMATS.get((text(stated, 40) or "").lower())
    return named if declared in (None, "other") and named is not None else declared


def _quant_type(facts: Mapping[str, Any], file_format: str | None, path: str) -> str | None:
    declared = (text(facts.get("quantType"), 20) or "").upper()
    if _QUANT_TYPE.fullmatch(declared):
        return declared
    if file_format == "gguf":  # `fp` of such a file is left over from its source
        return gguf_label(path)
    return _QUANT_OF_FP.get((text(facts.get("fp"), 20) or "").lower())


def _bytes(kilobytes: object) -> int | None:
    size = number(kilobytes)
    if size is None or size <= 0 or size * _KIB > MAX_INT:
        return None
    return round(size * _KIB)


def _sha256(stated: object) -> str | None:
    digest = (text(stated, 64) or "").lower()
    return digest if _SHA256.fullmatch(digest) else None


def _scans(raw: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Both scan results in words, and whether one of them is a reason not to load the file."""
    results = {
        name: result
        for name in ("pickle", "virus")
        if (result := text(raw.get(f"{name}ScanResult"), 20)) in _SCANS
    }
    words = ", ".join(f"{name} scan: {result}" for name, result in results.items())
    return words or None, not _UNSAFE.isdisjoint(results.values())


def _estimate(size: int | None, bits: float | None) -> int | None:
    if size is None or bits is None:
        return None
    return count(round(size * 8 / bits), MOST_PARAMETERS)


def _label(quant: str | None, facts: Mapping[str, Any], file_format: str | None) -> str:
    """What tells a file from the others of its version: precision, pruned or full, format."""
    size = (text(facts.get("size"), 10) or "").lower()
    parts = (quant, size if size in ("full", "pruned") else None, file_format)
    return " ".join(part for part in parts if part is not None)


def _grouped(found: Sequence[VersionFile], version_id: str) -> tuple[VersionFile, ...]:
    labels = Counter(one.file.group for one in found)
    numbers: Counter[str] = Counter()
    result = []
    for one in found:
        label = one.file.group
        if label is None:
            result.append(one)
            continue
        group = f"{version_id} {label}".rstrip()
        if labels[label] > 1:  # the site lets two files of a version be told alike
            numbers[label] += 1
            group = f"{group} {numbers[label]}"
        result.append(replace(one, file=replace(one.file, group=group)))
    return tuple(result)


def nominal_of(one: VersionFile, base: BaseModel | None) -> int | None:
    """The nominal count of what a file holds; None where one name has several sizes."""
    if base is None:
        return None
    if base.whole is not None and not one.denoiser and not _held_apart(base):
        return base.whole
    return base.backbone[0] if len(base.backbone) == 1 else None


def _held_apart(base: BaseModel) -> bool:
    """Whether a file usually holds the backbone alone: its text encoders are models themselves."""
    return base.whole is not None and base.whole - base.backbone[0] > _LARGE_ENCODERS


def is_a_part(one: VersionFile, base: BaseModel | None) -> bool:
    """Whether plain weights are too few bytes for the model at any precision: an autoencoder."""
    size = one.file.size_bytes
    if size is None or base is None or not base.backbone or one.file.dtype is None:
        return False
    return size < _WHOLE * min(base.backbone)


def without_parts(
    found: tuple[VersionFile, ...], base: BaseModel | None
) -> tuple[VersionFile, ...]:
    """The files of a version; a part beside the model is not what one would run."""
    weights = [one for one in found if one.file.role == "weights"]
    parts = [one for one in weights if is_a_part(one, base)]
    if len(parts) in (0, len(weights)):
        return found
    return tuple(_beside(one) if one in parts else one for one in found)


def _beside(one: VersionFile) -> VersionFile:
    file = replace(one.file, role="other", group=None, quant_type=None, bits_per_weight=None)
    return replace(one, file=file, estimate=None)


def agrees(one: VersionFile, base: BaseModel | None) -> bool | None:
    """Whether size and precision of a file fit its base model; None where nobody can tell."""
    known = [] if base is None else [*base.backbone, *([base.whole] if base.whole else [])]
    if one.estimate is None or not known:
        return None
    return any(abs(one.estimate - size) <= _FAR * size for size in known)
