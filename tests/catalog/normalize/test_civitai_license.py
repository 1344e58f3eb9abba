"""Commercial use of CivitAI models: permissions in three spellings, held against the base model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.normalize import civitai_bases
from catalog.normalize.civitai_bases import all_bases, base_of
from catalog.normalize.civitai_license import Terms, permissions_of, terms_of
from catalog.normalize.license import TERMS, spdx_of, verdict_of
from catalog.vocabulary import COMMERCIAL_USE, TASKS

ALL = ["Image", "RentCivit", "Rent", "Sell"]
STRICTNESS = {verdict: rank for rank, verdict in enumerate(("yes", "conditions", "ask", "no"))}


def item(allow: Any = ..., **flags: Any) -> dict[str, Any]:
    free = {"allowNoCredit": True, "allowDerivatives": True, "allowDifferentLicense": True}
    found = free | flags
    return found if allow is ... else found | {"allowCommercialUse": allow}


def judged(base: str | None, allow: Any = ..., **flags: Any) -> Terms:
    return terms_of(permissions_of(item(allow, **flags)), base_of(base), base, version_id=7)


@pytest.mark.parametrize(
    ("stated", "uses"),
    [
        (["Image", "RentCivit"], {"Image", "RentCivit"}),
        ("{Image,RentCivit}", {"Image", "RentCivit"}),
        ('{ "Image" , Sell }', {"Image", "Sell"}),
        ("Rent", {"Image", "RentCivit", "Rent"}),
        ("Image", {"Image"}),
        ("Sell", set(ALL)),
        ("None", set()),
        (["None"], set()),
        ([], set()),
        ("{}", set()),
        (["Sell"], {"Sell"}),  # a list means what it names
        ("{Sell}", {"Sell"}),
        ("RentCivit", {"RentCivit"}),
        (..., None),
        (None, None),
        ("", None),
        (True, None),
        ([1], None),
        (["Image", "Everything"], None),  # nobody knows what that allows
        ("Everything", None),
    ],
)
def test_all_spellings_of_the_permissions(stated: object, uses: set[str] | None) -> None:
    found = permissions_of(item(stated)).uses
    assert found == (None if uses is None else frozenset(uses))


@pytest.mark.parametrize(
    ("base", "allow", "verdict"),
    [
        ("Flux.1 S", ALL, "yes"),
        ("Flux.1 S", ["Image", "RentCivit"], "conditions"),  # selling the model is not allowed
        ("Flux.1 S", ["Sell"], "conditions"),
        ("SD 1.5", ALL, "conditions"),
        ("SD 1.5", ["Image"], "conditions"),
        ("SD 3.5 Large", ALL, "conditions"),
        ("Illustrious", ALL, "conditions"),
        ("Flux.1 D", ["Image", "Sell"], "no"),
        ("NoobAI", ALL, "no"),
        ("Flux.1 D", ..., "no"),
        ("SD 1.5", ["RentCivit"], "no"),
        ("SD 1.5", ["Rent", "RentCivit"], "no"),  # the site calls only Image and Sell commercial
        ("SD 1.5", [], "no"),
        ("SD 1.5", "None", "no"),
        ("SD 1.5", ..., "unknown"),
        ("Krea 2", ALL, "ask"),
        ("Krea 2", ..., "unknown"),
        ("Other", ALL, "unknown"),
        ("Brand New", ALL, "unknown"),
        (None, ALL, "unknown"),
        ("Other", [], "no"),
    ],
)
def test_the_stricter_of_base_license_and_permissions(
    base: str | None, allow: Any, verdict: str
) -> None:
    assert judged(base, allow).commercial_use == verdict


@pytest.mark.parametrize(
    "flags",
    [
        {"allowDerivatives": False},
        {"allowDifferentLicense": False},
        {"allowDerivatives": None},
        {"allowDifferentLicense": "yes"},
    ],
)
def test_rules_on_merges_are_conditions(flags: dict[str, Any]) -> None:
    assert judged("Flux.1 S", ALL, **flags).commercial_use == "conditions"


def test_credit_alone_is_no_condition() -> None:
    terms = judged("Flux.1 S", ALL, allowNoCredit=False)
    assert terms.commercial_use == "yes"
    assert "The creator asks to be credited." in terms.reasons


def test_both_reasons_are_told_and_selling_pictures_is_not_selling_the_model() -> None:
    terms = judged("SD 1.5", ["Image", "RentCivit"], allowDerivatives=False)
    assert terms.reasons == (
        "Selling images is allowed; serving it or building it into a product is not.",
        "The base model SD 1.5 is under CreativeML OpenRAIL-M: commercial use is allowed within "
        "its use restrictions.",
        "The creator allows selling generated images and running it on CivitAI's own services; "
        "not running it on other paid services nor selling the model itself or merges of it.",
        "Merges of it may not be shared.",
        "CivitAI's own wording: https://civitai.com/models/license/7",
    )
    assert terms.raw == "creator permits: sell images, run on CivitAI; no merges"


def test_other_words_of_a_creator_are_told() -> None:
    found = permissions_of(item([], allowNoCredit=False, allowDifferentLicense=False))
    terms = terms_of(found, None, None, version_id=7, sfw_only=True)
    assert terms.reasons[0] == "The base model is not named; it has no license that is known here."
    assert "The creator allows no commercial use." in terms.reasons
    assert "The creator allows it for safe-for-work images only." in terms.reasons
    assert terms.raw == (
        "creator permits no commercial use; credit required; merges allowed; "
        "same permissions on merges"
    )
    silent = terms_of(permissions_of({}), base_of("Krea 2"), "Krea 2", version_id=7)
    assert silent.raw is None
    assert "The creator's word on commercial use is missing." in silent.reasons
    assert "whose text is not known here" in silent.reasons[0]


def test_safe_for_work_alone_is_a_condition() -> None:
    permissions = permissions_of(item(ALL))
    schnell = base_of("Flux.1 S")
    assert terms_of(permissions, schnell, "Flux.1 S", version_id=7).commercial_use == "yes"
    terms = terms_of(permissions, schnell, "Flux.1 S", version_id=7, sfw_only=True)
    assert terms.commercial_use == "conditions"
    forbidden = terms_of(permissions, base_of("Flux.1 D"), "Flux.1 D", version_id=7, sfw_only=True)
    assert forbidden.commercial_use == "no"


def test_stricter_bases_of_other_versions_are_told() -> None:
    labels = ["SDXL 1.0", "Flux.1 D", "Flux.1 S", None, "Flux.1 D", "Other"]
    terms = terms_of(
        permissions_of(item(ALL)),
        base_of("SDXL 1.0"),
        "SDXL 1.0",
        version_id=7,
        other_labels=labels,
    )
    assert terms.commercial_use == "conditions"
    assert [reason for reason in terms.reasons if "other versions" in reason] == [
        "There are other versions. The base model Flux.1 D is under FLUX.1 [dev] Non-Commercial "
        "License: commercial use is forbidden.",
        "There are other versions. The base model Other has no license that is known here.",
    ]
    strict = terms_of(
        permissions_of(item(ALL)),
        base_of("Flux.1 D"),
        "Flux.1 D",
        version_id=7,
        other_labels=labels,
    )
    assert sum("other versions" in reason for reason in strict.reasons) == 1  # the unknown one


def test_a_base_without_weights_is_told() -> None:
    assert any("hosted service" in reason for reason in judged("Sora 2", ALL).reasons)
    assert not any("hosted service" in reason for reason in judged("SD 1.5", ALL).reasons)


def test_a_base_that_forbids_what_the_creator_allows_is_a_conflict() -> None:
    assert judged("Flux.1 D", ALL).conflict
    assert not judged("Flux.1 D", []).conflict
    assert not judged("Flux.1 D", ...).conflict
    assert not judged("SD 1.5", ALL).conflict


USES = st.lists(st.sampled_from([*ALL, "None"]), max_size=5)


@given(base=st.sampled_from(sorted(all_bases())), uses=USES, flags=st.tuples(*[st.booleans()] * 3))
def test_the_verdict_is_never_more_permissive_than_the_base(
    base: str, uses: list[str], flags: tuple[bool, ...]
) -> None:
    names = ("allowNoCredit", "allowDerivatives", "allowDifferentLicense")
    terms = judged(base, uses, **dict(zip(names, flags, strict=True)))
    of_base = TERMS[all_bases()[base].terms][0]
    assert terms.commercial_use in COMMERCIAL_USE
    if of_base in STRICTNESS and terms.commercial_use in STRICTNESS:
        assert STRICTNESS[terms.commercial_use] >= STRICTNESS[of_base]
    if not {"Image", "Sell"} & set(uses):
        assert terms.commercial_use == "no"


@given(uses=USES, stated=st.booleans())
def test_a_list_and_its_text_say_the_same(uses: list[str], stated: bool) -> None:
    listed = permissions_of(item(uses))
    assert listed == permissions_of(item("{" + ",".join(uses) + "}"))


def test_the_table_of_base_models_holds_together() -> None:
    bases = all_bases()
    path = Path(civitai_bases.__file__).with_name("civitai_bases.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["bases"]
    assert len(bases) == len(rows) == 99
    for base in bases.values():
        assert set(base.tasks) <= set(TASKS), base.label
        assert base.terms in TERMS, base.label
        stated = rows[base.label]["license"]
        if stated is not None:
            # The license table and this one must not tell two stories.
            assert spdx_of(stated) == stated
            known = verdict_of(stated)[0]
            assert known in ("ask", TERMS[base.terms][0]), base.label
        if base.whole is not None:
            assert base.backbone[0] < base.whole
        if base.hosted_api_only:
            assert not base.backbone and base.terms in ("unread", "unstated"), base.label
    assert sum(base.hosted_api_only for base in bases.values()) == 20
    assert base_of("sd 1.5") is base_of("SD 1.5") is not None
    assert base_of(None) is None
