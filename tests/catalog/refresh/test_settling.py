"""What rows take over from their bases, as a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from catalog.records import ModelRecord
from catalog.refresh import settling
from catalog.store.columns import Shelf, table_of
from catalog.store.disk import Disk
from catalog.store.schema import MODELS, models_table, records_of

Maker = Callable[..., ModelRecord]


def settled(models: pa.Table, before: pa.Table | None = None) -> pa.Table:
    with TemporaryDirectory() as folder:
        return table_of(settling.settled(models, Shelf(Path(folder), Disk()), before), MODELS)


def test_a_strict_base_makes_what_derives_from_it_strict(a_model: Maker) -> None:
    base = a_model(
        repo_id="org/base",
        license="CC-BY-NC-4.0",
        pipeline_tag="text-generation",
        modality="nlp",
    )
    child = a_model(
        repo_id="org/child",
        license="MIT",
        commercial_use="yes",
        base_models=(base.ref,),
        base_model_relation="finetune",
        flags=("remote_code",),
    )
    other = a_model(repo_id="org/other", license="MIT", commercial_use="yes", likes=4)
    table = settled(models_table([child, other, base]))
    assert table.schema == MODELS
    rows = {record.repo_id: record for record in records_of(table)}
    assert rows["org/child"].commercial_use == "no"
    assert rows["org/child"].flags == ("license_conflict", "remote_code")
    assert (rows["org/child"].pipeline_tag, rows["org/child"].pipeline_tag_origin) == (
        "text-generation",
        "base",
    )
    assert rows["org/child"].modality == "nlp"
    assert (rows["org/other"], rows["org/base"]) == (other, base)


def test_bits_follow_from_a_count_that_the_base_gave(a_model: Maker) -> None:
    base = a_model(
        repo_id="org/base", parameter_count=8_000_000_000, parameter_count_origin="safetensors"
    )
    child = a_model(
        repo_id="org/child-AWQ",
        size_bytes=5_000_000_000,
        bits_per_weight=4.0,
        base_models=(base.ref,),
        base_model_relation="quantized",
    )
    row = next(records_of(settled(models_table([child, base]))))
    assert (row.parameter_count, row.bits_per_weight) == (8_000_000_000, 5.0)


def test_settling_twice_changes_nothing(a_model: Maker) -> None:
    rows = [a_model(repo_id="org/0", license="CC-BY-NC-4.0")]
    rows += [
        a_model(
            repo_id=f"org/{number}", license="MIT", base_models=(f"huggingface:org/{number - 1}",)
        )
        for number in range(1, 6)
    ]
    once = settled(models_table(rows))
    assert settled(once).equals(once)


def test_a_table_without_any_base_stays_as_it_is(a_model: Maker) -> None:
    for table in (models_table([a_model()]), models_table([])):
        assert settled(table).equals(table)


def test_a_name_whose_terms_follow_the_weights_is_never_plainly_commercial(a_model: Maker) -> None:
    own = a_model(repo_id="org/llama-2-7b", license="Apache-2.0", commercial_use="yes")
    gone = a_model(
        repo_id="org/tuned",
        license="MIT",
        commercial_use="yes",
        base_models=("huggingface:unsloth/llama-3.2-1b-instruct-bnb-4bit",),
    )
    strict = a_model(repo_id="org/gemma-2-9b", license="CC-BY-NC-4.0", commercial_use="no")
    silent = a_model(repo_id="org/Llama-3-x")
    other = a_model(repo_id="org/TinyLlama", license="Apache-2.0", commercial_use="yes")
    table = settled(models_table([own, gone, strict, silent, other]))
    rows = {record.name: record for record in records_of(table)}
    for name, family in (("llama-2-7b", "llama-2"), ("tuned", "llama-3.2")):
        assert rows[name].commercial_use == "conditions"
        assert f"A name says {family}" in " ".join(rows[name].license_reasons)
        assert "license_conflict" in rows[name].flags
    assert rows["gemma-2-9b"].commercial_use == "no"
    assert rows["Llama-3-x"].commercial_use == "unknown"
    assert rows["TinyLlama"] == other
    assert settled(table).equals(table)


def test_a_name_makes_a_license_stricter_and_without_one_says_nothing(a_model: Maker) -> None:
    read = a_model(repo_id="org/llama3.1", license="MIT", commercial_use="yes")
    unread = a_model(repo_id="llama3.1:8b", source="ollama", license_reasons=("Not read.",))
    rows = {one.repo_id: one for one in records_of(settled(models_table([read, unread])))}
    assert rows["org/llama3.1"].commercial_use == "conditions"
    assert rows["llama3.1:8b"].license_reasons == ("Not read.",)


def test_a_tag_whose_license_nobody_read_does_not_say_that_it_has_none(a_model: Maker) -> None:
    unread = ("The license text of this model has not been read.",)
    first = a_model(ref="ollama:x:8b", source="ollama", repo_id="x:8b", license_reasons=unread)
    second = a_model(
        ref="ollama:x:8b-q8_0", source="ollama", repo_id="x:8b-q8_0", license_reasons=unread,
        base_models=(first.ref,),
    )  # fmt: skip
    rows = {row.ref: row for row in records_of(settled(models_table([first, second])))}
    assert rows[second.ref].license_reasons == unread
    assert rows[second.ref].commercial_use == "unknown"
    strict = replace(first, license="CC-BY-NC-4.0", commercial_use="no")
    rows = {row.ref: row for row in records_of(settled(models_table([strict, second])))}
    assert rows[second.ref].commercial_use == "no"
    assert rows[second.ref].license_reasons[0] == unread[0]
    assert "derives from x:8b" in rows[second.ref].license_reasons[1]
    hub = a_model(repo_id="meta-llama/Llama-3.1-8B", license="LicenseRef-llama3.1")
    tag = replace(first, base_models=(hub.ref,), base_model_relation="quantized")
    rows = {row.ref: row for row in records_of(settled(models_table([hub, tag])))}
    assert rows[tag.ref].commercial_use == "unknown"  # its own text was not read
    assert (
        rows[tag.ref]
        .license_reasons[1]
        .startswith(
            "It derives from meta-llama/Llama-3.1-8B: Llama 3.1 Community License Agreement"
        )
    )


def test_a_base_in_other_letters_is_that_base(a_model: Maker) -> None:
    base = a_model(repo_id="black-forest-labs/FLUX.1-dev", license="CC-BY-NC-4.0", likes=4)
    child, twin = (
        a_model(
            repo_id=f"org/{name}",
            license="MIT",
            commercial_use="yes",
            base_models=(f"huggingface:black-forest-labs/{stated}", "huggingface:org/gone"),
        )
        for name, stated in (("child", "flux.1-dev"), ("twin", "FLUX.1-Dev"))
    )
    rows = {row.repo_id: row for row in records_of(settled(models_table([base, child, twin])))}
    assert rows["org/child"].commercial_use == rows["org/twin"].commercial_use == "no"
    assert "license_conflict" in rows["org/child"].flags


def test_a_count_of_the_base_that_the_name_contradicts_is_flagged(a_model: Maker) -> None:
    base = a_model(
        repo_id="google/gemma-2-2b-it", parameter_count=2_614_341_888,
        parameter_count_origin="safetensors",
    )  # fmt: skip
    tag = a_model(
        ref="ollama:gemma2:2b", source="ollama", repo_id="gemma2:2b", name="gemma2:2b",
        parameter_count=2_000_000_000, parameter_count_origin="name",
        base_models=(base.ref,), base_model_relation="quantized",
    )  # fmt: skip
    done = settled(models_table([base, tag]))
    rows = {row.ref: row for row in records_of(done)}
    assert rows[tag.ref].parameter_count == 2_614_341_888
    assert rows[tag.ref].parameter_count_origin == "base"
    assert "params_disagree" in rows[tag.ref].flags
    assert settled(done).equals(done)


def test_a_base_that_left_makes_no_copy_more_permissive(a_model: Maker) -> None:
    base = a_model(repo_id="org/base", license="CC-BY-NC-4.0", commercial_use="no")
    free = {"license": "MIT", "commercial_use": "yes"}
    fresh = [a_model(repo_id=f"org/{n}", base_models=(base.ref,), **free) for n in range(2)]
    fresh.append(a_model(repo_id="org/other", base_models=("huggingface:org/none",), **free))
    before = settled(models_table([base, *fresh]))
    verdicts = ["no", "no", "yes"]
    # fetched anew after the base has left, and not fetched at all
    for rows in (models_table(fresh), before.slice(1)):
        after = settled(rows, before)
        assert after["commercial_use"].to_pylist() == verdicts
        assert settled(after, after).equals(after)
        assert settled(after).equals(after)
    back = models_table([a_model(repo_id="org/base", license="MIT"), *fresh])
    assert settled(back, after)["commercial_use"].to_pylist()[1:] == ["yes"] * 3
