"""How many bytes the weights of a model are: a band, from a size or from parameters and bits."""

from __future__ import annotations

# A size told in two digits is off by 5 % at most.
ESTIMATED = (0.95, 1.05)
# A range only: where types are mixed, the bits are those of most weights (gpt-oss-20b: 11.4 GB from
# them, really 13.8).
FROM_BITS = (0.9, 1.4)
# Bytes of each parameter where nobody tells bits or size: 2 bits (IQ2) to 32-bit floats.
UNSTATED = (0.25, 4.0)
EXACT = (1.0, 1.0)


def stated(size_bytes: int, *, estimated: bool = False) -> tuple[int, int]:
    """The least and most bytes of a size that a source states."""
    return band(size_bytes, ESTIMATED if estimated else EXACT)


def counted(parameters: int, bits: float) -> tuple[int, int]:
    """The least and most bytes of so many parameters at so many bits each."""
    return band(counted_bytes(parameters, bits), FROM_BITS)


def unstated(parameters: int) -> tuple[int, int]:
    """The least and most bytes of so many parameters of unknown bits."""
    return band(parameters, UNSTATED)


def counted_bytes(parameters: int, bits: float) -> int:
    """Parameters times bits, in whole bytes: the middle of nothing, but what a band is around."""
    return round(parameters * bits / 8)


def band(size_bytes: int, shares: tuple[float, float]) -> tuple[int, int]:
    """Both ends of a band around a size."""
    low, high = shares
    return round(size_bytes * low), round(size_bytes * high)
