"""A pinned version of a CivitAI model finds the model that has it among its files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalog.records import ModelFile, ModelRecord
from catalog.store.generation import Generation

Maker = Callable[..., ModelRecord]
Publish = Callable[..., Generation]


@pytest.fixture
def pinned(publish: Publish, a_model: Maker) -> Generation:
    models = [
        a_model(source="civitai", repo_id="4384", name="Harbour Lights"),
        a_model(source="civitai", repo_id="4384105674", name="A longer number"),
        a_model(repo_id="org/name"),
    ]
    files = [
        (models[0].ref, ModelFile(path="a.safetensors", version_id="105674")),
        (models[0].ref, ModelFile(path="b.safetensors", version_id="128713")),
        (models[2].ref, ModelFile(path="c.safetensors", version_id="7")),
    ]
    return publish(models, files)


@pytest.mark.parametrize("ref", ["civitai:4384@105674", "CivitAI:4384@128713", "civitai:4384"])
def test_a_version_among_the_files_is_its_model(ref: str, pinned: Generation) -> None:
    row = pinned.row_of(ref)
    assert row is not None
    assert pinned.records([row])[0].ref == "civitai:4384"


@pytest.mark.parametrize(
    "ref",
    [
        "civitai:4384@1",
        "civitai:4384@",
        "civitai:@105674",
        "civitai:4384@@105674",
        "civitai:1@105674",
        "civitai:4384@105674@128713",
        "huggingface:org/name@7",
        "civitai:4384" + "@1" * 5_000,
    ],
)
def test_a_version_that_is_not_there_is_no_model(ref: str, pinned: Generation) -> None:
    assert pinned.row_of(ref) is None
