"""The answer to whether one model fits one machine, with everything it was worked out from."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.fit import memory
from catalog.fit.hardware import Machine
from catalog.fit.memory import Breakdown
from catalog.fit.speed import Speed
from catalog.reports import FileSet

GRADES = ("fits", "tight", "offload", "no", "unknown")  # best first; unknown is no place


@dataclass(frozen=True, slots=True, kw_only=True)
class FitAnswer:
    """One model on one machine: its files, its need term by term, and what else would fit."""

    ref: str
    rung: FileSet | None  # the files that are meant; None: as if converted, or of unknown files
    quant: str | None  # what these weights are, or would be converted to
    machine: Machine | None
    breakdown: Breakdown
    grade: str
    longest_context: int | None  # tokens of each user; None: not even one, or not known
    most_users: int | None  # at the context asked for; None: not even one, or not known
    offload_layers: int | None  # layers on the card where the grade is offload
    speed: Speed | None
    estimated: bool  # no file was seen that is exactly this
    made_for: int | None = None  # tokens that the model was made for
    offload_bytes: int | None = None  # in main memory where the grade is offload, at most


def graded(breakdown: Breakdown, machine: Machine | None) -> str:
    """The grade on a machine; unknown where none is named or nobody states its memory."""
    if machine is None or machine.memory_bytes is None:
        return "unknown"
    return memory.grade(breakdown, machine.memory_bytes, host_bytes=spare(machine))


def spare(machine: Machine) -> int | None:
    """Main memory that layers can go to: none where the memory is the main memory itself."""
    return machine.host_bytes if machine.kind == "gpu" else 0
