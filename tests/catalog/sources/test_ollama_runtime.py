"""An Ollama that is asked: real HTTP on this machine, recorded answers, faults and nonsense."""

from __future__ import annotations

import copy
import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog.errors import (
    SourceBusy,
    SourceChanged,
    SourceError,
    SourceLoop,
    SourceRefused,
    SourceUnreachable,
)
from catalog.records import Runtime
from catalog.sources.ollama import runtime
from tests.replay import server as hub
from tests.replay.ollama_runtime import (
    LLAMA,
    LLAMA_WEIGHTS,
    PATHS,
    Asked,
    Model,
    Server,
    html,
    llama_cpp,
    redirect,
    sha,
    trickle,
)
from tests.replay.ollama_runtime import models as three_models
from tests.servers import free_port

QUICK = runtime.Patience(
    connect_seconds=0.3, first_seconds=0.5, answer_seconds=0.4, whole_seconds=1.0
)


def ask(server: Server, **given: Any) -> Runtime:
    return runtime.ask(server.url, **{"patience": QUICK, **given})


def a_model(**changes: Any) -> Model:
    return Model(**{"name": "x:1b", "digest": LLAMA, "weights": LLAMA_WEIGHTS, **changes})


def test_what_is_installed_is_told_with_all_that_the_catalog_keeps() -> None:
    with Server() as server:
        found = ask(server)
    assert (found.where, found.kind, found.here) == (server.url, "ollama", True)
    assert (found.version, found.error) == ("0.32.8", None)
    llama, qwen, cloud = found.models
    assert llama.name == "llama3.1:8b"
    assert llama.digest == LLAMA and llama.layers == (LLAMA_WEIGHTS,)
    assert llama.size_bytes == 4_920_753_328
    assert llama.modified_at == datetime(2025, 5, 5, 0, 37, 44, tzinfo=UTC)
    assert (llama.parameter_size, llama.quant_type) == ("8.0B", "Q4_K_M")
    assert llama.context_length == 131_072
    assert (llama.loaded, llama.remote, llama.complete) == (True, False, True)
    assert (llama.ref, llama.update) == (None, "unknown"), "the catalog says that, not the server"
    assert (qwen.quant_type, qwen.context_length) == ("Q4_K_M", 40_960), "from /api/show"
    assert (cloud.remote, cloud.size_bytes, cloud.quant_type) == (True, None, "MXFP4")


def test_only_the_four_paths_are_asked_and_the_cloud_is_not_shown() -> None:
    with Server() as server:
        ask(server)
    assert set(server.paths()) == set(PATHS)
    assert server.shown() == ["llama3.1:8b", "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M"]
    assert [request.method for request in server.asked] == ["GET", "GET", "GET", "POST", "POST"]


def test_only_models_that_changed_are_shown_again() -> None:
    with Server() as server:
        first = ask(server)
        server.asked.clear()
        again = ask(server, known=first.models)
        assert server.shown() == []
        assert again.models == first.models
        server.models = [replace(server.models[0], digest=sha("new"), weights=sha("w"))]
        newer = ask(server, known=first.models)
    assert server.shown() == ["llama3.1:8b"]
    assert newer.models[0].layers == (sha("w"),)


ODD: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "no details": ({"details": None}, {"parameter_size": None, "quant_type": "Q4_K_M"}),
    "details are a list": ({"details": []}, {"parameter_size": None}),
    "families null": (
        {"details": {"families": None, "parameter_size": ""}},
        {"parameter_size": None},
    ),
    "digest with its prefix": ({"digest": f"sha256:{LLAMA}"}, {"digest": LLAMA}),
    "digest of upper case": ({"digest": LLAMA.upper()}, {"digest": LLAMA}),
    "empty texts of a llama.cpp list": (
        {"digest": "", "size": "", "modified_at": "", "details": {"parameter_size": ""}},
        {"digest": None, "size_bytes": None, "modified_at": None, "parameter_size": None},
    ),
    "time with nanoseconds and zone": (
        {"modified_at": "2026-02-03T04:05:06.123456789+09:00"},
        {"modified_at": datetime(2026, 2, 2, 19, 5, 6, tzinfo=UTC)},
    ),
    "time of UTC": (
        {"modified_at": "2026-02-03T04:05:06Z"},
        {"modified_at": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)},
    ),
    "the zero time of Go": ({"modified_at": "0001-01-01T00:00:00Z"}, {"modified_at": None}),
    "quantization unknown": (
        {"details": {"quantization_level": "unknown"}},
        {"quant_type": "Q4_K_M"},
    ),
    "size below zero": ({"size": -1}, {"size_bytes": None}),
    "remote model": ({"remote_model": "x"}, {"remote": True, "size_bytes": None, "layers": ()}),
    "context in the list": ({"details": {"context_length": 4096}}, {"context_length": 4096}),
    "a name that steers a terminal": ({"name": "a\x1b]0;b\x07c"}, {"name": "a ]0;b c"}),
    "only the newer name": ({"name": None}, {"name": "x:1b"}),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_shapes_are_read_as_far_as_they_go(odd: str) -> None:
    tag, expected = ODD[odd]
    with Server([a_model(tag=tag)]) as server:
        (model,) = ask(server).models
    for name, value in expected.items():
        assert getattr(model, name) == value, name


