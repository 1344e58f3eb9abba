"""Our arithmetic beside what a real llama.cpp allocated for the same shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from catalog.fit import config, gguf_facts, gguf_header, known, memory
from catalog.fit.architecture import Architecture, attention_kind
from tools import fit_oracle

ROWS: list[dict[str, Any]] = json.loads(fit_oracle.RECORDED.read_text(encoding="utf-8"))["rows"]
REFS = sorted({row["ref"] for row in ROWS})
CONFIGS = {ref: fields for ref in REFS if (fields := known.stated(ref)) is not None}


def agrees(architecture: Architecture, row: dict[str, Any]) -> None:
    need = memory.Need(context=row["context"], users=row["users"], kv=row["kv_type"])
    found = memory.memory(architecture, need)
    asked = f"{row['ref']} {need}"
    for term, measured in (("kv_cache", "kv"), ("state", "state"), ("output", "output")):
        size = found.term(term).bytes
        assert size is not None and abs(size / memory.MIB - row[measured]) <= 0.0101, (asked, term)
    compute = found.term("compute")
    assert compute.high is not None
    if row["compute"] is None:  # llama.cpp itself failed there
        return
    assert compute.low <= row["compute"] * memory.MIB <= compute.high, asked


def kind(fields: Mapping[str, Any]) -> str:
    return str(fields.get("text_config", fields)["model_type"])


def test_the_table_holds_many_architectures_contexts_and_types() -> None:
    assert len({CONFIGS[ref]["model_type"] for ref in REFS}) >= 15
    assert {row["kv_type"] for row in ROWS} == set(memory.KV_TYPES)
    assert len({(row["context"], row["users"]) for row in ROWS}) >= 4
    kinds = " ".join(attention_kind(config.read(CONFIGS[ref])) for ref in REFS)
    for kind in ("full", "latent", "sliding window", "recurrent", "per-layer", "shared"):
        assert kind in kinds


@pytest.mark.parametrize("ref", REFS)
def test_a_config_agrees_with_llama_cpp(ref: str) -> None:
    for row in ROWS:
        if row["ref"] == ref:
            agrees(config.read(CONFIGS[ref]), row)


@pytest.mark.parametrize("ref", REFS)
def test_the_header_of_a_gguf_tells_the_same(ref: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    weights = fit_oracle.write(path, CONFIGS[ref], words=False)
    with path.open("rb") as file:
        values, bytes_of_tensors = gguf_header.read(file)
    path.unlink()
    architecture = gguf_facts.facts(values, bytes_of_tensors)
    assert bytes_of_tensors is not None
    assert 0 <= weights - bytes_of_tensors < weights / 100  # the rest fills up to alignment
    for row in ROWS:
        if row["ref"] == ref:
            agrees(architecture, row)


def test_every_kind_of_the_package_is_measured() -> None:
    kinds = {kind(fields) for ref in known.refs() if (fields := known.stated(ref)) is not None}
    assert kinds == {kind(CONFIGS[ref]) for ref in REFS}
    assert set(REFS) == set(fit_oracle.MEASURED)


@pytest.mark.nightly
def test_llama_cpp_still_allocates_what_was_recorded() -> None:
    pytest.importorskip("xllamacpp")
    recorded = {(r["ref"], r["context"], r["users"], r["kv_type"]): r for r in ROWS}
    for row in fit_oracle.table(runs=fit_oracle.RUNS[1:3]):
        assert row == recorded[(row["ref"], row["context"], row["users"], row["kv_type"])]
