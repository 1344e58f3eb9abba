"""Which files of a model are meant, on which machine, and what else would fit there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.errors import QueryError, UnknownRef
from catalog.fit import hardware, known, memory
from catalog.fit.memory import Need
from catalog.records import ModelFile, ModelRecord
from catalog.services import fitting
from catalog.services.catalog import CatalogService

REF, COPY = "huggingface:Qwen/Qwen3-8B", "huggingface:unsloth/Qwen3-8B-GGUF"
SIZES = {"Q4_K_M": 5_027_783_488, "Q8_0": 8_709_518_624, "BF16": 16_388_043_808}
GB = 10**9


@pytest.fixture
def service(
    publish: Callable[..., str], models: list[ModelRecord], tmp_path: Path
) -> CatalogService:
    files = [
        (COPY, ModelFile(path=f"{name}.gguf", size_bytes=size, format="gguf", group=name))
        for name, size in SIZES.items()
    ]
    publish(models, files)
    return CatalogService(tmp_path / "catalog")


def test_the_largest_files_that_fit_are_meant(service: CatalogService) -> None:
    need = Need(context=8192)
    named = {
        size: service.fit(COPY, need, hardware.machine(size)) for size in ("8GB", "12GB", "24GB")
    }
    assert [one.quant for one in named.values()] == ["Q4_K_M", "Q8_0", "BF16"]
    assert {one.grade for one in named.values()} == {"fits"}
    small = service.fit(COPY, need, hardware.machine("4GB"))
    assert (small.quant, small.grade) == ("Q4_K_M", "offload")
    assert service.fit(COPY, need).grade == "unknown"


def test_a_ladder_has_an_answer_for_each_set_of_files(service: CatalogService) -> None:
    rungs = service.fit_ladder(COPY, Need(), hardware.machine("rtx-3060-12gb"))
    assert [one.quant for one in rungs] == list(SIZES)
    assert [one.grade for one in rungs] == ["fits", "fits", "offload"]
    assert [one.breakdown.term("weights").bytes for one in rungs] == list(SIZES.values())
    assert not any(one.estimated for one in rungs)


def test_the_longest_context_and_the_most_users_are_the_last_that_run(
    service: CatalogService,
) -> None:
    machine, need = hardware.machine("8GB"), Need(context=4096)
    found = service.fit(COPY, need, machine)
    assert found.longest_context and found.most_users
    for asked, runs in (
        (replace(need, context=found.longest_context), True),
        (replace(need, context=found.longest_context + 1), False),
        (replace(need, users=found.most_users), True),
        (replace(need, users=found.most_users + 1), False),
    ):
        grade = service.fit_ladder(COPY, asked, machine)[0].grade
        assert (grade in {"fits", "tight"}) == runs, asked
    large = service.fit(COPY, need, hardware.machine("1TB"))
    qwen = known.architecture(REF)
    assert qwen is not None and large.longest_context == qwen.context_length
    nothing = service.fit(COPY, need, hardware.machine("2GB"))
    assert (nothing.longest_context, nothing.most_users) == (None, None)


def test_as_if_converted_is_an_estimate(service: CatalogService) -> None:
    found = service.fit(REF, Need(), hardware.machine("24GB"), "q4_k_m")
    assert (found.quant, found.rung, found.estimated) == ("Q4_K_M", None, True)
    weights = found.breakdown.term("weights")
    assert weights.bytes is None and weights.low < SIZES["Q4_K_M"] < (weights.high or 0)
    with pytest.raises(QueryError, match=r"how many bits 'nonsense' has\.$"):
        service.fit(REF, Need(), None, "nonsense")


def test_a_fleet_is_a_row_for_each_model(service: CatalogService) -> None:
    machines = [hardware.machine("rtx-4090"), hardware.machine("2x-rtx-4090")]
    rows = service.fleet([COPY, REF], machines, Need())
    assert [[(one.ref, one.machine) for one in row] for row in rows] == [
        [(ref, machine) for machine in machines] for ref in (COPY, REF)
    ]
    one, two = rows[0][0].breakdown, rows[0][1].breakdown
    assert two.term("overhead").bytes == 2 * memory.OVERHEAD[1]
    assert two.low > one.low


def test_the_cheapest_machines_fit_and_have_a_price(service: CatalogService) -> None:
    found = service.cheapest(COPY, Need(context=32768, users=5))
    prices = [one.machine.price_usd for one in found if one.machine]
    assert len(prices) == len(found) > 3 and None not in prices
    assert prices == sorted(prices, key=lambda price: price or 0)
    assert {one.grade for one in found} == {"fits"}
    assert any(one.machine and one.machine.cards == 4 for one in found)


def test_what_is_not_known_is_no_point(
    publish: Callable[..., str], a_model: Callable[..., ModelRecord], tmp_path: Path
) -> None:
    rows = [
        a_model(repo_id="a/new", size_bytes=5 * GB, parameter_count=8 * GB, pipeline_tag=None),
        a_model(
            repo_id="1",
            source="civitai",
            ref="civitai:1",
            pipeline_tag="text-to-image",
            base_label="SD 1.5",
            size_bytes=2_130_000_000,
        ),
        a_model(repo_id="a/gguf", size_bytes=5 * GB, formats=("gguf",)),
    ]
    publish(rows)
    service = CatalogService(tmp_path / "catalog")
    new = [service.fit("huggingface:a/new", Need(), hardware.machine(size)) for size in (
        *("4GB", "16GB", "48GB"),
    )]  # fmt: skip
    assert [one.grade for one in new] == ["no", "unknown", "fits"]
    assert {one.breakdown.total for one in new} == {None}
    assert {(one.longest_context, one.most_users) for one in new} == {(None, None)}
    image = service.fit("civitai:1", Need(), hardware.machine("12GB"))
    assert (image.grade, image.longest_context, image.speed) == ("fits", None, None)
    inputs = image.breakdown.term("weights").inputs
    at_a_time, denoiser = inputs["one_part_at_a_time"], inputs["denoiser"]
    assert isinstance(at_a_time, int) and isinstance(denoiser, int)
    assert denoiser < at_a_time < (image.breakdown.total or 0)
    none = service.fit("huggingface:a/gguf", Need(engine="vllm"), hardware.machine("80GB"))
    assert none.grade == "unknown" and "that vllm loads" in (none.breakdown.doubt or "")


def test_answers_tell_the_layers_and_the_speed(service: CatalogService) -> None:
    whole, part = (
        service.fit(COPY, Need(), hardware.machine(name))
        for name in ("rtx-4090", "rtx-3050-mobile-4gb")
    )
    assert (whole.grade, whole.offload_layers, part.grade) == ("fits", None, "offload")
    assert part.offload_layers and part.offload_layers < 36 and part.offload_bytes
    assert whole.speed and part.speed
    assert whole.speed.decode_low > part.speed.decode_low
    assert service.fit(COPY, Need(), hardware.machine("24GiB")).speed is None


def test_a_mixture_reads_a_part_of_its_weights(
    publish: Callable[..., str], a_model: Callable[..., ModelRecord], tmp_path: Path
) -> None:
    common = {"size_bytes": 10 * GB, "parameter_count": 20 * GB, "pipeline_tag": "text-generation"}
    rows = [
        a_model(repo_id=name, active_parameter_count=active, **common)
        for name, active in (("a/few", 4 * GB), ("b/most", 18 * GB), ("c/all", None))
    ]
    publish(rows)
    machine = hardware.machine("a100-80gb")
    found = [
        CatalogService(tmp_path / "catalog").fit(row.ref, Need(context=64), machine).speed
        for row in rows
    ]
    few, most, whole = found
    assert few and most and whole
    assert few.decode_high > most.decode_high > whole.decode_high
    assert few.decode_low > most.decode_low == whole.decode_low


def test_the_facts_of_one_architecture_answer_alone() -> None:
    qwen = known.architecture(REF)
    assert qwen is not None
    found = fitting.alone(qwen, Need(), hardware.machine("24GiB"))
    assert (found.ref, found.grade, found.rung) == ("", "unknown", None)


def test_an_unknown_ref_is_told(service: CatalogService) -> None:
    with pytest.raises(UnknownRef):
        service.fit("huggingface:nobody/nothing", Need())


def test_a_picture_model_of_unknown_files_has_no_upper_end(
    publish: Callable[..., str], a_model: Callable[..., ModelRecord], tmp_path: Path
) -> None:
    # what is counted is the denoiser, its text encoders are not
    count = 11_901_408_320
    publish([a_model(repo_id="a/flux", pipeline_tag="text-to-image", parameter_count=count)])
    service = CatalogService(tmp_path / "catalog")
    found = service.fit("huggingface:a/flux", Need(), hardware.machine("a100-80gb"))
    assert found.breakdown.high is None and found.grade == "unknown"
    assert service.cheapest("huggingface:a/flux", Need()) == ()


def test_grades_of_a_list_are_those_of_each_model_without_how_far_they_go(
    service: CatalogService,
) -> None:
    for size, quant in (("8GB", None), ("24GB", "Q8_0"), ("2GB", None)):
        machine = hardware.machine(size)
        single = service.fit(COPY, Need(), machine, quant)
        (listed,) = service.grades([COPY], Need(), machine, quant)
        assert replace(single, longest_context=None, most_users=None) == listed
