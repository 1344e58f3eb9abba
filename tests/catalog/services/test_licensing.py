"""The license question about one model of a published catalog."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from catalog.errors import UnknownRef
from catalog.records import ModelRecord
from catalog.reports import LicenseReport
from catalog.services import licensing
from catalog.services.catalog import CatalogService
from catalog.vocabulary import USES

Maker = Callable[..., ModelRecord]
Ask = Callable[..., LicenseReport]
LLAMA = "LicenseRef-llama3.1"


@pytest.fixture
def ask(tmp_path: Path, publish: Callable[..., str]) -> Ask:
    """The report of the first of some records."""

    def asked(*records: ModelRecord) -> LicenseReport:
        publish(sorted(records, key=lambda record: record.ref))
        return CatalogService(tmp_path / "catalog").license(records[0].ref)

    return asked


def verdicts(report: LicenseReport) -> dict[str, str]:
    assert tuple(use.use for use in report.uses) == USES
    return {use.use: use.verdict for use in report.uses}


def test_the_chain_is_shown_and_its_strictest_part_decides(a_model: Maker, ask: Ask) -> None:
    base = a_model(repo_id="meta/base", license=LLAMA, license_raw="llama3.1")
    tuned = a_model(
        repo_id="org/tuned",
        license="MIT",
        license_raw="mit",
        base_models=(base.ref,),
        base_model_relation="finetune",
    )
    copy = a_model(
        repo_id="org/copy",
        license="Apache-2.0",
        license_raw="apache-2.0",
        commercial_use="conditions",
        base_models=(tuned.ref, "huggingface:org/gone"),
        base_model_relation="quantized",
        flags=("license_conflict",),
    )
    report = ask(copy, tuned, base)
    chain = [(link.name, link.depth, link.relation, link.in_catalog) for link in report.chain]
    assert chain == [
        ("org/copy", 0, None, True),
        ("org/tuned", 1, "quantized", True),
        ("org/gone", 1, "quantized", False),
        ("meta/base", 2, "finetune", True),
    ]
    assert set(verdicts(report).values()) == {"conditions"}
    assert report.conflict == (
        "It says Apache-2.0, but meta/base, which it derives from, says LicenseRef-llama3.1."
    )
    last = report.chain[-1]
    assert (last.license_name, last.version_read) == (
        "Llama 3.1 Community License Agreement",
        "released July 23, 2024",
    )
    assert last.license_url is not None and last.commercial_use == "conditions"
    assert [clause.key for clause in report.clauses] == [
        "notice", "naming", "user_cap", "acceptable_use",
    ]  # fmt: skip
    assert "meta/base: Llama 3.1 Community License Agreement allows it on conditions." in (
        report.uses[0].reasons
    )
    assert not report.cut


def test_a_name_whose_terms_follow_the_weights_counts(a_model: Maker, ask: Ask) -> None:
    own = a_model(
        repo_id="org/My-Llama-3-8B",
        license="MIT",
        license_raw="mit",
        commercial_use="conditions",
        flags=("license_conflict",),
    )
    report = ask(own)
    assert verdicts(report)["train_outputs"] == "no"
    assert report.conflict is not None and "a name says llama-3" in report.conflict
    # A row that states the same terms itself is told them once.
    honest = ask(a_model(repo_id="org/Llama-3-8B", license="LicenseRef-llama3"))
    assert not any("A name says" in why for use in honest.uses for why in use.reasons)
    silent = ask(a_model(repo_id="org/gemma-2b-copy"))
    assert set(verdicts(silent).values()) == {"unknown"}


def test_what_is_made_of_llama_and_gemma_keeps_their_terms(a_model: Maker, ask: Ask) -> None:
    for name, terms in (
        ("R1-Distill-Llama-8B", "Llama 3.1"),
        ("R1-Distill-Llama-70B", "Llama 3.3"),
        ("colpali-v1.3", "Gemma"),
    ):
        report = ask(a_model(repo_id=f"org/{name}", license="MIT", license_raw="mit"))
        assert verdicts(report)["serve"] == "conditions"
        assert any(terms in why for use in report.uses for why in use.reasons), name


def test_another_llama_license_than_that_of_the_base_is_told(a_model: Maker, ask: Ask) -> None:
    base = a_model(repo_id="meta/base", license="LicenseRef-llama3.1", commercial_use="conditions")
    own = a_model(
        repo_id="org/copy",
        license="LicenseRef-llama3",
        license_raw="llama3",
        commercial_use="conditions",
        base_models=(base.ref,),
        flags=("license_conflict",),
    )
    assert ask(own, base).conflict == (
        "It says llama3, but meta/base, which it derives from, says llama3.1."
    )


def test_two_licenses_in_one_row_are_a_conflict(a_model: Maker, ask: Ask) -> None:
    raw = "apache-2.0 (tongyi-qianwen)"
    own = a_model(
        license="Apache-2.0", license_raw=raw, commercial_use="yes", flags=("license_conflict",)
    )
    assert ask(own).conflict == f"It states two licenses that differ: {raw}."


def test_a_tag_of_ollama_shows_the_license_of_its_hub_base(a_model: Maker, ask: Ask) -> None:
    hub = a_model(repo_id="CohereForAI/aya", license="CC-BY-NC-4.0", license_raw="cc-by-nc-4.0")
    unread = "The license text of this model has not been read."
    tag = a_model(
        source="ollama",
        repo_id="aya:8b",
        base_models=(hub.ref,),
        license_reasons=(unread,),
        commercial_use="no",
    )
    report = ask(tag, hub)
    assert set(verdicts(report).values()) == {"no"}
    assert report.uses[0].reasons[:2] == (
        unread,
        "CohereForAI/aya: Creative Commons Attribution Non Commercial 4.0 forbids it.",
    )
    free = a_model(repo_id="CohereForAI/aya", license="MIT", license_raw="mit")
    assert set(verdicts(ask(tag, free)).values()) == {"unknown"}


def test_a_model_of_civitai_is_under_its_creator_and_its_base(a_model: Maker, ask: Ask) -> None:
    own = a_model(
        source="civitai",
        repo_id="7",
        name="A LoRA",
        base_label="Flux.1 D",
        license_raw="creator permits: sell images, sell the model; merges allowed",
        commercial_use="no",
        flags=("license_conflict",),
    )
    report = ask(own)
    assert set(verdicts(report).values()) == {"no"}
    assert [link.in_catalog for link in report.chain] == [True, False]
    assert report.chain[1].license_name == "FLUX non-commercial license"
    assert report.conflict == (
        "The creator allows what FLUX.1 [dev] Non-Commercial License, the license of the base "
        "model Flux.1 D, forbids."
    )
    nameless = ask(
        a_model(source="civitai", repo_id="8", license_raw="creator permits: sell images")
    )
    assert nameless.conflict is None
    assert set(verdicts(nameless).values()) == {"unknown", "no"}
    hosted = ask(
        a_model(source="civitai", repo_id="9", base_label="Veo 3", license_raw=own.license_raw)
    )
    assert hosted.chain[1].license_name == "Veo 3"
    assert verdicts(hosted)["internal"] == "ask"


def test_circles_aliases_and_other_letters_end(a_model: Maker, ask: Ask) -> None:
    one = a_model(repo_id="org/one", license="MIT", base_models=("huggingface:Org/Two",))
    two = a_model(
        repo_id="org/two",
        license="LicenseRef-gemma",
        base_models=("huggingface:org/one", "huggingface:old/one", "huggingface:ORG/one"),
    )
    one = a_model(
        repo_id="org/one",
        license="MIT",
        aliases=("huggingface:old/one",),
        base_models=("huggingface:Org/Two",),
    )
    report = ask(one, two)
    assert [link.name for link in report.chain] == ["org/one", "org/two"]
    assert set(verdicts(report).values()) == {"conditions"}


def test_a_long_chain_is_cut_where_it_is_shown_and_not_where_it_counts(
    a_model: Maker, ask: Ask
) -> None:
    size = licensing.MOST_LINKS + 5
    models = [
        a_model(
            repo_id=f"org/m{n:03}", license="MIT", base_models=(f"huggingface:org/m{n + 1:03}",)
        )
        for n in range(size)
    ]
    last = a_model(repo_id=f"org/m{size:03}", license="CC-BY-NC-4.0")
    report = ask(*models, last)
    assert len(report.chain) == licensing.MOST_LINKS and report.cut
    assert set(verdicts(report).values()) == {"no"}
    merged = a_model(
        repo_id="org/merge",
        license="MIT",
        base_models=tuple(f"huggingface:x/{n}" for n in range(600)),
    )
    assert ask(merged).cut


def test_an_unknown_model_is_said_so(a_model: Maker, ask: Ask, tmp_path: Path) -> None:
    ask(a_model(repo_id="org/one"))
    with pytest.raises(UnknownRef):
        CatalogService(tmp_path / "catalog").license("huggingface:org/two")


def test_a_base_that_left_counts_as_it_was_last_known(a_model: Maker, ask: Ask) -> None:
    why = "CC BY-NC 4.0: commercial use is forbidden."
    left = "org/gone is no longer in the catalog; what was last known of its license still counts."
    row = a_model(
        repo_id="org/copy",
        license="MIT",
        license_raw="mit",
        commercial_use="no",
        license_reasons=("MIT allows it.", f"It derives from org/gone: {why}", left),
        base_models=("huggingface:org/gone",),
        flags=("license_conflict",),
    )
    report = ask(row)
    assert set(verdicts(report).values()) == {"no"}
    assert (report.chain[1].in_catalog, report.chain[1].commercial_use) == (False, "no")
    assert why in report.chain[1].uses[0].reasons
    assert report.conflict == left
