"""The first page: what it holds, how fresh, and the ways in."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def filled(publish: Any, some_models: Any) -> None:
    publish(some_models)


def texts(app: Any) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.header])


def test_the_first_page_says_how_many_and_how_fresh(open_page: Any) -> None:
    shown = texts(open_page("home"))
    assert "62 models from Hugging Face" in shown
    assert "facts" in shown


def test_every_task_with_models_is_a_way_in(open_page: Any) -> None:
    keys = {button.key for button in open_page("home").button}
    assert {"home.task.text-generation", "home.task.translation"} <= keys


def test_a_verdict_leads_to_its_query(open_page: Any, url: Any) -> None:
    app = open_page("home")
    app.button(key="home.verdict.no").click().run()
    assert url(app, "q") == "commercial:no variants:collapsed"
    assert app.text_input(key="explore.line").value == "commercial:no variants:collapsed"


def test_searching_leads_to_explore(open_page: Any, url: Any) -> None:
    app = open_page("home")
    app.text_input(key="home.line").set_value("opus").run()
    assert url(app, "q") == "opus"


def test_what_changed_last_leads_to_its_models_and_to_all_changes(
    publish: Any, some_models: Any, a_model: Any, open_page: Any, url: Any
) -> None:
    assert "What changed last" not in texts(open_page("home"))
    publish(
        [*some_models, a_model(source="ollama", repo_id="qwen3:4b", pipeline_tag="translation")]
    )
    publish(
        [*some_models, a_model(source="ollama", repo_id="qwen3:4b", pipeline_tag="translation")]
    )
    app = open_page("home")
    shown = texts(app)
    assert "63 models from Hugging Face, Ollama" in shown
    assert "1 new model (Ollama)" in shown, "the newest publish that changed something"
    app.button(key="home.change.0").click().run()
    assert url(app, "ref") == "ollama:qwen3:4b"
    app = open_page("home")
    app.button(key="home.changes").click().run()
    assert "What the last publishes changed" in texts(app)


def test_a_model_that_is_gone_is_named_and_leads_nowhere(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models[:-1])
    app = open_page("home")
    assert "1 removed (Hugging Face)" in texts(app)
    assert "someone/pictures" in texts(app).replace("\\", "")
    assert "home.change.0" not in {button.key for button in app.button}
