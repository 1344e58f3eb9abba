"""The fit tab of the model page: machine and need to a verdict, a ladder, a proof, a command."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from catalog import settings
from catalog.fit import hardware
from catalog.services.machines import TeamMachines

GIB = 2**30
QWEN = "huggingface:Qwen/Qwen3-8B"
SILENT = "huggingface:someone/silent"
COUNTED = "huggingface:someone/counted"
PICTURES = "huggingface:someone/pictures"


@pytest.fixture(autouse=True)
def filled(publish: Any, a_model: Any, a_file: Any) -> None:
    def rung(name: str, size: float) -> Any:
        return a_file(
            path=f"{name}.gguf", format="gguf", quant_type=name, group=name, role="weights",
            size_bytes=int(size * GIB),
        )  # fmt: skip

    publish(
        [
            a_model(repo_id="Qwen/Qwen3-8B", pipeline_tag="text-generation", context_length=40960,
                    parameter_count=8_190_735_360, formats=("gguf",),
                    quantizations=("Q4_K_M", "Q8_0", "F16")),
            a_model(repo_id="someone/silent", pipeline_tag="text-generation"),
            a_model(repo_id="someone/counted", pipeline_tag="text-generation",
                    parameter_count=7_000_000_000),
            a_model(repo_id="someone/pictures", pipeline_tag="text-to-image",
                    formats=("safetensors",), quantizations=("F16",)),
        ],
        [
            (QWEN, rung("Q4_K_M", 4.7)),
            (QWEN, rung("Q8_0", 8.1)),
            (QWEN, rung("F16", 15.3)),
            (PICTURES, rung("F16", 6.5)),
        ],
    )  # fmt: skip


def shown(app: Any) -> str:
    parts = [*app.markdown, *app.caption, *app.header, *app.text]
    return "\n".join(part.value for part in parts).replace("\\", "")


def finding(app: Any) -> str:
    return next(part.value for part in app.markdown if part.value.startswith("### "))


def opened(open_page: Any, ref: str = QWEN, *, machine: str | None = None, **kept: Any) -> Any:
    app = open_page("model", ref=ref, tab="fit")
    if machine or kept:
        new = {"machine": machine, **kept} if machine else kept
        app.session_state["cardex.note.machine"] = new
        app.run()
    assert not app.exception
    return app


def command(app: Any) -> str:
    return next(code.value for code in app.code if code.value.startswith("python -m catalog fit"))


def test_without_a_machine_the_need_is_told_and_nothing_is_graded(open_page: Any) -> None:
    app = opened(open_page)
    assert "Q4\\_K\\_M takes" in finding(app)
    assert "badge" not in finding(app)
    assert "Choose a machine" in shown(app)
    assert "--hardware" not in command(app)


@pytest.mark.parametrize(
    ("machine", "badge", "name"),
    [("24GiB", "Fits", "F16"), ("12GiB", "Fits", "Q8\\_0"), ("1GiB", "Too large", "Q4\\_K\\_M")],
)
def test_the_verdict_names_the_best_files_for_a_machine(
    open_page: Any, machine: str, badge: str, name: str
) -> None:
    said = finding(opened(open_page, machine=machine))
    assert badge in said
    assert name in said
    assert "at 8k for 1 user" in said


def test_how_far_it_goes_is_told_as_context_and_users(open_page: Any) -> None:
    said = finding(opened(open_page, machine="24GiB", context=4096)).replace("\\", "")
    match = re.search(r"; up to (\d+)k tokens or (\d+) users$", said)
    assert match is not None
    assert 4 < int(match[1]) <= 40
    assert int(match[2]) > 1


def test_every_rung_is_a_row_of_the_table_with_its_grade(open_page: Any) -> None:
    app = opened(open_page, machine="12GiB")
    rungs = next(table.value for table in app.dataframe if "rung" in table.value.columns)
    assert list(rungs["rung"]) == ["Q4_K_M", "Q8_0", "F16"]
    assert [grade[0][0] for grade in rungs["grade"]][:2] == ["≤", "≤"]
    assert rungs["grade"].iloc[2] != rungs["grade"].iloc[0]
    assert rungs["weights"].round(1).tolist() == [4.7, 8.1, 15.3]


def test_the_proof_tells_every_part_to_the_byte_with_its_source(open_page: Any) -> None:
    said = shown(opened(open_page, machine="12GiB"))
    assert "1,207,959,552 bytes · exact" in said  # 36 layers x 8,192 cells x 2 x 1,024 x 2 bytes
    assert "layers 36" in said
    assert "Source: llama.cpp" in said
    assert "the sum is within 90% of 12 GiB" in said


def test_the_proof_is_of_the_files_that_are_picked(open_page: Any) -> None:
    app = opened(open_page, machine="12GiB")
    picker = next(box for box in app.selectbox if box.label == "Quantization or file set")
    assert picker.value == 1
    app = picker.set_value(2).run()
    assert "16,428,249,907 bytes" in shown(app)


def test_the_controls_are_remembered_and_stand_in_the_command(open_page: Any) -> None:
    app = opened(open_page, machine="rtx-4090")
    next(box for box in app.number_input if box.label == "Users at once").set_value(3).run()
    next(box for box in app.select_slider if "Context" in box.label).set_value(16384).run()
    assert not app.exception
    assert command(app) == (
        f"python -m catalog fit '{QWEN}' --hardware rtx-4090 --context 16384 --users 3 --kv f16"
    )
    kept = app.session_state["cardex.note.machine"]
    assert kept == {"machine": "rtx-4090", "context": 16384, "users": 3}


def test_choosing_a_machine_by_its_label_keeps_its_slug(open_page: Any) -> None:
    app = opened(open_page)
    chooser = next(box for box in app.selectbox if box.label == "Machine")
    label = next(option for option in chooser.options if option.startswith("RTX 4090 ·"))
    chooser.set_value(label).run()
    assert app.session_state["cardex.note.machine"]["machine"] == "rtx-4090"
    assert "of 24 GiB" in finding(app)


def test_a_machine_that_is_no_more_is_told_and_forgotten(open_page: Any) -> None:
    app = opened(open_page, machine="a-machine-long-gone", users=2)
    assert "a-machine-long-gone" in "".join(error.value for error in app.error).replace("\\", "")
    assert app.session_state["cardex.note.machine"] == {"users": 2}
    assert "takes" in finding(app)


def test_the_context_ends_where_the_model_was_made_to_end(open_page: Any) -> None:
    app = opened(open_page)
    slider = next(box for box in app.select_slider if "Context" in box.label)
    assert slider.options == ["2k", "4k", "8k", "16k", "32k", "40k"]


def test_a_context_of_another_model_is_cut_to_what_this_one_has(open_page: Any) -> None:
    app = opened(open_page, machine="24GiB", context=131_072)
    assert "at 40k for 1 user" in finding(app)
    assert app.session_state["cardex.note.machine"]["context"] == 131_072


def test_machines_are_listed_by_price_and_say_what_the_price_is(open_page: Any) -> None:
    app = opened(open_page)
    priced = next(table.value for table in app.dataframe if "price" in table.value.columns)
    prices = [int(price.strip("$").replace(",", "")) for price in priced["price"]]
    assert prices == sorted(prices)
    assert 0 < len(prices) <= 8
    assert not any("680M" in name or "Mobile" in name for name in priced["machine"])
    assert "List prices in US dollars" in shown(app)


def test_a_model_of_which_nothing_is_known_says_why_and_no_figure(open_page: Any) -> None:
    app = opened(open_page, SILENT, machine="24GiB")
    said = shown(app)
    assert "Unknown" in finding(app)
    assert "How much memory it needs is not known" in finding(app)
    assert "Not known: weights" in said
    assert "No machine of known price holds it for certain." in said


def test_a_model_without_files_is_a_ladder_of_what_it_could_be_converted_to(open_page: Any) -> None:
    app = opened(open_page, COUNTED, machine="80GiB")
    rungs = next(table.value for table in app.dataframe if "rung" in table.value.columns)
    assert list(rungs["rung"]) == ["Q4_K_M", "Q6_K", "Q8_0", "F16"]
    assert "The weights are a range" in shown(app)
    assert " GiB to " in finding(app)


def test_a_model_of_pictures_is_asked_for_no_context(open_page: Any) -> None:
    app = opened(open_page, PICTURES, machine="24GiB")
    assert [box.label for box in app.select_slider] == []
    assert "for one image" in finding(app)
    assert "--context" not in command(app)


def test_what_a_team_called_a_machine_is_not_put_into_a_command(open_page: Any) -> None:
    team = TeamMachines(settings.load().catalog_dir)
    saved = team.save(replace(hardware.machine("24GiB"), name="a'; rm *", slug="mine"))
    app = opened(open_page, machine=saved.slug)
    assert "of 24 GiB" in finding(app)
    assert f"--memory {24 * GIB}" in command(app)
    assert "rm" not in command(app)


def test_the_tab_speaks_chinese(open_page: Any) -> None:
    app = open_page("model", ref=QWEN, tab="fit", lang="zh")
    labels = [box.label for box in (*app.selectbox, *app.number_input, *app.select_slider)]
    assert "Machine" not in labels
    assert "Users at once" not in labels
