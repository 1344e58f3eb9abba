"""Models of the Ollama library as records: one for each manifest, its other tags as aliases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from catalog.normalize import family, task
from catalog.normalize.active import stated_active
from catalog.normalize.license import verdict_of
from catalog.normalize.ollama_license import LicenseText, strictest_text
from catalog.normalize.ollama_manifest import Layer, Manifest
from catalog.normalize.ollama_origins import origin_of, stored_as
from catalog.normalize.ollama_tag import Tag, read_tag
from catalog.normalize.ollama_variants import LATEST, PLAIN_DTYPES, SOURCE, SiteTag, Variant
from catalog.normalize.parameters import apart, disagrees, measured_bits
from catalog.normalize.quantization import nominal_bits
from catalog.records import ModelFile, ModelRecord

SITE = "https://ollama.com/library/"
HUB = "huggingface"
_CHATS = frozenset({"tools", "thinking", "insert", "completion"})
# From how far off a config is about something else than its tag (`8.7B` for a model of 26B).
_ANOTHER = 0.5
_UNREAD = "The license text of this model has not been read."


def to_record(
    variant: Variant,
    manifest: Manifest | None,
    *,
    fetched_at: datetime,
    held: str | None = None,
    origin: str = "sync",
) -> tuple[ModelRecord, tuple[ModelFile, ...]]:
    """The record and the files of one variant.

    `held` is the revision under which the catalog has its exact size already: then the rounded
    one of the page is left out, and the exact one stays.
    """
    model, said, site = variant.model, variant.said, variant.site
    own = f"{model.name}:{variant.tags[0]}"
    cloud = said.cloud or (manifest is not None and manifest.config.remote)
    copied = None if cloud or variant.torn else origin_of(model.name, said)
    told = _quantization(said, manifest)
    quant = told or stored_as(copied)
    form = None if cloud else _format(said, manifest)
    total, count_origin, disagree = _parameters(said, manifest, form)
    disagree = disagree or variant.torn
    files = () if cloud or held else _files(site, manifest, form, quant)
    licensed = _license(manifest)
    spdx, first_line = (licensed.license, licensed.first_line) if licensed else (None, None)
    verdict, reasons = verdict_of(spdx, first_line)
    if manifest is None or manifest.licenses is None:
        reasons = (_UNREAD,)
    pipeline_tag, tag_origin = _task(variant, manifest)
    config = manifest.config if manifest is not None else None
    config_family = config.family if config is not None else None
    size = None if cloud or held else manifest.size_bytes if manifest else site.size_bytes
    pulls = model.pulls if variant.default else None
    kind = "quantized" if told is not None and told not in PLAIN_DTYPES else None
    bases = (f"{HUB}:{copied}",) if copied else (variant.base,) if variant.base else ()
    record = ModelRecord(
        ref=variant.ref,
        source=SOURCE,
        repo_id=own,
        name=own,
        url=SITE + own,
        revision=(manifest.digest if manifest else None) or held or site.manifest_id,
        aliases=_aliases(variant),
        kind=kind,
        pipeline_tag=pipeline_tag,
        pipeline_tag_origin=tag_origin,
        modality=task.modality_of(pipeline_tag),
        formats=(form,) if form is not None else (),
        license=spdx,
        license_raw=first_line,
        commercial_use=verdict,
        license_reasons=reasons,
        gated="unknown" if cloud else "no",  # the registry hands out every model of the library
        parameter_count=total,
        active_parameter_count=said.active or stated_active(copied, total),
        parameter_count_origin=count_origin,
        context_length=site.context_length or (config.context_length if config else None),
        architecture=config_family,
        quantizations=(quant,) if quant is not None and not cloud else (),
        bits_per_weight=_bits(files, total, count_origin, quant) if size is not None else None,
        size_bytes=size,
        base_models=bases,
        base_model_relation="quantized" if copied and kind == "quantized" else None,
        family=_family(variant, config_family),
        tags=_tags(variant, cloud=cloud),
        downloads_total=pulls,
        downloads_as_of=fetched_at.astimezone(UTC).date() if pulls is not None else None,
        last_modified=_modified(variant),
        fetched_at=fetched_at,
        origin=origin,
        flags=_flags(
            cloud=cloud,
            disagree=disagree,
            manifest=manifest,
            licensed=licensed,
            rounded=size is not None and manifest is None,
        ),
    )
    return record, files


def _family(variant: Variant, model_type: str | None) -> str | None:
    """What any of its tags tells, the longest first: `qwen:7b` does not say that it is v1.5."""
    names = (f"{variant.model.name}:{tag}" for tag in sorted(variant.tags, key=len, reverse=True))
    return next(filter(None, (family.family_of(name, model_type) for name in names)), None)


def _aliases(variant: Variant) -> tuple[str, ...]:
    bare = (f"{SOURCE}:{variant.model.name}",) if LATEST in variant.tags else ()
    return (*bare, *(f"{SOURCE}:{variant.model.name}:{tag}" for tag in variant.tags[1:]))


def _quantization(said: Tag, manifest: Manifest | None) -> str | None:
    if said.quant_type is not None or manifest is None or manifest.config.file_type is None:
        return said.quant_type
    return read_tag(manifest.config.file_type).quant_type


def _format(said: Tag, manifest: Manifest | None) -> str:
    """GGUF, or the tensors that Ollama's MLX engine reads; the library has nothing else."""
    if manifest is not None and (manifest.of("model") or manifest.of("tensor")):
        return "gguf" if manifest.of("model") else "mlx"
    return "mlx" if said.mlx else "gguf"


