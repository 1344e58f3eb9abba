"""Charts as a visitor meets it: the query in six views, its numbers, an empty result, links."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("filled")

T5 = {
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
    "t5-large": 737_668_096,
    "t5-3b": 2_851_598_336,
    "t5-11b": 11_307_321_344,
}
VIEWS = ("families", "parameters", "licenses", "tasks", "quantization", "growth")


@pytest.fixture
def filled(publish: Any, some_models: Any, a_model: Any, a_file: Any) -> None:
    t5 = [
        a_model(
            repo_id=f"google-t5/{name}",
            family="t5",
            parameter_count=count,
            pipeline_tag="translation",
            modality="nlp",
            license="Apache-2.0",
            commercial_use="yes",
            downloads_30d=1_000,
            created_at=datetime(2024, 5, 2, tzinfo=UTC),
        )
        for name, count in T5.items()
    ]
    files = [
        (t5[0].ref, a_file(path=f"{q}.gguf", quant_type=q, group=q, role="weights"))
        for q in ("Q8_0", "Q4_K_M")
    ]
    publish([*some_models, *t5], files)


def texts(app: Any) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.header])


def figures(app: Any) -> list[dict[str, Any]]:
    return [json.loads(part.proto.spec) for part in app.get("plotly_chart")]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_draws_says_what_is_unknown_and_has_its_table(open_page: Any, view: str) -> None:
    app = open_page("charts", tab=view, q="")
    drawn = figures(app)
    assert drawn
    assert len(app.dataframe) == len(drawn)
    assert "67 of 67 repositories" in texts(app)
    assert not app.error


def test_t5_is_the_first_family_in_the_sizes_of_the_article(open_page: Any) -> None:
    app = open_page("charts")
    (table,) = app.dataframe
    assert list(table.value["Model"]) == list(T5)
    assert list(table.value["Parameters"]) == list(T5.values())
    assert "16 GiB holds 4 of 5 sizes at F16, 5 at Q4" in texts(app)
    assert table.value["Fits at"].iloc[-1] == "Q8_0"


def test_another_memory_moves_the_line(open_page: Any) -> None:
    app = open_page("charts")
    app.number_input(key="charts.memory").set_value(4.0).run()
    assert "4 GiB holds 3 of 5 sizes at F16, 4 at Q4" in texts(app)
    app.segmented_control(key="charts.scale").set_value("linear").run()
    assert "The axis is linear." in texts(app)


def test_a_result_without_families_says_so(open_page: Any) -> None:
    app = open_page("charts", q="author:qwen")
    assert "No family of this result states its sizes" in texts(app)


@pytest.mark.parametrize("view", VIEWS)
def test_one_model_that_states_nothing_breaks_no_view(open_page: Any, view: str) -> None:
    app = open_page("charts", tab=view, q="author:someone")
    assert "1 of 67 repositories is counted here." in texts(app)
    assert not app.error


def test_choosing_a_view_writes_it_to_the_url(open_page: Any, url: Any) -> None:
    app = open_page("charts")
    app.segmented_control(key="charts.view").set_value("licenses").run()
    assert url(app, "tab") == "licenses"
    assert "may be used commercially" in texts(app)


def test_an_unknown_view_of_a_link_is_the_first_one(open_page: Any) -> None:
    app = open_page("charts", tab="nonsense")
    assert app.segmented_control(key="charts.view").value == "families"


def test_licenses_count_verdict_license_and_publisher(open_page: Any) -> None:
    app = open_page("charts", tab="licenses", q="")
    rows = app.dataframe[0].value.to_dict("records")
    assert {
        "License verdict": "✓ Commercial OK",
        "License": "Apache-2.0",
        "Publisher": "Qwen",
        "Repositories": 60,
    } in rows
    assert sum(row["Repositories"] for row in rows) == 67


def test_the_ladder_runs_by_bits_and_counts_what_states_nothing(open_page: Any) -> None:
    app = open_page("charts", tab="quantization", q="")
    rows = app.dataframe[0].value
    assert list(rows["Quantization"]) == ["Q8_0", "Q4_K_M", "Not stated"]
    assert list(rows["Repositories"]) == [1, 1, 66]


def test_growth_is_honest_about_dates_that_nobody_states(open_page: Any) -> None:
    app = open_page("charts", tab="growth", q="")
    assert "62 of 67 state no date of creation." in texts(app)
    assert "2024 Q2: 5" in texts(app)


def test_a_result_without_dates_says_so_and_draws_nothing(open_page: Any) -> None:
    app = open_page("charts", tab="growth", q="author:qwen")
    assert "No repository states when it was created" in texts(app)
    assert not figures(app)


def test_a_result_of_nothing_names_what_to_take_out(open_page: Any, url: Any) -> None:
    app = open_page("charts", q="task:translation license:mit")
    assert "Nothing matches" in texts(app)
    assert not figures(app)
    app.button(key="explore.relax.0").click().run()
    assert url(app, "q") == "task:translation"
    assert figures(app)


def test_what_a_link_asks_that_is_not_known_is_named(open_page: Any) -> None:
    assert "does not exist here" in texts(open_page("charts", q="task:translatio"))


def test_list_and_charts_lead_to_each_other(open_page: Any) -> None:
    app = open_page("explore", q="task:translation")
    app.button(key="explore.charts").click().run()
    assert "The catalog in charts" in texts(app)
    app.button(key="charts.explore").click().run()
    assert app.text_input(key="explore.line")


def test_charts_are_said_in_chinese(open_page: Any) -> None:
    for view in VIEWS:
        app = open_page("charts", tab=view, lang="zh")
        assert "图表看目录" in texts(app)
