"""Parameter counts that can be believed, each with where it is from.

The Hub hands out what authors wrote and what its indexer made of packed weights; both are wrong
often enough that a count is checked against the other sources before it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from catalog.normalize.plain import MAX_INT, count, mapping
from catalog.normalize.quantization import DTYPE_BYTES, PACKED_DTYPES, is_packed
from catalog.normalize.unpacking import Unpacked, possible_counts, unpacked

MOST_PARAMETERS = 10**14  # nothing published comes near; more is a broken row
_DISAGREE = 0.15  # over this from the name or the base a count is flagged
_SAME = 0.05  # total and sum of one header; shared weights alone differ by up to 4.3 %
_UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}

# Not after a letter or a point (`laion2B`, `cc2.5b`, `E4B`, `8x7B`) nor before one (`4bit`), and
# not after `1_`, which is a decimal point in one name (`1_8b`) and none in the next (`llama3_8b`).
# `08b` is 0.8 billion in one name and 8 in the next.
_SIZE = re.compile(
    r"(?<![A-Za-z0-9.])(?<!\D\d_)((?!0\d)\d{1,4}(?:\.\d{1,3})?)([BM])(?![A-Za-z0-9])", re.IGNORECASE
)
_ACTIVE = re.compile(
    r"(?<![A-Za-z0-9])A(\d{1,3}(?:\.\d{1,3})?)([BM])(?![A-Za-z0-9])", re.IGNORECASE
)
# `Llama-4-Maverick-17B-128E`: the size is that of the active part.
_ACTIVE_OF_EXPERTS = re.compile(r"(?<![A-Za-z0-9.])(\d+)B-\d+E(?![A-Za-z0-9])", re.IGNORECASE)
_CLIP = re.compile(r"clip", re.IGNORECASE)  # its names count training pairs (`metaclip-b32-400m`)
_FEWEST_BITS, _MOST_BITS = 0.5, 70.0  # outside of it size and count are of different things
_MASKS = ("U8", "BOOL")
# Heads that speed up another model quote that model's size (`mtp-Qwen3.8-27B`, `...-8B-EAGLE3`).
_DRAFT = re.compile(
    r"^mtp[-_]|mtp[-_]head|eagle|medusa|dspark|dflash|speculator|(?<![a-z])draft", re.IGNORECASE
)
_MIXED = re.compile(r"(?<![a-z])mixed(?![a-z])", re.IGNORECASE)  # several widths: no one factor
_SMALLEST_M = 10  # `1M`, `5m`, `7M` count context or samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How weights are packed: the scheme, and the group size where a configuration states it."""

    scheme: str
    group_size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominal:
    """What a name says; None where it says nothing or several things."""

    total: int | None = None
    active: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """A parameter count, where it is from, and whether its sources disagree."""

    total: int | None = None
    active: int | None = None
    origin: str | None = None
    disagree: bool = False


def nominal_parameters(name: str) -> Nominal:
    """The sizes in a model name, in parameters: `Qwen3-30B-A3B` is 30e9 with 3e9 active."""
    if _DRAFT.search(name):
        return Nominal()
    active_match = _ACTIVE.search(name)
    active = _size(*active_match.groups()) if active_match else None
    if match := _ACTIVE_OF_EXPERTS.search(name):
        return Nominal(active=_size(match[1], "B"))
    sized = _SIZE.findall(name)
    if not sized:
        return Nominal(active=active or None)
    found = {_size(*match) for match in sized}
    billions = {_size(*match) for match in sized if match[1] in "Bb"}
    millions = {size for size in found - billions if size >= _SMALLEST_M * _UNITS["M"]}
    sizes = billions | millions
    total = sizes.pop() if len(sizes) == 1 and not _CLIP.search(name) else None
    if total is not None and (total == 0 or (active is not None and active >= total)):
        total = None
    return Nominal(total=total, active=active or None)


def _size(digits: str, unit: str) -> int:
    return round(float(digits) * _UNITS[unit.upper()])


_KNOWN_DTYPES = DTYPE_BYTES.keys() | PACKED_DTYPES


def dtype_counts(safetensors: object) -> dict[str, int]:
    """Stored numbers by dtype as upstream measured them; words that are no dtype are dropped."""
    counted = mapping(mapping(safetensors).get("parameters"))
    found = {
        name: count(n, MOST_PARAMETERS) for name, n in counted.items() if name in _KNOWN_DTYPES
    }
    return {name: n for name, n in found.items() if n}


def without_buffers(dtypes: Mapping[str, int], *, quantized: bool) -> dict[str, int]:
    """The dtypes without the masks that GPT-Neo and its kin store as U8 beside plain weights."""
    masks = sum(dtypes.get(name, 0) for name in _MASKS)
    if quantized or masks * 2 > sum(dtypes.values()):
        return dict(dtypes)
    return {name: n for name, n in dtypes.items() if name not in _MASKS}


