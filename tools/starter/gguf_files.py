"""File lists of GGUF repositories (janhq, 2026-03-15), sizes rounded to a tenth of a GiB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catalog.records import ModelFile

from .facts import Facts, json_rows, list_item, whole_number

NAME = "gguf_files"
AS_OF = date(2026, 3, 15)
_UNITS = {"KB": 2**10, "MB": 2**20, "GB": 2**30}  # it writes GB and means GiB


def read(folder: Path) -> Iterator[Facts]:
    """Every repository that has a file; its owner stands in the paths only."""
    for row in json_rows(folder / "gguf_files.jsonl.gz"):
        located = {_split(file["path"]): file["file_size"] for file in row["files"] + row["mmproj"]}
        for repo_id in sorted({repo_id for repo_id, _ in located}):
            yield Facts(
                repo_id=repo_id,
                source=NAME,
                as_of=AS_OF,
                downloads_as_of=AS_OF,
                row=list_item(
                    downloads=whole_number(row["downloads"]), createdAt=row["created_at"]
                ),
                files=tuple(
                    ModelFile(path=path, size_bytes=approximate_bytes(size), format="gguf")
                    for (owner, path), size in sorted(located.items())
                    if owner == repo_id
                ),
            )


def _split(url: str) -> tuple[str, str]:
    """Repository and path of `https://huggingface.co/owner/name/resolve/main/folder/file.gguf`."""
    owner, name, _resolve, _revision, *path = unquote(urlsplit(url).path).strip("/").split("/")
    return f"{owner}/{name}", "/".join(path)


def approximate_bytes(text: str) -> int | None:
    """`4.6 GB` in bytes, within half a step of its last digit; None with fewer than two digits."""
    number, unit = text.split()
    if unit not in _UNITS or len(number.replace(".", "").lstrip("0")) < 2:
        return None
    return round(float(number) * _UNITS[unit])
