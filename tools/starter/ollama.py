"""The Ollama library of 2026-08-21: 235 models, one row for each manifest."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from catalog.normalize.ollama_manifest import Layer, Manifest
from catalog.normalize.ollama_row import to_record
from catalog.normalize.ollama_variants import SiteModel, SiteTag, day_of, variants_of
from catalog.records import ModelFile, ModelRecord
from catalog.sources.ollama.library import bytes_of, context_of

from .facts import csv_rows, whole_number

SEEN_AT = datetime(2026, 8, 21, tzinfo=UTC)
_TAGS = "ollama_library_tags_2026-08-21.csv.gz"
_MANIFESTS = "ollama_manifests_2025-08-05_josh.csv.gz"
_CONTEXT = re.compile(r"(\d{1,6})([KM])")


def rows(folder: Path) -> list[tuple[ModelRecord, tuple[ModelFile, ...]]]:
    """Records and files of the whole library, by ref; `folder` holds the public tables."""
    exact = _exact(folder)
    found = []
    for model, tags in _models(folder):
        for variant in variants_of(model, [_site_tag(tag) for tag in tags]):
            manifest = exact.get(f"{model.name} {variant.site.manifest_id}")
            found.append(to_record(variant, manifest, fetched_at=SEEN_AT, origin="starter"))
    return sorted(found, key=lambda row: row[0].ref)


def _models(folder: Path) -> Iterator[tuple[SiteModel, list[dict[str, str]]]]:
    """Each model with its tags; what the table repeats on every tag is the model's."""
    tags: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in csv_rows(folder / _TAGS):
        tags[row["name"]].append(row)
    for name, members in tags.items():
        first = members[0]
        labels = dict.fromkeys(tag["param_label"] for tag in members if tag["param_label"])
        model = SiteModel(
            name=name,
            pulls=whole_number(first["pulls"]),
            capabilities=tuple(filter(None, first["capabilities"].split("|"))),
            sizes=tuple(labels),
        )
        yield model, members


def _site_tag(row: dict[str, str]) -> SiteTag:
    return SiteTag(
        tag=row["tag"],
        manifest_id=row["manifest_id12"],
        size_bytes=bytes_of(row["size_text"]),  # the table's own reading says 4099999999 for 4.1GB
        context_length=_context(row),
        inputs=tuple(filter(None, row["inputs"].split("|"))),
        updated_on=day_of(row["updated"], SEEN_AT),
    )


def _context(row: dict[str, str]) -> int | None:
    """The context of a tag; one in the cloud has no size, and the table has its context there."""
    moved = _CONTEXT.fullmatch(row["size_text"]) if row["is_cloud"] == "True" else None
    return context_of(moved[1], moved[2]) if moved else whole_number(row["context_tokens"])


def _exact(folder: Path) -> dict[str, Manifest]:
    """Manifests whose bytes are known, by model and id: those of the page with exact bytes.

    The older table adds the digest of the weights where it is of the very same bytes; what was
    released anew since is not.
    """
    digests = {
        (row["name"], row["tag"], row["model_bytes"]): row["model_digest"]
        for row in csv_rows(folder / _MANIFESTS)
    }
    found: dict[str, Manifest] = {}
    for row in csv_rows(folder / _TAGS):
        whole, weights = (
            whole_number(row[name]) for name in ("size_bytes_exact", "model_layer_bytes")
        )
        if whole is None or not weights:
            continue
        digest = digests.get((row["name"], row["tag"], row["model_layer_bytes"]))
        layers = [Layer(kind="model", size_bytes=weights, digest=digest)]
        projector = whole_number(row["projector_bytes"])
        if projector:
            layers.append(Layer(kind="projector", size_bytes=projector))
        key = f"{row['name']} {row['manifest_id12']}"
        if key not in found or digest is not None:
            found[key] = Manifest(digest=None, size_bytes=whole, layers=tuple(layers))
    return found
