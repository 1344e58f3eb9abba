"""Devices with their memory, by a slug: `rtx-4090`, `a100-80gb`."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from catalog.errors import QueryError

GIB = 1 << 30
_MAKERS = ("nvidia", "geforce", "amd", "radeon", "intel", "qualcomm", "apple")
_SIZE = re.compile(r"-(\d+)-?g(?:i?b)?$")


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
    aliases: tuple[str, ...] = ()


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(
        files("catalog.fit").joinpath("hardware.json").read_text("utf-8")
    )
    return data


def source() -> str:
    """Where the facts of the devices are from, and the day they were read."""
    return f"{_data()['source']}, read {_data()['as_of']}"


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
            price_usd=row.get("price_usd"),
            year=row.get("year"),
            aliases=tuple(row.get("aliases", ())),
        )
        for size in sizes
    ]


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


def device(name: str) -> Device:
    """The device of a name; QueryError names the nearest, or all that the name may mean."""
    slug = _SIZE.sub(r"-\1gb", slug_of(name))
    names = _names()
    found = names.get(slug) or names.get(_bare(slug)) or names.get(_bare(_bare(slug)))
    if not found:
        near = difflib.get_close_matches(slug, names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise QueryError(f"No device is called {name[:80]!r}.{hint}")
    if len(found) > 1:
        raise QueryError(f"{name} is sold as {', '.join(one.slug for one in found)}. Name one.")
    return found[0]
