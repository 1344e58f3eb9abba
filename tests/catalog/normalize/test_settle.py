from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.normalize.license import more_permissive, verdict_of
from catalog.normalize.settle import (
    MOST_ANCESTORS,
    Lineage,
    Settled,
    Told,
    settle,
)
from catalog.records import ModelRecord

MakeModel = Callable[..., ModelRecord]
EMPTY = Lineage(None, None, None, None, None, None, None, (), None)


def row(*bases: str, **facts: Any) -> Lineage:
    """What one row states."""
    if (license_id := facts.get("license")) is not None:
        facts.setdefault("license_raw", license_id)
    if "pipeline_tag" in facts:
        facts.setdefault("pipeline_tag_origin", "stated")
    if "parameter_count" in facts:
        facts.setdefault("parameter_count_origin", "safetensors")
    return EMPTY._replace(base_models=tuple(f"huggingface:{base}" for base in bases), **facts)


def settled(**rows: Lineage) -> dict[str, Settled]:
    """The settled rows by name."""
    found = settle({f"huggingface:{name}": one for name, one in rows.items()})
    return {ref.partition(":")[2]: one for ref, one in found.items()}


def test_only_rows_with_bases_are_settled() -> None:
    assert set(settled(base=row(license="MIT"), child=row("base"))) == {"child"}


def test_copies_that_state_the_same_become_the_same() -> None:
    copy = row("base", license="MIT")
    found = settled(base=row(license="CC-BY-NC-4.0"), one=copy, two=copy)
    assert found["one"] == found["two"]
    assert found["two"].commercial_use == "no"


def test_a_verdict_is_never_more_permissive_than_a_base() -> None:
    found = settled(
        root=row(license="LicenseRef-llama3"),
        middle=row("root", license="Apache-2.0"),
        leaf=row("middle", license="MIT"),
    )
    leaf = found["leaf"]
    assert (leaf.commercial_use, leaf.license_conflict) == ("conditions", True)
    assert "It derives from root: Llama 3 Community License" in leaf.license_reasons[1]


def test_the_strictest_of_several_bases_decides() -> None:
    found = settled(
        a=row(license="LicenseRef-gemma"),
        b=row(license="CC-BY-NC-4.0"),
        merge=row("a", "b", license="Apache-2.0"),
    )
    assert found["merge"].commercial_use == "no"
    assert [reason for reason in found["merge"].license_reasons if "from b" in reason]


def test_a_stricter_own_license_stays() -> None:
    found = settled(base=row(license="MIT"), child=row("base", license="CC-BY-NC-4.0"))
    assert found["child"].commercial_use == "no"
    assert not found["child"].license_conflict
    assert len(found["child"].license_reasons) == 1


def test_a_base_that_states_nothing_is_named() -> None:
    found = settled(base=row(), child=row("base", "gone", license="MIT"))
    assert found["child"].commercial_use == "yes"
    assert found["child"].license_reasons[1:] == (
        "base, which it derives from, states no license.",
        "gone is not in the catalog; its license is not known here.",
    )


def told_once(**rows: Lineage) -> dict[str, Told]:
    return {
        f"huggingface:{name}": Told(one.commercial_use, one.license_reasons)
        for name, one in settled(**rows).items()
    }


def test_a_base_that_left_permits_no_more_than_it_did() -> None:
    base, child = row(license="CC-BY-NC-4.0"), row("base", license="MIT")
    before = told_once(base=base, child=child)
    child_ref = "huggingface:child"
    gone = settle({child_ref: child}, before=before)[child_ref]
    assert gone.commercial_use == "no" and gone.license_conflict
    assert gone.license_reasons[1:] == (
        before[child_ref].license_reasons[1],
        "base is no longer in the catalog; what was last known of its license still counts.",
    )
    again = {child_ref: Told(gone.commercial_use, gone.license_reasons)}
    assert settle({child_ref: child}, before=again)[child_ref] == gone
    back = {child_ref: child, "huggingface:base": row(license="Apache-2.0")}
    assert settle(back, before=again)[child_ref].commercial_use == "yes"


def test_what_was_told_binds_no_row_that_names_another_base() -> None:
    before = told_once(base=row(license="CC-BY-NC-4.0"), child=row("base", license="MIT"))
    other = {"huggingface:child": row("elsewhere", license="MIT")}
    assert settle(other, before=before)["huggingface:child"].commercial_use == "yes"


def test_a_base_that_left_binds_through_the_model_between() -> None:
    rows = {"base": row(license="CC-BY-NC-4.0"), "middle": row("base", license="MIT")}
    rows["leaf"] = row("middle", license="MIT")
    before = told_once(**rows)
    left = {f"huggingface:{name}": rows[name] for name in ("middle", "leaf")}
    found = settle(left, before=before)
    assert {one.commercial_use for one in found.values()} == {"no"}


def test_a_license_stricter_than_that_of_the_base_that_left_is_its_own() -> None:
    before = told_once(base=row(license="LicenseRef-gemma"), child=row("base", license="MIT"))
    rows = {"huggingface:child": row("base", license="CC-BY-NC-4.0")}
    child = settle(rows, before=before)["huggingface:child"]
    assert child.commercial_use == "no" and not child.license_conflict
    assert not [reason for reason in child.license_reasons if "derives from" in reason]


