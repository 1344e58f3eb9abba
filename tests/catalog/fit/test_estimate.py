"""The band of models of which only the number of parameters is known."""

from __future__ import annotations

import json
from dataclasses import replace
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.fit import diffusion, estimate, known, llama_cpp, memory
from catalog.fit.memory import Need
from tools import fit_oracle, fit_shapes

ROWS = json.loads(fit_oracle.RECORDED.read_text(encoding="utf-8"))["rows"]
REFS = sorted({row["ref"] for row in ROWS})
COUNTS = st.integers(1, 10**13)
NEEDS = st.builds(
    Need,
    context=st.integers(1, 200_000),
    users=st.integers(1, 64),
    kv=st.sampled_from(sorted(memory.KV_TYPES)),
)


def of(parameters: int | None, kind: str = "text") -> estimate.Estimated:
    step = None if parameters is None else estimate.step(parameters)
    return estimate.architecture(kind, step)


@pytest.mark.parametrize("ref", REFS)
@pytest.mark.parametrize("context", [512, 32_768, 131_072])
def test_every_measured_architecture_lies_within_its_band(ref: str, context: int) -> None:
    architecture, stated = known.architecture(ref), known.stated(ref)
    assert architecture is not None and stated is not None
    parameters = sum(prod(shape) for _, shape in fit_shapes.tensors(dict(stated)))
    need = Need(context=context, users=3, kv="q8_0")
    if llama_cpp.refusal(architecture, need):
        need = replace(need, kv="f16")
    exact = memory.memory(architecture, need)
    band = memory.memory(of(parameters), need)
    for name in ("kv_cache", "state", "compute", "output"):
        size, term = exact.term(name).high, band.term(name)
        assert size is not None and term.high is not None
        assert term.bytes is None and term.low == 0 and size <= term.high, name


@pytest.mark.parametrize(
    ("parameters", "layers", "width"),
    [
        (1_557_611_200, 48, 1600),  # openai-community/gpt2-xl
        (354_823_168, 24, 1024),  # openai-community/gpt2-medium
        (125_239_296, 12, 768),  # facebook/opt-125m
        (20_554_567_680, 44, 6144),  # EleutherAI/gpt-neox-20b
        (176_247_271_424, 70, 14336),  # bigscience/bloom
        (72_287_920_128, 80, 8192),  # Qwen/Qwen1.5-72B
    ],
)
def test_models_that_keep_every_head_lie_within_it(
    parameters: int, layers: int, width: int
) -> None:
    values = of(parameters).values
    assert values is not None
    # and not so far below that the band says nothing
    assert 2 * layers * width <= values <= 8 * layers * width


@given(COUNTS, COUNTS, NEEDS)
def test_more_parameters_never_need_less(one: int, other: int, need: Need) -> None:
    few, many = sorted((one, other))
    small, large = (memory.memory(of(count), need, weights=(1, 1)) for count in (few, many))
    assert small.high is not None and large.high is not None
    assert small.high <= large.high and small.low <= large.low
    assert small.total is None


@given(COUNTS)
def test_a_step_never_holds_less_than_what_is_counted(parameters: int) -> None:
    model = of(parameters)
    assert model.parameters is not None
    assert parameters * 0.999999 <= model.parameters <= parameters * 1.0906 + 1


def test_the_band_grades_and_never_gives_a_point() -> None:
    found = memory.memory(of(8_000_000_000), Need(), weights=(5 * 10**9, 5 * 10**9))
    assert found.total is None and found.high is not None and found.doubt is not None
    assert "no source states" in found.doubt
    sizes = (found.low - 1, found.low, found.high, 2 * found.high)
    graded = [memory.grade(found, size) for size in sizes]
    assert graded == ["no", "unknown", "tight", "fits"]
    bare = memory.memory(of(None), Need(), weights=(10**9, 10**9))
    assert bare.high is None and memory.grade(bare, 10**15) == "unknown"
    assert memory.grade(bare, 10**8) == "no"


def test_encoders_keep_no_cache() -> None:
    found = memory.memory(of(335_000_000, "encoder"), Need(users=2), weights=(10**9, 10**9))
    assert found.term("kv_cache").high == found.term("state").high == 0
    assert found.high is not None and found.high < 10 * 10**9
    long = memory.memory(of(335_000_000, "encoder"), Need(context=10**6), weights=(1, 1))
    assert long.term("compute").inputs["batch"] == estimate.ENCODED


def test_an_image_has_a_working_memory_whatever_the_context() -> None:
    weights = (6_938_000_000, 6_938_000_000)  # SDXL in one file
    small, large = (
        memory.memory(of(None, "image"), Need(context=context, users=users), weights=weights)
        for context, users in ((1, 1), (10**6, 50))
    )
    assert small.terms == large.terms and small.doubt is None
    assert small.term("compute").bytes == diffusion.WORKING[1]
    sizes = (8 << 30, 10 * 10**9, 24 << 30)
    assert [memory.grade(small, size) for size in sizes] == ["offload", "tight", "fits"]


@pytest.mark.parametrize("kind", ["video", "other"])
def test_of_other_kinds_only_the_weights_are_known(kind: str) -> None:
    found = memory.memory(of(10**9, kind), Need(), weights=(2 * 10**9, 2 * 10**9))
    assert found.total is None and found.high is None and found.doubt is not None
    assert memory.grade(found, 10**9) == "no" and memory.grade(found, 10**12) == "unknown"


def test_a_task_tells_the_kind() -> None:
    for task, kind in (
        ("text-generation", "text"),
        ("feature-extraction", "encoder"),
        ("text-to-image", "image"),
        ("image-to-video", "video"),
        ("automatic-speech-recognition", "other"),
    ):
        assert estimate.kind(task, "nlp") == kind and kind in estimate.KINDS
    assert estimate.kind(None) == estimate.kind(None, "nlp") == "text"
    assert estimate.kind(None, "audio") == "other"