def measured_total(safetensors: object, dtypes: Mapping[str, int]) -> tuple[int | None, bool]:
    """The count of a safetensors header and whether its total and its sum tell different stories.

    The sum wins: totals come from metadata that authors write themselves.
    """
    total = count(mapping(safetensors).get("total"), MOST_PARAMETERS) or None
    stored = sum(dtypes.values()) or None
    if total is None or stored is None:
        return stored or total, False
    differ = apart(total, stored) > _SAME
    return (stored if differ else total), differ


def apart(one: int, other: int) -> float:
    """How far two counts are from each other, 0 to 1."""
    return abs(one - other) / max(one, other, 1)


def disagrees(total: int, other: int | None) -> bool:
    """Whether a count is over 15 % from another figure of the same model."""
    return other is not None and apart(total, other) > _DISAGREE


def parameters_of(
    *,
    name: str,
    safetensors: object,
    dtypes: Mapping[str, int],
    gguf_total: int | None,
    packing: Packing | None,
    adapter: bool,
) -> Parameters:
    """The count of one repository.

    Packed weights are counted in containers: they are unpacked where the counts prove how, or where
    the name or a total that somebody corrected bears a reading out; else the name's figure stands
    until the base model gives a better one. The tensors of an adapter are its own, whatever size
    its name quotes from its base; only beside a GGUF count, which may be of anything, a name that
    differs is told.
    """
    nominal = Nominal() if adapter and gguf_total is None else nominal_parameters(name)
    measured, differ = measured_total(safetensors, dtypes)
    if dtypes and is_packed(dtypes):
        stated = count(mapping(safetensors).get("total"), MOST_PARAMETERS) if differ else None
        mixed = _MIXED.search(name) is not None
        return _of_packed(dtypes, packing, nominal, stated, mixed=mixed)
    if measured is not None and not (packing and not dtypes):
        return _checked(measured, "safetensors", nominal, differ)
    if gguf_total is not None and (adapter or not _beside_the_name(gguf_total, nominal)):
        return _checked(gguf_total, "gguf", nominal, False)
    if nominal.total is not None:
        return Parameters(
            total=nominal.total,
            active=nominal.active,
            origin="name",
            disagree=gguf_total is not None,
        )
    return Parameters(active=nominal.active)


def _of_packed(
    dtypes: Mapping[str, int],
    packing: Packing | None,
    nominal: Nominal,
    stated: int | None,
    *,
    mixed: bool,
) -> Parameters:
    """`stated` is a total beside the dtypes that is not their sum: perhaps a corrected one."""
    how = (packing.scheme, packing.group_size) if packing is not None else ("", None)
    if (proven := _proven(dtypes, packing, nominal)) is not None:
        return _checked(proven.weights, "safetensors", nominal, False)
    for counted in () if mixed else possible_counts(dtypes, *how):
        if nominal.total is not None and not disagrees(counted, nominal.total):
            return _checked(counted, "safetensors", nominal, False)
        if stated and apart(counted, stated) <= _SAME:
            return _checked(stated, "safetensors", nominal, False)
    origin = "name" if nominal.total is not None else None
    return Parameters(total=nominal.total, active=nominal.active, origin=origin)


def _proven(
    dtypes: Mapping[str, int], packing: Packing | None, nominal: Nominal
) -> Unpacked | None:
    """What the dtypes prove, unless the name fits the numbers as they are and not the proof."""
    found = unpacked(dtypes, packing.scheme, packing.group_size) if packing is not None else None
    if found is None or not disagrees(found.weights, nominal.total):
        return found
    return found if disagrees(sum(dtypes.values()), nominal.total) else None


def _checked(total: int, origin: str, nominal: Nominal, differ: bool) -> Parameters:
    active = nominal.active if nominal.active is not None and nominal.active < total else None
    return Parameters(
        total=total,
        active=active,
        origin=origin,
        disagree=differ or disagrees(total, nominal.total),
    )


def _beside_the_name(total: int, nominal: Nominal) -> bool:
    """Whether a GGUF count is so far from the name that it must be of another file."""
    return nominal.total is not None and not 0.5 <= total / nominal.total <= 2


def stored_bytes(dtypes: Mapping[str, int], packing: Packing | None, name: str) -> int | None:
    """Bytes of weights whose every number is one weight, or whose packing the dtypes prove."""
    if not dtypes:
        return None
    if is_packed(dtypes):
        proven = _proven(dtypes, packing, nominal_parameters(name))
        size = proven.size_bytes if proven is not None else None
    elif all(name in DTYPE_BYTES for name in dtypes):
        size = sum(n * DTYPE_BYTES[name] for name, n in dtypes.items())
    else:
        size = None
    return size if size is not None and size <= MAX_INT else None


def measured_bits(size: int | None, total: int | None, origin: str | None) -> float | None:
    """Bits per weight from bytes and count; a figure from a name is too round for it."""
    if size is None or not total or origin == "name":
        return None
    bits = 8 * size / total
    return round(bits, 3) if _FEWEST_BITS <= bits <= _MOST_BITS else None
