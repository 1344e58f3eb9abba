"""How large weights may be for each grade: `memory.grade`, solved for the size of the weights.

The grades of one architecture on one machine follow each other as weights grow: RANKS. For each of
them but the last there is a largest size, found once and compared with millions of sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from catalog.fit import weights
from catalog.fit.answer import spare
from catalog.fit.hardware import Machine
from catalog.fit.memory import TIGHT, Breakdown

RANKS = ("fits", "tight", "unknown", "offload", "no")
EXACT, ESTIMATED, COUNTED, UNKNOWN = range(4)  # how the size of weights is known
KINDS = 4
NO_END = (1 << 63) - 2
_SHARES = (weights.EXACT, weights.ESTIMATED, weights.FROM_BITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What is needed beside weights; None as in a Breakdown."""

    low: int
    total: int | None
    high: int | None
    beside: int | None  # all points, upper ends where there is none


def rest(breakdown: Breakdown) -> Rest:
    """Of a breakdown with weights of 0 bytes."""
    points = [term.high if term.bytes is None else term.bytes for term in breakdown.terms]
    known = [point for point in points if point is not None]
    return Rest(
        low=breakdown.low,
        total=breakdown.total,
        high=breakdown.high,
        beside=sum(known) if len(known) == len(points) else None,
    )


def most(
    rest: Rest, kind: int, machine: Machine, *, bits: float | None = None
) -> tuple[int, int, int, int]:
    """The largest size of weights that is of each grade but the last, -1 where none is.

    With `bits` the largest number of parameters of so many bits each; `kind` is how the size is
    known. Weights of unknown size are asked about as 0.
    """
    memory_bytes = machine.memory_bytes
    if memory_bytes is None:
        return (-1, -1, NO_END, NO_END)
    host = spare(machine)
    halved = rest.beside is not None and rest.beside <= memory_bytes // 2
    if kind == UNKNOWN:
        known = 0 if rest.low <= memory_bytes else -1
        offload = 0 if halved and (host is None or rest.low - memory_bytes <= host) else -1
        return (-1, -1, known, max(known, offload))
    low, high = (_end(share, bits) for share in _SHARES[kind])
    middle = _middle(kind, bits)
    ninety = int(TIGHT * memory_bytes)
    if rest.total is None or middle is None:
        fits = tight = -1
        if rest.high is not None:
            fits, tight = high(ninety - rest.high), high(memory_bytes - rest.high)
        unknown = max(tight, low(memory_bytes - rest.low))
        least, needed = low, rest.low
    else:
        tight = unknown = middle(memory_bytes - rest.total)
        whole = -1 if rest.high is None else high(memory_bytes - rest.high)
        fits = min(middle(ninety - rest.total), whole)
        least, needed = middle, rest.total
    if not halved:
        return (fits, tight, unknown, unknown)
    offload = NO_END if host is None else least(memory_bytes + host - needed)
    return (fits, tight, unknown, max(unknown, offload))


_Inverse = Callable[[int], int]


def _end(share: float, bits: float | None) -> _Inverse:
    """The largest size of which one end of the band is within a limit."""
    return lambda limit: _largest(lambda size: round(size * share), share, limit, bits)


def _middle(kind: int, bits: float | None) -> _Inverse | None:
    """The same for the point, None where the band is too wide to have one."""
    if kind == COUNTED:
        return None
    shares = _SHARES[kind]
    return lambda limit: _largest(lambda size: sum(weights.band(size, shares)) // 2, 1, limit, bits)


def _largest(grown: Callable[[int], int], share: float, limit: int, bits: float | None) -> int:
    """The largest whole number of which what `grown` makes of it is within the limit, else -1."""
    if limit < 0:
        return -1

    def value(number: int) -> int:
        return grown(number if bits is None else weights.counted_bytes(number, bits))

    number = int(limit / (share if bits is None else share * bits / 8))
    while value(number) > limit:
        number -= 1
    while value(number + 1) <= limit:
        number += 1
    return number
