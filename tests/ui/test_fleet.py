"""The grid of models on machines: what it finds, in which order, and what it hands out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.errors import QueryError
from catalog.fit import hardware
from catalog.fit.answer import FitAnswer
from catalog.fit.memory import Breakdown, Need, Term
from catalog.fit.speed import Speed
from catalog.records import ModelRecord
from ui import fleet, fleet_team

GIB = 1 << 30
SMALL, LARGE = hardware.machine("rtx-3060-12gb"), hardware.machine("a100-80gb")
Make = Callable[..., ModelRecord]


def answer(grade: str, *, size: int | None = 5 * GIB, rate: float | None = None,
           machine: hardware.Machine = SMALL, **changes: object) -> FitAnswer:  # fmt: skip
    low = 0 if size is None else size
    term = Term(name="weights", bytes=size, low=low, high=size, formula="", inputs={}, source="")
    speed = rate and Speed(
        decode_low=rate, decode_high=rate * 2, first_token_low=None, first_token_high=None, basis=""
    )
    facts: dict[str, object] = {
        "ref": "huggingface:org/name",
        "rung": None,
        "quant": "Q4_K_M",
        "machine": machine,
        "breakdown": Breakdown(need=Need(), terms=(term,), doubt=None),
        "grade": grade,
        "longest_context": 32768,
        "most_users": 5,
        "offload_layers": None,
        "speed": speed or None,
        "estimated": False,
    }
    return FitAnswer(**{**facts, **changes})  # type: ignore[arg-type]


def rows(a_model: Make, *grades: tuple[str, str]) -> list[fleet.Row]:
    return [
        (
            a_model(repo_id=f"org/model-{place}"),
            (answer(small), answer(large, machine=LARGE)),
        )
        for place, (small, large) in enumerate(grades)
    ]


@pytest.mark.parametrize(
    ("grades", "said"),
    [
        ([("fits", "fits"), ("tight", "fits")],
         "RTX 3060 12 GB is the smallest of these that holds all of the models"),
        ([("fits", "fits"), ("no", "fits")],
         "A100 80 GB is the smallest of these that holds all of the models"),
        ([("fits", "fits"), ("no", "no")],
         "RTX 3060 12 GB is the smallest that holds 1 of 2 models; none holds more"),
        ([("offload", "unknown")], "None of these machines holds any of these models whole"),
        ([("no", "tight")], "A100 80 GB is the smallest of these that holds model-0"),
    ],
)  # fmt: skip
def test_the_finding_names_the_smallest_machine_that_is_enough(
    a_model: Make, grades: list[tuple[str, str]], said: str
) -> None:
    assert fleet.finding(rows(a_model, *grades), [SMALL, LARGE]) == said


def test_rows_stand_as_chosen_or_those_that_fit_most_machines_first(a_model: Make) -> None:
    some = rows(a_model, ("no", "no"), ("tight", "fits"), ("fits", "fits"), ("no", "fits"))
    names = [model.name for model, _ in fleet.ordered(some, "fits")]
    assert names == ["model-2", "model-1", "model-3", "model-0"]
    assert fleet.ordered(some, "chosen") == some


def test_the_fastest_comes_first_and_what_does_not_run_is_not_fast(a_model: Make) -> None:
    some = [
        (a_model(name="slow"), (answer("fits", rate=10.0),)),
        (a_model(name="unknown"), (answer("fits"),)),
        (a_model(name="too large"), (answer("no", rate=900.0),)),
        (a_model(name="fast"), (answer("tight", rate=80.0),)),
    ]
    names = [model.name for model, _ in fleet.ordered(some, "speed")]
    assert names == ["fast", "slow", "unknown", "too large"]


def test_a_cell_says_grade_files_reach_and_speed() -> None:
    lines = fleet.cell(answer("fits", rate=41.0))
    assert "Fits · Q4\\_K\\_M" in lines[0]
    assert "32k" in lines[1]
    assert "5 users" in lines[1]
    assert "41 to 82 tokens" in lines[2]


def test_a_cell_of_what_does_not_fit_says_what_it_needs_and_promises_no_speed() -> None:
    lines = fleet.cell(answer("no", rate=41.0, size=90 * GIB))
    assert len(lines) == 2
    assert "90 GiB" in lines[1].replace("\\", "")
    split = fleet.cell(answer("offload", offload_layers=20))
    assert "20 layers" in split[1]


def test_a_cell_of_which_nothing_is_known_has_no_number() -> None:
    lines = fleet.cell(answer("unknown", size=None, longest_context=None, most_users=None))
    assert not any(character.isdigit() for character in "".join(lines[1:]))


def test_the_sheet_has_a_row_for_each_pair_and_a_cell_for_each_column(a_model: Make) -> None:
    some = rows(a_model, ("fits", "fits"), ("no", "unknown"))
    sheet = fleet.sheet(some)
    assert [row[fleet.COLUMNS.index("grade")] for row in sheet] == ["fits", "fits", "no", "unknown"]
    assert {len(row) for row in sheet} == {len(fleet.COLUMNS)}
    first = dict(zip(fleet.COLUMNS, sheet[0], strict=True))
    assert first["total_bytes"] == 5 * GIB
    assert first["memory_bytes"] == 12 * GIB
    assert first["tokens_per_second_low"] is None


def test_a_machine_of_the_team_is_what_the_form_says() -> None:
    one = fleet_team.made("Lab server", "rtx-4090", 2, 256)
    assert (one.slug, one.name, one.saved) == ("lab-server", "Lab server", True)
    assert one.memory_bytes == 48 * GIB
    assert one.host_bytes == 256 * GIB
    assert fleet_team.made("box", "24GiB", 1, None).host_bytes is None


@pytest.mark.parametrize(("name", "device"), [("lab", ""), ("lab", "rtx-409")])
def test_a_form_without_a_device_is_refused_with_a_sentence(name: str, device: str) -> None:
    with pytest.raises(QueryError):
        fleet_team.made(name, device, 1, None)