@pytest.mark.parametrize(
    ("base", "verdict"),
    [("MIT", "unknown"), ("LicenseRef-gemma", "unknown"), ("CC-BY-NC-4.0", "no")],
)
def test_a_row_without_license_stays_unknown_unless_a_base_forbids(base: str, verdict: str) -> None:
    child = settled(base=row(license=base), child=row("base"))["child"]
    assert child.commercial_use == verdict
    assert len(child.license_reasons) == 2


def test_an_unread_license_is_asked_about() -> None:
    found = settled(base=row(license_raw="other"), child=row("base", license="MIT"))
    assert found["child"].commercial_use == "ask"


def test_a_task_comes_from_the_nearest_bases_that_agree() -> None:
    found = settled(
        root=row(pipeline_tag="text-generation"),
        middle=row("root"),
        leaf=row("middle"),
        own=row("root", pipeline_tag="translation"),
        other=row(pipeline_tag="fill-mask"),
        torn=row("root", "other"),
    )
    assert found["leaf"][3:5] == ("text-generation", "base")
    assert found["own"][3:5] == ("translation", "stated")
    assert found["torn"][3:5] == (None, None)


def test_what_a_vanished_base_gave_stays() -> None:
    child = row("gone", pipeline_tag="fill-mask", pipeline_tag_origin="base")
    assert settled(child=child)["child"][3:5] == ("fill-mask", "base")


@pytest.mark.parametrize(
    ("count", "facts", "far"),
    [
        (8_000_000_000, {}, False),
        (6_000_000_000, {}, True),
        (6_000_000_000, {"parameter_count_origin": "name"}, False),  # a round figure
        (6_000_000_000, {"base_model_relation": "merge"}, False),
    ],
)
def test_a_finetune_keeps_its_count_and_one_far_from_its_base_is_told(
    count: int, facts: dict[str, Any], far: bool
) -> None:
    told = {"parameter_count": count, "base_model_relation": "finetune", **facts}
    child = settled(base=row(parameter_count=8_000_000_000), child=row("base", **told))["child"]
    assert (child.parameter_count, child.params_disagree) == (count, far)


def test_a_finetune_of_what_has_no_count_is_held_against_nothing() -> None:
    child = row("base", parameter_count=6_000_000_000, base_model_relation="finetune")
    assert not settled(base=row(), child=child)["child"].params_disagree


def test_a_quantized_copy_has_the_count_of_its_original() -> None:
    found = settled(
        root=row(parameter_count=8_030_261_248),
        copy=row("root", base_model_relation="quantized"),
        named=row("copy", base_model_relation="quantized", parameter_count=8 * 10**9,
                  parameter_count_origin="name"),
        tuned=row("root", base_model_relation="finetune"),
    )  # fmt: skip
    assert found["copy"][5:8] == (8_030_261_248, "base", False)
    assert found["named"][5:8] == (8_030_261_248, "base", False)
    assert found["tuned"][5:8] == (None, None, False)


def test_a_named_size_that_the_base_cannot_have_stays_and_is_flagged() -> None:
    found = settled(
        base=row(parameter_count=3_212_749_824),
        named=row("base", base_model_relation="quantized", parameter_count=10**9,
                  parameter_count_origin="name"),
        counted=row("base", base_model_relation="quantized", parameter_count=3_300_000_000),
    )  # fmt: skip
    assert found["named"][5:8] == (10**9, "name", True)
    assert found["counted"][5:8] == (3_300_000_000, "safetensors", False)


def test_a_copy_without_an_original_keeps_its_own_figure() -> None:
    quantized: dict[str, Any] = {"base_model_relation": "quantized"}
    found = settled(
        a=row("b", **quantized),
        b=row("a", **quantized),
        two=row("a", "b", **quantized),
        lost=row("gone", **quantized),
        tuned=row("a", base_model_relation="finetune"),
        of_tuned=row("tuned", **quantized),
        **{f"n{n}": row(f"n{n + 1}", **quantized) for n in range(20)},
    )
    assert {one.parameter_count for one in found.values()} == {None}


def test_a_draft_head_is_of_no_family_although_its_base_is() -> None:
    found = settled(base=row(family="qwen3"), head=row("base"))
    assert found["head"].family == "qwen3"
    base, head = row(family="qwen3"), row("a/Qwen3-8B")
    rows = {"huggingface:a/Qwen3-8B": base, "huggingface:b/Qwen3-8B-DFlash": head}
    assert settle(rows)["huggingface:b/Qwen3-8B-DFlash"].family is None


def test_a_family_comes_from_bases_that_agree() -> None:
    found = settled(
        qwen=row(family="qwen2.5"),
        llama=row(family="llama-3"),
        child=row("qwen"),
        grandchild=row("child"),
        torn=row("qwen", "llama"),
        own=row("qwen", family="mistral"),
    )
    families = {name: one.family for name, one in found.items()}
    assert families == {
        "child": "qwen2.5",
        "grandchild": "qwen2.5",
        "torn": None,
        "own": "mistral",
    }


