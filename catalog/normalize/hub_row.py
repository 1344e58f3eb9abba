"""One row of the Hub's list or info answer as records.

A row that cannot be a model raises `BadRow`; a field that cannot be read is `None`. Nothing else
is ever raised, whatever the JSON holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from catalog.errors import BadRow
from catalog.normalize import dates, family, formats, lineage, parameters, quantization, tags, task
from catalog.normalize.active import stated_active
from catalog.normalize.file_groups import group_gguf, group_weights, is_gguf, smallest_set
from catalog.normalize.language import languages_of
from catalog.normalize.license import LicenseFact, contradicts_itself, from_hub
from catalog.normalize.plain import count, mapping, number, text, texts
from catalog.records import ModelFile, ModelRecord

SOURCE = "huggingface"
SITE = "https://huggingface.co/"
_MOST_FILES = 2000
_LONGEST_PATH = 400
_CONTEXT = range(16, 20_000_000)  # tokenizers write 1e30 for "no limit"
_LARGEST_GROUP = 4096
_FLOATS_ONLY = frozenset({"BF16", "F16", "F32"})


@dataclass(frozen=True, slots=True)
class _Row:
    """The parts of a row that several fields are read from."""

    repo_id: str
    name: str
    raw: Mapping[str, Any]
    card: Mapping[str, Any]
    config: Mapping[str, Any]
    gguf: Mapping[str, Any]
    tags: tuple[str, ...]
    library: str | None
    paths: tuple[str, ...] | None  # None where the answer has no file list


@dataclass(frozen=True, slots=True)
class _Weights:
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


def to_record(
    row: Mapping[str, Any], *, fetched_at: datetime, origin: str = "sync"
) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
    """The record and the files of one row; the base models' share comes later, in `settle`."""
    own = _read(row)
    stated = from_hub(
        _stated_license(own), own.card.get("license_name"), own.card.get("license_link")
    )
    bases = lineage.base_ids(own.raw, own.card, own.repo_id)
    relation = lineage.stated_relation(own.raw, own.card) if bases else None
    weights = _weights(own, relation)
    model_type = _model_type(own)
    pipeline_tag, tag_origin = _task(own, model_type)
    context_length, suspect = _context(own)
    kind = lineage.kind_of(
        relation=relation,
        bases=bases,
        tags=own.tags,
        name=own.name,
        adapter=weights.adapter,
        quantized=weights.quantized,
        formats=weights.formats,
        full_weights=weights.full,
    )
    languages = languages_of(texts(own.card.get("language"), 40) or tags.languages_among(own.tags))
    monthly = count(own.raw.get("downloads"))
    overall = count(own.raw.get("downloadsAllTime"))
    record = ModelRecord(
        ref=f"{SOURCE}:{own.repo_id}",
        source=SOURCE,
        repo_id=own.repo_id,
        name=own.name,
        author=_author(own),
        url=SITE + own.repo_id,
        revision=text(own.raw.get("sha"), 64),
        kind=kind,
        pipeline_tag=pipeline_tag,
        pipeline_tag_origin=tag_origin,
        modality=task.modality_of(pipeline_tag),
        library_name=own.library,
        formats=weights.formats,
        license=stated.license,
        license_raw=stated.license_raw,
        commercial_use=stated.commercial_use,
        license_reasons=stated.reasons,
        gated=_gated(own.raw.get("gated")),
        parameter_count=weights.parameters.total,
        active_parameter_count=_active(own, weights, bases, relation),
        parameter_count_origin=weights.parameters.origin,
        context_length=context_length,
        architecture=model_type,
        quantizations=weights.quantizations,
        bits_per_weight=weights.bits_per_weight,
        size_bytes=weights.size_bytes,
        base_models=tuple(f"{SOURCE}:{base}" for base in bases),
        base_model_relation=relation,
        family=family.family_of(own.name, model_type) if kind != "component" else None,
        languages=languages,
        tags=tags.kept_tags(own.tags, library=own.library, languages=languages),
        downloads_30d=monthly,
        downloads_total=overall,
        downloads_as_of=(
            fetched_at.astimezone(UTC).date() if (monthly, overall) != (None, None) else None
        ),
        likes=count(own.raw.get("likes")),
        trending=number(own.raw.get("trendingScore")),
        created_at=dates.hub_created(own.raw.get("createdAt")),
        last_modified=dates.moment(own.raw.get("lastModified")),
        fetched_at=fetched_at,
        origin=origin,
        nsfw=True if "not-for-all-audiences" in own.tags else None,
        flags=_flags(own, stated, weights, suspect=suspect),
    )
    return record, weights.files


def _read(row: object) -> _Row:
    if not isinstance(row, Mapping):
        raise BadRow("not an object")
    repo_id = row.get("id")
    if repo_id is None:
        repo_id = row.get("modelId")
    if not isinstance(repo_id, str):
        raise BadRow("no id")
    if not lineage.REPO_ID.fullmatch(repo_id):
        raise BadRow("the id is not of the form owner/name")
    if row.get("private") is True:
        raise BadRow("private")
    if row.get("disabled") is True:
        raise BadRow("disabled by the Hub")
    if "tags" in row and not isinstance(row["tags"], list | None):
        raise BadRow("tags are not a list")
    card = mapping(row.get("cardData"))
    return _Row(
        repo_id=repo_id,
        name=repo_id.rpartition("/")[2],
        raw=row,
        card=card,
        config=mapping(row.get("config")),
        gguf=mapping(row.get("gguf")),
        tags=texts(row.get("tags"), 128),
        library=_library(row.get("library_name"), card.get("library_name")),
        paths=_paths(row.get("siblings")),
    )


