"""One item of CivitAI's model list as records.

A row that cannot be a model raises `BadRow`, one that the catalog does not show `LeftOut`; a field
that cannot be read is `None`. Descriptions, pictures and trigger words are never read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from catalog.errors import BadRow, LeftOut
from catalog.normalize import civitai_access, dates
from catalog.normalize import civitai_files as weights
from catalog.normalize.civitai_bases import BaseModel, base_of
from catalog.normalize.civitai_license import permissions_of, terms_of
from catalog.normalize.civitai_safety import (
    Rating,
    plain_tag,
    rating_of,
    tags_of,
    version_is_shown,
)
from catalog.normalize.file_groups import smallest_set
from catalog.normalize.plain import count, mapping, text
from catalog.normalize.quantization import nominal_bits
from catalog.normalize.tags import kept_tags
from catalog.normalize.task import modality_of
from catalog.records import ModelFile, ModelRecord
from catalog.vocabulary import FLAGS, FORMATS

SOURCE = "civitai"
SITE = "https://civitai.com/models/"
_LARGEST_ID = 2**53  # what JSON carries exactly
_MOST_VERSIONS = 500

_ADAPTERS = frozenset(
    {"LORA", "LoCon", "DoRA", "TextualInversion", "Hypernetwork", "AestheticGradient"}
)
_COMPONENTS = frozenset(
    {"Controlnet", "Upscaler", "MotionModule", "VAE", "TextEncoder", "UNet", "CLIPVision", "CLIP"}
)
_MODELS = frozenset({"Checkpoint", "VisionLanguage", "LLM", "Detection"})
# Not models: what one feeds to models, or to a program that runs them.
_ASSETS = frozenset({"Poses", "Wildcards", "Workflows", "ComfyWorkflows", "Other"})
_WITH_PARAMETERS = frozenset({"Checkpoint", "UNet"})
_TASK_OF_TYPE = {
    "Controlnet": "image-to-image",
    "Upscaler": "image-to-image",
    "MotionModule": "text-to-video",
    "VisionLanguage": "image-text-to-text",
    "LLM": "text-generation",
    "Detection": "object-detection",
}
_NO_TASK = frozenset({"VAE", "TextEncoder", "CLIPVision", "CLIP"})
_EDITS_IMAGES = frozenset({"inpainting", "refiner", "pix2pix"})  # words of baseModelType
_VARIANT = re.compile(r"inpaint|refiner|pix2pix", re.IGNORECASE)
_KIND_OF_CHECKPOINT = {"trained": "finetune", "merge": "merge"}
_MERGE_TAGS = frozenset({"merge", "merged", "merges", "checkpoint merge", "model merge"})
_TRAINED_TAGS = frozenset(
    {"finetune", "finetuned", "fine tune", "fine-tune", "fine tuned", "fine-tuned", "dreambooth"}
)
# What describes pictures and not models; a facet of a company's catalog does without it.
_UNSHOWN_TAGS = frozenset(
    {
        "big breasts", "waifu", "bikini", "adult", "18+", "hot", "nurse", "asian", "korean",
        "woman", "women", "female", "girl", "girls", "man", "men", "male", "boy", "boys",
    }
)  # fmt: skip
# The same, in any tag that has them among its words.
_UNSHOWN_WORDS = frozenset(
    {
        "sexy", "sex", "nsfw", "nude", "nudes", "nudity", "naked", "hentai", "porn", "erotic",
        "erotica", "boob", "boobs", "breast", "breasts", "tits", "ass", "fetish", "bdsm",
        "bondage", "lewd", "ecchi", "bimbo", "lingerie", "thicc", "milf", "gravure", "xxx",
        "busty", "futa", "futanari", "uncensored",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    id: int
    raw: Mapping[str, Any]
    published: datetime | None
    base_label: str | None
    files: tuple[weights.VersionFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """The parts of an item that several fields are read from."""

    id: int
    name: str
    type: str
    raw: Mapping[str, Any]
    tags: tuple[str, ...]
    rating: Rating
    versions: tuple[_Version, ...]  # those that may be shown
    newest: _Version
    base: BaseModel | None  # of the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A parameter count, where it is from, and whether size and base model disagree."""

    total: int | None = None
    origin: str | None = None
    disagree: bool = False