def test_a_circle_of_bases_ends() -> None:
    found = settled(
        a=row("b", license="MIT"), b=row("c", "b"), c=row("a", "nc"), nc=row(license="CC-BY-NC-4.0")
    )
    assert {one.commercial_use for one in found.values()} == {"no"}


def test_endless_lineages_are_cut() -> None:
    size = MOST_ANCESTORS + 50
    rows = {f"huggingface:m{n}": row(f"m{n + 1}") for n in range(size)}
    rows[f"huggingface:m{size}"] = row(license="CC-BY-NC-4.0", family="t5")
    found = settle({ref: one for ref, one in rows.items()})
    assert (found["huggingface:m0"].commercial_use, found["huggingface:m0"].family) == (
        "unknown",
        None,
    )
    assert found[f"huggingface:m{size - 1}"].commercial_use == "no"


NAMES = [f"m{n}" for n in range(7)]
LICENSES = st.sampled_from(
    [None, "MIT", "LicenseRef-gemma", "LicenseRef-who-knows", "CC-BY-NC-4.0", "other"]
)


@st.composite
def lineages(draw: st.DrawFn) -> dict[str, Lineage]:
    """Catalogs with missing bases, circles and every mixture of stated and unstated facts."""
    rows = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1)):
        stated = draw(LICENSES)
        count = draw(st.sampled_from([None, 10**9, 3 * 10**9]))
        task = draw(st.sampled_from([None, "text-generation", "fill-mask"]))
        rows[f"huggingface:{name}"] = row(
            *draw(st.lists(st.sampled_from(NAMES), max_size=3)),
            license=None if stated == "other" else stated,
            license_raw=stated,
            pipeline_tag=task,
            pipeline_tag_origin=task and draw(st.sampled_from(["stated", "architecture"])),
            parameter_count=count,
            parameter_count_origin=count and draw(st.sampled_from(["safetensors", "name"])),
            family=draw(st.sampled_from([None, "t5", "qwen3"])),
            base_model_relation=draw(st.sampled_from([None, "quantized", "merge"])),
        )
    return rows


@given(rows=lineages(), seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_settling_twice_or_in_another_order_changes_nothing(
    rows: dict[str, Lineage], seed: int
) -> None:
    once = settle(rows)
    again = {
        ref: one._replace(
            pipeline_tag=done.pipeline_tag,
            pipeline_tag_origin=done.pipeline_tag_origin,
            parameter_count=done.parameter_count,
            parameter_count_origin=done.parameter_count_origin,
            family=done.family,
        )
        if (done := once.get(ref)) is not None
        else one
        for ref, one in rows.items()
    }
    assert settle(again) == once
    items = list(rows.items())
    random.Random(seed).shuffle(items)
    assert settle(dict(items)) == once


@given(rows=lineages())
@settings(max_examples=150, deadline=None)
def test_no_verdict_is_more_permissive_than_a_known_one_it_derives_from(
    rows: dict[str, Lineage],
) -> None:
    found = settle(rows)
    for ref, one in found.items():
        for base in rows[ref].base_models:
            if base in rows:
                own = verdict_of(rows[base].license, rows[base].license_raw)[0]
                known = found[base].commercial_use if base in found else own
                assert not more_permissive(one.commercial_use, known)


def test_a_bare_other_contradicts_nobody() -> None:
    found = settled(
        base=row(license="CC-BY-NC-4.0"),
        bare=row("base", license_raw="other"),
        named=row("base", license="LicenseRef-gemma", license_raw="gemma"),
    )
    assert (found["bare"].commercial_use, found["bare"].license_conflict) == ("no", False)
    assert (found["named"].commercial_use, found["named"].license_conflict) == ("no", True)


def test_another_llama_than_that_of_the_base_is_a_conflict() -> None:
    found = settled(
        **{
            "meta/base": row(license="LicenseRef-llama3.1"),
            "meta/next": row("meta/base", license="LicenseRef-llama3.3"),
            "a/wrong": row("meta/base", license="LicenseRef-llama3"),
            "b/right": row("meta/base", license="LicenseRef-llama3.1"),
            "c/mix": row("meta/base", "a/wrong", license="LicenseRef-llama3"),
            "d/free": row("a/gone", license="LicenseRef-llama3"),
            "e/next": row("meta/base", license="LicenseRef-llama3.3"),
        }
    )
    flagged = {ref for ref, one in found.items() if one.license_conflict}
    assert flagged == {"a/wrong", "e/next"}
    told = "It says llama3, but meta/base, which it derives from, says llama3.1."
    assert told in found["a/wrong"].license_reasons


@pytest.mark.parametrize("name", ["R1-Distill-Llama-70B", "colpali-v1.3", "colpaligemma-3b-pt"])
def test_names_of_what_is_made_of_llama_and_gemma_lower_a_yes(name: str) -> None:
    found = settled(**{f"a/{name}": row(license="MIT"), "copy": row(f"a/{name}", license="MIT")})
    assert {one.commercial_use for one in found.values()} == {"conditions"}
    assert all(one.license_conflict for one in found.values())
