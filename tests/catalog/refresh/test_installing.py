"""What a sync notes of runtimes: a server, a folder, both, neither, and what went away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog import settings as settings_module
from catalog.errors import StoreUnwritable
from catalog.records import Runtime
from catalog.refresh import installing
from catalog.sources.ollama import runtime
from catalog.store import facts, installed
from tests.replay import server as hub
from tests.replay.ollama_runtime import (
    LLAMA,
    SMOL,
    Model,
    Server,
    html,
    llama_cpp,
    put_model,
    trickle,
)
from tests.servers import free_port, watched

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
QUICK = runtime.Patience(
    connect_seconds=0.3, first_seconds=0.5, answer_seconds=0.4, whole_seconds=1.0
)
ROOT = Path(__file__).resolve().parents[3]
Update = Callable[..., tuple[Runtime, ...]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "catalog"


@pytest.fixture
def update(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Update:
    """One update in a home of its own; nobody listens where OLLAMA_HOST points unless told."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    nobody = f"http://127.0.0.1:{free_port()}"

    def run(now: datetime = NOW, **changes: Any) -> tuple[Runtime, ...]:
        changes.setdefault("ollama_host", nobody)
        settings = replace(settings_module.load(), **changes)
        found = installing.update(settings, place, now, patience=QUICK)
        assert found == installed.read(place), "what is given is what is noted"
        return found

    return run


def test_a_server_is_noted_with_the_time(update: Update) -> None:
    with Server() as server:
        (found,) = update(ollama_host=server.url)
    assert (found.where, found.kind, found.seen_at) == (server.url, "ollama", NOW)
    assert found.models[0].name == "llama3.1:8b"


def test_a_host_without_a_scheme_is_asked(update: Update) -> None:
    with Server() as server:
        (found,) = update(ollama_host=f"0.0.0.0:{server.port}")
    assert (found.where, found.error) == (server.url, None)


def test_unchanged_models_are_not_shown_twice(update: Update) -> None:
    with Server() as server:
        first = update(ollama_host=server.url)
        server.asked.clear()
        again = update(LATER, ollama_host=server.url)
    assert server.shown() == []
    assert again[0].models == first[0].models and again[0].seen_at == LATER


def test_runtimes_that_never_were_there_are_skipped(update: Update, tmp_path: Path) -> None:
    start = time.monotonic()
    assert update() == ()
    assert update(ollama_models=tmp_path / "nothing") == ()
    assert time.monotonic() - start < 1.5


def test_a_server_that_went_away_keeps_its_list_and_says_how_to_start_it(update: Update) -> None:
    with Server() as server:
        first = update(ollama_host=server.url)
    (gone,) = update(LATER, ollama_host=server.url)
    assert (gone.models, gone.seen_at, gone.version) == (first[0].models, NOW, "0.32.8")
    assert gone.error == (
        f"Ollama at {server.url} cannot be reached: the connection was refused. "
        "Start it with `ollama serve`, or set OLLAMA_HOST to where it runs."
    )
    with Server(port=server.port) as server:
        (back,) = update(LATER, ollama_host=server.url)
    assert (back.error, back.seen_at) == (None, LATER)


def test_a_server_elsewhere_is_started_there() -> None:
    assert "there" in runtime.how_to_start(here=False)


