"""Files of a repository: their role, what they are stored as, and which belong together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from catalog.normalize.formats import format_of_file
from catalog.normalize.quantization import gguf_label, nominal_bits
from catalog.records import ModelFile

_SHARD = re.compile(r"[-_](\d{5,6})-of-(\d{5,6})$")
# Pieces of one file that is put together again by hand: `X.Q6_K.gguf.part1of2`.
_PIECE = re.compile(r"\.gguf\.part(\d{1,3})of(\d{1,3})$", re.IGNORECASE)
_IMATRIX = re.compile(r"^imatrix|imatrix\.(gguf|dat)$")
_VOCAB = re.compile(r"(^|[-_.])vocab\.gguf$|^ggml-vocab")
_DRAFT = re.compile(r"(^|[-_.])(draft|eagle3?)([-_.]|$)|^mtp[-_.]")
# Parts of models that hear, see or speak: beside the model in its folder, or in a folder of theirs.
_PROJECTOR = re.compile(r"mmproj|(^|[-_.])projector([-_.]|$)")
_PART = re.compile(r"(^|[-_.])(vocoder|tokenizer|token2wav)([-_.]|$)")
_PART_FOLDER = re.compile(r"^(audio|vision|tts|token2wav)([-_.][^/]*)?/")
# The names that the libraries themselves give to the one set of weights of a repository.
_USUAL = ("model", "pytorch_model", "adapter_model", "diffusion_pytorch_model", "tf_model",
          "flax_model", "open_clip_model")  # fmt: skip

_ONNX_FILE = re.compile(r"\.onnx(?:[._]data(?:_\d+)?)?$")
# What optimum and transformers.js append to the names of one model in several precisions.
_ONNX_VARIANT = re.compile(r"_(fp16|q8|int8|uint8|quantized|q4f16|q4|bnb4)$")
_ONNX_TYPES = {
    "fp16": "F16", "q8": "INT8", "int8": "INT8", "uint8": "UINT8", "quantized": "INT8",
    "q4": "INT4", "q4f16": "INT4", "bnb4": "BNB-4",
}  # fmt: skip


def is_gguf(path: str) -> bool:
    """Whether a file belongs to those of a GGUF repository that are grouped."""
    return path.lower().endswith((".gguf", ".dat")) or _PIECE.search(path) is not None


def gguf_role(path: str) -> str:
    """The role of one GGUF file; a vision projector or an importance matrix is no model."""
    name = PurePosixPath(path).name.lower()
    if _PROJECTOR.search(name):
        return "projector"
    if _PART.search(name) or _PART_FOLDER.search(path.lower()):
        return "other"
    if _IMATRIX.search(name):
        return "imatrix"
    if _VOCAB.search(name):
        return "vocab"
    return "draft" if _DRAFT.search(name) else "weights"


def group_gguf(files: Iterable[ModelFile]) -> tuple[ModelFile, ...]:
    """GGUF files with role, quantization, bits and group; shards of one model in one group."""
    files = tuple(files)
    roles = [gguf_role(file.path) for file in files]
    if "weights" not in roles:  # a repository of nothing but draft heads or parts is about these
        roles = ["weights" if role in ("draft", "other") else role for role in roles]
    sets: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index, (file, role) in enumerate(zip(files, roles, strict=True)):
        if role == "weights":
            sets[_set_of(file.path)].append(index)
    names = _group_names(files, sets)
    return tuple(
        _labelled(file, role, names.get(index))
        for index, (file, role) in enumerate(zip(files, roles, strict=True))
    )


def _set_of(path: str) -> tuple[str, str, str]:
    """Folder, name and number of shards: what is the same for all shards of one model."""
    whole = PurePosixPath(path)
    if piece := _PIECE.search(path):
        return str(whole.parent), whole.name[: -len(piece[0])], piece[2]
    match = _SHARD.search(whole.stem)
    prefix = whole.stem[: match.start()] if match else whole.stem
    return str(whole.parent), prefix, match[2] if match else ""


def _complete(key: tuple[str, str, str], members: Sequence[object]) -> bool:
    return not key[2] or len(members) == int(key[2])


def _label(path: str) -> str | None:
    """The label in the file name, else in its folder (`UD-IQ2_M/model-00001-of-00002.gguf`)."""
    folder, prefix, _ = _set_of(path)
    return gguf_label(prefix) or gguf_label(PurePosixPath(folder).name)


def _group_names(
    files: Sequence[ModelFile], sets: dict[tuple[str, str, str], list[int]]
) -> dict[int, str]:
    """Group of each file by index: its label, made unique by the name where two sets share it."""
    complete = {key: members for key, members in sets.items() if _complete(key, members)}
    labels = {key: _label(files[members[0]].path) or key[1] for key, members in complete.items()}
    shared = Counter(labels.values())
    names: dict[int, str] = {}
    for key, members in complete.items():
        label = labels[key]
        if shared[label] > 1:
            label = f"{label} {'' if key[0] == '.' else key[0] + '/'}{key[1]}"
        names.update(dict.fromkeys(members, label))
    return names


def _labelled(file: ModelFile, role: str, group: str | None) -> ModelFile:
    label = _label(file.path) if role in ("weights", "projector", "draft") else None
    return replace(
        file,
        format="gguf",
        role=role,
        group=group,
        quant_type=label,
        bits_per_weight=nominal_bits(label) if label is not None and role == "weights" else None,
    )


def group_weights(
    files: Iterable[ModelFile], quant_type: str | None, set_bytes: int | None = None
) -> tuple[ModelFile, ...]:
    """Files of weights that are not GGUF, with format, role and group; other files are left out.

    Each complete set at the root is a group, only the usual one where a format has it. What lies
    in folders is a part or another edition, and adding it up would be wrong. `quant_type` and
    `set_bytes` are what is known of the measured weights.
    """
    weights = {
        file: kind for file in files if (kind := format_of_file(file.path)) not in (None, "gguf")
    }
    measured = "safetensors" if "safetensors" in weights.values() else "pickle"
    groups = _usual_groups(weights)
    alone = sum(weights[file] == measured for file in groups) == 1
    result = []
    for file, kind in weights.items():
        own = kind == measured
        label = onnx_label(file.path) if kind == "onnx" else quant_type if own else None
        size = set_bytes if own and alone and file in groups else None
        result.append(
            replace(
                file,
                format=kind,
                role="weights",
                group=groups.get(file),
                size_bytes=file.size_bytes if file.size_bytes is not None else size,
                quant_type=label,
                bits_per_weight=nominal_bits(label) if label is not None else None,
            )
        )
    return tuple(result)


def onnx_label(path: str) -> str | None:
    """What the name of an ONNX file says of its weights; None for the plain one."""
    match = _ONNX_VARIANT.search(_ONNX_FILE.sub("", path))
    return _ONNX_TYPES[match[1]] if match is not None else None


def _set_of_weights(path: str, kind: str | None) -> tuple[str, str, str]:
    """As `_set_of`; weights that lie beside an ONNX file belong to it."""
    return _set_of(f"{_ONNX_FILE.sub('', path)}.onnx" if kind == "onnx" else path)


def _is_usual(key: tuple[str, str, str]) -> bool:
    return _ONNX_VARIANT.sub("", key[1]) in _USUAL


def _usual_groups(weights: Mapping[ModelFile, str | None]) -> dict[ModelFile, str]:
    """Group of each file that belongs to a complete set which a library would load."""
    sets: dict[tuple[str | None, tuple[str, str, str]], list[ModelFile]] = defaultdict(list)
    for file, kind in weights.items():
        key = _set_of_weights(file.path, kind)
        if key[0] == "." or (kind == "onnx" and key[0] == "onnx"):
            sets[kind, key].append(file)
    usual = {kind for kind, key in sets if _is_usual(key)}
    groups: dict[ModelFile, str] = {}
    for (kind, key), members in sets.items():
        if _complete(key, members) and (_is_usual(key) or kind not in usual):
            groups.update(dict.fromkeys(members, f"{kind} {key[1]}"))
    return groups


def smallest_set(files: Iterable[ModelFile]) -> tuple[int | None, ModelFile | None]:
    """Bytes of the smallest group whose files all have a size, and one file of that group."""
    groups: dict[str, list[ModelFile]] = defaultdict(list)
    for file in files:
        if file.role == "weights" and file.group is not None:
            groups[file.group].append(file)
    best: tuple[int | None, ModelFile | None] = (None, None)
    for members in groups.values():
        sizes = [file.size_bytes for file in members if file.size_bytes is not None]
        total = sum(sizes)
        if len(sizes) == len(members) and (best[0] is None or total < best[0]):
            best = (total, members[0])
    return best
