from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.normalize.license import (
    contradicts_itself,
    from_hub,
    more_permissive,
    named_terms,
    spdx_of,
    strictest,
    verdict_of,
)
from catalog.normalize.license_table import hub_license_ids
from catalog.vocabulary import COMMERCIAL_USE


def test_all_ids_of_the_hub_are_in_the_table(shared_data: Path) -> None:
    listed = json.loads((shared_data / "taxonomy" / "licenses.json").read_text("utf-8"))
    assert set(hub_license_ids()) == {row["id"] for row in listed["licenses"]}
    assert len(hub_license_ids()) == 83


def test_every_id_has_a_verdict_and_only_two_have_no_license() -> None:
    facts = {hub_id: from_hub(hub_id) for hub_id in hub_license_ids()}
    assert {hub_id for hub_id, fact in facts.items() if fact.license is None} == {
        "other",
        "unknown",
    }
    assert all(fact.commercial_use in COMMERCIAL_USE and fact.reasons for fact in facts.values())


@pytest.mark.parametrize(
    ("stated", "name", "license_id", "commercial_use"),
    [
        ("apache-2.0", None, "Apache-2.0", "yes"),
        ("mit", None, "MIT", "yes"),
        ("bsd-3-clause", None, "BSD-3-Clause", "yes"),
        ("cc0-1.0", None, "CC0-1.0", "yes"),
        ("cc-by-4.0", None, "CC-BY-4.0", "yes"),
        ("cc-by-sa-4.0", None, "CC-BY-SA-4.0", "conditions"),
        ("gpl-3.0", None, "GPL-3.0-only", "conditions"),
        ("openrail++", None, "LicenseRef-openrail-plus-plus", "conditions"),
        ("llama3.1", None, "LicenseRef-llama3.1", "conditions"),
        ("gemma", None, "LicenseRef-gemma", "conditions"),
        ("cc-by-nc-4.0", None, "CC-BY-NC-4.0", "no"),
        ("cc", None, "LicenseRef-cc", "ask"),
        ("unknown", None, None, "unknown"),
        (None, None, None, "unknown"),
        ([], None, None, "unknown"),
        ("other", None, None, "ask"),
        ("other", "qwen", "LicenseRef-qwen", "conditions"),
        ("other", "quwen", "LicenseRef-quwen", "conditions"),
        ("other", "tongyi-qianwen", "LicenseRef-tongyi-qianwen", "conditions"),
        ("other", "qwen-research", "LicenseRef-qwen-research", "no"),
        ("other", "mrl", "LicenseRef-mrl", "no"),
        ("other", "flux-1-dev-non-commercial-license",
         "LicenseRef-flux-1-dev-non-commercial-license", "no"),
        ("other", "stabilityai-ai-community", "LicenseRef-stabilityai-ai-community", "conditions"),
        ("other", "modified-mit", "LicenseRef-modified-mit", "conditions"),
        ("other", "llama3", "LicenseRef-llama3", "conditions"),
        ("other", "apache-2.0", "Apache-2.0", "yes"),  # Qwen2.5-Omni-7B
        ("other", "helpingai", "LicenseRef-helpingai", "ask"),
        ("other", "katanemo-research", "LicenseRef-katanemo-research", "no"),
        ("other", "newbie-nc-1.0", "LicenseRef-newbie-nc-1.0", "no"),
        ("other", "许可", None, "ask"),
        (None, "falcon-llm-license", "LicenseRef-falcon-llm-license", "conditions"),
        ("lfm1.0", None, "LicenseRef-lfm1.0", "conditions"),
        ("creativeml-open-rail-m", None, "LicenseRef-creativeml-openrail-m", "conditions"),
        (["mit"], None, "MIT", "yes"),
        (["apache-2.0", "cc-by-nc-4.0"], None, "CC-BY-NC-4.0", "no"),
        (["apache-2.0", "mit"], None, "Apache-2.0", "yes"),
        (7, None, None, "unknown"),
    ],
)  # fmt: skip
def test_a_stated_license(
    stated: object, name: object, license_id: str | None, commercial_use: str
) -> None:
    fact = from_hub(stated, name)
    assert (fact.license, fact.commercial_use) == (license_id, commercial_use)
    assert verdict_of(fact.license, fact.license_raw) == (fact.commercial_use, fact.reasons)


