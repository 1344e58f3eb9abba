"""A running Ollama on this machine or network: what it has installed and what is loaded.

It is asked four things and no more: /api/version, /api/tags, /api/ps, and /api/show for models that
were not shown before. None of them changes anything, loads a model or costs more than a moment; a
server that hangs, redirects or sends nonsense costs the seconds below and gives one sentence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from catalog.errors import SourceBusy, SourceChanged, SourceError, SourceLoop
from catalog.fit import gguf_facts
from catalog.fit.architecture import Stated
from catalog.normalize import dates, runtime_names
from catalog.normalize.plain import count, mapping, text
from catalog.records import Installed, Runtime
from catalog.sources import http, wires
from catalog.sources.base import Clock
from catalog.sources.ollama import address, facts

_FROM = re.compile(r"^FROM[ \t].*[/\\]sha256[-:]([0-9a-fA-F]{64})[ \t]*\r?$", re.MULTILINE)
_MODELFILE = 100_000  # characters of a modelfile that can hold its FROM lines
_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?!\d)")
_SAFE = (0, 17, 1)  # the first without CVE-2026-7482
_SILENCE = 2 / 3  # of the time for an answer: without a byte for so long nobody is there
_SMALL, _LARGE = 65_536, 16_000_000  # bytes of a version, and of a list or one model's facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a runtime may take; it is near, so an answer that takes long is none."""

    connect_seconds: float = 1.0
    first_seconds: float = 1.5  # for the version: a server that is there tells it at once
    answer_seconds: float = 10.0  # for one further answer
    whole_seconds: float = 20.0  # for all of them; models not reached by then wait for next time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ollama:
    """The four questions to one server, within one stretch of time."""

    url: str
    wire: http.Wire
    clock: Clock
    patience: Patience
    until: float  # on the monotonic clock

    @property
    def who(self) -> str:
        return f"Ollama at {self.url}"

    def version(self) -> str:
        answer = self._answer("/api/version", self.patience.first_seconds, _SMALL)
        told = text(mapping(_object(answer)).get("version"), 40) if answer.status == 200 else None
        if told is not None:
            return told
        if answer.status not in {200, 404, 405, 501}:
            http.check(answer, self.who)
        what = " but a llama.cpp server" if _is_llama_cpp(answer) else ""
        raise SourceChanged(
            f"What answers at {self.url} is not Ollama{what}. Set OLLAMA_HOST to an Ollama, and "
            "name other servers in CARDEX_OPENAI_ENDPOINTS."
        )

    def tags(self) -> Sequence[Any]:
        return self._models("/api/tags")

    def loaded(self) -> Sequence[Any]:
        return self._models("/api/ps")

    def show(self, name: str) -> Mapping[str, Any]:
        # Older servers read `name`, newer ones `model`.
        body = json.dumps({"model": name, "name": name}).encode()
        return mapping(self._value("/api/show", body))

    def has_time(self) -> bool:
        return self.clock.monotonic() < self.until

    def _models(self, path: str) -> Sequence[Any]:
        models = mapping(self._value(path)).get("models")
        if models is None:  # Go writes an empty list as null
            return ()
        if not isinstance(models, list):
            raise SourceChanged(f"{self.who} sent a list of models that is none ({path}).")
        return models[: facts.MOST_MODELS]

    def _value(self, path: str, body: bytes | None = None) -> Any:
        answer = self._answer(path, self.patience.answer_seconds, _LARGE, body)
        http.check(answer, self.who)
        value = http.json_of(answer, self.who)
        if not isinstance(value, Mapping):
            raise SourceChanged(f"{self.who} sent something other than an object ({path}).")
        return value

    def _answer(
        self, path: str, seconds: float, most: int, body: bytes | None = None
    ) -> http.Answer:
        left = self.until - self.clock.monotonic()
        if left <= 0:
            raise SourceBusy(f"{self.who} took too long to tell what it has.")
        seconds = min(seconds, left)
        limits = http.Limits(
            connect_seconds=min(self.patience.connect_seconds, seconds),
            read_seconds=seconds * _SILENCE,
            page_seconds=seconds,
            body_bytes=most,
            backoff_seconds=(),  # nothing is tried again, nothing is waited for
            wait_cap_seconds=0.0,
        )
        fetcher = http.Fetcher(
            self.wire, who=self.who, clock=self.clock, limits=limits, judge=self._judge
        )
        if body is None:
            return fetcher.get(self.url + path, {})
        return fetcher.post(self.url + path, {"content-type": "application/json"}, body)

    def _judge(self, answer: http.Answer) -> SourceError | None:
        if answer.status in http.REDIRECTS:
            return SourceLoop(
                f"{self.who} redirects to another address; it was not followed. Set OLLAMA_HOST "
                "to the address itself."
            )
        if answer.status == 429:
            return SourceBusy(f"{self.who} allows no more requests for now (429).")
        return None


