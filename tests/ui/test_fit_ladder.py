"""The ladder of a model against a memory: bars, line, columns, table."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.fit import hardware, memory
from catalog.fit.answer import FitAnswer, graded
from catalog.fit.architecture import Architecture, Layer
from catalog.fit.memory import Need
from catalog.reports import FileSet
from ui import fit_ladder, fit_words, look

GIB = 2**30
PALETTE = look.palette("light")
SHAPE = Architecture(
    name="llama",
    layers=(Layer(key=1024, value=1024),) * 32,
    layer_count=32,
    embedding=4096,
    vocabulary=32_000,
    feed_forward=14_336,
)
VAGUE = Architecture(name="new", layers=None, doubt="nobody measured it")


def an_answer(
    name: str,
    size: float | None,
    machine: str | None = "16GiB",
    *,
    shape: Architecture = SHAPE,
    **changes: Any,
) -> FitAnswer:
    weights = None if size is None else (int(size * GIB), int(size * GIB))
    found = memory.memory(shape, Need(), weights=weights)
    one = hardware.machine(machine) if machine else None
    facts: dict[str, Any] = {
        "ref": "huggingface:a/b",
        "rung": FileSet(name=name),
        "quant": name,
        "machine": one,
        "breakdown": found,
        "grade": graded(found, one),
        "longest_context": 32_768,
        "most_users": 4,
        "offload_layers": None,
        "speed": None,
        "estimated": False,
    }
    return FitAnswer(**{**facts, **changes})


def words(figure: Any) -> list[str]:
    return [note.text for note in figure.layout.annotations]


def test_every_grade_is_drawn_in_its_own_way_and_named() -> None:
    rungs = [an_answer("Q4", 5), an_answer("Q8", 13.5), an_answer("F16", 20), an_answer("F32", 90)]
    assert [one.grade for one in rungs][:2] == ["fits", "tight"]
    figure = fit_ladder.draw(rungs, rungs[1], hardware.machine("16GiB"), PALETTE)
    shown = words(figure)
    for one in rungs:
        assert any(look.fit_chip(one.grade).replace(">", "&gt;") in text for text in shown)
    colors = {trace.marker.color for trace in figure.data}
    assert {PALETTE.marks["blue"], PALETTE.marks["yellow"]} <= colors


def test_bars_are_weights_and_the_rest_and_end_at_the_sum() -> None:
    rung = an_answer("Q4", 5)
    figure = fit_ladder.draw([rung], rung, hardware.machine("16GiB"), PALETTE)
    assert [sum(trace.x) for trace in figure.data] == [
        5 * GIB,
        (rung.breakdown.total or 0) - 5 * GIB,
    ]


def test_what_is_too_large_is_hatched() -> None:
    rung = an_answer("F16", 90, grade="no")
    figure = fit_ladder.draw([rung], None, hardware.machine("16GiB"), PALETTE)
    assert [trace.marker.pattern.shape for trace in figure.data] == ["/"]


def test_of_what_is_not_graded_the_part_that_is_certain_is_not_hatched() -> None:
    rung = an_answer("Q4", 5, grade="unknown")
    figure = fit_ladder.draw([rung], None, hardware.machine("16GiB"), PALETTE)
    assert [trace.marker.pattern.shape for trace in figure.data] == [None, "/"]
    assert sum(figure.data[0].x) == rung.breakdown.low


def test_long_names_are_cut_in_the_middle_for_files_differ_at_their_ends() -> None:
    rungs = [an_answer("a-model-with-a-rather-long-name-of-its-own-" + end, 5) for end in "xy"]
    figure = fit_ladder.draw(rungs, None, hardware.machine("16GiB"), PALETTE)
    names = [name.strip() for name in figure.layout.yaxis.ticktext]
    assert [name[-1] for name in names] == ["x", "y"]
    assert all("…" in name and len(name) == 34 for name in names)


def test_the_best_rung_is_bold_in_name_and_numbers() -> None:
    rungs = [an_answer("Q4", 5), an_answer("Q8", 9)]
    figure = fit_ladder.draw(rungs, rungs[1], hardware.machine("16GiB"), PALETTE)
    names = list(figure.layout.yaxis.ticktext)
    assert not names[0].startswith("<b>")
    assert names[1].startswith("<b>Q8</b>")
    assert "<b>≤ Fits</b>" in words(figure)


def test_the_memory_is_a_line_with_its_name_and_beyond_the_scale_an_arrow() -> None:
    rung = an_answer("Q4", 5)
    near = fit_ladder.draw([rung], None, hardware.machine("rtx-4060"), PALETTE)
    assert [line.x0 for line in near.layout.shapes] == [8 * GIB]
    assert "<b>RTX 4060, 8 GiB</b>" in words(near)
    far = fit_ladder.draw([rung], None, hardware.machine("8x-h100"), PALETTE)
    assert not far.layout.shapes
    assert any(text.endswith("640 GiB →</b>") for text in words(far))


def test_without_a_machine_nothing_is_graded() -> None:
    rung = an_answer("Q4", 5, machine=None)
    figure = fit_ladder.draw([rung], None, None, PALETTE)
    assert [trace.marker.color for trace in figure.data] == [PALETTE.primary, PALETTE.soft]
    assert not any("Unknown" in text for text in words(figure))


def test_a_range_is_told_as_one_and_what_is_open_has_no_bar() -> None:
    vague = an_answer("Q4", 5, shape=VAGUE)
    assert fit_ladder.shown([vague]) == ()
    known = an_answer("Q8", 9)
    assert fit_ladder.shown([vague, known]) == (known,)
    table = fit_ladder.table([vague, known])
    assert table["total"].isna().tolist() == [True, False]
    assert table["low"].iloc[0] > 5


def test_a_hostile_name_of_files_is_only_text() -> None:
    rung = an_answer("<b>x</b><a href='http://evil'>", 5)
    figure = fit_ladder.draw([rung], rung, hardware.machine("16GiB"), PALETTE)
    assert "<a" not in "".join([*words(figure), *figure.layout.yaxis.ticktext])


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0, None, "not stated"),
        (GIB, None, "at least 1 GiB"),
        (0, GIB, "at most 1 GiB"),
        (GIB, 2 * GIB, "1 GiB to 2 GiB"),
        (GIB, GIB, "1 GiB"),
    ],
)
def test_a_range_in_words(low: int, high: int | None, said: str) -> None:
    assert fit_words.between(low, high) == said