def test_the_own_words_are_kept() -> None:
    assert from_hub("other", "Qwen-Research").license_raw == "other (Qwen-Research)"
    assert from_hub(["apache-2.0", "mit"]).license_raw == "apache-2.0, mit"
    assert from_hub(None, "mrl").license_raw == "mrl"
    assert from_hub(None).license_raw is None


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("APACHE-2.0", "Apache-2.0"),
        ("gpl-3.0-only", "GPL-3.0-only"),
        ("openrail-plus-plus", "LicenseRef-openrail-plus-plus"),
        ("LicenseRef-OpenRAIL-plus-plus", "LicenseRef-openrail-plus-plus"),
        ("odc-by-1.0", "ODC-By-1.0"),
        ("Some New License v2", "LicenseRef-some-new-license-v2"),
        ("...", None),
    ],
)
def test_a_typed_license_finds_its_stored_form(typed: str, stored: str | None) -> None:
    assert spdx_of(typed) == stored


def test_a_stored_license_is_its_own_stored_form() -> None:
    for hub_id in hub_license_ids():
        stored = from_hub(hub_id).license
        assert stored is None or spdx_of(stored) == stored


def test_strictness_runs_from_yes_to_no() -> None:
    assert strictest(["yes", "unknown", "conditions"]) == "conditions"
    assert strictest(["ask", "no"]) == "no"
    assert strictest(["unknown"]) == "unknown"
    assert strictest([]) == "unknown"
    assert more_permissive("yes", "ask")
    assert not more_permissive("no", "yes")
    assert not more_permissive("unknown", "no")
    assert not more_permissive("yes", "unknown")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("apache-2.0 (tongyi-qianwen)", True),
        ("llama3 (llama3)", False),
        ("other (qwen)", False),
        ("mit", False),
        (None, False),
    ],
)
def test_a_row_may_contradict_itself(raw: str | None, expected: bool) -> None:
    assert contradicts_itself(raw) is expected


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Llama-3.1-8B-Instruct", "llama-3.1"),
        ("Meta-Llama-3-8B", "llama-3"),
        ("llama3-8b-dpo", "llama3"),
        ("Llama-2-7b-chat-hf", "llama-2"),
        ("Llama-4-Scout-17B-16E", "llama-4"),
        ("gemma-2b-it", "gemma-2b"),
        ("gemma-2-9b", "gemma-2"),
        ("gemma-3n-E4B-it", "gemma-3"),
        ("gemma-4-31B-it", None),
        ("TinyLlama-1.1B", None),
        ("open_llama_3b_v2", None),
        ("Llama-3B", None),
        ("llama2.c-stories", None),
        ("VideoLLaMA3-7B", None),
        ("llama-30b", None),
        ("DeepSeek-R1-Distill-Llama-8B", "distill-llama"),
        ("deepseek-r1-distill-llama-70b-awq", "distill-llama-70b"),
        ("r1-1776:70b-distill-llama-q8_0", "distill-llama"),
        ("deepseek-r1:70b-llama-distill-fp16", "llama-distill"),
        ("DeepSeek-R1-Distill-Qwen-7B", None),
        ("paligemma2-3b-mix-224", "paligemma2"),
        ("colpaligemma-3b-pt-448-base", "colpaligemma"),
        ("colpali-v1.3", "colpali"),
        ("turkish-colpali", "colpali"),
        ("colqwen2.5-v0.2", None),
    ],
)
def test_families_whose_terms_follow_the_weights(name: str, family: str | None) -> None:
    assert named_terms(name) == family
