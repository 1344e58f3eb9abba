"""Figures of the Charts page: what they draw, what is hatched, and no foreign word is markup."""

from __future__ import annotations

import json

import pytest

from catalog.reports import FamilySize, FamilySizes
from ui import chart_family, chart_rows, look
from ui.chart_family import Machine
from ui.chart_rows import Column, Row, Tile

LIGHT = look.palette("light")
BITS = {"F16": 16.0, "Q8_0": 8.5, "Q4_K_M": 4.9}
EVIL = "<img src=x onerror=1>"


def family(name: str, *counts: int) -> FamilySizes:
    return FamilySizes(
        family=name.lower(),
        name=name,
        author="lab",
        repositories=9,
        sizes=tuple(
            FamilySize(ref=f"huggingface:lab/m{count}", name=f"m{count}", parameter_count=count)
            for count in counts
        ),
    )


def test_bars_carry_their_row_and_headings_have_none() -> None:
    fig = chart_rows.rows([Row(label="Text"), Row(label=EVIL, count=7, at=3)], LIGHT)
    (bars,) = fig.data
    assert list(bars.customdata) == [3]
    assert list(bars.y) == [1]
    labels = fig.layout.yaxis.ticktext
    assert labels[0].startswith("<b>Text")
    assert "<img" not in labels[1]


def test_unknown_that_dwarfs_the_rest_is_hatched_cut_and_says_its_number() -> None:
    rows = [Row(label="a", count=10), Row(label="?", count=900, hollow=True)]
    known, hollow = chart_rows.rows(rows, LIGHT).data
    assert hollow.marker.pattern.shape == "/"
    assert hollow.x[0] == pytest.approx(12.5)
    assert hollow.text[0] == "900"
    assert known.x[0] == 10
    assert len(chart_rows.rows(rows, LIGHT).layout.shapes) == 1
    assert not chart_rows.rows(rows[:1], LIGHT).layout.shapes


def test_columns_stack_by_series_and_unknown_stands_apart() -> None:
    parts = [
        Column(period="2024-01", series="huggingface", count=5, at=0),
        Column(period="2024-04", series="civitai", count=2, at=1),
    ]
    periods = [("2024-01", "2024 Q1"), ("2024-04", "2024 Q2")]
    series = [("huggingface", "Hugging Face"), ("civitai", "CivitAI"), ("ollama", "Ollama")]
    fig = chart_rows.columns(parts, periods, series, (99, 2), LIGHT)
    assert [trace.name for trace in fig.data[:2]] == ["Hugging Face  5", "CivitAI  2"]
    assert fig.data[2].marker.pattern.shape == "/"
    assert list(fig.data[2].customdata) == [2]
    assert fig.data[2].x[0] > 1
    assert len(chart_rows.columns(parts, periods, series, (0, 2), LIGHT).data) == 2


def test_tiles_are_tinted_by_verdict_and_escape_names() -> None:
    tiles = [
        Tile(id="no", parent="", label="× No", count=3, verdict="no", head=True),
        Tile(id="no/x", parent="no", label=EVIL, count=3, verdict="no"),
    ]
    (tree,) = chart_rows.treemap(tiles, 3, LIGHT).data
    assert list(tree.marker.colors) == [LIGHT.page, LIGHT.marks["red"], LIGHT.tints["red"]]
    assert list(tree.parents) == ["", "all", "no"]
    assert "<img" not in tree.labels[2]


def test_a_picture_is_made_by_the_browser_in_the_kind_asked_for() -> None:
    config = chart_rows.exportable("cardex-tasks", "svg")
    assert config["modeBarButtons"] == [["toImage"]]
    assert config["toImageButtonOptions"]["format"] == "svg"
    fig = chart_rows.rows([Row(label="a", count=1)], LIGHT)
    assert fig.layout.paper_bgcolor == LIGHT.page
    assert "http" not in json.dumps(fig.to_plotly_json(), default=str)


def test_a_memory_holds_weights_by_their_bits() -> None:
    machine = Machine(memory_gib=16, bits=BITS)
    assert machine.holds("F16") == 8 * 2**30
    assert machine.takes(1_000, "Q8_0") == 1_062
    assert machine.best(8 * 2**30) == "F16"
    assert machine.best(9 * 10**9) == "Q8_0"
    assert machine.best(10**12) is None


def test_the_labels_of_the_memory_stand_left_of_their_lines_and_below_the_camera() -> None:
    machine = Machine(memory_gib=16, bits=BITS)
    fig = chart_family.bars([family("T5", 60_000_000, 11 * 10**9)], machine, LIGHT)
    lines = [one for one in fig.layout.annotations if one.yref == "paper" and one.y == 1]
    assert [one.xanchor for one in lines] == ["right"] * 3
    assert fig.layout.margin.t - max(one.yshift for one in lines) > 48


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("phone", [True, False])
def test_what_does_not_fit_is_hatched_and_the_line_says_what_fits(log: bool, phone: bool) -> None:
    machine = Machine(memory_gib=16, bits=BITS)
    fig = chart_family.bars(
        [family("T5", 60_000_000, 11 * 10**9)], machine, LIGHT, log=log, phone=phone
    )
    solid, hollow = fig.data
    assert list(solid.x) == [60_000_000]
    assert list(hollow.x) == [11 * 10**9]
    assert hollow.marker.pattern.shape == "/"
    words = [one.text for one in fig.layout.annotations]
    assert "<b>16 GiB holds 8.59B at F16</b>" in words
    assert ("<b>11B</b>" in words) != phone
    assert fig.layout.xaxis.type == ("log" if log else "linear")
    assert "GiB" in fig.layout.xaxis.ticktext[-1]


def test_several_families_have_headings_and_colours_of_their_own() -> None:
    machine = Machine(memory_gib=1000, bits=BITS)
    fig = chart_family.bars([family("T5", 10**8), family(EVIL, 10**9)], machine, LIGHT)
    assert [trace.marker.color for trace in fig.data] == list(LIGHT.series[:2])
    assert [list(trace.customdata) for trace in fig.data] == [[0], [1]]
    labels = fig.layout.yaxis.ticktext
    assert labels[0].startswith("<b>T5")
    assert not any("<img" in label for label in labels)
