"""Devices by their names."""

from __future__ import annotations

import pytest

from catalog.errors import QueryError
from catalog.fit import hardware


def test_the_facts_have_a_source_and_a_day() -> None:
    assert len({device.name for device in hardware.devices()}) >= 250
    assert "2026-11-24" in hardware.source()


def test_every_slug_is_one_device_and_finds_it() -> None:
    slugs = [device.slug for device in hardware.devices()]
    assert len(set(slugs)) == len(slugs)
    for device in hardware.devices():
        assert hardware.device(device.slug) == device


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("rtx-4090", "rtx-4090"),
        ("RTX 4090", "rtx-4090"),
        ("NVIDIA GeForce RTX 4090", "rtx-4090"),
        ("rtx-4090-24gb", "rtx-4090"),
        ("A100 80 GB", "a100-80gb"),
        ("DGX Spark", "gb10"),
        ("strix-halo-128gb", "ryzen-ai-max+-395-128gb"),
        ("m4 max 64GB", "apple-m4-max-64gb"),
        ("jetson-agx-orin-64gb", "jetson-agx-orin-64gb"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, slug: str) -> None:
    assert hardware.device(name).slug == slug


def test_an_ambiguous_name_names_both() -> None:
    with pytest.raises(QueryError, match=r"a100-40gb, a100-80gb"):
        hardware.device("a100")


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(QueryError, match="Did you mean rtx-4090"):
        hardware.device("rtx-4091")
    with pytest.raises(QueryError, match=r"called '%%%'\.$"):
        hardware.device("%%%")


def test_the_memory_of_a_processor_is_not_known() -> None:
    assert hardware.device("amd-epyc-4th-generation-zen-4-genoa").memory_bytes is None
    assert hardware.device("rtx-4090").memory_bytes == 24 << 30
