"""Bits per weight out of a model's own files."""

from __future__ import annotations

from collections.abc import Callable

from catalog.records import ModelFile, ModelRecord
from catalog.refresh import measuring
from catalog.refresh.gathering import Catalog, Tables
from catalog.store.columns import table_of
from catalog.store.schema import FILES, MODELS, files_of, files_table, models_table, records_of

Maker = Callable[..., ModelRecord]


def measured(tables: Tables) -> Tables:
    models, files = measuring.measured(Catalog(*tables))
    return Tables(table_of(models, MODELS), table_of(files, FILES))


def a_part(path: str, size: int | None, bits: float | None = 1.69, **changes: str) -> ModelFile:
    facts = {"group": "UD-TQ1_0", "role": "weights", **changes}
    return ModelFile(path=path, size_bytes=size, bits_per_weight=bits, **facts)


def bits_of(model: ModelRecord, *files: ModelFile) -> tuple[float | None, list[float | None]]:
    tables = Tables(models_table([model]), files_table([(model.ref, file) for file in files]))
    after = measured(tables)
    assert after.models.schema == tables.models.schema
    assert after.files.schema == tables.files.schema
    assert measured(after).files.equals(after.files)
    row = next(records_of(after.models))
    return row.bits_per_weight, [file.bits_per_weight for _, file in files_of(after.files)]


def test_shards_of_one_set_are_added_up(a_model: Maker) -> None:
    model = a_model(
        parameter_count=30_000_000_000,
        parameter_count_origin="gguf",
        size_bytes=7_500_000_000,
        bits_per_weight=1.69,
    )
    shards = (a_part("a-1.gguf", 5_000_000_000), a_part("a-2.gguf", 2_500_000_000))
    assert bits_of(model, *shards) == (2.0, [2.0, 2.0])


def test_nominal_bits_stay_where_a_size_or_a_count_is_missing(a_model: Maker) -> None:
    counted = a_model(parameter_count=8_000_000_000, parameter_count_origin="gguf")
    assert bits_of(counted, a_part("a", 1_000), a_part("b", None)) == (None, [1.69, 1.69])
    named = a_model(parameter_count=8_000_000_000, parameter_count_origin="name")
    assert bits_of(named, a_part("a", 2_000_000_000)) == (None, [1.69])
    assert bits_of(a_model(), a_part("a", 2_000_000_000)) == (None, [1.69])


def test_files_of_a_larger_model_keep_their_nominal_bits(a_model: Maker) -> None:
    model = a_model(parameter_count=1_000_000_000, parameter_count_origin="gguf")
    assert bits_of(model, a_part("large.gguf", 2_000_000_000)) == (None, [1.69])


def test_few_bits_under_a_name_of_many_are_believed(a_model: Maker) -> None:
    model = a_model(parameter_count=20_000_000_000, parameter_count_origin="gguf")
    assert bits_of(model, a_part("gpt-oss-F16.gguf", 12_500_000_000, 16.0)) == (None, [5.0])


def test_a_part_does_not_pass_for_the_model(a_model: Maker) -> None:
    model = a_model(
        parameter_count=8_000_000_000,
        parameter_count_origin="gguf",
        size_bytes=13_600_000,
        bits_per_weight=16.0,
    )
    vocoder = a_part("token2wav/flow.gguf", 13_600_000, 16.0, group="F16")
    whole = a_part("model-Q4_K_M.gguf", 5_000_000_000, 4.89, group="Q4_K_M")
    for files, size in (((vocoder, whole), 5_000_000_000), ((vocoder,), None)):
        tables = Tables(models_table([model]), files_table([(model.ref, file) for file in files]))
        after = measured(tables)
        row = next(records_of(after.models))
        first = next(files_of(after.files))[1]
        assert row.size_bytes == size
        assert (first.role, first.group, first.bits_per_weight) == ("other", None, None)
        assert first.size_bytes == 13_600_000
        assert measured(after).models.equals(after.models)


def test_an_adapter_is_small_beside_its_base(a_model: Maker) -> None:
    model = a_model(kind="adapter", parameter_count=8_000_000_000, size_bytes=80_000_000)
    file = a_part("lora.gguf", 80_000_000)
    tables = Tables(models_table([model]), files_table([(model.ref, file)]))
    assert next(files_of(measured(tables).files))[1].role == "weights"


def test_what_is_not_weights_gets_no_bits(a_model: Maker) -> None:
    model = a_model(parameter_count=8_000_000_000, parameter_count_origin="gguf")
    projector = a_part("mmproj.gguf", 2_000_000_000, bits=None, role="projector")
    assert bits_of(model, projector, a_part("a", 2_000_000_000)) == (None, [None, 2.0])


def test_a_catalog_without_files_stays_as_it_is(a_model: Maker) -> None:
    assert bits_of(a_model(bits_per_weight=4.0, size_bytes=4, parameter_count=8)) == (4.0, [])


def test_files_that_a_base_was_counted_for_are_no_parts(a_model: Maker) -> None:
    facts = {"parameter_count": 8_000_000_000, "size_bytes": 80_000_000}
    for kind, origin, relation, role in (
        ("component", "safetensors", None, "weights"),
        (None, "base", None, "weights"),
        (None, "base", "quantized", "other"),
        (None, "safetensors", None, "other"),
    ):
        model = a_model(
            kind=kind, parameter_count_origin=origin, base_model_relation=relation, **facts
        )
        file = a_part("small.gguf", 80_000_000)
        tables = Tables(models_table([model]), files_table([(model.ref, file)]))
        assert next(files_of(measured(tables).files))[1].role == role


def test_versions_with_sets_of_one_name_are_not_added_up(a_model: Maker) -> None:
    model = a_model(parameter_count=4_000_000_000, parameter_count_origin="safetensors")
    files = [
        a_part("a", 2_000_000_000, 4.5, version_id="1"),
        a_part("a", 1_000_000_000, 4.5, version_id="2"),
    ]
    assert bits_of(model, *files) == (None, [4.0, 2.0])


def test_a_set_of_half_the_bits_of_its_name_is_a_part_and_floats_may_hold_fewer(
    a_model: Maker,
) -> None:
    model = a_model(
        parameter_count=1_000_000_000,
        parameter_count_origin="gguf",
        size_bytes=500_000_000,
        bits_per_weight=4.0,
    )
    voice = a_part("voice.gguf", 500_000_000, bits=8.5, group="Q8_0 voice", quant_type="Q8_0")
    whole = a_part("whole.gguf", 1_060_000_000, bits=8.5, group="Q8_0 whole", quant_type="Q8_0")
    experts = a_part("experts.gguf", 560_000_000, bits=16.0, group="F16", quant_type="F16")
    tables = Tables(
        models_table([model]), files_table([(model.ref, one) for one in (voice, whole, experts)])
    )
    after = measured(tables)
    roles = {file.path: file.role for _, file in files_of(after.files)}
    assert roles == {"voice.gguf": "other", "whole.gguf": "weights", "experts.gguf": "weights"}
    row = next(records_of(after.models))
    assert (row.size_bytes, row.bits_per_weight) == (560_000_000, 4.48)
