"""What the arithmetic of fit says, in the words of the visitor; all as plain text."""

from __future__ import annotations

from catalog.fit.answer import FitAnswer
from catalog.fit.hardware import Machine
from catalog.fit.memory import Breakdown
from ui import machine, safe, wording
from ui.i18n import _


def rung(answer: FitAnswer) -> str:
    """The name of the set of files that an answer is about."""
    if answer.rung is None:
        return safe.plain(answer.quant, 60) or _("This model")
    name = safe.plain(answer.rung.name, 160)
    version = safe.plain(answer.rung.version_id, 40)
    return f"{version} · {name}" if version else name


def between(low: int, high: int | None) -> str:
    """A range of bytes: `5.1 GiB to 7 GiB`; `at least`, `at most` where one end is not known."""
    if high is None:
        return _("at least {size}").format(size=wording.gib(low)) if low else wording.not_stated()
    if low == 0:
        return _("at most {size}").format(size=wording.gib(high))
    ends = wording.gib(low), wording.gib(high)
    if ends[0] == ends[1]:
        return ends[0]
    return _("{low} to {high}").format(low=ends[0], high=ends[1])


def total(found: Breakdown) -> str:
    """All that is needed: one size, or the range that it is in."""
    return between(found.low, found.high) if found.total is None else wording.gib(found.total)


def together() -> str:
    """The name of the sum of all parts."""
    return _("Together")


def machine_name(one: Machine) -> str:
    """The name of a machine; saved ones have names that people gave."""
    if one.slug == machine.THIS:
        return _("This machine")
    name = safe.plain(one.name, 60)
    named = one.cards == 1 or one.saved or name.startswith(str(one.cards))
    return name if named else f"{one.cards} × {name}"


def machine_label(one: Machine) -> str:
    """Name and memory, for menus and lines of charts."""
    return f"{machine_name(one)} · {wording.gib(one.memory_bytes)}"


def use(found: Breakdown) -> str:
    """What is asked for: `at 32k for 5 users`."""
    if not talks(found):
        return _("for one image") if "images" in found.term("compute").inputs else ""
    return _("at {context} for {users}").format(
        context=wording.context(found.need.context), users=wording.users(found.need.users)
    )


def talks(found: Breakdown) -> bool:
    """Whether context and users play a part; they play none in making images."""
    return found.term("compute").inputs.keys().isdisjoint({"images", "kind"})


def term(name: str) -> str:
    """A part of the memory that is needed."""
    words = {
        "weights": _("Weights"),
        "kv_cache": _("Cache of the context"),
        "state": _("State of recurrent layers"),
        "compute": _("Compute buffer"),
        "output": _("Output"),
        "overhead": _("Runtime"),
    }
    return words.get(name) or safe.plain(name, 40)


def engine(name: str) -> str:
    """The program that runs the model."""
    words = {"llama_cpp": "llama.cpp", "transformers": "Transformers", "vllm": "vLLM"}
    return words.get(name) or safe.plain(name, 40)
