"""The fit command: its document, and a sentence for every bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import commands
from catalog.fit import known
from catalog.records import ModelRecord
from catalog.store import schema, snapshot
from tests import commanded
from tools import fit_oracle

REF = "huggingface:Qwen/Qwen3-8B"
FIELDS = [
    *("ref", "hardware", "memory_bytes", "engine", "context", "users", "kv", "weights_bytes"),
    *("kv_cache_bytes", "state_bytes", "compute_bytes", "output_bytes", "overhead_bytes"),
    *("total_bytes", "total_bytes_range", "grade", "basis"),
]


@pytest.fixture(autouse=True)
def published(own_data_dir: Path, a_model: Callable[..., ModelRecord]) -> None:
    rows = [
        a_model(repo_id="Qwen/Qwen3-8B", size_bytes=16_381_470_720, parameter_count=8_190_735_360),
        a_model(repo_id="org/strange", size_bytes=None, parameter_count=None),
    ]
    snapshot.publish(
        own_data_dir / "catalog",
        schema.models_table(rows),
        schema.FILES.empty_table(),
        runs=(),
        now=datetime(2026, 11, 24, 12, tzinfo=UTC),
    )


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = commanded.asked(capsys, "fit", *arguments, "--json")
    assert list(document) == FIELDS
    return document


def test_every_term_is_told_in_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = ("--memory", "24GiB", "--context", "32768", "--kv", "q8_0", "--users", "2")
    found = asked(capsys, REF, *wanted)
    assert found["kv_cache_bytes"] == 2 * 32768 * 36 * 2 * (8 * 128 // 32 * 34)
    assert found["weights_bytes"] == 16_381_470_720
    assert found["memory_bytes"] == 24 << 30
    assert found["total_bytes"] == sum(
        found[f"{name}_bytes"]
        for name in ("weights", "kv_cache", "state", "compute", "output", "overhead")
    )
    low, high = found["total_bytes_range"]
    assert low <= found["total_bytes"] <= high
    assert found["grade"] == "fits"
    assert {"term", "formula", "inputs", "unit", "range"} <= set(found["basis"][0])


def test_more_than_a_model_was_made_for_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, REF, "--memory", "80GiB", "--context", "131072")
    assert {"doubt": "It was made for 40960 tokens, fewer than the 131072 asked for."} in found[
        "basis"
    ]


def test_a_device_stands_for_its_memory(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, REF, "--hardware", "RTX 4060", "--context", "32k")
    assert (found["hardware"], found["memory_bytes"]) == ("rtx-4060", 8 << 30)
    assert (found["context"], found["grade"]) == (32768, "no")


def test_several_cards_need_more_and_hold_more(capsys: pytest.CaptureFixture[str]) -> None:
    one = asked(capsys, REF, "--hardware", "rtx-3060-12gb")
    two = asked(capsys, REF, "--hardware", "2x-rtx-3060-12gb")
    assert (two["hardware"], two["memory_bytes"]) == ("2x-rtx-3060-12gb", 24 << 30)
    assert two["overhead_bytes"] == 2 * one["overhead_bytes"]
    assert (one["grade"], two["grade"]) == ("offload", "fits")
    split = next(entry for entry in one["basis"] if "layers_on_the_card" in entry)
    assert 0 < split["layers_on_the_card"] < 36
    assert split["main_memory_bytes"] > one["total_bytes"] - one["memory_bytes"]
    assert any("tokens_per_second" in entry for entry in two["basis"])


def test_a_saved_machine_is_hardware_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["machines", "add", "Lab server", "2x-rtx-4090"]) == 0
    capsys.readouterr()
    found = asked(capsys, REF, "--hardware", "Lab server")
    assert (found["hardware"], found["memory_bytes"]) == ("lab-server", 48 << 30)


def test_as_if_converted_is_a_range(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, REF, "--quant", "q4_k_m", "--memory", "24GiB")
    assert {"weights_of": "Q4_K_M", "estimated": True} in found["basis"]
    assert found["weights_bytes"] is None and found["grade"] == "fits"


@pytest.mark.parametrize("engine", ["transformers", "vllm"])
def test_other_engines_have_the_same_terms(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, REF, "--engine", engine, "--memory", "80GB")
    assert found["engine"] == engine and found["grade"] == "fits"
    assert found["kv_cache_bytes"] == 8192 * 36 * 2 * 1024 * 2


def test_without_a_machine_there_is_no_grade(capsys: pytest.CaptureFixture[str]) -> None:
    assert asked(capsys, REF)["grade"] == "unknown"


def test_a_known_architecture_answers_without_the_catalog(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = asked(capsys, "huggingface:openai/gpt-oss-20b", "--memory", "16GB")
    assert found["kv_cache_bytes"] and found["weights_bytes"] is None
    assert found["total_bytes"] is None and found["total_bytes_range"][1] is None


def test_a_model_of_which_little_is_known_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = asked(capsys, "huggingface:org/strange", "--memory", "1TB")
    assert found["total_bytes"] is None and found["grade"] == "unknown"
    assert "give its config.json" in found["basis"][0]["doubt"]
    assert commands.main(["fit", "huggingface:org/strange"]) == 0
    assert "grade: unknown" in capsys.readouterr().out


def test_a_file_is_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = dict(known.stated("huggingface:HuggingFaceTB/SmolLM2-135M-Instruct") or {})
    as_json, as_gguf = tmp_path / "config.json", tmp_path / "model.gguf"
    as_json.write_text(json.dumps(config), encoding="utf-8")
    weights = fit_oracle.write(as_gguf, config)
    told = asked(capsys, "--config", str(as_json), "--context", "2048")
    exact = asked(capsys, "--config", str(as_gguf), "--context", "2048", "--memory", "2GiB")
    assert told["kv_cache_bytes"] == exact["kv_cache_bytes"] == 45 << 20
    assert told["weights_bytes"] is None and exact["grade"] == "fits"
    assert 0 <= weights - exact["weights_bytes"] < weights / 100


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "Name a model"),
        ([REF, "--config", "x.json"], "one of the two"),
        (["--config", "x.json", "--quant", "Q4_0"], "--config has its own"),
        ([REF, "--quant", "nonsense"], "how many bits"),
        ([REF, "--hardware", "0x-rtx-4090"], "1 to"),
        ([REF, "--context", "-5"], "1 to"),
        ([REF, "--context", "lots"], "number of tokens"),
        ([REF, "--memory", "much"], "24GiB"),
        ([REF, "--memory", "0"], "24GiB"),
        ([REF, "--hardware", "a100"], "a100-40gb, a100-80gb"),
        ([REF, "--hardware", "intel-xeon-e5v3-haswell"], "give --memory"),
        ([REF, "--kv", "q1"], "f16, q8_0, q4_0"),
        ([REF, "--engine", "mlx"], "llama_cpp, transformers, vllm"),
        ([REF, "--engine", "vllm", "--kv", "q4_0"], "f16 alone"),
        (["huggingface:nobody/nothing"], "No model in the catalog"),
        (["--config", "/nowhere/config.json"], "No such file"),
    ],
)
def test_bad_input_is_a_sentence(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(["fit", *arguments]) == 1
    told = capsys.readouterr().err
    assert why in told and "Traceback" not in told


@pytest.mark.parametrize("text", ["[1]", "{", "[" * 100_000, "\x00\xff"])
def test_a_file_of_another_kind_is_a_sentence(
    text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_text(text, encoding="latin-1")
    assert commands.main(["fit", "--config", str(path)]) == 1
    assert "neither a config.json" in capsys.readouterr().err
