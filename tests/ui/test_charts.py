"""Figures from records: what they draw, in which order, and that no foreign word becomes markup."""

from __future__ import annotations

import json

import pytest

from catalog.records import RangeBin, SamplePoint
from ui import charts, look
from ui.charts import Bar

LIGHT = look.palette("light")


def point(number: int, **changes: object) -> SamplePoint:
    facts = {
        "ref": f"huggingface:org/model-{number}",
        "parameter_count": 10**6 * (number + 1),
        "downloads_30d": 10 * (number + 1),
        "commercial_use": "yes",
    }
    return SamplePoint(**{**facts, **changes})  # type: ignore[arg-type]


def test_thin_ends_of_the_histogram_are_one_bar_each() -> None:
    bins = [
        RangeBin(low="1000", high="1778", count=2),
        RangeBin(low="1779", high="3162", count=3),
        RangeBin(low="1000000", high="1778279", count=5),
        RangeBin(low="1000000000000", high="1778279410038", count=7),
    ]
    folded = charts.folded(bins)
    assert [(part.low, part.high, part.count) for part in folded] == [
        ("1000", "3162", 5),
        ("1000000", "1778279", 5),
        ("1000000000000", "1778279410038", 7),
    ]
    assert [charts.range_words(part) for part in folded] == ["< 1M", "1M – 1.78M", "≥ 1T"]


def test_unknown_parameters_are_a_hatched_bar_apart() -> None:
    known = Bar(value="1000000000..1778279410", label="1B – 1.78B", count=9)
    unknown = Bar(value="unknown", label="not stated", count=4)
    fig = charts.parameters([known, unknown], LIGHT)
    solid, hollow = fig.data
    assert solid.customdata[0] == "1000000000..1778279410"
    assert hollow.marker.pattern.shape == "/"
    assert hollow.x[0] > solid.x[0]
    assert hollow.y[0] == 4


def test_a_bar_of_unknown_that_dwarfs_the_rest_is_cut_and_says_its_number() -> None:
    known = Bar(value="1000000000..1778279410", label="1B – 1.78B", count=10)
    fig = charts.parameters([known, Bar(value="unknown", label="", count=5000)], LIGHT)
    assert fig.data[1].y[0] == pytest.approx(12)
    assert fig.data[1].text[0] == "5,000"
    assert len(fig.layout.shapes) == 1


def test_what_the_query_leaves_out_is_soft() -> None:
    inside = Bar(value="mit", label="MIT", count=3)
    outside = Bar(value="gpl", label="GPL", count=2, inside=False)
    fig = charts.bars("Licenses", [inside, outside], LIGHT)
    assert list(fig.data[0].marker.color) == [LIGHT.primary, LIGHT.soft]


def test_the_last_decade_leaves_room_for_the_bar_of_the_unknown() -> None:
    known = [
        Bar(value=f"{10**power}..{round(10 ** (power + 0.25))}", label="", count=1)
        for power in (6, 12)
    ]
    unknown = Bar(value="unknown", label="?", count=1)
    assert 12 in charts.parameters(known, LIGHT).layout.xaxis.tickvals
    marks = charts.parameters([*known, unknown], LIGHT).layout.xaxis.tickvals
    assert marks[-1] - marks[-2] > 0.85


def test_two_labels_that_are_cut_alike_stay_two_bars() -> None:
    counted = [
        Bar(value="a", label="x" * 40 + "a", count=1),
        Bar(value="b", label="x" * 40 + "b", count=2),
    ]
    assert list(charts.bars("t", counted, LIGHT).data[0].y) == [0, 1]


def test_the_scatter_marks_verdicts_by_shape_and_color_in_our_order() -> None:
    points = [point(1, commercial_use="no"), point(2), point(3, commercial_use="unknown")]
    fig = charts.scatter(points, LIGHT)
    assert [trace.name for trace in fig.data] == [
        "Commercial OK",
        "Non-commercial",
        "Not stated",
    ]
    assert len({trace.marker.symbol for trace in fig.data}) == 3


def test_the_scatter_never_has_more_than_its_most_marks() -> None:
    fig = charts.scatter([point(number) for number in range(2000)], LIGHT)
    assert sum(len(trace.x) for trace in fig.data) == charts.MOST_MARKS
    assert len(fig.layout.annotations) <= 6


@pytest.mark.parametrize("empty", [charts.scatter, charts.parameters])
def test_nothing_to_draw_is_an_empty_figure(empty: object) -> None:
    assert empty([], LIGHT) is not None  # type: ignore[operator]


def test_foreign_words_are_no_markup() -> None:
    evil = "<img src=http://evil.example/x.png onerror=alert(1)>"
    figures = [
        charts.scatter([point(1, ref=f"huggingface:org/{evil}")], LIGHT),
        charts.bars("t", [Bar(value="x", label=evil, count=1)], LIGHT),
    ]
    for fig in figures:
        drawn = fig.to_plotly_json()
        texts = [str(trace.get("text")) + str(trace.get("hovertext")) for trace in drawn["data"]]
        texts.append(str(drawn["layout"].get("yaxis", {}).get("ticktext")))
        assert not any("<img" in text for text in texts)


def test_both_themes_have_every_mark() -> None:
    for palette in look.PALETTES.values():
        for verdict in look.VERDICTS.values():
            assert verdict.color in palette.marks
            assert verdict.color in palette.tints


def test_a_figure_carries_no_template_of_plotly() -> None:
    assert len(json.dumps(charts.figure(LIGHT, 100).to_plotly_json(), default=str)) < 1500


def test_an_axis_of_few_models_has_no_halves() -> None:
    assert charts.whole_ticks(3, 4) == {"dtick": 1}
    assert charts.whole_ticks(300, 4) == {"nticks": 4}
