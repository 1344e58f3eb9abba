"""Build the bundled catalog from the public tables: `python -m tools.build_starter [FOLDER]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.records import ModelFile, ModelRecord
from catalog.store.schema import files_table, models_table
from tools.starter import (
    additions,
    civitai,
    gate,
    gguf_files,
    list_rows,
    model_facts,
    ollama,
    radar,
    shape,
    task_facts,
)
from tools.starter.choose import chosen
from tools.starter.facts import Facts
from tools.starter.merge import merge

ROOT = Path(__file__).resolve().parents[1]
INPUTS = (additions, radar, list_rows, task_facts, model_facts, gguf_files)
OTHER_SOURCES = (civitai, ollama)  # their rows come whole, from a folder of their own


def build(
    folder: Path, only: frozenset[str] | None = None
) -> tuple[list[ModelRecord], list[tuple[str, ModelFile]]]:
    """Records and files of the bundled catalog, sorted; `only` limits it to these repositories."""
    told: defaultdict[str, list[Facts]] = defaultdict(list)
    for fact in _facts(folder):
        if only is None or fact.repo_id in only:
            told[fact.repo_id].append(fact)
    merged = (merge(facts) for _, facts in sorted(told.items()))
    return shape.shaped(chosen(merged))


def with_other_sources(
    folder: Path, models: list[ModelRecord], files: list[tuple[str, ModelFile]]
) -> tuple[list[ModelRecord], list[tuple[str, ModelFile]]]:
    """The rows of the Hub with those of the other sources, sorted; `folder` holds one a source."""
    models, files = list(models), list(files)
    for module in OTHER_SOURCES:
        for record, own in module.rows(folder / module.__name__.rpartition(".")[2]):
            models.append(record)
            files += [(record.ref, file) for file in own]
    models.sort(key=lambda record: record.ref)
    files.sort(key=lambda pair: (pair[0], pair[1].version_id or "", pair[1].path))
    return shape.with_hub_bases(models), files


def _facts(folder: Path) -> Iterator[Facts]:
    for module in INPUTS:
        yield from module.read(folder)


def write(table: pa.Table, path: Path) -> None:
    """The table as Parquet; the same table gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=19,
        row_group_size=1_000_000,
        write_statistics=False,
        use_compliant_nested_type=False,  # the list items keep the name that the schema gives them
    )


def main(arguments: Iterable[str] | None = None) -> int:
    """Build, check, write; 1 when the gate is not passed and nothing is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=ROOT.parent / "shared" / "data",
        help="the folder with the public tables, one folder a source",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "catalog" / "starter")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    hub = build(chosen.folder / "huggingface")
    models, files = with_other_sources(chosen.folder, *hub)
    sys.stdout.write(gate.report(models, files))
    problems = gate.problems(models, files)
    for problem in problems[:20]:
        sys.stderr.write(f"{problem}\n")
    if problems:
        sys.stderr.write(f"{len(problems)} problems, nothing was written\n")
        return 1
    write(models_table(models), chosen.out / "models.parquet")
    write(files_table(files), chosen.out / "files.parquet")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
