"""Bands of speed: they hold what was measured, and follow bandwidth and bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import QueryError
from catalog.fit import hardware
from catalog.fit.hardware import Machine
from catalog.fit.speed import COUNTS, READS, Speed, speed

FIXTURE = Path(__file__).parents[2] / "fixtures" / "fit" / "speeds.json"
ROWS: list[dict[str, Any]] = json.loads(FIXTURE.read_text("utf-8"))["rows"]
GB = 10**9
SIZES = st.integers(1, 10**12)
RATES = st.integers(10**9, 10**13)
SHARES = st.floats(0, 1)


def a_machine(**facts: Any) -> Machine:
    usual: dict[str, Any] = {
        "slug": "a-card",
        "name": "A card",
        "kind": "gpu",
        "memory_bytes": 24 << 30,
        "bandwidth": 1_000 * GB,
        "tflops": 80.0,
        "maker": "NVIDIA",
    }
    return Machine(**(usual | facts))


def a_speed(machine: Machine, size: int = 5 * GB, **given_: Any) -> Speed:
    facts: dict[str, Any] = {"active_bytes": (size, size), "kv_bytes": 0} | given_
    found = speed(machine=machine, **facts)
    assert found is not None
    return found


def of(row: dict[str, Any]) -> Speed:
    machine = hardware.machine(row["machine"])
    if row["host_bandwidth"]:
        machine = replace(machine, host_bandwidth=row["host_bandwidth"])
    return a_speed(
        machine,
        row["weights_bytes"],
        kv_bytes=row["cache_bytes"],
        prompt=row["prompt"] or 1024,
        active_parameters=row["active_parameters"],
        offload_share=row["offload_share"],
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['machine']} {row['model']}")
def test_what_was_measured_is_within_the_band(row: dict[str, Any]) -> None:
    found = of(row)
    assert found.decode_low <= row["tokens_per_second"] <= found.decode_high
    if row["prompt"]:
        assert found.first_token_low is not None and found.first_token_high is not None
        seconds = row["prompt"] / row["prompt_tokens_per_second"]
        assert found.first_token_low <= seconds <= found.first_token_high


def test_the_measurements_are_many_and_of_every_kind() -> None:
    machines = {row["machine"] for row in ROWS}
    assert len(ROWS) >= 80 and len(machines) >= 30
    kinds = {hardware.machine(name).kind for name in machines}
    assert kinds == set(READS)
    prompts = {hardware.machine(row["machine"]).maker for row in ROWS if row["prompt"]}
    assert prompts == set(COUNTS)
    assert all(row["source"].startswith("https://") for row in ROWS)
    text = (FIXTURE.parents[3] / "docs/hardware.md").read_text("utf-8")
    assert f"{len(ROWS)} published measurements" in text
    assert f"{len(machines)} machines from an M1" in text


def test_the_bands_are_no_wider_than_what_was_measured_asks_for() -> None:
    high = max(row["tokens_per_second"] / of(row).decode_high for row in ROWS)
    low = min(row["tokens_per_second"] / of(row).decode_low for row in ROWS)
    assert high > 0.95
    assert low < 1.1


@given(RATES, RATES, SIZES, SIZES, SHARES)
def test_more_bandwidth_is_never_slower(
    one: int, other: int, size: int, cache: int, share: float
) -> None:
    slow, fast = (
        a_speed(a_machine(bandwidth=rate), size, kv_bytes=cache, offload_share=share)
        for rate in sorted((one, other))
    )
    assert slow.decode_low <= fast.decode_low
    assert slow.decode_high <= fast.decode_high


@given(RATES, SIZES, SIZES, SIZES, SIZES, SHARES)
def test_more_bytes_are_never_faster(
    rate: int, one: int, other: int, few: int, many: int, share: float
) -> None:
    machine = a_machine(bandwidth=rate)
    light, heavy = (
        a_speed(machine, size, kv_bytes=cache, offload_share=share)
        for size, cache in zip(sorted((one, other)), sorted((few, many)), strict=True)
    )
    assert heavy.decode_low <= light.decode_low
    assert heavy.decode_high <= light.decode_high


@given(RATES, SIZES, SIZES, st.integers(1, 10**6), st.integers(1, 10**12))
def test_a_band_has_its_ends_in_order(
    rate: int, one: int, other: int, prompt: int, parameters: int
) -> None:
    least, most = sorted((one, other))
    found = speed(
        active_bytes=(least, most),
        kv_bytes=one,
        machine=a_machine(bandwidth=rate),
        prompt=prompt,
        active_parameters=parameters,
    )
    assert found is not None
    assert 0 < found.decode_low < found.decode_high
    assert found.first_token_low is not None and found.first_token_high is not None
    assert 0 < found.first_token_low < found.first_token_high
    assert not found.measured


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_longer_prompt_never_starts_sooner(one: int, other: int) -> None:
    short, long = (
        a_speed(a_machine(), prompt=prompt, active_parameters=8 * GB)
        for prompt in sorted((one, other))
    )
    for end in ("first_token_low", "first_token_high"):
        assert getattr(short, end) <= getattr(long, end)


@given(SHARES, SHARES)
def test_more_in_the_main_memory_is_never_faster(one: float, other: float) -> None:
    machine = a_machine(host_bandwidth=50 * GB)
    few, many = (a_speed(machine, offload_share=share) for share in sorted((one, other)))
    assert many.decode_low <= few.decode_low
    assert many.decode_high <= few.decode_high


def test_what_is_not_known_has_no_speed() -> None:
    usual: dict[str, Any] = {"active_bytes": (GB, GB), "kv_bytes": 0, "machine": a_machine()}
    assert speed(**usual) is not None
    for missing in (
        {"machine": a_machine(bandwidth=None)},
        {"active_bytes": None},
        {"active_bytes": (0, GB)},
        {"active_bytes": (2 * GB, GB)},
        {"kv_bytes": None},
    ):
        assert speed(**(usual | missing)) is None
    assert speed(**(usual | {"machine": hardware.machine("24GiB")})) is None


@pytest.mark.parametrize(
    "facts",
    [{"maker": None}, {"maker": "Qualcomm"}, {"tflops": None}, {"kind": "cpu", "maker": "Intel"}],
)
def test_the_first_token_is_unknown_where_the_rate_is(facts: dict[str, Any]) -> None:
    found = a_speed(a_machine(**facts), active_parameters=8 * GB)
    assert found.first_token_low is None and found.first_token_high is None
    assert found.decode_low > 0


def test_the_first_token_is_unknown_without_parameters_or_with_layers_elsewhere() -> None:
    assert a_speed(a_machine()).first_token_high is None
    assert a_speed(a_machine(), active_parameters=0).first_token_high is None
    assert a_speed(a_machine(), active_parameters=GB, offload_share=0.5).first_token_high is None


def test_matrix_units_in_every_core_read_prompts_faster() -> None:
    facts: dict[str, Any] = {"kind": "unified", "maker": "Apple", "bandwidth": 614 * GB}
    old = a_speed(a_machine(slug="apple-m4-max-128gb", **facts), active_parameters=70 * GB)
    new = a_speed(a_machine(slug="apple-m5-max-128gb", **facts), active_parameters=70 * GB)
    assert old.first_token_low is not None and new.first_token_low is not None
    assert new.first_token_low < old.first_token_low / 3


@pytest.mark.parametrize(("prompt", "share"), [(0, 0.0), (1024, -0.1), (1024, 1.1)])
def test_nonsense_is_refused(prompt: int, share: float) -> None:
    with pytest.raises(QueryError, match="at least one token"):
        a_speed(a_machine(), prompt=prompt, offload_share=share)


def test_several_cards_answer_as_fast_as_one_and_say_so() -> None:
    one = hardware.machine("rtx-4090")
    four = hardware.several(one, 4)
    assert a_speed(four).decode_high == a_speed(one).decode_high
    assert "one after the other" in a_speed(four).basis
    assert "one after the other" not in a_speed(one).basis


def test_the_basis_names_what_went_in() -> None:
    found = a_speed(a_machine(), active_bytes=(4 * GB, 5 * GB), kv_bytes=90_000_000)
    assert found.basis == (
        "4.0 GB to 5.0 GB of weights and up to 90 MB of cache are read for each token, "
        "at 45 to 92 % of 1,000 GB/s."
    )
    assumed = a_speed(a_machine(), offload_share=0.25).basis
    assert "25 % of the weights from main memory of an assumed 34 to 102 GB/s" in assumed
    known = a_speed(a_machine(host_bandwidth=90 * GB), offload_share=0.25).basis
    assert "from main memory of 90 GB/s" in known
