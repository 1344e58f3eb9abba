"""The basis of a speed is told in the visitor's language, whatever went into it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.fit import hardware
from catalog.fit.hardware import Machine
from catalog.fit.speed import speed
from ui import said_speed
from ui.i18n import speaking

GB = 10**9
CARD = hardware.machine("rtx-4090")
BASES = [
    (CARD, (5 * GB, 5 * GB), 0.0),
    (CARD, (4 * GB, 5 * GB), 0.0),
    (hardware.several(CARD, 2), (5 * GB, 5 * GB), 0.5),
    (replace(CARD, host_bandwidth=90 * GB), (5 * GB, 5 * GB), 0.5),
]


def a_basis(machine: Machine, size: tuple[int, int], share: float) -> str:
    found = speed(active_bytes=size, kv_bytes=3 * GB, machine=machine, offload_share=share)
    assert found is not None
    return found.basis


@pytest.mark.parametrize(("machine", "size", "share"), BASES)
def test_in_english_it_is_the_sentence_itself(
    machine: Machine, size: tuple[int, int], share: float
) -> None:
    text = a_basis(machine, size, share)
    assert said_speed.basis(text) == text.removesuffix(".")


@pytest.mark.parametrize(("machine", "size", "share"), BASES)
def test_in_chinese_no_english_is_left(
    machine: Machine, size: tuple[int, int], share: float
) -> None:
    with speaking("zh"):
        told = said_speed.basis(a_basis(machine, size, share))
    for word in ("weights", "cache", "memory", "cards", "assumed", " to ", " of "):
        assert word not in told
    assert "3.0 GB" in told and "1,010 GB/s" in told


def test_what_is_not_known_stays_as_it_is() -> None:
    with speaking("zh"):
        assert said_speed.basis("Measured on a Tuesday.") == "Measured on a Tuesday"