def to_record(
    item: Mapping[str, Any], *, fetched_at: datetime, origin: str = "sync", mature: bool = False
) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
    """The record and the files of one item; `mature` admits metadata above the safe level."""
    own = _read(item, mature=mature)
    newest = own.newest
    files = tuple(_checked(one, own, version) for version in own.versions for one in version.files)
    current = [file for file in files if file.version_id == str(newest.id)]
    size, smallest = smallest_set(current)
    counted = _parameters(own)
    terms = terms_of(
        permissions_of(item),
        own.base,
        newest.base_label,
        version_id=newest.id,
        other_labels=[version.base_label for version in own.versions],
        sfw_only=item.get("sfwOnly") is True,
    )
    access = civitai_access.access_of(newest.raw, fetched_at, of_model=item.get("availability"))
    kind = _kind(own)
    pipeline_tag, tag_origin = _task(own)
    stats = mapping(item.get("stats"))
    downloads = count(stats.get("downloadCount"))
    dated = [version.published for version in own.versions if version.published is not None]
    record = ModelRecord(
        ref=f"{SOURCE}:{own.id}",
        source=SOURCE,
        repo_id=str(own.id),
        name=own.name,
        author=text(mapping(item.get("creator")).get("username"), 96),
        url=f"{SITE}{own.id}",
        revision=str(newest.id),
        kind=kind,
        pipeline_tag=pipeline_tag,
        pipeline_tag_origin=tag_origin,
        modality=modality_of(pipeline_tag) or modality_of(_first_task(own.base)),
        formats=_formats(files),
        license_raw=terms.raw,
        commercial_use=terms.commercial_use,
        license_reasons=terms.reasons,
        gated=access.gated,
        parameter_count=counted.total,
        parameter_count_origin=counted.origin,
        architecture=own.base.architecture if own.base is not None else None,
        quantizations=_quantizations(files),
        bits_per_weight=smallest.bits_per_weight if smallest is not None else None,
        size_bytes=size,
        base_label=newest.base_label,
        family=own.base.family if own.base is not None and kind != "component" else None,
        tags=_tags(own, access.tag),
        downloads_total=downloads,
        downloads_as_of=None if downloads is None else fetched_at.astimezone(UTC).date(),
        likes=_likes(stats),
        created_at=min(dated, default=None),
        last_modified=max(dated, default=None),
        fetched_at=fetched_at,
        origin=origin,
        nsfw=own.rating.nsfw,
        flags=_flags(
            params_disagree=counted.disagree,
            license_missing=terms.raw is None,
            license_conflict=terms.conflict,
            pickle_only=_pickle_only(files),
            unsafe_scan=any(one.unsafe for version in own.versions for one in version.files),
        ),
    )
    return record, files


def newest_published(item: Mapping[str, Any]) -> datetime | None:
    """When the newest of all versions of an item came out."""
    stated = item.get("modelVersions")
    found = [_published(mapping(one)) for one in stated] if isinstance(stated, list) else []
    return max((moment for moment in found if moment is not None), default=None)


def _read(item: object, *, mature: bool) -> _Item:
    if not isinstance(item, Mapping):
        raise BadRow("not an object")
    model_id = count(item.get("id"), _LARGEST_ID)
    if not model_id:
        raise BadRow("no id")
    model_type = text(item.get("type"), 40)
    if model_type in _ASSETS:
        raise LeftOut(f"left out, not a model ({model_type})", withdraw=True)
    # Before anything else of it is found unfit: what has become unsafe has to be taken away.
    rating = rating_of(item, model_id, mature=mature)
    if model_type is None:
        raise BadRow("no type")
    if model_type not in _ADAPTERS | _COMPONENTS | _MODELS:
        raise BadRow(f"a type that is not known ({model_type})")
    name = text(item.get("name"))
    if name is None:
        raise BadRow("no name")
    _available(item)
    versions = _versions(item, model_type, rating)
    newest = _newest(versions)
    return _Item(
        id=model_id,
        name=name,
        type=model_type,
        raw=item,
        tags=tags_of(item),
        rating=rating,
        versions=versions,
        newest=newest,
        base=base_of(newest.base_label),
    )


