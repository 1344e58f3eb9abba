"""The scorecard of the sources page: shares, doubts that lead on, checks, corrections."""

from __future__ import annotations

import json
from typing import Any

from catalog import settings
from catalog.normalize import overrides

ENTRY = {
    "ref": "huggingface:org/model",
    "set": {"parameter_count": 7_000_000_000, "context_length": None},
    "reason": "The header counts *containers*.", "author": "ops", "date": "2026-11-24",
}  # fmt: skip


def texts(app: Any) -> str:
    parts = [*app.markdown, *app.caption, *app.warning]
    return "\n".join(part.value for part in parts)


def test_shares_are_told_per_source_and_in_all(
    publish: Any, some_models: Any, a_model: Any, open_page: Any
) -> None:
    publish([*some_models, a_model(source="ollama", repo_id="llama3:8b", flags=("cloud_only",))])
    app = open_page("sources")
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "over" in frame.value)
    assert list(table.columns) == [
        "fact", "share.huggingface", "share.ollama", "share.None", "over",
    ]  # fmt: skip
    row = table.set_index("fact").loc["Parameters"]
    assert row["share.ollama"] == "0%"
    assert row["share.huggingface"].endswith("%")
    assert table.set_index("fact").loc["Context", "share.ollama"] == "–"
    assert "0 rows are more permissive than a base of theirs." in texts(app)
    assert "63 of 63 rows have no statement about a license that is known here." in texts(app)


def test_a_doubt_leads_to_the_rows_that_carry_it(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    publish([a_model(flags=("remote_code",)), a_model(repo_id="org/other")])
    app = open_page("sources")
    button = app.button(key="sources.flag.remote_code")
    assert "**1**" in button.label
    app = button.click().run()
    assert not app.exception
    assert app.query_params["q"] == "flag:remote_code"


def test_an_empty_catalog_has_no_scorecard(publish: Any, open_page: Any) -> None:
    publish([])
    assert "There are no rows to look at yet." in texts(open_page("sources"))


def test_corrections_and_what_is_wrong_with_them_are_told(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    publish(some_models)
    path = settings.load().data_dir / "overrides.json"
    path.write_text(json.dumps({"corrections": [ENTRY, {}]}), "utf-8")
    app = open_page("sources")
    many = 2 + len(overrides.bundled()[0])
    assert any(one.label == f"{many} values corrected by hand" for one in app.expander)
    told = texts(app).replace("\\", "")
    assert "parameter_count is 7,000,000,000. The header counts *containers*." in told
    assert "context_length is not stated" in told
    assert "entry 2: its ref is not one of a known source." in told


def test_the_model_page_says_which_fact_was_corrected_and_why(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    publish([a_model(repo_id="org/model", parameter_count=7_000_000_000, context_length=4096)])
    path = settings.load().data_dir / "overrides.json"
    path.write_text(json.dumps({"corrections": [ENTRY]}), "utf-8")
    app = open_page("model", ref="huggingface:org/model")
    facts = next(frame.value for frame in app.dataframe if "origin" in frame.value)
    origin = facts.set_index("fact")["origin"]
    assert origin["Parameters"] == "corrected: The header counts *containers*."
    # not yet published so: the next sync brings it
    assert not origin["Context length"].startswith("corrected")