def _library(*values: object) -> str | None:
    found = (text(value, 64) for value in values)
    return next((value.lower() for value in found if value is not None), None)


def _paths(siblings: object) -> tuple[str, ...] | None:
    """File names of an answer that lists any; an empty list is as good as none."""
    if not isinstance(siblings, list):
        return None
    names = (text(mapping(one).get("rfilename"), _LONGEST_PATH) for one in siblings[:_MOST_FILES])
    return tuple(name for name in names if name is not None) or None


def _author(own: _Row) -> str | None:
    owner = own.repo_id.rpartition("/")[0]
    return owner or text(own.raw.get("author"), 96)


def _stated_license(own: _Row) -> object:
    """The card's license, else the tag that the Hub made of it."""
    stated = own.card.get("license")
    if texts(stated):
        return stated
    return [tag.removeprefix("license:") for tag in own.tags if tag.startswith("license:")]


def _gated(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value in ("auto", "manual") and isinstance(value, str) else "unknown"


def _model_type(own: _Row) -> str | None:
    stated = text(own.config.get("model_type"), 64)
    return stated or family.model_type_among(own.tags) or text(own.gguf.get("architecture"), 64)


def _task(own: _Row, model_type: str | None) -> tuple[str | None, str | None]:
    stated = task.stated_task(own.raw.get("pipeline_tag"), own.card.get("pipeline_tag"))
    stated = stated or task.task_among(own.tags)
    if stated is not None:
        return stated, "stated"
    classes = texts(own.config.get("architectures"), 100)
    read = task.task_of_architecture(classes, model_type, own.tags)
    read = read or task.stated_task(mapping(own.raw.get("transformersInfo")).get("pipeline_tag"))
    return read, "architecture" if read is not None else None


def _context(own: _Row) -> tuple[int | None, bool]:
    """Context length in tokens, and whether a stated one makes no sense."""
    suspect = False
    for part, key in ((own.gguf, "context_length"), (own.config, "max_position_embeddings")):
        value = part.get(key)
        length = count(value)
        if length is not None and length in _CONTEXT:
            return length, suspect
        suspect = suspect or isinstance(value, int | float)
    return None, suspect


def _weights(own: _Row, relation: str | None) -> _Weights:
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
    return _Weights(
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


def _whole_in_gguf(own: _Row, kinds: Sequence[str], total: int | None) -> bool:
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


def _active(own: _Row, weights: _Weights, bases: Sequence[str], relation: str | None) -> int | None:
    """The name's figure, else the publisher's; a copy has that of the one model it is a copy of."""
    total = weights.parameters.total
    copied = bases[0] if relation == "quantized" and len(bases) == 1 else None
    return (
        weights.parameters.active
        or stated_active(own.repo_id, total)
        or stated_active(copied, total)
    )


def _packing(own: _Row, used: str | None) -> parameters.Packing | None:
    if used is None:
        return None
    parts = [mapping(own.config.get(name)) for name in ("quantization_config", "quantization")]
    sizes = [count(part.get("group_size"), _LARGEST_GROUP) for part in parts]
    return parameters.Packing(scheme=used, group_size=next(filter(None, sizes), None))


def _files(
    own: _Row, kinds: Sequence[str], plain: str | None, whole: int | None
) -> tuple[ModelFile, ...]:
    """The files of weights, where knowing them adds to what the row itself says.

    Without sizes and without GGUF a list of shards tells nothing that formats and quantizations
    do not, and a pipeline of several folders is not read at all.
    """
    if own.paths is None or "diffusers" in kinds:
        return ()
    listed = tuple(_sized(one) for one in own.raw["siblings"][:_MOST_FILES])
    known = tuple(file for file in listed if file is not None)
    gguf = tuple(file for file in known if is_gguf(file.path))
    if not gguf and all(file.size_bytes is None for file in known):
        return ()
    return (*_one_size(own, group_gguf(gguf)), *group_weights(known, plain, whole))


def _one_size(own: _Row, files: tuple[ModelFile, ...]) -> tuple[ModelFile, ...]:
    """A lone GGUF file has the size that upstream read from its header."""
    size = count(own.gguf.get("totalFileSize")) or None
    weights = [file for file in files if file.role == "weights"]
    if size is None or len(weights) != 1 or weights[0].size_bytes is not None:
        return files
    return tuple(replace(file, size_bytes=size) if file in weights else file for file in files)


def _sized(sibling: object) -> ModelFile | None:
    facts = mapping(sibling)
    path = text(facts.get("rfilename"), _LONGEST_PATH)
    if path is None:
        return None
    stored = mapping(facts.get("lfs"))
    size = count(facts.get("size")) or count(stored.get("size")) or None
    return ModelFile(path=path, size_bytes=size, sha256=text(stored.get("sha256"), 64))


def _quantizations(
    own: _Row,
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


def _is_named(own: _Row, kinds: Sequence[str], scheme: str) -> bool:
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


def _flags(own: _Row, stated: LicenseFact, weights: _Weights, *, suspect: bool) -> tuple[str, ...]:
    found = {
        "params_disagree": weights.parameters.disagree,
        "license_missing": stated.license_raw is None,
        "license_conflict": contradicts_itself(stated.license_raw),
        "context_suspect": suspect,
        "pickle_only": bool(own.card or own.paths)
        and formats.pickle_only(own.paths, own.tags, own.library, texts(own.card.get("tags"), 100)),
        "remote_code": "custom_code" in own.tags or bool(mapping(own.config.get("auto_map"))),
        "superseded": text(own.card.get("new_version")) is not None,
    }
    return tuple(flag for flag, holds in found.items() if holds)