def _available(item: Mapping[str, Any]) -> None:
    """Raises LeftOut for what the site itself no longer or not yet gives out."""
    mode = text(item.get("mode"), 20)
    if mode == "Archived":
        raise LeftOut("left out, archived: its files are gone", withdraw=True)
    if mode == "TakenDown":
        raise LeftOut("left out, taken down by the site", withdraw=True)
    # The token of one person must not put that person's private rows before everybody.
    if text(item.get("availability"), 20) == "Private":
        raise LeftOut("left out, private", withdraw=True)


def _versions(item: Mapping[str, Any], model_type: str, rating: Rating) -> tuple[_Version, ...]:
    stated = item.get("modelVersions")
    if not isinstance(stated, list):
        raise BadRow("no list of versions")
    # The site answers like this for a while after a change: nothing to show, nothing to take away.
    if not stated:
        raise LeftOut("left out, no version in the answer", withdraw=False)
    facts = [mapping(one) for one in stated[:_MOST_VERSIONS]]
    known = [{**raw, "id": number} for raw in facts if (number := count(raw.get("id")))]
    if not known:
        raise BadRow("no version has an id")
    shown = [raw for raw in known if version_is_shown(raw, rating)]
    if not shown:
        raise LeftOut("left out for its content (every version)", withdraw=True)
    offered = [raw for raw in shown if text(raw.get("availability"), 20) != "Private"]
    versions = [_version(raw, model_type) for raw in offered]
    with_files = tuple(version for version in versions if version.files)
    if not with_files:
        raise LeftOut("left out, no version has files", withdraw=True)
    return with_files


def _version(raw: Mapping[str, Any], model_type: str) -> _Version:
    base_label = text(raw.get("baseModel"), 64)
    files = weights.files_of(raw, model_type)
    if model_type in _WITH_PARAMETERS:
        files = weights.without_parts(files, base_of(base_label))
    return _Version(
        id=raw["id"],
        raw=raw,
        published=_published(raw),
        base_label=base_label,
        files=files,
    )


def _published(raw: Mapping[str, Any]) -> datetime | None:
    return dates.moment(raw.get("publishedAt")) or dates.moment(raw.get("createdAt"))


def _newest(versions: Sequence[_Version]) -> _Version:
    """The newest version; the authors put theirs in an order of their own, which breaks ties.

    Versions for inpainting follow the one they are made of by a day; that one is the model.
    """
    plain = [version for version in versions if not _is_variant(version.raw)] or versions
    dated = [version for version in plain if version.published is not None]
    return max(dated, key=lambda version: version.published or datetime.min, default=plain[0])


def _is_variant(raw: Mapping[str, Any]) -> bool:
    special = (text(raw.get("baseModelType"), 40) or "").lower()
    # The site has left that field empty since July 2026.
    return special in _EDITS_IMAGES or _VARIANT.search(text(raw.get("name")) or "") is not None


def _checked(one: weights.VersionFile, own: _Item, version: _Version) -> ModelFile:
    """The file; its bits per weight are not told where its size speaks against them."""
    doubtful = (
        own.type in _WITH_PARAMETERS and weights.agrees(one, base_of(version.base_label)) is False
    )
    return replace(one.file, bits_per_weight=None) if doubtful else one.file


