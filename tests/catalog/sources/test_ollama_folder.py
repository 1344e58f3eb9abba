"""A folder of an Ollama's models, as pulls leave it, and as crashes, people and disks leave it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.records import Installed
from catalog.sources.ollama import folder
from tests import nobody
from tests.replay.ollama_runtime import LLAMA_WEIGHTS, MANIFEST, MANIFEST_LIST, put_model, sha

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
QWEN = "hf.co/unsloth/Qwen3-8B-GGUF/Q4_K_M"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def found(models: Path) -> dict[str, Installed]:
    return {model.name: model for model in folder.scan(models, NOW).models}


def test_a_pulled_model_is_told_without_a_server(models: Path) -> None:
    digest = put_model(models)
    told = folder.scan(models, NOW)
    (model,) = told.models
    assert (told.where, told.kind, told.here, told.seen_at) == (str(models), "folder", True, NOW)
    assert (model.name, model.digest) == ("llama3.1:8b", digest)
    path = models / "manifests/registry.ollama.ai/library/llama3.1/8b"
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    config = json.loads(path.read_bytes())["config"]["size"]
    assert model.size_bytes == 4_920_738_944 + 300 + config
    assert model.layers == (LLAMA_WEIGHTS,)
    assert (model.parameter_size, model.quant_type) == ("8.0B", "Q4_K_M")
    assert model.modified_at == datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    assert model.complete and not model.remote and not model.loaded


def test_names_of_all_registries_are_told(models: Path) -> None:
    for name in (
        "registry.ollama.ai/library/llama3.1/latest",
        "registry.ollama.ai/mannix/jan-nano/4b",
        QWEN,
        "localhost:5000/team/own/v1",
    ):
        put_model(models, name)
    assert sorted(found(models)) == [
        "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M",
        "llama3.1:latest",
        "localhost:5000/team/own:v1",
        "mannix/jan-nano:4b",
    ]


def test_weights_come_first_whatever_the_order_of_the_layers(models: Path) -> None:
    name = "registry.ollama.ai/library/llava/7b"
    put_model(models, name, kinds=("adapter", "projector", "license", "model"))
    weights = (LLAMA_WEIGHTS, sha(f"{name} projector"), sha(f"{name} adapter"))
    assert found(models)["llava:7b"].layers == weights


def test_a_model_in_the_cloud_has_no_size(models: Path) -> None:
    put_model(models, config={"remote_host": "https://ollama.com", "file_type": ""}, kinds=())
    model = found(models)["llama3.1:8b"]
    assert (model.remote, model.size_bytes, model.quant_type) == (True, None, None)


def test_a_layer_that_is_listed_twice_is_counted_once(models: Path) -> None:
    layer = {"mediaType": "x", "digest": f"sha256:{sha('x')}", "size": 1_000}
    put_model(models, changes={"layers": [layer, layer], "config": layer})
    assert found(models)["llama3.1:8b"].size_bytes == 1_000


def test_an_unfinished_pull_is_told(models: Path) -> None:
    put_model(models)
    half, again = sha("half"), sha("again")
    for name in (f"{half}-partial", f"{half}-partial-0", f"{half}-partial-1", again):
        (models / "blobs" / f"sha256-{name}").touch()
    (models / "blobs" / f"sha256-{again}-partial-0").touch()  # left behind by a finished one
    (models / "blobs" / "sha256-123").touch()
    assert folder.scan(models, NOW).unfinished == 1


def test_a_model_whose_weights_are_gone_is_not_complete(models: Path) -> None:
    put_model(models)
    (models / "blobs" / f"sha256-{LLAMA_WEIGHTS}").unlink()
    (models / "blobs" / f"sha256-{LLAMA_WEIGHTS}-partial").touch()
    told = folder.scan(models, NOW)
    assert [model.complete for model in told.models] == [False]
    assert told.unfinished == 1


def test_blobs_of_older_versions_have_a_colon(models: Path) -> None:
    put_model(models)
    for blob in (models / "blobs").iterdir():
        blob.rename(blob.with_name(blob.name.replace("-", ":", 1)))
    assert found(models)["llama3.1:8b"].complete


def test_links_of_the_newer_layout_are_followed_into_the_blobs(models: Path) -> None:
    digest = put_model(models, root="written")
    written = models / "written/registry.ollama.ai/library/llama3.1/8b"
    link = models / "manifests-v2/registry.ollama.ai/library/llama3.1/8b"
    link.parent.mkdir(parents=True)
    written.rename(models / "blobs" / f"sha256-{digest}")
    link.symlink_to(Path(os.path.relpath(models / "blobs" / f"sha256-{digest}", link.parent)))
    put_model(models, weights=sha("older"))  # the same name in the older layout
    assert found(models)["llama3.1:8b"].digest == digest


def test_a_list_of_manifests_stands_for_the_one_that_ollama_runs(models: Path) -> None:
    def child(runner: str, weights: str) -> dict[str, object]:
        path = f"registry.ollama.ai/library/{runner}/1b"
        put_model(models, path, weights=weights, root="written")
        own = json.loads((models / "written" / path).read_bytes())
        return {**own, "runner": runner}

    mlx, inside = child("mlx", sha("mlx")), child("ollama", sha("ollama"))
    data = json.dumps(inside).encode()
    own = hashlib.sha256(data).hexdigest()
    (models / "blobs" / f"sha256-{own}").write_bytes(data)
    reference = {"mediaType": MANIFEST, "digest": f"sha256:{own}", "runner": "ollama"}
    for number, children in enumerate(([mlx, inside], [mlx, reference], [mlx], [], None, [5])):
        put_model(
            models,
            f"registry.ollama.ai/library/listed/{number}b",
            changes={"mediaType": MANIFEST_LIST, "manifests": children, "layers": None},
        )
    told = found(models)
    weights = {name: model.layers for name, model in told.items()}
    assert weights == {
        "listed:0b": (sha("ollama"),),
        "listed:1b": (sha("ollama"),),
        "listed:2b": (sha("mlx"),),
    }


def test_a_folder_that_is_not_there_is_a_sentence(models: Path) -> None:
    for path in (models, models / "manifests" / "x"):
        with pytest.raises(SourceUnreachable, match="no models of an Ollama"):
            folder.scan(path, NOW)


def test_an_empty_folder_has_no_models(models: Path) -> None:
    (models / "manifests").mkdir(parents=True)
    told = folder.scan(models, NOW)
    assert (told.models, told.unfinished) == ((), 0)


@pytest.mark.skipif(os.name == "nt", reason="the rights of Unix")
def test_a_folder_that_may_not_be_read_is_a_sentence() -> None:
    with nobody.folder() as models:
        put_model(models)
        assert len(folder.scan(models, NOW).models) == 1
        (models / "manifests").chmod(0)
        try:
            with nobody.rights(), pytest.raises(SourceRefused, match="Permission denied"):
                folder.scan(models, NOW)
        finally:
            (models / "manifests").chmod(0o700)


def test_the_usual_folder_counts_only_where_it_is(tmp_path: Path) -> None:
    assert folder.default(tmp_path) is None
    put_model(tmp_path / ".ollama" / "models")
    assert folder.default(tmp_path) == tmp_path / ".ollama" / "models"
    assert folder.default(tmp_path / ".ollama" / "models" / "manifests" / "x\0y") is None


def test_a_path_of_any_bytes_is_told_as_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"models-\xff")
    put_model(path)
    assert folder.scan(path, NOW).where.encode("utf-8").endswith(b"models-\\udcff")


def test_what_is_in_the_way_is_left_out(models: Path) -> None:
    put_model(models)
    place = models / "manifests/registry.ollama.ai/library"
    (place / "llama3.1" / "broken").write_text("{")
    (place / "llama3.1" / "empty").touch()
    (place / "llama3.1" / "list").write_text("[]")
    (place / "llama3.1" / "bytes").write_bytes(b"\xff\xfe\x00")
    (place / "llama3.1" / "deep").write_text("[" * 100_000)
    (place / "llama3.1" / "folder").mkdir()
    (place / "llama3.1" / ".DS_Store").touch()
    (place / "llama3.1" / "a b; c").write_text("{}")
    (place / "file").touch()
    (place / "llama3.1" / "huge").touch()
    os.truncate(place / "llama3.1" / "huge", 10_000_000_000)
    assert list(found(models)) == ["llama3.1:8b"]


@pytest.mark.skipif(os.name == "nt", reason="links and pipes of Unix")
def test_links_and_pipes_lead_nowhere(models: Path, tmp_path: Path) -> None:
    put_model(models)
    place = models / "manifests/registry.ollama.ai/library/llama3.1"
    (place / "loop").symlink_to("loop")
    (place / "dangling").symlink_to("nothing")
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({"layers": [], "config": {}}))
    (place / "out").symlink_to(secret)
    os.mkfifo(place / "pipe")
    (models / "manifests" / "circle").symlink_to(models / "manifests")
    (models / "manifests/registry.ollama.ai/again").symlink_to("..")
    os.mkfifo(models / "blobs" / f"sha256-{sha('pipe')}")
    put_model(models, QWEN, changes={"config": {"digest": f"sha256:{sha('pipe')}", "size": 1}})
    start = time.monotonic()
    assert sorted(found(models)) == ["hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M", "llama3.1:8b"]
    assert time.monotonic() - start < 2


def test_a_folder_of_too_many_names_is_left_after_a_while(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        put_model(models, f"registry.ollama.ai/library/m{number:02}/1b", blobs=False)
    monkeypatch.setattr(folder, "_MOST_ENTRIES", 20)
    assert len(found(models)) < 20
    monkeypatch.setattr(folder, "_MOST_ENTRIES", 1_000)
    monkeypatch.setattr(folder.facts, "MOST_MODELS", 7)
    assert len(found(models)) == 7


def test_a_thousand_broken_trees_give_models_and_nothing_else(models: Path) -> None:
    dice = random.Random(20261124)
    put_model(models)
    put_model(models, QWEN, kinds=("model", "projector", "params"))
    put_model(models, "registry.ollama.ai/library/listed/1b", changes={"mediaType": MANIFEST_LIST})
    paths = [path for path in sorted(models.rglob("*")) if path.is_file()]
    whole = {path: path.read_bytes() for path in paths}
    words = [b"null", b"[]", b"{}", b'""', b"-1", b"1e999", b"9" * 5_000, b'"\\ud800"', b"NaN"]
    told = 0
    for _ in range(1_000):
        path = dice.choice(paths)
        data = whole[path]
        if dice.random() < 0.2:
            path.unlink(missing_ok=True)
        elif data and dice.random() < 0.5:
            at = dice.randrange(len(data))
            path.write_bytes(data[:at] + dice.choice([b"", b"\xff", b'"', b"{"]) + data[at + 1 :])
        else:
            parts = data.split(b":")
            parts[dice.randrange(len(parts))] = dice.choice(words)
            path.write_bytes(b":".join(parts))
        for model in folder.scan(models, NOW).models:
            told += 1
            assert len(str(model.digest)) == 64
            assert model.size_bytes is None or 0 < model.size_bytes < 2**63
            f"{model.name}{model.parameter_size}{model.quant_type}".encode()
        if dice.random() < 0.3:
            for path, data in whole.items():
                path.write_bytes(data)
    assert told > 500