def test_rows_without_a_name_are_left_out_and_a_name_comes_once() -> None:
    rows = [a_model(tag={"name": "", "model": None}), a_model(), a_model()]
    with Server(rows) as server:
        assert [model.name for model in ask(server).models] == ["x:1b"]


@pytest.mark.parametrize("value", [{"models": None}, {}, {"models": []}])
def test_an_ollama_without_models_has_none(value: dict[str, Any]) -> None:
    fault = hub.raw(json.dumps(value).encode())
    with Server(faults={"/api/tags": fault}) as server:
        assert ask(server).models == ()


def test_weights_are_those_of_the_from_lines() -> None:
    one, two = sha("one"), sha("two")
    text = (
        f"# FROM /blobs/sha256-{sha('comment')}\nFROM /a b/blobs/sha256-{one}\r\n"
        f"FROM C:\\Users\\x\\.ollama\\models\\blobs\\sha256-{two.upper()}\n"
        f"ADAPTER /blobs/sha256-{sha('adapter')}\nFROM llama3.1:8b\n"
    )
    assert runtime.weights_in(text) == (one, two)
    assert runtime.weights_in(None) == runtime.weights_in("FROM x") == ()


def test_a_model_that_cannot_be_shown_is_listed_all_the_same() -> None:
    with Server(faults={"/api/show": hub.status(404)}) as server:
        first = ask(server).models[0]
    assert first.size_bytes and first.layers == () and first.context_length is None


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("0.17.0", True),
        ("0.1.47", True),
        ("0.9.10-rc1", True),
        ("0.17.1", False),
        ("0.17.1-rc2", False),
        ("0.32.8", False),
        ("1.0.0", False),
        ("0.0.0", False),  # built by hand
        ("main-abc", False),
        ("9" * 40, False),
    ],
)
def test_a_version_with_a_known_hole_is_told(version: str, old: bool) -> None:
    with Server([], version=version) as server:
        notice = ask(server).notice
    assert bool(notice) is old
    assert not old or ("CVE-2026-7482" in str(notice) and version in str(notice))


def test_a_server_that_does_not_know_what_is_loaded_is_no_trouble() -> None:
    with Server(faults={"/api/ps": hub.status(404)}) as server:
        assert not any(model.loaded for model in ask(server).models)


def refused(code: int) -> hub.Fault:
    return hub.status(code, {"RateLimit": '"api";r=0;t=999999999', "Retry-After": "999999999"})


ELSEWHERE = redirect("http://127.0.0.1:9/api/tags")
SAME_HOST = redirect("/api/delete")
FAULTS: dict[str, tuple[hub.Fault, type[SourceError], str]] = {
    "500": (refused(500), SourceBusy, "status 500"),
    "503": (refused(503), SourceBusy, "status 503"),
    "429": (refused(429), SourceBusy, "429"),
    "401": (refused(401), SourceRefused, "401"),
    "403": (refused(403), SourceRefused, "403"),
    "hang": (hub.stall(5), SourceUnreachable, "in time"),
    "one byte every ten seconds": (trickle, SourceUnreachable, "in time"),
    "a byte now and then": (hub.drip(0.05), SourceBusy, "took more than"),
    "cut body": (hub.cut, SourceUnreachable, "broke off"),
    "bomb": (hub.bomb(40), SourceBusy, "more than"),
    "elsewhere": (ELSEWHERE, SourceLoop, "not followed"),
    "same host": (SAME_HOST, SourceLoop, "not followed"),
}


