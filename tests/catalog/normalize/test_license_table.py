from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.normalize.license import from_hub, reading_of, spdx_of, verdict_of
from catalog.normalize.license_spdx import evaluated, expression_of, spdx_id
from catalog.normalize.license_table import hub_license_ids, known_names, linked, named


@pytest.mark.parametrize(
    ("stated", "stored", "verdict"),
    [
        ("Apache-2.0 OR MIT", "Apache-2.0 OR MIT", "yes"),
        ("mit OR gpl-3.0", "MIT OR GPL-3.0-only", "yes"),
        ("mit AND cc-by-nc-4.0", "MIT AND CC-BY-NC-4.0", "no"),
        ("gpl-2.0-only with classpath-exception-2.0",
         "GPL-2.0-only WITH Classpath-exception-2.0", "conditions"),
        ("(mit or apache-2.0) and gemma", "(MIT OR Apache-2.0) AND LicenseRef-gemma",
         "conditions"),
        ("MIT/Apache-2.0", "MIT AND Apache-2.0", "yes"),
        ("mit-and-apache-2.0", "MIT AND Apache-2.0", "yes"),
        ("LicenseRef-mine AND mit", "LicenseRef-mine AND MIT", "ask"),
        ("gpl-3.0-or-later", "GPL-3.0-or-later", "conditions"),
        ("bsd-4-clause", "BSD-4-Clause", "ask"),
        # Parts that nobody knows make no expression, and an unknown exception none either.
        ("apache-2.0-with-upstream-kimi-k3", "LicenseRef-apache-2.0-with-upstream-kimi-k3", "ask"),
        ("apache-2.0 WITH upstream", "LicenseRef-apache-2.0-with-upstream", "ask"),
        ("x WITH classpath-exception-2.0", "LicenseRef-x-with-classpath-exception-2.0", "ask"),
        ("mit OR whatever", "LicenseRef-mit-or-whatever", "ask"),
        ("mit OR (", "LicenseRef-mit-or", "ask"),
        ("( ) or mit", "LicenseRef-or-mit", "ask"),  # the parser stumbles
        ("LicenseRef-é OR mit", "LicenseRef-or-mit", "ask"),
    ],
)  # fmt: skip
def test_expressions_and_ids_of_spdx(stated: str, stored: str, verdict: str) -> None:
    assert spdx_of(stated) == stored
    assert verdict_of(stored)[0] == verdict
    assert spdx_of(stored) == stored


def test_a_single_id_is_no_expression() -> None:
    assert expression_of("MIT") is None
    assert spdx_id("mit") == "MIT"
    assert evaluated("MIT", len, max, max) is None


@pytest.mark.parametrize(
    ("name", "meant", "verdict"),
    [
        ("flux-1-dev-non-comercial-license", "flux-1-dev-non-commercial-license", "no"),
        ("Qwen Licence", "qwen", "conditions"),
        ("nvidia-open-modell-license", "nvidia-open-model-license", "conditions"),
        ("falcon-llm", "falcon-llm-license", "conditions"),
        ("ai-license", None, "ask"),  # one letter from Yi, and too short for a slip
        ("glm-5", None, "ask"),  # figures tell versions apart
        ("appache-2.0", None, "ask"),  # no slip makes a license that allows everything
        ("helpingai", None, "ask"),
    ],
)
def test_a_slip_of_the_pen_is_read(name: str, meant: str | None, verdict: str) -> None:
    stored = spdx_of(name)
    assert stored is not None
    assert stored.startswith("LicenseRef-")
    found, known = reading_of(stored), named(meant) if meant else None
    assert (found and found.name) == (known and known.name)
    said, reasons = verdict_of(stored)
    assert said == verdict
    assert (meant is None) or reasons[-1].endswith("is taken for another spelling of its name.")


