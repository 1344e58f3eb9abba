"""What a look at the machine comes to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from catalog.services import this_machine
from catalog.services.this_machine import Seen, look, machine

GIB = 1 << 30
RTX_4090 = ("NVIDIA GeForce RTX 4090", 25_757_220_864)  # as its driver says: a little under 24 GiB


def test_a_look_at_this_machine_sees_its_memory_and_a_name() -> None:
    seen = look()
    assert 100_000_000 < seen.main_bytes < 1 << 50
    assert seen.processor.strip()
    found = machine(seen)
    assert found.slug == "this-machine"
    assert found.memory_bytes


def test_a_machine_without_cards_is_its_processor() -> None:
    found = machine(Seen(processor="AMD EPYC 7763", main_bytes=64 * GIB))
    assert (found.kind, found.name, found.memory_bytes) == ("cpu", "AMD EPYC 7763", 64 * GIB)
    assert found.bandwidth is None  # of how many channels and modules nobody tells


def test_cards_that_are_known_bring_their_facts() -> None:
    found = machine(Seen(processor="x", main_bytes=64 * GIB, cards=(RTX_4090, RTX_4090)))
    assert (found.slug, found.kind, found.cards) == ("this-machine", "gpu", 2)
    assert found.name == "2 x NVIDIA GeForce RTX 4090"
    assert (found.memory_bytes, found.card_bytes) == (2 * RTX_4090[1], RTX_4090[1])
    assert found.host_bytes == 64 * GIB
    assert (found.bandwidth, found.watts) == (1010 * 10**9, 900)


@pytest.mark.parametrize(
    ("name", "memory", "bandwidth"),
    [
        ("NVIDIA GeForce RTX 3060", 12_500_000_000, 360),
        ("NVIDIA A100-SXM4-40GB", 40 * GIB, 1560),
        ("NVIDIA A100 80GB PCIe", 80 * GIB, 1940),
        ("NVIDIA H100 80GB HBM3", 80 * GIB, 3360),
        ("NVIDIA H100 PCIe", 80 * GIB, 2040),
        ("Tesla V100-SXM2-16GB", 16 * GIB, 897),
        ("Tesla T4", 15 * GIB, 320),
        ("NVIDIA RTX 6000 Ada Generation", 48 * GIB, 960),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", 16 * GIB, 576),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 95 * GIB, 1790),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", 95 * GIB, 1790),
    ],
)
def test_cards_are_known_as_their_driver_calls_them(name: str, memory: int, bandwidth: int) -> None:
    found = machine(Seen(processor="x", main_bytes=GIB, cards=((name, memory),)))
    assert found.bandwidth == bandwidth * 10**9


def test_of_several_kinds_of_cards_the_most_memory_counts() -> None:
    large = ("NVIDIA RTX A6000", 48 * GIB)
    small = ("NVIDIA T1000", 8 * GIB)
    found = machine(Seen(processor="x", main_bytes=GIB, cards=(small, large, small)))
    assert (found.name, found.cards, found.memory_bytes) == ("NVIDIA RTX A6000", 1, 48 * GIB)


def test_a_card_that_is_not_known_has_a_memory_and_no_speed() -> None:
    found = machine(Seen(processor="x", main_bytes=GIB, cards=(("NVIDIA Zeta 1", 8 * GIB),)))
    assert (found.memory_bytes, found.bandwidth, found.maker) == (8 * GIB, None, "NVIDIA")


def test_more_cards_than_a_machine_has_are_counted_to_the_most() -> None:
    cards = (("NVIDIA Zeta 1", 8 * GIB),) * 20
    assert machine(Seen(processor="x", main_bytes=GIB, cards=cards)).cards == 16


def test_a_chip_of_apple_is_known_by_its_memory() -> None:
    found = machine(Seen(processor="Apple M3 Max", main_bytes=64 * GIB, unified=True))
    assert (found.kind, found.memory_bytes) == ("unified", 64 * GIB)
    assert (found.bandwidth, found.maker) == (400 * 10**9, "Apple")
    new = machine(Seen(processor="Apple M99", main_bytes=64 * GIB, unified=True))
    assert (new.kind, new.bandwidth) == ("unified", None)


def test_the_limit_of_a_container_counts(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    assert this_machine._limit(limit) is None
    limit.write_text("max\n")
    assert this_machine._limit(limit) is None
    limit.write_text("2147483648\n")
    assert this_machine._limit(limit) == 2 * GIB


def test_the_name_of_a_processor_is_read_where_linux_has_it(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    assert this_machine._model_name(info) is None
    info.write_text("processor\t: 0\nmodel name\t: Intel(R) Xeon(R): x\n\nmodel name\t: other\n")
    assert this_machine._model_name(info) == "Intel(R) Xeon(R): x"
    info.write_text("processor\t: 0\n")  # as on Arm
    assert this_machine._model_name(info) is None


class Broken(Exception):
    """What the library raises."""


def refuse(*_: object) -> None:
    raise Broken


def a_library(**calls: Any) -> SimpleNamespace:
    """A library with the calls of nvidia-ml-py that are made."""

    usual = {
        "NVMLError": Broken,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: f"NVIDIA Zeta {handle}",
        "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(total=8 * GIB),
    }
    return SimpleNamespace(**(usual | {name: refuse for name in calls}))


def test_the_cards_are_those_of_the_library() -> None:
    cards = this_machine._asked(a_library())
    assert cards == (("NVIDIA Zeta 0", 8 * GIB), ("NVIDIA Zeta 1", 8 * GIB))


@pytest.mark.parametrize("call", ["nvmlInit", "nvmlDeviceGetCount"])
def test_a_library_without_a_driver_has_no_cards(call: str) -> None:
    assert this_machine._asked(a_library(**{call: None})) == ()


def test_a_card_without_a_memory_of_its_own_shares_the_main_memory() -> None:
    library = a_library()
    library.nvmlDeviceGetName = lambda handle: "NVIDIA GB10"
    library.nvmlDeviceGetMemoryInfo = refuse
    cards = this_machine._asked(library)
    assert cards == (("NVIDIA GB10", 0), ("NVIDIA GB10", 0))
    found = machine(Seen(processor="Arm", main_bytes=119 * GIB, cards=cards[:1]))
    assert (found.kind, found.name, found.maker) == ("unified", "NVIDIA GB10", "NVIDIA")
    assert (found.memory_bytes, found.bandwidth) == (119 * GIB, 273_200_000_000)
