"""A folder of an Ollama's models, read without a server and without a network.

    manifests/<registry>/<namespace>/<model>/<tag>   one manifest each, as it was pulled
    manifests-v2/...                                 the same, links to manifests among the blobs
    blobs/sha256-<hex>                               weights, templates, configurations
    blobs/sha256-<hex>-partial...                    a download that is not complete

The digest that the library shows is the sha256 of a manifest's bytes. Whatever cannot be read is
left out; files and links lead nowhere but to `blobs`, and there is a most of everything.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.normalize import runtime_names
from catalog.normalize.plain import count, mapping, text
from catalog.records import Installed, Runtime
from catalog.sources.ollama import facts

ROOTS = ("manifests-v2", "manifests")  # a name in the first hides the same one in the second
_MANIFEST_BYTES, _CONFIG_BYTES = 8_000_000, 1_000_000
_MOST_ENTRIES = 50_000  # names looked at in one scan
_LONGEST_SECONDS = 20.0  # a folder on a network drive that answers slowly
_DEPTH = 4  # registry, namespace, model, tag
_LIST = "application/vnd.ollama.manifest.list.v2+json"
_RUNNERS = ("ollama", "llamacpp", "mlx")  # the order in which Ollama itself takes them
_IMAGE = "application/vnd.ollama.image."
_WEIGHTS = ("model", "projector", "adapter")
_BLOB = re.compile(r"sha256[-:]([0-9a-fA-F]{64})(-partial.*)?")


def default(home: Path) -> Path | None:
    """The folder that Ollama uses for a person who set none; None where there is none."""
    folder = home / ".ollama" / "models"
    try:
        return folder if (folder / "manifests").is_dir() else None
    except OSError:
        return None


def shown(folder: Path) -> str:
    """A path as text that can be written anywhere, whatever bytes its names are."""
    return str(folder).encode("utf-8", "backslashreplace").decode("utf-8")


def scan(folder: Path, now: datetime) -> Runtime:
    """What lies in a folder; raises a SourceError where there is none that can be read."""
    roots = [folder / name for name in ROOTS]
    try:
        there = [root for root in roots if root.is_dir()]
        for root in there:
            with os.scandir(root) as entries:
                next(entries, None)
    except OSError as error:
        why = error.strerror or "no access"
        raise SourceRefused(
            f"The folder of models {shown(folder)} cannot be read ({why})."
        ) from error
    if not there:
        raise SourceUnreachable(f"There are no models of an Ollama in {shown(folder)}.")
    whole, partial = _blobs(folder / "blobs")
    found: dict[str, Installed] = {}
    for root in there:
        for name, path in _manifests(root):
            if name not in found and len(found) < facts.MOST_MODELS:
                model = _model(name, path, folder / "blobs", whole)
                if model is not None:
                    found[name] = model
    models = tuple(found[name] for name in sorted(found))
    return Runtime(
        where=shown(folder), kind="folder", seen_at=now, unfinished=len(partial), models=models
    )


def _blobs(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """sha256 of the blobs that are whole, and of those whose download is not complete."""
    whole: set[str] = set()
    partial: set[str] = set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if match := _BLOB.fullmatch(entry.name):
                    (partial if match[2] else whole).add(match[1].lower())
    except OSError:  # no blobs at all: every model will be incomplete
        return frozenset(), frozenset()
    return frozenset(whole), frozenset(partial - whole)


def _manifests(root: Path) -> Iterator[tuple[str, Path]]:
    """Names and files four levels down; folders that are links are not entered."""
    until = time.monotonic() + _LONGEST_SECONDS
    left = _MOST_ENTRIES
    waiting: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while waiting:
        folder, parts = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError:
            continue
        for name in names:
            left -= 1
            if left < 0 or time.monotonic() > until:
                return
            path, found = folder / name, (*parts, name)
            if len(found) < _DEPTH:
                if _is_folder(path):
                    waiting.append((path, found))
            elif runtime_names.is_name(short := runtime_names.shortest(found)):
                yield short, path


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _model(name: str, path: Path, blobs: Path, whole: frozenset[str]) -> Installed | None:
    """The model that a manifest describes; None where the file is none."""
    data = _read(path, _MANIFEST_BYTES, blobs)
    manifest = _manifest(data, blobs) if data is not None else None
    if data is None or manifest is None:
        return None
    config = mapping(manifest.get("config"))
    layers = [mapping(layer) for layer in manifest["layers"]]
    needed = {digest for part in (*layers, config) if (digest := facts.digest(part.get("digest")))}
    told = _config(config, blobs)
    weights = _weights(layers)
    remote = bool(text(told.get("remote_host")) or text(told.get("remote_model")))
    return Installed(
        name=name,
        ref=None,
        digest=hashlib.sha256(data).hexdigest(),
        size_bytes=None if remote else _size([*layers, config]),
        modified_at=_modified(path),
        parameter_size=facts.parameter_size(told.get("model_type")),
        quant_type=facts.quant_type(told.get("file_type")),
        context_length=count(told.get("context_length")) or None,
        remote=remote,
        layers=weights,
        complete=needed <= whole,
    )


def _manifest(data: bytes, blobs: Path) -> Mapping[str, Any] | None:
    """The manifest in a file, or of the list in it the one that Ollama would run."""
    value = _object(data)
    if value.get("mediaType") == _LIST:
        value = _chosen(value.get("manifests"), blobs)
    return value if isinstance(value.get("layers"), list) else None


def _chosen(children: object, blobs: Path) -> Mapping[str, Any]:
    rows = [mapping(row) for row in children] if isinstance(children, list) else []
    for runner in _RUNNERS:
        for row in rows:
            if str(row.get("runner")).lower() != runner:
                continue
            own = facts.digest(row.get("digest"))
            if own is None or "layers" in row:
                return row
            return _object(_read(blobs / f"sha256-{own}", _MANIFEST_BYTES, blobs))
    return {}


def _weights(layers: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """sha256 of the layers that are weights, the model first."""
    found = [
        digest
        for kind in _WEIGHTS
        for layer in layers
        if layer.get("mediaType") == _IMAGE + kind and (digest := facts.digest(layer.get("digest")))
    ]
    return tuple(dict.fromkeys(found))[: facts.MOST_LAYERS]


def _size(parts: list[Mapping[str, Any]]) -> int | None:
    """Bytes of all parts, each once, as Ollama adds them up; None where one does not say."""
    sizes: dict[object, int] = {}
    for part in parts:
        size = count(part.get("size"))
        if size is None:
            return None
        sizes[facts.digest(part.get("digest")) or len(sizes)] = size
    return count(sum(sizes.values())) or None


def _config(config: Mapping[str, Any], blobs: Path) -> Mapping[str, Any]:
    own = facts.digest(config.get("digest"))
    return _object(_read(blobs / f"sha256-{own}", _CONFIG_BYTES, blobs)) if own else {}


def _object(data: bytes | None) -> Mapping[str, Any]:
    """The JSON object in some bytes; an empty one where there is none."""
    try:
        return mapping(json.loads(data.decode("utf-8"))) if data else {}
    except (ValueError, RecursionError):
        return {}


def _read(path: Path, most: int, blobs: Path) -> bytes | None:
    """A small regular file, whole; None where it cannot be had or a link leads elsewhere."""
    try:
        if path.is_symlink() and Path(os.path.realpath(path)).parent != Path(
            os.path.realpath(blobs)
        ):
            return None
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for
            return None
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None


def _modified(path: Path) -> datetime | None:
    """When the manifest was written, which is when the model was pulled or made."""
    try:
        return datetime.fromtimestamp(int(path.lstat().st_mtime), UTC)
    except (OSError, OverflowError, ValueError):
        return None