@pytest.mark.parametrize(
    ("address", "license_id"),
    [
        ("https://huggingface.co/Qwen/Qwen2.5-3B-Instruct/blob/main/LICENSE", "qwen-research"),
        ("https://huggingface.co/Qwen/Qwen2.5-72B-Instruct/blob/main/LICENSE", "qwen"),
        ("https://llama.meta.com/llama3/license/", "llama3"),
        ("https://www.llama.com/llama3_2/license/", "llama3.2"),
        ("https://github.com/meta-llama/llama-models/blob/main/models/llama3_1/LICENSE",
         "llama3.1"),
        ("https://huggingface.co/meta-llama/Meta-Llama-3-8B/blob/main/LICENSE", "llama3"),
        ("https://huggingface.co/meta-llama/Llama-3.2-3B/blob/main/LICENSE.txt", "llama3.2"),
        ("https://creativecommons.org/licenses/by-nc/4.0/deed.en", "cc-by-nc-4.0"),
        ("https://opensource.org/license/mit", "mit"),
        ("https://mistral.ai/licences/MNPL-0.1.md", "mistral-ai-non-production-license"),
        ("https://www.gnu.org/licenses/gpl-3.0.en.html", "gpl-3.0"),
        ("https://evil.example/?apache.org/licenses/license-2.0", None),
        ("https://creativecommons.org/licenses/by/9.9/", None),
        ("LICENSE", None),
    ],
)  # fmt: skip
def test_an_address_that_names_a_known_text(address: str, license_id: str | None) -> None:
    assert linked(address) == (named(license_id) if license_id else None)


RESEARCH = "https://huggingface.co/Qwen/Qwen2.5-3B/blob/main/LICENSE"
MIT = "https://opensource.org/license/mit"


@pytest.mark.parametrize(
    ("stated", "name", "link", "stored", "raw", "verdict"),
    [
        ("other", None, RESEARCH, "LicenseRef-qwen-research", f"other ({RESEARCH})", "no"),
        (None, None, RESEARCH, "LicenseRef-qwen-research", RESEARCH, "no"),
        ("other", "foo", RESEARCH, "LicenseRef-qwen-research", f"other (foo, {RESEARCH})", "no"),
        ("other", "license", MIT, "MIT", f"other (license, {MIT})", "yes"),
        # An unread name is not made better by a link.
        ("other", "foo", MIT, "LicenseRef-foo", "other (foo)", "ask"),
        ("other", "qwen", RESEARCH, "LicenseRef-qwen-research", f"other (qwen, {RESEARCH})", "no"),
        ("mit", None, RESEARCH, "MIT", "mit", "yes"),
        ("other", None, "LICENSE", None, "other", "ask"),
        (None, None, "LICENSE", None, None, "unknown"),
    ],
)
def test_a_link_speaks_where_a_name_does_not(
    stated: str | None, name: str | None, link: str, stored: str | None, raw: str | None,
    verdict: str,
) -> None:  # fmt: skip
    fact = from_hub(stated, name, link)
    assert (fact.license, fact.license_raw, fact.commercial_use) == (stored, raw, verdict)


def test_every_row_of_the_table_is_whole() -> None:
    for key, reading in known_names().items():
        assert named(key) == reading
        assert all(words for _, words in reading.clauses)
        assert reading.url is None or reading.url.startswith("https://")
    assert all(named(hub_id) is not None for hub_id in hub_license_ids())


def test_limits_of_users_revenue_and_regions_are_told() -> None:
    said = " ".join(verdict_of("LicenseRef-tencent-hunyuan-community")[1])
    assert "100 million monthly users" in said
    assert "European Union, the United Kingdom and South Korea" in said
    said = " ".join(verdict_of("LicenseRef-stabilityai-community")[1])
    assert "one million US dollars" in said


WORDS = st.sampled_from(
    ["(", ")", "and", "OR", "with", "mit", "gpl-3.0", "+", "foo", "LicenseRef-x", "/", "&", ",",
     "-", "gemma", "classpath-exception-2.0", "\n", "unknown", "other", "é"]
)  # fmt: skip


@given(words=st.lists(WORDS, min_size=1, max_size=9), gap=st.sampled_from(["", " "]))
@settings(max_examples=300, deadline=None)
def test_any_words_have_a_stored_form_that_stays(words: list[str], gap: str) -> None:
    stated = gap.join(words)
    stored = spdx_of(stated)
    assert stored is None or spdx_of(stored) == stored
    assert verdict_of(stored, stated)[1]
    assert verdict_of(stated)[1]
