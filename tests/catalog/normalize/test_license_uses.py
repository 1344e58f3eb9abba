"""Verdicts per use: from clauses, expressions and chains, and from CivitAI's permissions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.normalize.civitai_bases import all_bases
from catalog.normalize.civitai_license import (
    SFW_ONLY,
    permissions_in,
    permissions_of,
    terms_of,
    verdict_under,
)
from catalog.normalize.civitai_uses import base_license, permitted, under_both
from catalog.normalize.license import more_permissive, spdx_of, strictest, verdict_of
from catalog.normalize.license_table import hub_license_ids, known_names
from catalog.normalize.license_uses import (
    RULES,
    Uses,
    all_clauses,
    clauses_of,
    commercial,
    inherited,
    uses_of,
)
from catalog.reports import UseVerdict
from catalog.vocabulary import CLAUSES, COMMERCIAL_USE, UNKNOWN, USES


def verdicts(uses: Uses) -> tuple[str, ...]:
    assert tuple(one.use for one in uses) == USES
    return tuple(one.verdict for one in uses)


def test_the_rules_are_whole() -> None:
    assert tuple(RULES) == CLAUSES
    assert all(len(row) == len(USES) and set(row) <= set(COMMERCIAL_USE) for row in RULES.values())


def test_clauses_come_to_what_the_terms_say_in_every_row() -> None:
    stored = {key: spdx_of(key) for key in known_names()}
    came_to = {key: commercial(uses_of(one, key)) for key, one in stored.items()}
    assert came_to == {key: verdict_of(one, key)[0] for key, one in stored.items()}
    assert len(came_to) > 120


@pytest.mark.parametrize(
    ("serve", "embed", "expected"),
    [
        ("yes", "no", "no"),
        ("no", "yes", "no"),
        ("yes", "conditions", "conditions"),
        ("yes", UNKNOWN, UNKNOWN),
        (UNKNOWN, "no", "no"),
    ],
)
def test_commercial_use_is_the_stricter_of_serving_and_embedding(
    serve: str, embed: str, expected: str
) -> None:
    given = {"serve": serve, "embed": embed}
    uses = tuple(UseVerdict(use=use, verdict=given.get(use, "yes")) for use in USES)
    assert commercial(uses) == expected


@pytest.mark.parametrize(
    ("license_id", "expected"),
    [
        ("Apache-2.0", "yes yes yes yes yes"),
        ("GPL-3.0-or-later", "yes conditions conditions conditions ask"),
        ("CC-BY-ND-4.0", "yes conditions conditions no ask"),
        ("CC-BY-NC-4.0", "no no no no no"),
        ("LicenseRef-llama2", "conditions conditions conditions conditions no"),
        ("LicenseRef-llama3", "conditions conditions conditions conditions no"),
        ("LicenseRef-llama3.1", "conditions conditions conditions conditions conditions"),
        ("LicenseRef-gemma", "conditions conditions conditions conditions conditions"),
        ("LicenseRef-qwen", "conditions conditions conditions conditions conditions"),
        ("LicenseRef-tongyi-qianwen", "conditions conditions conditions conditions no"),
        ("LicenseRef-tencent-hunyuan-community", "conditions conditions conditions conditions no"),
        ("LicenseRef-mrl", "no no no no no"),
        ("LicenseRef-cc", "ask ask ask ask ask"),
        ("LicenseRef-who-knows", "ask ask ask ask ask"),
        ("LicenseRef-some-nc-1.0", "no no no no no"),
        ("MIT OR CC-BY-NC-4.0", "yes yes yes yes yes"),
        ("MIT AND GPL-3.0-only", "yes conditions conditions conditions ask"),
        ("MIT AND LicenseRef-who-knows", "ask ask ask ask ask"),
    ],
)
def test_uses_of_a_license(license_id: str, expected: str) -> None:
    uses = uses_of(license_id)
    assert verdicts(uses) == tuple(expected.split())
    assert commercial(uses) == verdict_of(license_id)[0]
    assert all(one.reasons for one in uses)


def test_what_is_not_stated_is_unknown_and_what_is_not_read_is_asked() -> None:
    assert set(verdicts(uses_of(None))) == {UNKNOWN}
    assert set(verdicts(uses_of(None, "other"))) == {"ask"}
    assert clauses_of(None) == clauses_of("LicenseRef-who-knows") == ()


def test_reasons_and_clauses_are_those_of_the_use() -> None:
    internal, _, embed, _, outputs = uses_of("LicenseRef-llama3")
    assert "notice" in embed.clauses and "notice" not in internal.clauses
    assert outputs.reasons == (
        "Llama 3 Community License Agreement forbids it.",
        "What it puts out may not be used to improve any other large language model.",
    )
    said = " ".join(uses_of("LicenseRef-tencent-hunyuan-community")[0].reasons)
    assert "European Union, the United Kingdom and South Korea" in said
    both = clauses_of("CC-BY-4.0 AND LicenseRef-gemma")
    assert [clause.key for clause in both] == ["attribution", "notice", "acceptable_use"]
    assert [one.key for one in all_clauses([clauses_of("MIT"), clauses_of("ISC")])] == ["notice"]


def test_every_id_of_the_hub_has_uses_that_agree_with_its_verdict() -> None:
    for hub_id in hub_license_ids():
        license_id = spdx_of(hub_id)
        raw = hub_id if license_id is None else None
        assert commercial(uses_of(license_id, raw)) == verdict_of(license_id, raw)[0]


def test_a_chain_is_as_strict_as_its_strictest_part_and_says_why() -> None:
    own, llama, gemma = uses_of("Apache-2.0"), uses_of("LicenseRef-llama3"), uses_of("MIT")
    found = inherited(own, [("meta/llama", llama), ("org/mit", gemma), ("org/copy", llama)])
    assert verdicts(found) == ("conditions", "conditions", "conditions", "conditions", "no")
    assert found[4].reasons[1].startswith("meta/llama: Llama 3 Community License Agreement forbids")
    assert "no_training_on_outputs" in found[4].clauses
    # As strict itself: what the base asks beside is told too, the same words only once.
    rail = uses_of("LicenseRef-openrail")
    assert len(inherited(rail, [("a", rail)])[0].reasons) == len(rail[0].reasons)
    both = inherited(rail, [("a", llama)])[0]
    assert both.reasons == (*rail[0].reasons, f"a: {llama[0].reasons[0]}", *llama[0].reasons[1:])


def test_who_states_nothing_promises_nothing() -> None:
    silent = uses_of(None)
    found = inherited(silent, [("meta/llama", uses_of("LicenseRef-llama3"))])
    assert verdicts(found) == (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, "no")
    assert found[0].reasons[1].startswith("meta/llama: ")  # told, though it decides nothing
    assert verdicts(inherited(silent, [("x", uses_of("MIT"))])) == (UNKNOWN,) * 5
    assert commercial(inherited(silent, [("x", uses_of("CC-BY-NC-4.0"))])) == "no"
    assert commercial(silent) == UNKNOWN


LICENSES = st.sampled_from(
    [None, "MIT", "LicenseRef-gemma", "LicenseRef-llama3", "GPL-3.0-only", "CC-BY-ND-4.0",
     "CC-BY-NC-4.0", "LicenseRef-who-knows", "MIT OR GPL-3.0-only"]
)  # fmt: skip


@given(own=LICENSES, above=st.lists(LICENSES, max_size=4))
def test_no_use_of_a_derivative_is_more_permissive_than_that_of_a_base(
    own: str | None, above: list[str | None]
) -> None:
    chain = [(f"m{at}", uses_of(license_id)) for at, license_id in enumerate(above)]
    found = inherited(uses_of(own), chain)
    for at, one in enumerate(found):
        assert not more_permissive(one.verdict, uses_of(own)[at].verdict)
        assert all(not more_permissive(one.verdict, uses[at].verdict) for _, uses in chain)
        if own is None:
            assert one.verdict in (UNKNOWN, "no")
    # The verdict of `settle` over the same chain is the one of serving and embedding.
    stricter = [verdict_of(license_id)[0] for license_id in above]
    mine = verdict_of(own)[0]
    floor = strictest([mine, *stricter])
    assert commercial(found) == (floor if mine != UNKNOWN or floor == "no" else UNKNOWN)


ALL = ("Image", "RentCivit", "Rent", "Sell")
FLAGS = st.sampled_from([None, True, False])


@given(
    allow=st.none() | st.lists(st.sampled_from(ALL), unique=True),
    credit=FLAGS,
    merges=FLAGS,
    other=FLAGS,
    base=st.sampled_from([*(base.label for base in all_bases().values()), "Brand New", None]),
    sfw=st.booleans(),
)
def test_permissions_are_read_back_and_never_grow(
    allow: list[str] | None, credit: bool | None, merges: bool | None, other: bool | None,
    base: str | None, sfw: bool,
) -> None:  # fmt: skip
    item = {"allowNoCredit": credit, "allowDerivatives": merges, "allowDifferentLicense": other}
    stated = permissions_of(item | {"allowCommercialUse": allow})
    known = all_bases().get((base or "").lower())
    terms = terms_of(stated, known, base, version_id=7, sfw_only=sfw)
    back = permissions_in(terms.raw)
    assert back.uses == stated.uses
    if stated.uses is not None:
        assert back.derivatives == stated.derivatives
        assert (back.no_credit is False, back.different_license is False) == (
            stated.no_credit is False,
            stated.different_license is False,
        )
    own, clauses = permitted(terms.raw, terms.reasons)
    found = under_both(own, base_license(base)[2])
    for one in found:
        assert not more_permissive(one.verdict, verdict_under(stated))
        assert (
            one.verdict == UNKNOWN
            or not more_permissive(one.verdict, terms.commercial_use)
            or (one.use == "internal")
        )
        assert one.verdict not in ("yes", "conditions") or terms.commercial_use != UNKNOWN
    assert {clause.key for clause in clauses} <= set(CLAUSES)


def test_each_permission_is_for_its_use() -> None:
    raw = "creator permits: sell images, run on CivitAI; credit required; no merges"
    own, clauses = permitted(raw, ())
    assert verdicts(own) == ("conditions", "no", "no", "no", "ask")
    assert [clause.key for clause in clauses] == ["attribution", "no_derivatives"]
    raw = "creator permits: sell images, run on paid services, sell the model; merges allowed"
    assert verdicts(permitted(raw, ())[0])[1:] == ("conditions", "conditions", "conditions", "ask")
    silent = permitted("creator permits: sell images, sell the model", (SFW_ONLY,))[0]
    assert verdicts(silent) == ("conditions", "no", "conditions", "ask", "ask")
    assert SFW_ONLY in silent[0].reasons
    none, clauses = permitted("creator permits no commercial use; same permissions on merges", ())
    assert set(verdicts(none)) == {"no"}
    assert [clause.key for clause in clauses] == ["share_alike", "non_commercial"]
    assert set(verdicts(permitted(None, ())[0])) == {UNKNOWN}
    assert set(verdicts(permitted("whatever else", ())[0])) == {UNKNOWN}


def test_licenses_of_base_models_are_those_of_the_table() -> None:
    for base in all_bases().values():
        reading, name, uses = base_license(base.label)
        assert name == base.license_name
        assert (reading is None) == (base.terms in ("unread", "unstated"))
        assert reading is None or reading.terms == base.terms
        assert uses[0].reasons
    assert "is not named" in base_license(None)[2][0].reasons[0]