def _parameters(
    said: Tag, manifest: Manifest | None, form: str | None
) -> tuple[int | None, str | None, bool]:
    """Count, origin, and whether config and tag disagree.

    The config counted tensors, so it wins over the label; but for tensors in packed form it
    counted containers.
    """
    counted = manifest.config.parameter_count if manifest is not None else None
    if form == "mlx" or (
        counted is not None and said.total is not None and apart(counted, said.total) > _ANOTHER
    ):
        counted = None
    if counted is not None:
        return counted, "stated", disagrees(counted, said.total)
    return said.total, "name" if said.total is not None else None, False


def _files(
    site: SiteTag, manifest: Manifest | None, form: str | None, quant: str | None
) -> tuple[ModelFile, ...]:
    if manifest is None:
        if site.size_bytes is None:
            return ()
        return (_weights("model", site.size_bytes, None, form, quant),)
    files = [
        _weights(_numbered("model", at), layer.size_bytes, layer, form, quant)
        for at, layer in enumerate(manifest.of("model"))
    ]
    tensors = manifest.of("tensor")
    if tensors:
        size = sum(layer.size_bytes for layer in tensors)
        files.append(_weights("tensors", size, None, form, quant))
    for kind, role in (("projector", "projector"), ("adapter", "other"), ("draft", "draft")):
        files += [
            ModelFile(
                path=_numbered(kind, at), size_bytes=layer.size_bytes, format="gguf",
                sha256=_sha256(layer), role=role,
            )
            for at, layer in enumerate(manifest.of(kind))
        ]  # fmt: skip
    return tuple(files)


def _weights(
    path: str, size: int, layer: Layer | None, form: str | None, quant: str | None
) -> ModelFile:
    return ModelFile(
        path=path,
        size_bytes=size,
        format=form,
        quant_type=quant,
        bits_per_weight=nominal_bits(quant) if quant is not None else None,
        sha256=_sha256(layer),
        group=quant or "model",
        role="weights",
    )


def _numbered(kind: str, at: int) -> str:
    return kind if at == 0 else f"{kind}-{at + 1}"


def _sha256(layer: Layer | None) -> str | None:
    return layer.digest.removeprefix("sha256:") if layer is not None and layer.digest else None


def _bits(
    files: Sequence[ModelFile], total: int | None, origin: str | None, quant: str | None
) -> float | None:
    """Measured where bytes and count are exact, else what the quantization usually comes to."""
    weights = [file for file in files if file.role == "weights"]
    exact = sum(file.size_bytes or 0 for file in weights if file.sha256 is not None)
    measured = measured_bits(exact or None, total, origin)
    return measured or (nominal_bits(quant) if quant is not None else None)


def _license(manifest: Manifest | None) -> LicenseText | None:
    return strictest_text(manifest.licenses or ()) if manifest is not None else None


def _task(variant: Variant, manifest: Manifest | None) -> tuple[str | None, str | None]:
    """The site marks what embeds and what sees; everything else that it lists writes text."""
    stated = set(variant.model.capabilities)
    if "embedding" in stated:
        return "feature-extraction", "stated"
    if "vision" in stated and _sees(variant.site):
        return "image-text-to-text", "stated"
    if stated & _CHATS:
        return "text-generation", "stated"
    decoder = manifest is not None and manifest.config.family in family.DECODERS
    if decoder or "Text" in variant.site.inputs:
        return "text-generation", "architecture"
    return None, None


def _sees(site: SiteTag) -> bool:
    return not site.inputs or "Image" in site.inputs


def _tags(variant: Variant, *, cloud: bool) -> tuple[str, ...]:
    """The capabilities that this variant has; the page states them for the model as a whole."""
    missing = set() if cloud else {"cloud"}
    if not _sees(variant.site):
        missing.add("vision")
    stated = dict.fromkeys((*variant.model.capabilities, *(("cloud",) if cloud else ())))
    return tuple(word for word in stated if word not in missing)


def _modified(variant: Variant) -> datetime | None:
    """The default row has the model's own moment; others the day that their row tells."""
    if variant.default and variant.model.updated_at is not None:
        return variant.model.updated_at
    on = variant.site.updated_on
    return datetime(on.year, on.month, on.day, tzinfo=UTC) if on is not None else None


def _flags(
    *,
    cloud: bool,
    disagree: bool,
    manifest: Manifest | None,
    licensed: LicenseText | None,
    rounded: bool,
) -> tuple[str, ...]:
    read = manifest is not None and manifest.licenses is not None
    found: Mapping[str, bool] = {
        "params_disagree": disagree,
        "license_missing": read and licensed is None,
        "cloud_only": cloud,
        "size_estimated": rounded,  # the page tells two digits, only the registry tells bytes
    }
    return tuple(flag for flag, holds in found.items() if holds)
