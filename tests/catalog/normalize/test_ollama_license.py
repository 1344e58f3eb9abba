"""License texts of Ollama models by their digests and titles."""

from __future__ import annotations

from hashlib import sha256
from importlib.metadata import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.normalize import ollama_license
from catalog.normalize.license import spdx_of, verdict_of
from catalog.normalize.license_table import named, text_with
from catalog.normalize.ollama_license import license_of_text, strictest_text

MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy of this"
BSD = "Redistributions of source code must retain the above copyright notice"


@pytest.mark.parametrize(
    ("body", "license", "first_line"),
    [
        ("\n      Apache License\n   Version 2.0, January 2004\n", "Apache-2.0", "Apache License"),
        ("Copyright 2023 TII\n\nLicensed under the Apache License, Version 2.0 (the", "Apache-2.0",
         "Copyright 2023 TII"),
        (f"MIT License\n\nCopyright (c) 2023 DeepSeek\n\n{MIT}", "MIT", "MIT License"),
        (f"Copyright (c) Microsoft\n{MIT}", "MIT", "Copyright (c) Microsoft"),
        (f"Modified MIT License\n{MIT}", "LicenseRef-modified-mit", "Modified MIT License"),
        (f"OpenMDW License Agreement\n{MIT}", "LicenseRef-openmdw-license-agreement",
         "OpenMDW License Agreement"),
        (f"Copyright x\n{BSD}. Neither the name of x", "BSD-3-Clause", "Copyright x"),
        (f"Copyright x\n{BSD}.", "BSD-2-Clause", "Copyright x"),
        ("LLAMA 3.1 COMMUNITY LICENSE AGREEMENT\n", "LicenseRef-llama3.1",
         "LLAMA 3.1 COMMUNITY LICENSE AGREEMENT"),
        ("META LLAMA 3 COMMUNITY LICENSE AGREEMENT\n", "LicenseRef-llama3",
         "META LLAMA 3 COMMUNITY LICENSE AGREEMENT"),
        ("# Gemma Terms of Use #\n", "LicenseRef-gemma", "Gemma Terms of Use"),
        ("Attribution-NonCommercial 4.0 International\n", "CC-BY-NC-4.0",
         "Attribution-NonCommercial 4.0 International"),
        ("Mozilla Public License Version 2.0\n====", "MPL-2.0",
         "Mozilla Public License Version 2.0"),
        ("TENCENT HUNYUAN COMMUNITY LICENSE AGREEMENT\n", "LicenseRef-tencent-hunyuan-community",
         "TENCENT HUNYUAN COMMUNITY LICENSE AGREEMENT"),
        ("Our very own words\n", "LicenseRef-our-very-own-words", "Our very own words"),
        ("©®\n", None, "©®"),
    ],
)  # fmt: skip
def test_a_text_is_known_by_its_title(body: str, license: str | None, first_line: str) -> None:
    found = license_of_text(body)
    assert found is not None
    assert (found.license, found.first_line) == (license, first_line)


@pytest.mark.parametrize(
    ("file", "license"), [("apache-2.0.LICENSE", "Apache-2.0"), ("cc-by-4.0.LICENSE", "CC-BY-4.0")]
)
def test_a_text_is_known_whole_by_its_digest(file: str, license: str) -> None:
    found = next(one for one in files("license-expression") or () if one.name == file)
    body = found.locate().read_bytes().decode()
    known = license_of_text(body)
    assert known is not None and known.license == license
    assert text_with(sha256(body.encode()).hexdigest()) == named(license)
    assert text_with(sha256(b"another text").hexdigest()) is None


@pytest.mark.parametrize(
    "body", ["", " \n\t\n", "**Llama 3.1** **Acceptable Use Policy**\n\nMeta is committed"]
)
def test_nothing_and_rules_of_use_are_no_license(body: str) -> None:
    assert license_of_text(body) is None


def test_terms_that_hold_a_policy_are_a_license() -> None:
    found = license_of_text("Foo License Agreement and Acceptable Use Policy\n")
    assert found is not None and found.license is not None


def test_of_several_texts_the_strictest_stands() -> None:
    bodies = ["MIT License", "Qwen RESEARCH LICENSE AGREEMENT", "Acceptable Use Policy"]
    found = strictest_text(bodies)
    assert found is not None and found.license == "LicenseRef-qwen-research"
    assert strictest_text(["Acceptable Use Policy"]) is None
    assert strictest_text([]) is None
    for nothing in ("Unknown", "§§"):  # a text, but it says nothing
        found = strictest_text([nothing, "MIT License", nothing])
        assert found is not None and found.license == "MIT"
        assert strictest_text([nothing]) is not None


def test_every_title_leads_to_a_license_that_somebody_has_read() -> None:
    for _, name in (*ollama_license._TITLES, *ollama_license._SENTENCES):
        verdict, reasons = verdict_of(spdx_of(name))
        assert "not known here" not in reasons[0], name
        assert verdict in ("yes", "conditions", "no"), name


@given(st.text(max_size=4_000))
def test_any_text_can_be_read(body: str) -> None:
    found = license_of_text(body)
    assert found is None or 0 < len(found.first_line) <= 120
