"""Explore as a visitor meets it: the query, its result, an empty one, a shared link, an error."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("filled")


@pytest.fixture
def filled(publish: Any, some_models: Any) -> None:
    publish(some_models)


def texts(app: Any) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.header])


def test_a_first_visit_shows_one_row_per_base_model(open_page: Any) -> None:
    app = open_page("explore")
    assert app.text_input(key="explore.line").value == "variants:collapsed"
    assert "#### 62" in texts(app)
    assert "62 of 62 repositories" in texts(app)


def test_a_shared_link_shows_its_query_and_its_result(open_page: Any) -> None:
    app = open_page("explore", q="task:translation")
    assert app.text_input(key="explore.line").value == "task:translation"
    assert "#### 1 :gray[of 62 repositories]" in texts(app)


def test_typing_a_query_writes_it_to_the_url_in_canonical_form(open_page: Any, url: Any) -> None:
    app = open_page("explore")
    app.text_input(key="explore.line").set_value("commercial:YES task:text-generation").run()
    assert url(app, "q") == "task:text-generation commercial:yes"
    assert "#### 60" in texts(app)


def test_clearing_the_line_lists_every_repository(open_page: Any) -> None:
    app = open_page("explore", q="task:translation")
    app.text_input(key="explore.line").set_value("").run()
    assert "#### 62 :gray[of 62 repositories]" in texts(app)


def test_taking_a_chip_off_takes_its_term_out(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="task:text-generation commercial:yes")
    chips = app.pills(key="explore.chips.task:text-generation commercial:yes")
    chips.set_value(["commercial:yes"]).run()
    assert url(app, "q") == "commercial:yes"


def test_the_slider_shows_an_end_that_is_no_step_as_it_is(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="params:2.5B..14B")
    slider = app.select_slider(key="explore.slide.params.0")
    assert slider.value == ("2.5B", "14B")
    assert url(app, "q") == "params:2.5B..14B"


def test_moving_the_slider_writes_an_exact_range(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="variants:all")
    app.select_slider(key="explore.slide.params.0").set_range("3B", "14B").run()
    assert url(app, "q") == "params:3B..14B"
    assert "#### 12" in texts(app)


def test_an_empty_result_names_the_filter_whose_removal_gives_most(
    open_page: Any, url: Any
) -> None:
    app = open_page("explore", q="qwen task:translation")
    assert "Nothing matches; without" in texts(app)
    app.button(key="explore.relax.0").click().run()
    assert url(app, "q") == "qwen"
    assert "#### 60" in texts(app)


def test_unknown_filters_of_a_link_are_named_with_the_nearest_known(
    open_page: Any, url: Any
) -> None:
    app = open_page("explore", q="qwen task:translatio")
    assert "1 filter of this link does not exist here and was left out" in texts(app)
    app.button(key="explore.use.left.0").click().run()
    assert url(app, "q") == "qwen task:translation"


def test_a_slip_is_mended_and_the_text_is_mended_at_a_click(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="qwne")
    assert "Nothing is called **qwne**; these are the results for **qwen**." in texts(app)
    app.button(key="explore.words.0").click().run()
    assert url(app, "q") == "qwen"
    assert "Nothing is called" not in texts(app)


def test_the_model_that_is_called_most_alike_is_offered(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="qwen 987654")
    assert "No model is called **qwen 987654**" in texts(app)
    if any(button.key == "explore.words.0" for button in app.button):
        app.button(key="explore.words.0").click().run()
        assert "987654" not in url(app, "q")


def test_a_page_number_beyond_the_last_gives_the_last(open_page: Any) -> None:
    app = open_page("explore", q="variants:all", page="99")
    assert "51–62 of 62" in texts(app)


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e9", "9" * 400, "²"])
def test_a_senseless_page_number_gives_a_page(open_page: Any, page: str) -> None:
    assert "of 62" in texts(open_page("explore", q="variants:all", page=page))


@pytest.mark.parametrize(
    "q",
    ["\x00", "\u202eabc", '"', "params:..", "a" * 5000, "😀 千问", "-", ":::", "sort:nope", "%"],
)
def test_no_query_text_breaks_the_page(open_page: Any, q: str) -> None:
    assert not open_page("explore", q=q).exception


def test_the_page_speaks_chinese(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="variants:all", lang="zh")
    assert "个仓库" in texts(app)
    assert url(app, "lang") == "zh"


def test_the_language_button_changes_every_string(open_page: Any) -> None:
    app = open_page("explore", q="variants:all")
    app.button(key="frame.speak.zh").click().run()
    assert "个仓库" in texts(app)


def test_the_age_of_the_facts_stands_at_the_foot(open_page: Any) -> None:
    assert "facts of 2026" in texts(open_page("explore")).replace("\\", "")


def test_rows_of_other_sources_show_their_own_downloads_and_what_they_are_made_for(
    publish: Any, some_models: Any, a_model: Any, open_page: Any
) -> None:
    dream = a_model(
        source="civitai",
        repo_id="4384",
        name="DreamShaper",
        author="Lykon",
        base_label="SD 1.5",
        license_raw="credit needed",
        commercial_use="conditions",
        downloads_total=5000,
    )
    qwen = a_model(source="ollama", repo_id="qwen3:4b", downloads_total=7000)
    publish([*some_models, dream, qwen])
    table = open_page("explore", q="source:civitai,ollama").dataframe[0].value
    assert "downloads_30d" not in table
    rows = table.set_index("name")
    assert rows.loc["DreamShaper"]["base"] == "SD 1.5"
    assert rows.loc["DreamShaper"]["license"] == "creator's terms"
    assert rows.loc["qwen3:4b"]["source"] == "Ollama"
    assert sorted(rows["downloads_total"]) == [5000, 7000]
    mixed = open_page("explore", q="source:ollama,huggingface sort:name-asc", page="2")
    columns = set(mixed.dataframe[0].value.columns)
    assert {"source", "downloads_30d", "downloads_total"} <= columns
    assert "base" not in columns
    only_hub = open_page("explore", q="source:huggingface").dataframe[0].value
    assert not {"source", "base", "downloads_total"} & set(only_hub.columns)


def test_cards_name_the_source_where_it_is_not_the_hub(
    publish: Any, some_models: Any, a_model: Any, open_page: Any
) -> None:
    publish([*some_models, a_model(source="ollama", repo_id="qwen3:4b", downloads_total=7000)])
    app = open_page("explore", q="source:ollama")
    app.segmented_control(key="explore.view").set_value("cards").run()
    assert "Ollama · task not stated" in texts(app)
    assert ":gray[in all]" in texts(app)


def test_the_toggle_lists_every_repository_and_back(open_page: Any, url: Any) -> None:
    app = open_page("explore", q="variants:collapsed")
    assert app.toggle(key="explore.collapsed").value is True
    app.toggle(key="explore.collapsed").set_value(False).run()
    assert "variants:collapsed" not in (url(app, "q") or "")
    assert app.toggle(key="explore.collapsed").value is False
    app.toggle(key="explore.collapsed").set_value(True).run()
    assert app.text_input(key="explore.line").value == "variants:collapsed"
