"""Models of the Hub that are asked for one by one: exact files, configuration, and who is next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.records import ModelDetail, ModelRecord
from catalog.refresh import RefreshReport, details, lock
from catalog.services.catalog import CatalogService
from catalog.store import facts, snapshot
from catalog.store.schema import files_table, models_table
from tests.catalog.refresh.conftest import NOW
from tests.replay.server import Server

SHA = "a" * 40
GGUF = "acme/Rocket-1B-GGUF"
PLAIN = "acme/Rocket-1B"
# It would tell a context, were it not larger than any configuration is.
LARGE = json.dumps({"max_position_embeddings": 8192, "x": "x" * 1_000_000}).encode()
Sync = Callable[..., RefreshReport]


def row(repo_id: str, **more: Any) -> dict[str, Any]:
    facts = {
        "id": repo_id,
        "sha": SHA,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "lastModified": "2026-02-01T00:00:00.000Z",
        "downloads": 1000,
        "downloadsAllTime": 5000,
        "likes": 7,
        "gated": False,
        "tags": ["text-generation", "license:mit"],
        "pipeline_tag": "text-generation",
        "cardData": {"license": "mit"},
    }
    return {**facts, **more}


def blob(name: str, size: int) -> dict[str, Any]:
    return {"rfilename": name, "size": size, "lfs": {"sha256": "b" * 64, "size": size}}


@pytest.fixture
def shop() -> Any:
    """A Hub with a GGUF repository and the model that it was made of."""
    names = ["rocket-1b.Q4_K_M.gguf", "rocket-1b.Q8_0.gguf"]
    gguf = row(
        GGUF,
        downloads=2000,
        tags=["gguf", "license:mit"],
        gguf={"total": 1_000_000_000, "architecture": "llama", "context_length": 4096},
        siblings=[{"rfilename": name} for name in names],
    )
    plain = row(
        PLAIN,
        config={"model_type": "llama"},
        safetensors={"parameters": {"BF16": 1_000_000_000}, "total": 1_000_000_000},
        siblings=[{"rfilename": "config.json"}, {"rfilename": "model.safetensors"}],
    )
    server = Server([gguf, plain])
    server.blobs[GGUF] = [blob(names[0], 600_000_000), blob(names[1], 1_060_000_000)]
    server.blobs[PLAIN] = [
        {"rfilename": "config.json", "size": 600},
        blob("model.safetensors", 2_000_000_100),
    ]
    config = {"model_type": "llama", "max_position_embeddings": 8192}
    server.configs[f"/{PLAIN}/resolve/{SHA}/config.json"] = json.dumps(config).encode()
    with server:
        yield server


@pytest.fixture
def shown(root: Path) -> Callable[[str], ModelDetail]:
    """A model with its files, as the pages get it."""
    return lambda ref: CatalogService(root).model(ref)


def test_a_model_that_is_asked_for_has_exact_files(
    shop: Server, sync: Sync, shown: Callable[[str], ModelDetail]
) -> None:
    report = sync(shop, models=[f"huggingface:{GGUF}", f"huggingface:{PLAIN}"])

    assert report.exit_code == 0
    assert [(one.scope, one.kept, one.pages) for one in report.runs] == [("models", 2, 2)]
    detail = shown(f"huggingface:{GGUF}")
    assert {file.quant_type: (file.size_bytes, file.sha256) for file in detail.files} == {
        "Q4_K_M": (600_000_000, "b" * 64),
        "Q8_0": (1_060_000_000, "b" * 64),
    }
    assert detail.model.size_bytes == 600_000_000
    assert detail.model.bits_per_weight == 4.8
    assert detail.model.downloads_total == 5000
    plain = shown(f"huggingface:{PLAIN}")
    assert plain.model.context_length == 8192  # only config.json tells
    assert plain.model.size_bytes == 2_000_000_100
    assert shown("huggingface:old/model-1").model.name == "model-1"  # the rest stays


def test_what_was_told_stays_while_the_model_is_the_same(
    shop: Server, sync: Sync, shown: Callable[[str], ModelDetail]
) -> None:
    sync(shop, models=[f"huggingface:{GGUF}", f"huggingface:{PLAIN}"])

    assert sync(shop, limit=10).exit_code == 0

    assert shown(f"huggingface:{GGUF}").model.size_bytes == 600_000_000
    assert shown(f"huggingface:{PLAIN}").model.context_length == 8192
    assert all(file.size_bytes and file.sha256 for file in shown(f"huggingface:{GGUF}").files)


def test_a_model_that_the_hub_does_not_show_is_named(shop: Server, sync: Sync) -> None:
    report = sync(shop, models=["huggingface:acme/gone"])

    assert report.exit_code == 1
    (run,) = report.runs
    assert run.quarantined == 1
    assert run.reasons[0].text.endswith(
        "does not show it (status 401): not there, private or gated"
    )
    assert "no usable row" in (run.error or "")


def test_files_pushed_between_two_requests_are_not_taken(
    shop: Server, sync: Sync, shown: Callable[[str], ModelDetail]
) -> None:
    moved = {**shop.rows[0], "sha": "c" * 40, "siblings": shop.blobs[GGUF]}
    shop.faults[1] = lambda handler: handler.send(200, moved)

    assert sync(shop, models=[f"huggingface:{GGUF}"]).exit_code == 0
    assert all(file.sha256 is None for file in shown(f"huggingface:{GGUF}").files)


@pytest.mark.parametrize("config", [b"[1]", b"<html>", b"{" * 10, LARGE])
def test_a_configuration_that_cannot_be_read_costs_nothing_else(
    config: bytes, shop: Server, sync: Sync, shown: Callable[[str], ModelDetail]
) -> None:
    shop.configs[f"/{PLAIN}/resolve/{SHA}/config.json"] = config

    assert sync(shop, models=[f"huggingface:{PLAIN}"]).exit_code == 0
    assert shown(f"huggingface:{PLAIN}").model.size_bytes == 2_000_000_100
    assert shown(f"huggingface:{PLAIN}").model.context_length is None


def test_a_stopped_round_goes_on_with_the_next_model(shop: Server, sync: Sync) -> None:
    shop.faults[3] = lambda handler: handler.send(200, [])  # the first answer on the second model
    wanted = [f"huggingface:{GGUF}", f"huggingface:{PLAIN}"]
    assert sync(shop, models=wanted).exit_code == 1
    shop.faults.clear()
    shop.asked.clear()

    assert sync(shop, models=wanted).runs[0].kept == 2
    assert not [one for one in shop.asked if one.path.endswith(GGUF)]


def test_a_sync_asks_for_the_best_known_without_exact_files_once(
    shop: Server, sync: Sync, root: Path, shown: Callable[[str], ModelDetail]
) -> None:
    sync(shop)
    assert not [one for one in shop.asked if one.path.startswith("/api/models/")]
    shop.asked.clear()

    assert sync(shop, settings={"sync_details": 50}).exit_code == 0

    asked = [one.path for one in shop.asked if one.path.startswith("/api/models/")]
    assert asked[:2] == [f"/api/models/{GGUF}"] * 2
    assert f"/api/models/{PLAIN}" in asked
    assert shown(f"huggingface:{PLAIN}").model.context_length == 8192
    shop.asked.clear()
    assert sync(shop, settings={"sync_details": 50}).exit_code == 0
    assert not [one for one in shop.asked if one.path.startswith("/api/models/")]


def test_a_sync_of_the_top_asks_for_nothing_else(shop: Server, sync: Sync) -> None:
    sync(shop)
    shop.asked.clear()
    assert sync(shop, limit=1, settings={"sync_details": 50}).exit_code == 0
    assert [one.path for one in shop.asked] == ["/api/models"]


def test_details_that_fail_fail_no_sync(shop: Server, sync: Sync) -> None:
    sync(shop)
    lists = len(shop.asked)
    for number in range(lists, lists + 9):
        shop.faults[number + lists] = lambda handler: handler.send(200, [])

    report = sync(shop, settings={"sync_details": 50})

    assert report.exit_code == 0
    assert report.runs[0].kept == 2


@pytest.mark.usefixtures("own_data_dir")
def test_who_is_next(
    root: Path,
    a_model: Callable[..., ModelRecord],
    a_file: Callable[..., Any],
) -> None:
    rows = [
        a_model(repo_id="a/known", downloads_30d=9, popularity=0.9),
        a_model(repo_id="a/asked", downloads_30d=8, popularity=0.8),
        a_model(repo_id="a/next", downloads_30d=7, popularity=0.7),
        a_model(source="ollama", repo_id="other", popularity=0.6),
        a_model(repo_id="a/last", downloads_30d=5, popularity=0.1),
    ]
    files = [("huggingface:a/known", a_file(size_bytes=1, sha256="b" * 64, group="x"))]
    with lock.held(root, NOW):
        snapshot.publish(root, models_table(rows), files_table(files), runs=[], now=NOW)
    old = snapshot.open_current(root)
    details.note(root, ("huggingface:a/asked",), NOW)

    assert details.lacking(old, root, 9, NOW) == ("huggingface:a/next", "huggingface:a/last")
    assert details.lacking(old, root, 1, NOW) == ("huggingface:a/next",)
    assert details.lacking(old, root, 0, NOW) == ()
    later = NOW + timedelta(days=31)
    assert details.lacking(old, root, 1, later) == ("huggingface:a/asked",)


@pytest.mark.parametrize("text", ["", "[]", '{"huggingface:a/b": 3}', '{"huggingface:a/b": "x"}'])
def test_notes_that_cannot_be_read_are_none(text: str, root: Path) -> None:
    (root / details.NOTES).write_text(text)

    assert len(details.lacking(snapshot.open_current(root), root, 9, NOW)) == 3
    details.note(root, (), NOW)
    assert (root / details.NOTES).read_text() == text


def test_the_architecture_that_a_model_states_is_kept(shop: Server, sync: Sync, root: Path) -> None:
    stated = {
        "num_hidden_layers": 2,
        "hidden_size": 64,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 100,
    }
    whole = {"model_type": "llama", **stated, "bos_token_id": 1, "rope_scaling": {"type": "x"}}
    shop.configs[f"/{PLAIN}/resolve/{SHA}/config.json"] = json.dumps(whole).encode()

    assert sync(shop, models=[f"huggingface:{PLAIN}", f"huggingface:{GGUF}"]).exit_code == 0

    found = facts.architecture(root, f"huggingface:{PLAIN}")
    assert found is not None
    assert found.layer_count == 2
    kept = json.loads((root / facts.FILE).read_text())["models"]
    assert list(kept) == [f"huggingface:{PLAIN.lower()}"]  # the other states none
    entry = kept[f"huggingface:{PLAIN.lower()}"]
    assert entry["revision"] == SHA
    assert entry["config"] == {"model_type": "llama", **stated}


def test_a_sync_goes_on_where_architectures_cannot_be_kept(
    shop: Server, sync: Sync, root: Path
) -> None:
    (root / facts.FILE).mkdir()

    assert sync(shop, models=[f"huggingface:{PLAIN}"]).exit_code == 0
    assert facts.architecture(root, f"huggingface:{PLAIN}") is None
