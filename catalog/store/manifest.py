"""What a generation says of itself: rows, schema version, checksums, runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.errors import SchemaMismatch, SnapshotDamaged
from catalog.records import SourceRun, to_json
from catalog.store.disk import sha256_of
from catalog.store.runs import run_of
from catalog.store.schema import SCHEMA_VERSION

NAME = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a generation."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The contents of `manifest.json`."""

    id: str
    published_at: datetime
    models: int
    files: int
    parts: Mapping[str, FileEntry]  # by file name
    runs: tuple[SourceRun, ...]
    schema_version: int = SCHEMA_VERSION

    def verify(self, folder: Path) -> None:
        """Read every file of the generation and compare checksums; raises SnapshotDamaged."""
        for part, entry in self.parts.items():
            try:
                found = sha256_of(folder / part)
            except OSError as error:
                problem = f"{part} of generation {self.id} cannot be read."
                raise SnapshotDamaged(problem) from error
            if found != entry.sha256:
                raise SnapshotDamaged(f"{part} of generation {self.id} fails its checksum.")


def dumped(manifest: Manifest) -> str:
    """The manifest as JSON with a checksum of its own."""
    document: dict[str, Any] = {
        "id": manifest.id,
        "schema_version": manifest.schema_version,
        "published_at": manifest.published_at.astimezone(UTC).isoformat(),
        "models": manifest.models,
        "files": manifest.files,
        "parts": {
            name: {"size": entry.size, "sha256": entry.sha256}
            for name, entry in manifest.parts.items()
        },
        "runs": [to_json(run) for run in manifest.runs],
    }
    return json.dumps({**document, "checksum": checksum(document)}, indent=1, ensure_ascii=False)


def read(folder: Path) -> Manifest:
    """The manifest of a generation; raises SnapshotDamaged or SchemaMismatch."""
    try:
        document = json.loads((folder / NAME).read_bytes())
        stated = document.pop("checksum")
        if stated != checksum(document):
            raise SnapshotDamaged(f"The manifest of generation {folder.name} was changed.")
        if document["schema_version"] != SCHEMA_VERSION:
            raise SchemaMismatch(
                f"Generation {folder.name} was written by another version of Cardex "
                f"(schema {document['schema_version']}, this one reads {SCHEMA_VERSION})."
            )
        return _manifest(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise SnapshotDamaged(f"Generation {folder.name} has no readable manifest.") from error


def _manifest(document: Mapping[str, Any]) -> Manifest:
    return Manifest(
        id=document["id"],
        published_at=datetime.fromisoformat(document["published_at"]),
        models=document["models"],
        files=document["files"],
        parts={name: FileEntry(**entry) for name, entry in document["parts"].items()},
        runs=tuple(map(run_of, document["runs"])),
        schema_version=document["schema_version"],
    )


def checksum(document: Mapping[str, Any]) -> str:
    """SHA-256 of the contents of a manifest, whatever the order of its keys."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
