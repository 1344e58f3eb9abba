"""The page of one model: known, unknown, by alias, and without a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from catalog import settings
from catalog.records import Installed, Runtime
from catalog.store import installed
from ui import safe

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
    shown = texts(open_page("model", ref=QWEN, tab="files")).replace("\\", "")
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


def test_a_model_of_civitai_shows_what_it_is_made_for_and_each_version(
    publish: Any, a_model: Any, a_file: Any, open_page: Any
) -> None:
    model = a_model(
        source="civitai",
        repo_id="4384",
        name="DreamShaper",
        author="Lykon",
        url="https://civitai.com/models/4384",
        base_label="SD 1.5",
        gated="yes",
        tags=("early-access",),
        license_raw="credit needed",
        commercial_use="conditions",
        downloads_total=5000,
    )
    files = [
        a_file(
            path=f"dream_{version}.{kind}",
            version_id=version,
            group=f"{version} {quant}",
            role="weights",
            format=kind,
            quant_type=quant,
            size_bytes=size * 2**30,
            scan="pickle scan: Success",
        )
        for version, quant, kind, size in (
            ("11", "F16", "safetensors", 2),
            ("12", "F32", "pickle", 4),
        )
    ]
    publish([model], [(model.ref, file) for file in files])
    app = open_page("model", ref="civitai:4384", tab="files")
    shown = texts(app).replace("\\", "")
    assert "SD 1.5" in shown
    assert "Early access" in shown
    assert "2 sets of files, from F16 (2 GiB) to F32 (4 GiB)" in shown
    assert "does not make a file safe" in shown
    sets, listed = app.dataframe[0].value, app.dataframe[1].value
    assert sets["version"].tolist() == ["11", "12"]
    assert listed["scan"].tolist() == ["pickle scan: Success"] * 2
    assert listed["format"].tolist() == ["safetensors", "pickle"]
    assert {metric.label: metric.value for metric in app.metric}["Downloads in all"] == "5k"
    assert "can run any code" in shown
    assert sets["bytes"].tolist() == [2 * 2**30, 4 * 2**30]
    app = open_page("model", ref="civitai:4384")
    facts = next(table.value for table in app.dataframe if "origin" in table.value.columns)
    assert facts.set_index("fact").loc["Made for"]["value"] == "SD 1.5"
    assert app.get("link_button")[0].proto.label == "Open at CivitAI"


def test_an_installed_model_says_where_and_how_to_update_it(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    llama = a_model(
        source="ollama",
        repo_id="llama3.1:8b",
        revision="46e0c10c039e",
        aliases=("ollama:llama3.1",),
        flags=("cloud_only",),
    )
    publish([llama])
    held = Installed(
        name="llama3.1:8b",
        ref=None,
        digest="0" * 64,
        size_bytes=2**32,
        modified_at=datetime(2026, 1, 1, tzinfo=UTC),
        loaded=True,
    )
    here = Runtime(
        where="127.0.0.1:11434", kind="ollama", seen_at=datetime.now(UTC), models=(held,)
    )
    there = Runtime(where="http://10.0.0.5:11434", kind="ollama", here=False, models=(held,))
    installed.write(settings.load().catalog_dir, [here, there])
    app = open_page("model", ref="ollama:llama3.1")
    shown = texts(app).replace("\\", "")
    assert "Installed here" in shown
    assert "Installed near by" in shown
    assert "Update available" in shown
    assert "llama3.1:8b at 10.0.0.5:11434 · 4 GiB · in memory" in shown
    assert "cloud only" in shown
    assert [code.value for code in app.code].count("ollama pull llama3.1:8b") == 1
    facts = next(table.value for table in app.dataframe if "origin" in table.value.columns)
    assert facts.set_index("fact").loc["Other names"]["value"] == "ollama:llama3.1"


def test_the_history_of_a_model_tells_its_changes_with_their_dates(
    publish: Any, some_models: Any, open_page: Any
) -> None:
    first = some_models[7]
    assert first.ref == QWEN
    assert "No publish since this catalog was made" in texts(
        open_page("model", ref=QWEN, tab="history")
    )
    publish([replace(first, license="MIT", commercial_use="conditions"), *some_models[8:]])
    app = open_page("model", ref=QWEN, tab="history")
    table = next(table.value for table in app.dataframe if "before" in table.value.columns)
    assert table["what"].tolist() == ["License"]
    assert table["before"].tolist() == ["Apache-2.0 (Commercial OK)"]
    assert table["after"].tolist() == ["MIT (Conditions)"]
    assert table["when"].tolist() == ["2026-11-20 12:00 UTC"]


@pytest.mark.parametrize(
    ("source", "origin", "digest", "words"),
    [
        ("huggingface", "starter", None, "to a tenth of a GiB"),
        ("ollama", "sync", None, "rounded figures"),
        ("ollama", "sync", "a" * 64, None),
        ("civitai", "starter", None, None),
    ],
)
def test_sizes_that_are_rounded_say_so(
    publish: Any,
    a_model: Any,
    a_file: Any,
    open_page: Any,
    source: str,
    origin: str,
    digest: str | None,
    words: str | None,
) -> None:
    model = a_model(source=source, repo_id="7", origin=origin)
    file = a_file(group="Q8_0", role="weights", size_bytes=2**30, sha256=digest)
    publish([model], [(model.ref, file)])
    shown = texts(open_page("model", ref=model.ref, tab="files"))
    assert [word for word in ("tenth of a GiB", "rounded figures") if word in shown] == (
        [words.removeprefix("to a ")] if words else []
    )


def test_a_link_leads_to_a_tab_and_only_that_one_is_drawn(open_page: Any) -> None:
    app = open_page("model", ref=QWEN, tab="run")
    assert "llama-cli -hf Qwen/Qwen-08:Q4_K_M" in [code.value for code in app.code]
    assert not app.dataframe
    app = open_page("model", ref=QWEN, tab="nonsense")
    assert len(app.dataframe) == 1, "the first tab"


def test_every_tab_stands_for_every_source_and_for_a_row_that_tells_nothing(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    models = [
        a_model(repo_id="a/silent"),
        a_model(source="ollama", repo_id="llama3.1:8b", formats=("gguf",), flags=("cloud_only",)),
        a_model(source="civitai", repo_id="7", base_label="SD 1.5", flags=("unsafe_scan",)),
    ]
    publish(models)
    for model in models:
        for tab in ("overview", "files", "license", "lineage", "similar", "history", "run"):
            app = open_page("model", ref=model.ref, tab=tab)
            assert safe_name(model) in texts(app), (model.ref, tab)


def safe_name(model: Any) -> str:
    return safe.text(model.name)


def test_the_quantization_that_is_picked_is_the_one_in_the_commands(
    publish: Any, a_model: Any, a_file: Any, open_page: Any
) -> None:
    model = a_model(
        repo_id="a/B-GGUF", formats=("gguf",), pipeline_tag="text-generation", gated="manual"
    )
    files = [
        a_file(path=f"{name}.gguf", group=name, role="weights", format="gguf", quant_type=name)
        for name in ("Q2_K", "Q4_K_M")
    ]
    publish([model], [(model.ref, file) for file in files])
    app = open_page("model", ref=model.ref, tab="run")
    assert "llama-cli -hf a/B-GGUF:Q4_K_M" in [code.value for code in app.code]
    assert "Access is granted at the source first" in texts(app)
    assert "Install Ollama first, then type this in a terminal." in texts(app)
    app.selectbox[0].set_value("Q2_K").run()
    assert "ollama run hf.co/a/B-GGUF:Q2_K" in [code.value for code in app.code]


def test_where_nothing_can_run_it_the_page_says_why(open_page: Any) -> None:
    shown = texts(open_page("model", ref="huggingface:someone/pictures", tab="run"))
    assert "No recipe for this one" in shown
    assert "Its task is not stated" in shown


def test_similar_models_lead_on_and_unknown_sizes_are_not_compared(open_page: Any) -> None:
    app = open_page("model", ref=QWEN, tab="similar")
    names = app.dataframe[0].value["name"].tolist()
    assert "Qwen/Qwen-07" in names
    assert "Qwen/Qwen-08" not in names
    assert "none with a freer license" in texts(app)
    silent = texts(open_page("model", ref="huggingface:someone/pictures", tab="similar"))
    assert "no likeness is claimed" in silent
    alone = open_page("model", ref="huggingface:Helsinki-NLP/opus-mt-zh-en", tab="similar")
    assert "Nothing to compare it by" in texts(alone)


def test_a_derived_model_shows_the_chain_of_its_license_and_its_place_in_the_tree(
    publish: Any, a_model: Any, open_page: Any, url: Any
) -> None:
    base = a_model(
        repo_id="meta/Base", license="LicenseRef-llama3.1", license_raw="llama3.1",
        commercial_use="conditions", parameter_count=8 * 10**9, downloads_30d=5,
    )  # fmt: skip
    child = a_model(
        repo_id="me/Child", license="Apache-2.0", license_raw="apache-2.0", base_models=(base.ref,),
        base_model_relation="finetune", commercial_use="conditions", flags=("license_conflict",),
        license_reasons=("It derives from meta/Base.",),
    )  # fmt: skip
    grandchild = a_model(
        repo_id="you/Grand", base_models=(child.ref, "huggingface:gone/Away"),
        base_model_relation="quantized", downloads_total=7,
    )  # fmt: skip
    publish([base, child, grandchild])
    shown = texts(open_page("model", ref=child.ref, tab="license")).replace("\\", "")
    for words in ("not legal advice", "It derives from meta/Base.", "Serve it to customers",
                  "fine-tuned from", "apache-2.0", "Whose terms come along"):  # fmt: skip
        assert words in shown, words
    assert "| **Serve it to customers** | :orange-badge[" in shown
    app = open_page("model", ref=child.ref, tab="lineage")
    tree = texts(app).replace("\\", "")
    assert "1 model was made from it" in tree
    assert "Quantized copies" in tree
    button = next(one for one in app.button if (one.key or "").startswith("model.ancestor"))
    button.click().run()
    assert url(app, "ref") == base.ref
    assert "not in this catalog" in texts(open_page("model", ref=grandchild.ref, tab="lineage"))


def test_without_a_list_of_files_the_ladder_is_an_estimate(
    publish: Any, a_model: Any, open_page: Any
) -> None:
    model = a_model(parameter_count=8 * 10**9, quantizations=("BF16", "Q8_0"), formats=("gguf",))
    publish([model])
    app = open_page("model", ref=model.ref, tab="files")
    assert "from Q8_0 (≈ 7.92 GiB) to BF16 (≈ 14.9 GiB)" in texts(app).replace("\\", "")
    sets = app.dataframe[0].value
    assert sets["about"].tolist() == ["≈", "≈"]
    assert "bytes" not in sets


def test_counts_that_disagree_are_all_shown(open_page: Any, publish: Any, a_model: Any) -> None:
    base = a_model(repo_id="org/Base-2B", parameter_count=2_000_000_000)
    model = a_model(
        repo_id="org/Tuned-8B",
        parameter_count=3_000_000_000,
        base_models=(base.ref,),
        flags=("params_disagree",),
    )
    publish([base, model])
    app = open_page("model", ref=model.ref)
    shown = "\n".join(one.value for one in app.markdown).replace("\\", "")
    assert "here 3B · in its name 8B · org/Base-2B: 2B" in shown
