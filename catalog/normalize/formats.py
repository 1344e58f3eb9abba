"""The formats in which weights are offered, from tags, library, metadata and file names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from catalog.vocabulary import FORMATS

_TAGS = {
    "safetensors": "safetensors",
    "gguf": "gguf",
    "pytorch": "pickle",  # the Hub's word for *.bin and *.pt
    "joblib": "pickle",
    "onnx": "onnx",
    "mlx": "mlx",
    "coreml": "coreml",
    "core-ml": "coreml",
    "tf": "other",
    "jax": "other",
    "tflite": "other",
    "openvino": "other",
    "nemo": "other",
    "keras": "other",
    "tf-keras": "other",
    "rust": "other",
}
_SUFFIXES = {
    ".safetensors": "safetensors",
    ".gguf": "gguf",
    ".bin": "pickle",
    ".pt": "pickle",
    ".pth": "pickle",
    ".ckpt": "pickle",
    ".pkl": "pickle",
    ".joblib": "pickle",
    ".onnx": "onnx",
    ".mlmodel": "coreml",
    ".mlpackage": "coreml",
    ".h5": "other",
    ".msgpack": "other",
    ".tflite": "other",
    ".ot": "other",
    ".nemo": "other",
}
# Files with such a suffix that are no weights.
_NOT_WEIGHTS = frozenset({"training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.pt"})
# `.bin` of two runtimes that have formats of their own: GGML before GGUF, and OpenVINO.
_OWN_BIN = re.compile(r"ggml.*\.bin$|^openvino_.*\.bin$")
_ONNX_DATA = re.compile(r"\.onnx[._]data(?:_\d+)?$")  # weights too large for the file itself
_CTRANSLATE2 = "ctranslate2"  # calls its one file of weights model.bin
_NOT_WEIGHTS_START = ("rng_state", "optimizer", "scheduler", "random_states", "vocab", "tokenizer")


def format_of_file(path: str) -> str | None:
    """The format of one file of weights; None for any other file."""
    name = PurePosixPath(path).name.lower()
    if name in _NOT_WEIGHTS or name.startswith(_NOT_WEIGHTS_START):
        return None
    if ".mlpackage/" in path.lower():
        return "coreml"
    if _OWN_BIN.search(name):
        return "other"
    if _ONNX_DATA.search(name):
        return "onnx"
    return _SUFFIXES.get(PurePosixPath(name).suffix)


def formats_of(
    tags: Sequence[str],
    library: str | None,
    paths: Iterable[str] | None,
    measured: Iterable[str] = (),
) -> tuple[str, ...]:
    """Formats in the order of the vocabulary.

    `paths` is the file list where there is one and then decides over the tags; `measured` are
    the formats whose headers upstream has read.
    """
    found = set(measured)
    if paths is None:
        found.update(_TAGS[tag] for tag in tags if tag in _TAGS)
    else:
        found |= _kinds(paths, tags, library)
    if library == "mlx" or "mlx" in tags:
        found.add("mlx")
    # `diffusers:FluxPipeline` is written by the Hub where model_index.json names a pipeline.
    if any(tag.startswith("diffusers:") for tag in tags):
        found.add("diffusers")
    return tuple(kind for kind in FORMATS if kind in found)


def _kinds(paths: Iterable[str], tags: Sequence[str], library: str | None) -> set[str]:
    if library == _CTRANSLATE2 or _CTRANSLATE2 in tags:
        paths = ("model.ot" if path == "model.bin" else path for path in paths)
    kinds = (format_of_file(path) for path in paths)
    return {kind for kind in kinds if kind is not None}


def pickle_only(
    paths: Sequence[str] | None, tags: Sequence[str], library: str | None, stated: Sequence[str]
) -> bool:
    """Whether all weights are pickled, so that loading any of them may run code.

    Without a file list the format tags tell, which the Hub makes of the files; `stated` are the
    tags of the card, where authors write `pytorch` and mean the framework.
    """
    safe = {"safetensors", "gguf", "onnx", "coreml"}
    if paths is not None:
        kinds = _kinds(paths, tags, library)
        return "pickle" in kinds and not kinds & safe
    made = {_TAGS[tag] for tag in tags if tag in _TAGS}
    told = {tag.lower() for tag in stated} & {"pytorch", "joblib"}
    return made == {"pickle"} and not told and not _elsewhere(tags, library)


def _elsewhere(tags: Sequence[str], library: str | None) -> bool:
    """Whether files of folders or of a format of its own may stand beside what tags tell."""
    own = {"diffusers", _CTRANSLATE2, "mlx"}
    return library in own or not own.isdisjoint(tags)
