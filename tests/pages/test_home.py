"""The first page: what it holds, how fresh, and the ways in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def filled(publish: Any, some_models: Any) -> None:
    publish(some_models)


def texts(app: Any) -> str:
    return "\n".join(part.value for part in [*app.markdown, *app.caption, *app.header])


def test_the_first_page_says_how_many_and_how_fresh(open_page: Any) -> None:
    shown = texts(open_page("home"))
    assert "62 models in 62 repositories of Hugging Face, kept" in shown
    assert "facts" in shown


def test_every_task_with_models_is_a_way_in(open_page: Any) -> None:
    keys = {button.key for button in open_page("home").button}
    assert {"home.task.text-generation", "home.task.translation"} <= keys


def test_counts_are_of_repositories_and_those_without_a_size_are_told(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    base = a_model(repo_id="a/base", size_bytes=2**30, pipeline_tag="text-generation")
    copies = [
        a_model(repo_id=f"b/copy-{n}", base_models=(base.ref,), base_model_relation="quantized")
        for n in range(2)
    ]
    publish([base, *copies])
    shown = texts(open_page("home"))
    assert "1 model in 3 repositories of Hugging Face" in shown
    assert "files that leave a tenth free: 1 repository" in shown
    assert "The sizes of 2 of 3 repositories are not known: they are in no count here." in shown


def test_downloads_are_told_with_the_day_of_their_counts(
    publish: Any, some_models: Any, a_model: Any, open_page: Any
) -> None:
    assert "Most downloaded as of 2026-11-20" in texts(open_page("home"))
    older = a_model(downloads_30d=10**6, downloads_as_of=date(2026, 3, 15))
    publish([older, *some_models])
    told = "Most downloaded, by counts of 2026-03-15 to 2026-11-20"
    assert told in texts(open_page("home"))
    publish([a_model()])
    assert "#### Most downloaded\n" in texts(open_page("home")) + "\n"


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
    assert "63 models in 63 repositories of Hugging Face, Ollama" in shown
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