FAULTS = {
    "500": (hub.status(500), "status 500"),
    "hang": (hub.stall(5), "in time"),
    "one byte every ten seconds": (trickle, "in time"),
    "cut": (hub.cut, "broke off"),
    "web page": (html, "not Ollama"),
    "llama.cpp": (llama_cpp, "a llama.cpp server"),
    "endless text": (hub.raw(b'{"version": "' + b"x" * 60_000, code=418), "418"),
    "packing": (
        lambda handler: handler.send_raw(200, b"x", {"Content-Encoding": "y" * 5_000}),
        "packing",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_keeps_the_last_good_list(update: Update, fault: str) -> None:
    answer, words = FAULTS[fault]
    with Server() as server:
        first = update(ollama_host=server.url)
        server.always = answer
        (broken,) = update(LATER, ollama_host=server.url)
    assert (broken.models, broken.seen_at) == (first[0].models, NOW)
    assert words in str(broken.error) and len(str(broken.error)) <= 500


def test_another_server_at_the_address_is_told_though_never_seen(update: Update) -> None:
    with Server(always=llama_cpp) as server:
        (found,) = update(ollama_host=server.url)
    assert (found.models, found.seen_at, found.where) == ((), None, server.url)
    assert "llama.cpp" in str(found.error)


@pytest.mark.parametrize("host", ["http://user:secret@gpu-box", "ollama.com", "ftp://x"])
def test_an_address_that_cannot_be_used_is_told(update: Update, host: str) -> None:
    (found,) = update(ollama_host=host)
    assert found.error and "OLLAMA_HOST" in found.error
    assert "secret" not in repr(found)


def test_a_folder_is_noted_beside_the_server(update: Update, tmp_path: Path) -> None:
    digest = put_model(tmp_path / "models")
    with Server() as server:
        found = update(ollama_host=server.url, ollama_models=tmp_path / "models")
    assert [place.kind for place in found] == ["ollama", "folder"]
    assert found[1].models[0].digest == digest


def test_a_folder_that_went_away_keeps_its_list(update: Update, tmp_path: Path) -> None:
    put_model(tmp_path / "models")
    first = update(ollama_models=tmp_path / "models")
    (tmp_path / "models").rename(tmp_path / "moved")
    (gone,) = update(LATER, ollama_models=tmp_path / "models")
    assert (gone.models, gone.seen_at) == (first[0].models, NOW)
    assert "OLLAMA_MODELS" in str(gone.error)


def test_the_usual_folder_is_read_where_no_server_answers(update: Update, tmp_path: Path) -> None:
    usual = tmp_path / "home" / ".ollama" / "models"
    put_model(usual)
    assert [found.where for found in update()] == [str(usual)]
    with Server() as server:
        assert [found.kind for found in update(ollama_host=server.url)] == ["ollama"]


def test_a_user_without_a_home_has_no_usual_folder(
    update: Update, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(installing.Path, "home", nowhere)
    assert update() == ()


def test_offline_only_the_folder_is_read_and_the_last_list_stays(
    update: Update, tmp_path: Path
) -> None:
    put_model(tmp_path / "models")
    with Server() as server:
        first = update(ollama_host=server.url)
        server.asked.clear()
        found = update(
            LATER, ollama_host=server.url, ollama_models=tmp_path / "models", offline=True
        )
    assert server.asked == []
    assert found[0] == first[0] and found[1].kind == "folder"
    assert update(LATER, ollama_host="http://127.0.0.1:9", offline=True) == ()


def test_a_runtime_that_is_no_longer_set_is_forgotten(update: Update) -> None:
    with Server() as one, Server() as other:
        update(ollama_host=one.url)
        assert [found.where for found in update(ollama_host=other.url)] == [other.url]


def test_a_damaged_note_is_written_anew(update: Update, place: Path) -> None:
    place.mkdir()
    (place / installed.FILE).write_text("{")
    with Server() as server:
        (found,) = update(ollama_host=server.url)
    assert found.models[0].digest == LLAMA


def test_a_place_that_cannot_be_written_is_said(update: Update, place: Path) -> None:
    place.write_text("in the way")
    with pytest.raises(StoreUnwritable):
        update()


# The hook comes after the imports: urllib3 binds a socket of this machine when it is loaded, to see
# whether there is IPv6.
OFFLINE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from catalog import settings
from catalog.refresh import installing
def hook(event, arguments):
    if event.startswith("socket."):
        print(event, arguments, file=sys.stderr)
sys.addaudithook(hook)
found = installing.update(settings.load(), Path(sys.argv[1]), datetime.now(UTC))
print(*(model.name for place in found for model in place.models))
"""


def test_no_socket_is_opened_offline(tmp_path: Path) -> None:
    put_model(tmp_path / "models")
    environ = {"CARDEX_OFFLINE": "1", "OLLAMA_MODELS": str(tmp_path / "models")}
    given = watched(tmp_path, {**environ, "OLLAMA_HOST": "gpu-box.invalid"})
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path / "catalog")],
        cwd=ROOT,
        env={**given, "PYTHONPATH": os.pathsep.join([given["PYTHONPATH"], str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "llama3.1:8b\n"
    assert not (tmp_path / "outbound").exists()
    assert json.loads((tmp_path / "catalog" / installed.FILE).read_text())["format"] == 1


def test_what_models_state_of_their_architecture_is_kept(update: Update, place: Path) -> None:
    info = {
        "general.architecture": "llama",
        "llama.block_count": 32,
        "llama.embedding_length": 4096,
        "llama.feed_forward_length": 14336,
        "llama.attention.head_count": 32,
        "llama.attention.head_count_kv": 8,
        "llama.vocab_size": 128256,
        "tokenizer.ggml.tokens": None,
        "general.license": "a text",
    }
    named = replace(
        Model(name="acme/rocket", digest=LLAMA, weights=SMOL), shown={"model_info": info}
    )
    silent = Model(name="other", digest=SMOL, weights=LLAMA, shown={"model_info": {"x": []}})
    with Server([named, silent]) as server:
        update(ollama_host=server.url)

    found = facts.architecture(place, "ollama:acme/rocket")
    assert found is not None and found.layers is not None
    assert [(one.key, one.value) for one in found.layers] == [(1024, 1024)] * 32
    assert found.vocabulary == 128256
    assert "ollama:acme/rocket" in facts.table(place)
    (entry,) = json.loads((place / facts.FILE).read_text())["models"].values()
    assert entry["revision"] == LLAMA
    assert "general.license" not in entry["gguf"]
