"""One row of the Hub's list or info answer as records.

A row that cannot be a model raises `BadRow`; a field that cannot be read is `None`. Nothing else
is ever raised, whatever the JSON holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.normalize import dates, family, formats, lineage, tags, task
from catalog.normalize.active import stated_active
from catalog.normalize.hub_parts import HubRow, read
from catalog.normalize.hub_weights import HubWeights, weights_of
from catalog.normalize.language import languages_of
from catalog.normalize.license import LicenseFact, contradicts_itself, from_hub
from catalog.normalize.plain import count, mapping, number, text, texts
from catalog.records import ModelFile, ModelRecord

SOURCE = "huggingface"
SITE = "https://huggingface.co/"
_CONTEXT = range(16, 20_000_000)  # tokenizers write 1e30 for "no limit"


def to_record(
    row: Mapping[str, Any], *, fetched_at: datetime, origin: str = "sync"
) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
    """The record and the files of one row; the base models' share comes later, in `settle`."""
    own = read(row)
    stated = from_hub(
        _stated_license(own), own.card.get("license_name"), own.card.get("license_link")
    )
    bases = lineage.base_ids(own.raw, own.card, own.repo_id)
    relation = lineage.stated_relation(own.raw, own.card) if bases else None
    weights = weights_of(own, relation)
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


def _author(own: HubRow) -> str | None:
    owner = own.repo_id.rpartition("/")[0]
    return owner or text(own.raw.get("author"), 96)


def _stated_license(own: HubRow) -> object:
    """The card's license, else the tag that the Hub made of it."""
    stated = own.card.get("license")
    if texts(stated):
        return stated
    return [tag.removeprefix("license:") for tag in own.tags if tag.startswith("license:")]


def _gated(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if value in ("auto", "manual") and isinstance(value, str) else "unknown"


def _model_type(own: HubRow) -> str | None:
    stated = text(own.config.get("model_type"), 64)
    return stated or family.model_type_among(own.tags) or text(own.gguf.get("architecture"), 64)


def _task(own: HubRow, model_type: str | None) -> tuple[str | None, str | None]:
    stated = task.stated_task(own.raw.get("pipeline_tag"), own.card.get("pipeline_tag"))
    stated = stated or task.task_among(own.tags)
    if stated is not None:
        return stated, "stated"
    classes = texts(own.config.get("architectures"), 100)
    read = task.task_of_architecture(classes, model_type, own.tags)
    read = read or task.stated_task(mapping(own.raw.get("transformersInfo")).get("pipeline_tag"))
    return read, "architecture" if read is not None else None


def _context(own: HubRow) -> tuple[int | None, bool]:
    """Context length in tokens, and whether a stated one makes no sense."""
    suspect = False
    for part, key in ((own.gguf, "context_length"), (own.config, "max_position_embeddings")):
        value = part.get(key)
        length = count(value)
        if length is not None and length in _CONTEXT:
            return length, suspect
        suspect = suspect or isinstance(value, int | float)
    return None, suspect


def _active(
    own: HubRow, weights: HubWeights, bases: Sequence[str], relation: str | None
) -> int | None:
    """The name's figure, else the publisher's; a copy has that of the one model it is a copy of."""
    total = weights.parameters.total
    copied = bases[0] if relation == "quantized" and len(bases) == 1 else None
    return (
        weights.parameters.active
        or stated_active(own.repo_id, total)
        or stated_active(copied, total)
    )


def _flags(
    own: HubRow, stated: LicenseFact, weights: HubWeights, *, suspect: bool
) -> tuple[str, ...]:
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
