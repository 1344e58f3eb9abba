"""How many weights packed tensors hold, told from the counts of their dtypes.

Upstream counts containers, or containers made numbers, with or without the scales beside them; it
depends on the day that a row was last indexed. Where the proportion of containers to scales fits
one reading alone, the count is exact; elsewhere a reading needs a witness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_PLAIN = ("F64", "F32", "F16", "BF16", "I64", "F8_E4M3", "F8_E5M2")
_BYTES = {
    "F64": 8, "I64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}  # fmt: skip
_WIDTH = re.compile(r"[A-Z]+-?([2-8])")
_CLOSE = 0.01  # layers in another precision blur a proportion by less
_USUAL_GROUP = {"MLX": 64}  # what the tools write when nobody asks for another
_GROUP = 128
# MLX: norms and gates that stay plain, as a share of the scales; above it a whole part did.
_MOST_BESIDE = 0.5
# bitsandbytes, nf4 with double quantization: absmax of 64 weights as a byte, of 256 of these as
# F32, tables of 16 and 256 F32 and some bytes of JSON for each layer.
_NF4_BLOCK = 64 * 256
_NF4_TABLES = 16 + 256
_NF4_STATE = range(60, 320)
_MOST_LAYERS = 20_000


class Unpacked(NamedTuple):
    """What containers hold, and what they and all beside them weigh on disk."""

    weights: int
    size_bytes: int


def unpacked(dtypes: Mapping[str, int], scheme: str, group_size: int | None) -> Unpacked | None:
    """What the dtypes themselves prove; None where several readings are possible."""
    if scheme in ("INT8", "BNB-8") and not _any(dtypes, "I32", "U32", "U8"):
        return _beside(dtypes, sum(dtypes.values()), dtypes.get("I8", 0))  # a number a weight
    if scheme == "BNB-4":
        return _of_nf4(dtypes)
    if scheme.startswith("MLX-"):
        return _of_mlx(dtypes, scheme, group_size)
    containers = dtypes.get("U8", 0) + dtypes.get("I8", 0)
    if scheme == "NVFP4":
        return _of_pairs(dtypes, containers, "F8_E4M3", 16)
    if scheme == "MXFP4":
        return _of_pairs(dtypes, containers, "F8_E8M0", 32) or _of_one_dtype(dtypes)
    return None


def _beside(dtypes: Mapping[str, int], weights: int, containers: int) -> Unpacked:
    """`containers` are the bytes of all that is packed; the rest is as wide as its dtype says."""
    plain = sum(n * _BYTES.get(name, 0) for name, n in dtypes.items())
    return Unpacked(weights, containers + plain)


def possible_counts(
    dtypes: Mapping[str, int], scheme: str, group_size: int | None
) -> Iterator[int]:
    """What the counts may mean, each reading some times the other: a witness picks one."""
    yield sum(dtypes.values())
    width = _WIDTH.match(scheme)
    packed = dtypes.get("I32", 0) + dtypes.get("U32", 0)
    if width is not None and packed:
        bits = int(width[1])
        group = group_size or _USUAL_GROUP.get(scheme.partition("-")[0], _GROUP)
        mlx, zeros = scheme.startswith("MLX-"), not scheme.startswith(("MLX-", "INT"))
        weights = packed * 32 / bits / (1 + zeros / group)
        scales = weights / group * (2 if mlx else 1)
        yield round(weights + max(0, _plain(dtypes) - scales))
    halves = dtypes.get("U8", 0) + dtypes.get("I8", 0)
    scales = halves / 8 if scheme == "NVFP4" else 0  # a float of eight bits for 16 weights
    if scheme in ("NVFP4", "MXFP4") and halves and dtypes.get("F8_E4M3", 0) >= scales:
        yield round(2 * halves + _plain(dtypes) - scales)


def _any(dtypes: Mapping[str, int], *names: str) -> bool:
    return any(dtypes.get(name) for name in names)


def _plain(dtypes: Mapping[str, int]) -> int:
    return sum(dtypes.get(name, 0) for name in _PLAIN)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(one, other)


def _of_pairs(dtypes: Mapping[str, int], pairs: int, scales: str, block: int) -> Unpacked | None:
    """Two weights a container and a scale for each block: was a pair counted once or twice?"""
    beside = dtypes.get(scales, 0)
    if not beside or not pairs:
        return None
    for each in (2, 1):
        if _near(pairs * each, beside * block):
            plain = _plain(dtypes) - (beside if scales in _PLAIN else 0)
            return _beside(dtypes, pairs * each + plain, pairs * each // 2)
    return None


def _of_one_dtype(dtypes: Mapping[str, int]) -> Unpacked | None:
    """Pairs and the scales of their blocks of 32 in one sum: 16 + 1, or made 32 + 1, for each.

    Only the two sums divide so: the sizes of layers are powers of two times small numbers.
    """
    stored = dtypes.get("U8", 0)
    blocks = [stored // each for each in (33, 17) if stored and stored % each == 0]
    if len(blocks) != 1:
        return None
    return _beside(dtypes, blocks[0] * 32 + _plain(dtypes), blocks[0] * 17)


def _of_mlx(dtypes: Mapping[str, int], scheme: str, group_size: int | None) -> Unpacked | None:
    """Nearly all weights of MLX are packed, so what is plain is scales and biases of groups."""
    width = _WIDTH.match(scheme)
    if width is None:
        return None
    packed, beside = dtypes.get("U32", 0), dtypes.get("U8", 0)
    weights = packed * 32 // int(width[1])
    found = _beside(dtypes, weights + _plain(dtypes), packed * 4 + beside)
    if beside:  # its own modes: a byte for each block
        return found if any(_near(weights, beside * block) for block in (16, 32)) else None
    scales = 2 * weights // (group_size or _USUAL_GROUP["MLX"])
    rest = _plain(dtypes) - scales
    if not weights or not 0 <= rest <= _MOST_BESIDE * scales:
        return None
    return _beside(dtypes, weights + rest, packed * 4)


def _of_nf4(dtypes: Mapping[str, int]) -> Unpacked | None:
    """The number of layers for which bytes and scales agree, and so the weights in them."""
    stored, scales = dtypes.get("U8", 0), dtypes.get("F32", 0)
    # Bytes of one block of double quantization as they are, and where each was counted twice.
    for each, times in ((_NF4_BLOCK * 33 // 64, 1), (_NF4_BLOCK * 33 // 32, 2)):
        # scales = blocks + tables * layers; stored = each * blocks + times * state * layers
        layers = round((each * scales - stored) / (each * _NF4_TABLES))
        blocks = scales - _NF4_TABLES * layers
        if not 0 < layers < _MOST_LAYERS or blocks <= 0:
            continue
        state = (stored - each * blocks) / (times * layers)
        if _NF4_STATE.start <= state < _NF4_STATE.stop:
            weights = blocks * _NF4_BLOCK + _plain(dtypes) - scales
            return _beside(dtypes, weights, stored // times)
    return None
