"""The page of one model: known, unknown, by alias, and without a name."""

from __future__ import annotations

from typing import Any

import pytest

QWEN = "huggingface:Qwen/Qwen-08"


def texts(app: Any) -> str:
    parts = [*app.markdown, *app.caption, *app.header, *app.text]
    return "\n".join(part.value for part in parts)


@pytest.fixture(autouse=True)
def filled(publish: Any, some_models: Any, a_file: Any) -> None:
    files = [
        a_file(
            path="q4.gguf",
            format="gguf",
            quant_type="Q4_K_M",
            group="Q4_K_M",
            role="weights",
            size_bytes=5 * 2**30,
            bits_per_weight=4.89,
        ),
        a_file(
            path="q8-1.gguf",
            format="gguf",
            quant_type="Q8_0",
            group="Q8_0",
            role="weights",
            size_bytes=4 * 2**30,
        ),
        a_file(
            path="q8-2.gguf",
            format="gguf",
            quant_type="Q8_0",
            group="Q8_0",
            role="weights",
            size_bytes=5 * 2**30,
        ),
        a_file(path="README.md", role="other"),
    ]
    publish(some_models, [(QWEN, file) for file in files])


def test_a_model_shows_its_numbers_and_what_is_not_stated(open_page: Any) -> None:
    app = open_page("model", ref=QWEN)
    metrics = {metric.label: metric.value for metric in app.metric}
    assert metrics["Parameters"] == "8B"
    assert metrics["Context"] == "not stated"
    assert metrics["Likes"] == "not stated"


def test_files_are_added_up_per_set(open_page: Any) -> None:
    shown = texts(open_page("model", ref=QWEN)).replace("\\", "")
    assert "2 sets of files, from Q4_K_M (5 GiB) to Q8_0 (9 GiB)" in shown


def test_each_fact_says_where_it_is_from(open_page: Any) -> None:
    app = open_page("model", ref=QWEN)
    facts = next(table.value for table in app.dataframe if "origin" in table.value.columns)
    row = facts.set_index("fact").loc["Parameters"]
    assert row["origin"] == "counted in the weight files"
    assert row["day"] == "2026-11-20"
    silent = facts.set_index("fact").loc["Context length"]
    assert (silent["value"], silent["origin"]) == ("not stated", "–")


def test_the_command_line_equivalent_can_be_copied(open_page: Any) -> None:
    app = open_page("model", ref=QWEN)
    codes = [code.value for code in app.code]
    assert f"python -m catalog show '{QWEN}' --json" in codes
    assert QWEN in codes


def test_an_unknown_ref_names_the_nearest(open_page: Any, url: Any) -> None:
    app = open_page("model", ref="huggingface:Qwen/Qwen-8")
    assert "No model in the catalog has this name" in texts(app)
    nearest = next(button for button in app.button if "nearest" in (button.key or ""))
    nearest.click().run()
    assert url(app, "ref").startswith("huggingface:Qwen/Qwen-")


def test_without_a_ref_the_page_says_what_to_do(open_page: Any) -> None:
    assert "No model is chosen" in texts(open_page("model"))


@pytest.mark.parametrize("ref", ["x" * 3000, "![](http://evil.example/x.png)", "\u202e", "a:b:c"])
def test_no_ref_breaks_the_page(open_page: Any, ref: str) -> None:
    assert "No model in the catalog has this name" in texts(open_page("model", ref=ref))