@pytest.mark.parametrize("path", ["/api/version", "/api/tags"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_one_error_within_the_time_and_nothing_is_tried_again(
    fault: str, path: str
) -> None:
    answer, error, words = FAULTS[fault]
    with Server(faults={path: answer}) as server:
        start = time.monotonic()
        with pytest.raises(error, match=words) as told:
            ask(server)
        took = time.monotonic() - start
    assert took < 1.5
    assert server.paths().count(path) == 1
    assert set(server.paths()) <= set(PATHS)
    assert str(told.value).startswith("Ollama at http://127.0.0.1:")


def test_a_server_that_hangs_at_every_model_is_left_after_a_while() -> None:
    many = [a_model(name=f"m{number}:1b", digest=sha(str(number))) for number in range(40)]
    with Server(many, faults={"/api/show": hub.stall(5)}) as server:
        start = time.monotonic()
        found = ask(server)
        assert time.monotonic() - start < 2.0
    assert len(found.models) == 40 and not any(model.layers for model in found.models)


def test_a_server_that_spends_the_time_on_its_list_is_not_asked_on() -> None:
    patience = replace(QUICK, whole_seconds=0.0)
    with Server() as server, pytest.raises(SourceBusy, match="too long"):
        ask(server, patience=patience)
    assert server.asked == []


def test_a_port_that_nobody_listens_on_is_told_at_once() -> None:
    start = time.monotonic()
    with pytest.raises(SourceUnreachable, match="refused"):
        runtime.ask(f"http://127.0.0.1:{free_port()}")
    assert time.monotonic() - start < 1.0


NOT_OLLAMA = {
    "llama.cpp": (llama_cpp, "a llama.cpp server"),
    "vLLM": (hub.raw(b'{"detail":"Not Found"}', code=404), "is not Ollama"),
    "LM Studio": (hub.raw(b'{"error":"Unexpected endpoint or method."}'), "is not Ollama"),
    "a web page": (html, "is not Ollama"),
    "a web page of 404": (hub.raw(b"<html>", "text/html", 404), "is not Ollama"),
    "no JSON": (hub.raw(b"{"), "is not Ollama"),
    "a list": (hub.raw(b"[]"), "is not Ollama"),
    "a version that is none": (hub.raw(b'{"version": null}'), "is not Ollama"),
    "deep nesting": (hub.raw(b"[" * 60_000), "is not Ollama"),
}


@pytest.mark.parametrize("kind", NOT_OLLAMA)
def test_what_is_not_ollama_is_told_apart_by_one_question(kind: str) -> None:
    fault, words = NOT_OLLAMA[kind]
    with Server(always=fault) as server, pytest.raises(SourceChanged, match=words) as told:
        ask(server)
    assert server.paths() == ["/api/version"]
    assert "CARDEX_OPENAI_ENDPOINTS" in str(told.value)


@pytest.mark.parametrize("path", ["/api/tags", "/api/ps", "/api/show"])
@pytest.mark.parametrize("body", [b"[]", b"{", b"<html>", b'{"models": 5}', b"null", b"\xff\xfe"])
def test_nonsense_after_a_version_is_an_error_or_nothing(path: str, body: bytes) -> None:
    with Server(faults={path: hub.raw(body)}) as server:
        if path == "/api/tags":
            with pytest.raises(SourceChanged):
                ask(server)
        else:
            assert len(ask(server).models) == 3


@pytest.mark.shared
def test_a_llama_cpp_list_is_not_taken_for_models_of_ollama(shared_data: Path) -> None:
    recorded = (shared_data / "ollama" / "llamacpp_v1_models.json").read_bytes()

    def answer(handler: hub.Handler) -> None:
        known = handler.path in {"/v1/models", "/models"}
        hub.raw(recorded)(handler) if known else llama_cpp(handler)

    with Server(always=answer) as server, pytest.raises(SourceChanged, match=r"llama\.cpp"):
        ask(server)
    # Older builds had the path with the same empty texts: nothing of it is taken for a fact.
    with Server(faults={"/api/tags": hub.raw(recorded), "/api/show": llama_cpp}) as server:
        (model,) = ask(server).models
    assert model.name == "smollm2-135m"
    assert (model.digest, model.size_bytes, model.modified_at) == (None, None, None)
    assert (model.parameter_size, model.quant_type) == (None, None)


VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    10**400,
    1e308,
    float("nan"),
    "",
    "x" * 100_000,
    "\ud800",
    "\x00\x1b[2J",
    [],
    {},
    [[[]]],
    {"models": [{}]},
    "sha256:" + "0" * 63,
    "9999-99-99T99:99:99Z",
]


def mutated(value: Any, dice: random.Random) -> Any:
    """A copy in which a few places hold something else, or nothing."""
    value = copy.deepcopy(value)
    for _ in range(dice.randint(1, 4)):
        place: Any = value
        while isinstance(place, dict | list) and place:
            key = dice.choice(list(place) if isinstance(place, dict) else range(len(place)))
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or dice.random() < 0.3:
                if dice.random() < 0.2:
                    del place[key]
                else:
                    place[key] = dice.choice(VALUES)
                break
            place = inner
    return value


class Mutating(Server):
    """Answers with mutations of what an Ollama says; now and then with broken bytes."""

    dice = random.Random(20261124)

    def answer(self, asked: Asked) -> tuple[int, Any]:
        status, value = super().answer(asked)
        if asked.path == "/api/version" and self.dice.random() < 0.7:
            return status, value
        value = mutated(value, self.dice)
        if self.dice.random() < 0.1:
            body = json.dumps(value).encode()
            at = self.dice.randrange(len(body))
            return status, body[:at] + bytes([self.dice.randrange(256)]) + body[at + 1 :]
        return status, value


def test_mutated_answers_are_models_or_a_sentence() -> None:
    outcomes = {"models": 0, "error": 0}
    with Mutating(three_models()) as server:
        while len(server.asked) < 1_000:
            try:
                found = ask(server)
            except SourceError as error:
                outcomes["error"] += 1
                assert str(error).endswith(".")
                continue
            outcomes["models"] += 1
            for model in found.models:
                assert model.name and model.name.isprintable()
                assert model.digest is None or len(model.digest) == 64
                assert model.size_bytes is None or 0 < model.size_bytes < 2**63
                json.dumps([model.name, model.parameter_size, model.quant_type]).encode("ascii")
                (model.name + str(model.parameter_size) + str(model.quant_type)).encode("utf-8")
    assert min(outcomes.values()) > 20
