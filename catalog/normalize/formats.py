"""The formats in which weights are offered, from tags, library, metadata and file names."""

from __future__ import annotations

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
_NOT_WEIGHTS_START = ("rng_state", "optimizer", "scheduler", "random_states", "vocab", "tokenizer")


def format_of_file(path: str) -> str | None:
    """The format of one file of weights; None for any other file."""
    name = PurePosixPath(path).name.lower()
    if name in _NOT_WEIGHTS or name.startswith(_NOT_WEIGHTS_START):
        return None
    if ".mlpackage/" in path.lower():
        return "coreml"
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
        kinds = (format_of_file(path) for path in paths)
        found.update(kind for kind in kinds if kind is not None)
    if library == "mlx" or "mlx" in tags:
        found.add("mlx")
    # `diffusers:FluxPipeline` is written by the Hub where model_index.json names a pipeline.
    if any(tag.startswith("diffusers:") for tag in tags):
        found.add("diffusers")
    return tuple(kind for kind in FORMATS if kind in found)


def pickle_only(paths: Sequence[str]) -> bool:
    """Whether a file list holds pickled weights and nothing that loads without running code."""
    kinds = {format_of_file(path) for path in paths}
    return "pickle" in kinds and not kinds & {"safetensors", "gguf", "onnx", "coreml"}
