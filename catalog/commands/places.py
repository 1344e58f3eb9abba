"""How the commands tell where a model is installed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from catalog.records import Installed, Runtime

OLLAMA_HERE = "http://127.0.0.1:11434"  # what `ollama` asks when nothing else is said


def of_model(runtimes: Sequence[Runtime], ref: str) -> str | None:
    """`here (http://127.0.0.1:11434), current`, for each place; None where it is nowhere."""
    told = [
        f"{_place(runtime)}{_state(runtime, model)}"
        for runtime in runtimes
        for model in runtime.models
        if model.ref == ref
    ]
    return "; ".join(dict.fromkeys(told)) or None


def all_of(runtimes: Sequence[Runtime]) -> list[str]:
    """One line for each place: how many models, how many of them the library has newer."""
    return [f"installed: {_summary(runtime)}" for runtime in runtimes]


def _summary(runtime: Runtime) -> str:
    number = len(runtime.models)
    if runtime.seen_at is None:
        return f"not known, {_place(runtime)}: {runtime.error}"
    old = sum(model.update == "available" for model in runtime.models)
    words = [f"{number:,} {'model' if number == 1 else 'models'} {_place(runtime)}"]
    words += [f"{old:,} with an update"] if old else []
    words += [f"{runtime.unfinished:,} unfinished downloads"] if runtime.unfinished else []
    words += [f"as of {runtime.seen_at:%Y-%m-%d}. {runtime.error}"] if runtime.error else []
    told = ", ".join(words)
    return f"{told.removesuffix('.')}. {runtime.notice}" if runtime.notice else told


def _place(runtime: Runtime) -> str:
    return f"here ({runtime.where})" if runtime.here else f"at {runtime.where}"


def _state(runtime: Runtime, model: Installed) -> str:
    words = ""
    if model.remote:
        words += ", runs in the vendor's cloud"
    if not model.complete:
        words += ", not complete"
    if model.update == "current":
        words += ", current"
    elif model.update == "available":
        words += f", update available: {_pull(runtime, model)}"
    if runtime.error and runtime.seen_at:
        words += f" (as of {runtime.seen_at:%Y-%m-%d})"
    return words


def _pull(runtime: Runtime, model: Installed) -> str:
    elsewhere = runtime.kind == "ollama" and runtime.where != OLLAMA_HERE
    host = f"OLLAMA_HOST={runtime.where} " if elsewhere else ""
    return f"{host}ollama pull {shlex.quote(model.name)}"
