"""How large weights may be for each grade: `memory.grade`, solved for the size of the weights.

The grades of one architecture on one machine follow each other as weights grow: RANKS. For each of
them but the last there is a largest size, found once and compared with millions of sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catalog.fit import weights
from catalog.fit.answer import spare
from catalog.fit.hardware import Machine
from catalog.fit.memory import TIGHT, Breakdown

RANKS = ("fits", "tight", "unknown", "offload", "no")
# How the size of weights is known; of UNSTATED only the number of parameters is.
EXACT, ESTIMATED, COUNTED, UNSTATED, UNKNOWN = range(5)
KINDS = 5
NO_END = (1 << 62) - 1
_SHARES = (weights.EXACT, weights.ESTIMATED, weights.FROM_BITS, weights.UNSTATED)
_BANDS = (COUNTED, UNSTATED)  # so wide that they have no point
_NOTHING = -1  # no size at all

_Array = np.ndarray[Any, Any]
_Growth = Callable[[_Array], _Array]


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
    rests: Sequence[Rest], kind: int, machine: Machine, *, bits: float | None = None
) -> _Array:
    """For each of the rests the largest size of weights of each grade but the last, -1 for none.

    With `bits` the largest number of parameters of so many bits each; `kind` is how the size is
    known. Weights of unknown size are asked about as 0, those of UNSTATED as their parameters.
    """
    room, host = machine.memory_bytes, spare(machine)
    result = np.full((len(RANKS) - 1, len(rests)), _NOTHING, np.int64)
    if room is None:
        result[RANKS.index("unknown") :] = NO_END
        return result
    low, (total, pointed) = np.array([one.low for one in rests]), _known([r.total for r in rests])
    high, ended = _known([one.high for one in rests])
    beside, beside_known = _known([one.beside for one in rests])
    halved = beside_known & (beside <= room // 2)
    if kind == UNKNOWN:
        offload = halved & ((low - room <= host) if host is not None else True)
        result[2] = np.where(low <= room, 0, _NOTHING)
        result[3] = np.where(offload, 0, result[2])
        return result
    least, point, upper = (_within(grown, bits) for grown in _growths(kind))
    ninety = int(TIGHT * room)
    pointed &= kind not in _BANDS
    tight = np.where(ended, upper(room - high), _NOTHING)
    by_end = np.where(ended, upper(ninety - high), _NOTHING)
    by_point = point(room - total)
    result[0] = np.where(pointed, np.minimum(point(ninety - total), tight), by_end)
    result[1] = np.where(pointed, by_point, tight)
    result[2] = np.where(pointed, by_point, np.maximum(tight, least(room - low)))
    whole = np.full(len(rests), NO_END)
    if host is not None:
        whole = np.where(pointed, point(room + host - total), least(room + host - low))
    result[3] = np.where(halved, np.maximum(whole, result[2]), result[2])
    return result


def _known(values: Sequence[int | None]) -> tuple[_Array, _Array]:
    """The values, 0 for None, and which of them are known."""
    known = np.array([value is not None for value in values], bool)
    return np.array([value or 0 for value in values], np.int64), known


def _growths(kind: int) -> tuple[_Growth, _Growth, _Growth]:
    """What the least, the point and the most of a band are, from the size it is around."""
    low, high = _SHARES[kind]

    def least(sizes: _Array) -> _Array:
        return np.rint(sizes * low).astype(np.int64)

    def most_(sizes: _Array) -> _Array:
        return np.rint(sizes * high).astype(np.int64)

    return least, lambda sizes: (least(sizes) + most_(sizes)) // 2, most_


def _within(grown: _Growth, bits: float | None) -> _Growth:
    """The largest whole numbers of which what becomes of them is within some limits, else -1."""

    def value(numbers: _Array) -> _Array:
        if bits is None:
            return grown(numbers)
        return grown(np.rint(numbers * bits / 8).astype(np.int64))

    scale = 1 << 40
    slope = float(value(np.array([scale]))[0]) / scale

    def largest(limits: _Array) -> _Array:
        bounded = np.maximum(limits, 0)
        numbers = np.floor(bounded / slope).astype(np.int64)
        while (over := value(numbers) > bounded).any():
            numbers -= over
        while (under := value(numbers + 1) <= bounded).any():
            numbers += under
        return np.where(limits < 0, _NOTHING, numbers)

    return largest
