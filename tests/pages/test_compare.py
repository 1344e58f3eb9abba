"""Compare as a visitor meets it, and the block of Explore that asks what fits a machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.usefixtures("filled")
TWO = "huggingface:Qwen/Qwen-01,huggingface:Qwen/Qwen-07"


@pytest.fixture
def filled(publish: Any, some_models: Any) -> None:
    """Models of 1 to 60 billion parameters at 16 bits; their architecture is not known."""
    publish(
        [
            replace(model, bits_per_weight=16.0, quantizations=("BF16",),
                    size_bytes=model.parameter_count * 2)
            if model.parameter_count
            else model
            for model in some_models
        ]
    )  # fmt: skip


def texts(app: Any) -> str:
    found = "\n".join(part.value for part in [*app.markdown, *app.caption, *app.header])
    return found.replace("\\", "")


def grid(app: Any) -> Any:
    assert len(app.table) == 1
    return app.table[0].value


def test_without_models_the_page_says_how_to_add_some(open_page: Any, url: Any) -> None:
    app = open_page("compare")
    assert "No model is compared yet" in texts(app)
    app.text_input(key="compare.add").set_value("Qwen-07").run()
    app.button(key="compare.offer.huggingface:Qwen/Qwen-07").click().run()
    assert url(app, "refs") == "huggingface:Qwen/Qwen-07"
    assert grid(app).shape == (1, 5)
    assert app.text_input(key="compare.add").value == ""


def test_a_link_shows_its_models_on_the_usual_machines(open_page: Any) -> None:
    app = open_page("compare", refs=TWO)
    shown = grid(app)
    assert shown.shape == (2, 5)
    assert "Qwen\\-01" in str(shown.iloc[0, 0])
    assert "tab=fit" in str(shown.iloc[0, 0])
    assert "RTX 4090" in str(shown.columns[2])
    assert "450 W" in str(shown.columns[2])


def test_a_model_that_is_gone_is_named_and_can_be_taken_out(open_page: Any, url: Any) -> None:
    app = open_page("compare", refs=f"{TWO},huggingface:no/such")
    assert "No model in the catalog is called huggingface:" in texts(app)
    app.button(key="compare.gone.huggingface:no/such").click().run()
    assert url(app, "refs") == TWO
    assert "No model in the catalog" not in texts(app)


def test_a_machine_is_added_by_its_name(open_page: Any) -> None:
    app = open_page("compare", refs=TWO)
    app.selectbox(key="compare.machine").set_value("rtx-3090").run()
    assert grid(app).shape == (2, 6)
    assert "RTX 3090" in str(list(grid(app).columns))


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("4090 24", "rtx-4090"),
        ("RTX 4090", "rtx-4090"),
        ("2x-rtx-4090", "2x-rtx-4090"),
        ("24GiB", "24gib"),
        ("a100-80gb", "a100-80gb"),
        ("no such thing", "no such thing"),
        ("", ""),
    ],
)
def test_a_part_of_a_name_is_enough_for_a_machine(typed: str, slug: str) -> None:
    script = (
        f"import streamlit as st\nfrom ui import machine_menu as m\nst.text(m.meant({typed!r}))"
    )
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    assert app.text[0].value == slug


def test_with_every_machine_taken_out_the_usual_ones_are_offered(open_page: Any) -> None:
    app = open_page("compare", refs=TWO)
    next(one for one in app.pills if "rtx-4090" in str(one.key)).set_value([]).run()
    assert "No machine is compared yet" in texts(app)
    app.button(key="compare.usual").click().run()
    assert grid(app).shape == (2, 5)


def test_context_and_users_are_those_of_every_cell(open_page: Any) -> None:
    app = open_page("compare", refs=TWO)
    before = str(grid(app).iloc[1, 2])
    app.selectbox(key="compare.context").set_value(131072).run()
    app.number_input(key="compare.users").set_value(50).run()
    assert str(grid(app).iloc[1, 2]) != before


def test_a_machine_of_the_team_is_saved_removed_and_brought_back(open_page: Any) -> None:
    app = open_page("compare", refs=TWO)
    app.text_input(key="compare.save.name").set_value("Lab *server*")
    app.selectbox(key="compare.save.device").set_value("rtx-4090")
    app.number_input(key="compare.save.cards").set_value(2)
    app.number_input(key="compare.save.host").set_value(256)
    save = next(one for one in app.button if "Save this machine" in one.label)
    save.click().run()
    assert any("Lab \\*server\\*" in str(name) for name in grid(app).columns)
    assert "256 GiB of main memory" in texts(app)
    app.button(key="compare.remove.lab-server").click().run()
    assert "was removed" in texts(app)
    assert grid(app).shape == (2, 5)
    app.button(key="compare.undo").click().run()
    assert any("Lab" in str(name) for name in grid(app).columns)


def test_a_machine_without_a_name_is_refused_where_the_form_is(open_page: Any) -> None:
    app = open_page("compare", refs=TWO)
    app.selectbox(key="compare.save.device").set_value("rtx-4090")
    next(one for one in app.button if "Save this machine" in one.label).click().run()
    assert "A machine has a name" in app.error[0].value


def test_the_rows_are_ordered_as_asked(open_page: Any) -> None:
    app = open_page("compare", refs="huggingface:Qwen/Qwen-60,huggingface:Qwen/Qwen-01")
    assert "Qwen\\-60" in str(grid(app).iloc[0, 0])
    next(one for one in app.segmented_control if one.key == "compare.order").set_value("fits").run()
    assert "Qwen\\-01" in str(grid(app).iloc[0, 0])


def test_a_machine_of_explore_writes_its_term_and_its_use(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="variants:all")
    app.selectbox(key="explore.fits.machine").set_value("rtx-4090").run()
    assert url(app, "q") == "fits:rtx-4090"
    assert "Fits RTX 4090 · 24 GiB, 8k of context, 1 user" in texts(app)
    app.selectbox(key="explore.fits.context").set_value(32768).run()
    app.number_input(key="explore.fits.users").set_value(5).run()
    assert url(app, "q") == "fits:rtx-4090@32kx5"
    app.selectbox(key="explore.fits.machine").set_value(None).run()
    assert "fits" not in url(app, "q")
    app.button(key="explore.fits.own").click().run()
    assert url(app, "q") == "fits:rtx-4090@32kx5"


def test_every_row_has_the_grade_and_the_files_that_it_means(open_page: Any) -> None:
    app = open_page("explore", q="fits:rtx-4090")
    columns = list(app.dataframe[0].value.columns)
    assert "fit" in columns
    assert "quants" not in columns
    assert "≤ Fits" in list(app.dataframe[0].value["fit"].iloc[0])
    as_q4 = open_page("explore", q="fits:rtx-4090/Q4_K_M")
    assert "~Q4_K_M" in list(as_q4.dataframe[0].value["fit"].iloc[0])
    assert "fit" not in open_page("explore", q="variants:all").dataframe[0].value.columns


def test_a_machine_that_nobody_knows_is_said_and_breaks_nothing(open_page: Any) -> None:
    app = open_page("explore", q="fits:rtx-4091")
    assert "does not exist here" in texts(app) or "no model here has" in texts(app)
    several = open_page("explore", q="fits:rtx-4090,a100-80gb")
    assert "Set in the query line" in texts(several)


def test_the_best_that_one_can_run_starts_from_home_and_from_explore(open_page: Any) -> None:
    for page, key in (("home", "home.best"), ("explore", "explore.fits.best")):
        app = open_page(page)
        app.button(key=key).click().run()
        assert not app.exception
        assert "one row for each base model" in texts(app)


def test_the_fit_tab_of_a_model_leads_to_the_comparison(open_page: Any, url: Any) -> None:
    app = open_page("model", ref="huggingface:Qwen/Qwen-07", refs=TWO, tab="fit")
    app.button(key="fit.compare.huggingface:Qwen/Qwen-07").click().run()
    assert url(app, "refs") == TWO
    assert grid(app).shape == (2, 5)