def _parameters(own: _Item) -> _Counted:
    """Size by precision where that fits the base model, else the base model's nominal figure.

    Adapters have no nominal figure, and their precision says nothing of the base they work on.
    """
    if own.type not in _WITH_PARAMETERS:
        return _Counted()
    running = [one for one in own.newest.files if one.file.role == "weights"]
    if not running:
        return _Counted()
    running.sort(key=lambda one: (one.estimate is None, not one.primary))
    lead = running[0]
    if weights.is_a_part(lead, own.base):
        return _Counted(disagree=True)
    nominal = weights.nominal_of(lead, own.base)
    fits = weights.agrees(lead, own.base)
    # Blocks of GGUF cannot be mislabelled, so their size tells without a base model too.
    if fits or (fits is None and lead.file.format == "gguf" and lead.estimate is not None):
        return _Counted(total=lead.estimate, origin="files")
    return _Counted(
        total=nominal, origin="base" if nominal is not None else None, disagree=fits is False
    )


def _task(own: _Item) -> tuple[str | None, str | None]:
    if own.type in _NO_TASK:
        return None, None
    if own.type in _TASK_OF_TYPE:
        return _TASK_OF_TYPE[own.type], "stated"
    if _is_variant(own.newest.raw) or _is_named_so(own):
        return "image-to-image", "stated"
    task = _first_task(own.base)
    return task, "base" if task is not None else None


def _is_named_so(own: _Item) -> bool:
    """Whether the model is called one for inpainting, and no version of it apart from others is."""
    return (
        own.type == "Checkpoint"
        and _VARIANT.search(own.name) is not None
        and not any(_is_variant(version.raw) for version in own.versions)
    )


def _first_task(base: BaseModel | None) -> str | None:
    return base.tasks[0] if base is not None and base.tasks else None


def _kind(own: _Item) -> str | None:
    if own.type in _ADAPTERS:
        return "adapter"
    if own.type in _COMPONENTS:
        return "component"
    stated = (text(own.raw.get("checkpointType"), 20) or "").lower()
    if stated in _KIND_OF_CHECKPOINT:
        return _KIND_OF_CHECKPOINT[stated]
    words = {tag.lower() for tag in own.tags}
    if words & _MERGE_TAGS:
        return "merge"
    return "finetune" if words & _TRAINED_TAGS else None


def _tags(own: _Item, access_tag: str | None) -> tuple[str, ...]:
    """The site's tags, and what no other field holds: the type, further tasks, access."""
    more = own.base.tasks[1:] if own.base is not None and own.type == "Checkpoint" else ()
    said = [tag for tag in own.tags if not _is_unshown(tag)]
    type_tag = own.type.lower() if own.type not in ("Checkpoint", *_TASKLESS_WORDS) else None
    first = [tag for tag in (access_tag, type_tag) if tag is not None]
    kept = kept_tags([*first, *said], library=None, languages=())
    return tuple(dict.fromkeys((*kept[: len(first)], *more, *kept[len(first) :])))


def _is_unshown(tag: str) -> bool:
    words = plain_tag(tag)
    return tag.lower() in _UNSHOWN_TAGS or not _UNSHOWN_WORDS.isdisjoint(words.split())


_TASKLESS_WORDS = ("LLM", "VisionLanguage", "Detection")  # their task says it


def _formats(files: Sequence[ModelFile]) -> tuple[str, ...]:
    found = {file.format for file in files if file.role == "weights"}
    return tuple(kind for kind in FORMATS if kind in found)


def _quantizations(files: Sequence[ModelFile]) -> tuple[str, ...]:
    """Labels of the weights of all versions, the smallest first."""
    found = {file.quant_type for file in files if file.quant_type is not None}
    return tuple(sorted(found, key=lambda label: (nominal_bits(label) or 99.0, label)))


def _pickle_only(files: Sequence[ModelFile]) -> bool:
    found = {file.format for file in files if file.role == "weights"}
    return "pickle" in found and not found & {"safetensors", "gguf", "onnx", "coreml"}


def _likes(stats: Mapping[str, Any]) -> int | None:
    """Thumbs up; answers of before 2024 count favourites in their place."""
    thumbs = count(stats.get("thumbsUpCount"))
    return thumbs if thumbs is not None else count(stats.get("favoriteCount"))


def _flags(**found: bool) -> tuple[str, ...]:
    return tuple(flag for flag in FLAGS if found.get(flag))
