"""Whose architecture is known: by its own ref, and by what it was made from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from catalog.fit import known
from catalog.records import ModelRecord
from tests.catalog.store.conftest import Publish

Maker = Callable[..., ModelRecord]
QWEN, GEMMA = "huggingface:Qwen/Qwen3-8B", "huggingface:google/gemma-3-4b-it"


def test_copies_of_copies_have_the_architecture_of_the_first(
    publish: Publish, a_model: Maker
) -> None:
    rows = {
        "Qwen/Qwen3-8B": {},
        "org/tuned": {"base_models": (QWEN,), "base_model_relation": "finetune"},
        "org/packed": {
            "base_models": ("huggingface:Org/Tuned",),
            "base_model_relation": "quantized",
        },
        "org/again": {
            "base_models": ("huggingface:old/packed",),
            "base_model_relation": "quantized",
        },
        "org/adapter": {"base_models": (QWEN,), "base_model_relation": "adapter"},
        "org/unsaid": {"base_models": (QWEN,)},
        "org/second": {
            "base_models": ("huggingface:org/other", QWEN),
            "base_model_relation": "finetune",
        },
        "org/absent": {"base_models": (GEMMA.lower(),), "base_model_relation": "quantized"},
    }
    more = {"org/packed": {"aliases": ("huggingface:old/packed",)}}
    models = [a_model(repo_id=name, **said, **more.get(name, {})) for name, said in rows.items()]
    models.append(a_model(source="ollama", repo_id="qwen3:8b", base_models=(QWEN,)))
    generation = publish(models)
    found = {
        model.repo_id: generation.architecture(generation.row_of(model.ref) or 0)
        for model in models
    }
    qwen, gemma = known.architecture(QWEN), known.architecture(GEMMA)
    assert qwen is not None and gemma is not None
    for name in ("Qwen/Qwen3-8B", "org/tuned", "org/packed", "org/again", "qwen3:8b"):
        assert found[name] == qwen, name
    for name in ("org/adapter", "org/unsaid", "org/second"):
        assert found[name] is None, name
    assert found["org/absent"] == gemma


def test_a_circle_of_bases_ends(publish: Publish, a_model: Maker) -> None:
    one = a_model(
        repo_id="org/one", base_models=("huggingface:org/two",), base_model_relation="finetune"
    )
    two = a_model(
        repo_id="org/two",
        base_models=("huggingface:org/one", QWEN),
        base_model_relation="finetune",
    )
    own = a_model(
        repo_id="Qwen/Qwen3-8B",
        base_models=("huggingface:org/two",),
        base_model_relation="finetune",
    )
    generation = publish([one, two, own])
    known_rows = [row for row in np.arange(3).tolist() if generation.architecture(row)]
    assert known_rows == [generation.row_of(own.ref)]