def ask(
    url: str,
    *,
    known: Sequence[Installed] = (),
    wire: http.Wire | None = None,
    clock: Clock | None = None,
    patience: Patience | None = None,
    state: Callable[[Stated], object] | None = None,
) -> Runtime:
    """What the Ollama at `url` has now; raises a SourceError whose sentence says why not.

    Models of the same name and digest as in `known` are not shown again. `state` is told what
    others state of their architecture.
    """
    clock, patience = clock or Clock(), patience or Patience()
    server = _Ollama(
        url=url,
        wire=wire or wires.RequestsWire(),
        clock=clock,
        patience=patience,
        until=clock.monotonic() + patience.whole_seconds,
    )
    version = server.version()
    listed = _unique([model for row in server.tags() if (model := _of_tags(row)) is not None])
    busy = _loaded(server)
    before = {(model.name, model.digest): model for model in known if model.layers}
    models = []
    for model in listed:
        shown = before.get((model.name, model.digest)) if model.digest else None
        told = _carried(model, shown) if shown is not None else _shown(server, model, state)
        models.append(replace(told, loaded=model.name in busy))
    return Runtime(
        where=url,
        kind="ollama",
        here=address.is_here(url),
        seen_at=clock.now(),
        version=version,
        notice=hole_in(version),
        models=tuple(models),
    )


def _of_tags(row: object) -> Installed | None:
    """One model of /api/tags; None for what has no name."""
    item = mapping(row)
    name = text(item.get("name"), facts.NAME_LENGTH) or text(item.get("model"), facts.NAME_LENGTH)
    if name is None:
        return None
    details = mapping(item.get("details"))
    remote = bool(text(item.get("remote_host")) or text(item.get("remote_model")))
    return Installed(
        name=name,
        ref=None,
        digest=facts.digest(item.get("digest")),
        size_bytes=None if remote else count(item.get("size")) or None,
        modified_at=dates.moment(item.get("modified_at")),
        parameter_size=facts.parameter_size(details.get("parameter_size")),
        quant_type=facts.quant_type(details.get("quantization_level")),
        context_length=count(details.get("context_length")) or None,
        remote=remote,
    )


def _unique(models: Sequence[Installed]) -> list[Installed]:
    return list({model.name: model for model in models}.values())


def _loaded(server: _Ollama) -> frozenset[str]:
    """Names of the models in memory; none where the server does not say (before 0.1.38)."""
    try:
        rows = [mapping(row) for row in server.loaded()]
    except SourceError:
        return frozenset()
    return frozenset(
        name
        for row in rows
        for key in ("name", "model")
        if (name := text(row.get(key), facts.NAME_LENGTH)) is not None
    )


def _shown(
    server: _Ollama, model: Installed, state: Callable[[Stated], object] | None
) -> Installed:
    """The model with what /api/show adds; as it is where that cannot be had."""
    # A model in the vendor's cloud is not asked about: the server would have to ask the vendor.
    if model.remote or not server.has_time():
        return model
    try:
        told = server.show(model.name)
    except SourceError:
        return model
    details, info = mapping(told.get("details")), mapping(told.get("model_info"))
    refs = runtime_names.refs(model.name)
    if state is not None and refs:
        state(Stated(ref=refs[0], revision=model.digest, gguf=gguf_facts.kept(info)))
    return replace(
        model,
        # Not the parameter size: where the list has none (safetensors), this one is wrong.
        quant_type=model.quant_type or facts.quant_type(details.get("quantization_level")),
        context_length=model.context_length or _context(info),
        remote=bool(text(told.get("remote_host"))),
        layers=weights_in(told.get("modelfile")),
    )


def _carried(model: Installed, shown: Installed) -> Installed:
    return replace(
        model,
        quant_type=model.quant_type or shown.quant_type,
        context_length=model.context_length or shown.context_length,
        layers=shown.layers,
    )


def _context(info: Mapping[str, Any]) -> int | None:
    """The context that the weights were made for: the key begins with the architecture's name."""
    own = text(info.get("general.architecture"), 100)
    return (count(info.get(f"{own}.context_length")) or None) if own else None


def weights_in(modelfile: object) -> tuple[str, ...]:
    """sha256 of the weights that the FROM lines of a modelfile name, the model first."""
    if not isinstance(modelfile, str):
        return ()
    found = (match.lower() for match in _FROM.findall(modelfile[:_MODELFILE]))
    return tuple(dict.fromkeys(found))[: facts.MOST_LAYERS]


def _object(answer: http.Answer) -> Any:
    """The JSON value of an answer; None where it is none, a web page for example."""
    try:
        return http.json_of(answer, "Ollama")
    except SourceChanged:
        return None


def _is_llama_cpp(answer: http.Answer) -> bool:
    """Its server says so in a header, and words what it does not know in a way of its own."""
    if "llama.cpp" in answer.headers.get("server", "").lower():
        return True
    error = mapping(mapping(_object(answer)).get("error"))
    return error.get("type") == "not_found_error" and error.get("code") == 404


def hole_in(version: str) -> str | None:
    """What is known to be wrong with a version; None for newer ones and builds without a number."""
    match = _VERSION.match(version)
    number = tuple(int(part) for part in match.groups()) if match else ()
    if not any(number) or number >= _SAFE:
        return None
    return (
        f"Ollama {version} lets whoever reaches it read its memory (CVE-2026-7482): update it to "
        "0.17.1 or newer."
    )


def how_to_start(*, here: bool) -> str:
    """What a person can do about a runtime that cannot be reached."""
    if here:
        return "Start it with `ollama serve`, or set OLLAMA_HOST to where it runs."
    return (
        "Start it there with `OLLAMA_HOST=0.0.0.0 ollama serve`, or set OLLAMA_HOST here to where "
        "it runs."
    )
