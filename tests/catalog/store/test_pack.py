"""Catalogs as files: of this version, of others, cut, crafted."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.errors import CatalogError, SchemaMismatch, SnapshotDamaged, StoreUnwritable
from catalog.records import ModelFile, ModelRecord
from catalog.store import bounded, pack, schema
from catalog.store.generation import Generation
from tests.catalog.store.conftest import Publish

AModel = Callable[..., ModelRecord]
AFile = Callable[..., ModelFile]


@pytest.fixture
def generation(publish: Publish, a_model: AModel, a_file: AFile) -> Generation:
    models = [
        a_model(
            repo_id=f"org/m{n}",
            tags=("a", "b"),
            license="MIT",
            parameter_count=n,
            bits_per_weight=4.5,
            nsfw=True,
        )
        for n in range(5)
    ]
    return publish(models, [(models[2].ref, a_file(size_bytes=7))])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "unpacked"
    made.mkdir()
    return made


def records(table: pa.Table) -> list[ModelRecord]:
    return list(schema.records_of(table))


def changed(generation: Generation, **columns: Any) -> pa.Table:
    """The models with some columns replaced, or left out where None."""
    table = generation.models_table()
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        if values is None:
            table = table.remove_column(at)
        elif at < 0:
            table = table.append_column(name, pa.array(values))
        else:
            table = table.set_column(at, name, pa.array(values))
    return table


def test_a_zip_brings_models_and_files_back(
    generation: Generation, tmp_path: Path, folder: Path
) -> None:
    assert pack.export(generation, tmp_path / "catalog.cardex") == 5
    assert pack.column_names(tmp_path / "catalog.cardex") >= {"ref", "repo_id"}
    models, files = pack.unpack(tmp_path / "catalog.cardex", folder)
    assert models.equals(generation.models_table())
    assert files.equals(generation.files_table())


def test_models_alone_have_no_files(generation: Generation, tmp_path: Path, folder: Path) -> None:
    pack.export(generation, tmp_path / "models.parquet")
    assert pack.column_names(tmp_path / "models.parquet") == frozenset(schema.MODELS.names)
    models, files = pack.unpack(tmp_path / "models.parquet", folder)
    assert records(models) == records(generation.models_table())
    assert files.schema == schema.FILES and not files.num_rows


def test_columns_that_are_missing_have_the_defaults_of_a_record(
    generation: Generation, tmp_path: Path, folder: Path
) -> None:
    absent = {"tags", "license", "commercial_use", "gated", "origin", "parameter_count", "nsfw"}
    table = changed(generation, **dict.fromkeys(absent), novelty=range(5))
    pq.write_table(table, tmp_path / "other.parquet")
    models, _ = pack.unpack(tmp_path / "other.parquet", folder)
    assert models.schema == schema.MODELS
    for before, after in zip(records(generation.models_table()), records(models), strict=True):
        assert (after.ref, after.bits_per_weight) == (before.ref, before.bits_per_weight)
        assert (after.commercial_use, after.gated, after.origin) == ("unknown", "unknown", "sync")
        assert (after.tags, after.license, after.parameter_count, after.nsfw) == (
            (),
            None,
            None,
            None,
        )


def test_a_null_in_an_enum_is_its_unknown(
    generation: Generation, tmp_path: Path, folder: Path
) -> None:
    table = changed(generation, commercial_use=["yes", None, None, None, "no"], gated=[None] * 5)
    pq.write_table(table, tmp_path / "other.parquet")
    models = records(pack.unpack(tmp_path / "other.parquet", folder)[0])
    assert [model.commercial_use for model in models] == ["yes", *["unknown"] * 3, "no"]
    assert {model.gated for model in models} == {"unknown"}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("parameter_count", pa.array([0, 1, 2, 3, 4], pa.int32())),
        ("parameter_count", pa.array([0.0, 1, 2, 3, 4])),
        ("license", pa.array(["MIT"] * 5).dictionary_encode()),
        ("languages", pa.array([None] * 5, pa.null())),
        ("languages", pa.array([[]] * 5, pa.list_(pa.null()))),
        ("license", pa.array(["MIT"] * 5, pa.large_string())),
        ("tags", pa.array([["a", "b"]] * 5, pa.large_list(pa.large_string()))),
    ],
)
def test_a_type_of_the_same_sort_is_read(
    generation: Generation, tmp_path: Path, folder: Path, column: str, values: pa.Array
) -> None:
    table = changed(generation, parameter_count=range(5))
    table = table.set_column(table.schema.get_field_index(column), column, values)
    pq.write_table(table, tmp_path / "other.parquet")
    models, _ = pack.unpack(tmp_path / "other.parquet", folder)
    wanted = changed(generation, parameter_count=range(5))
    assert records(models) == records(wanted.cast(schema.MODELS))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("parameter_count", ["7B"] * 5),
        ("parameter_count", [1.5] * 5),
        ("license", [1] * 5),
        ("tags", ["a"] * 5),
        ("tags", [[1]] * 5),
        ("nsfw", ["yes"] * 5),
        ("last_modified", [1] * 5),
    ],
)
def test_another_type_is_named(
    generation: Generation, tmp_path: Path, folder: Path, column: str, values: list[Any]
) -> None:
    pq.write_table(changed(generation, **{column: values}), tmp_path / "other.parquet")
    with pytest.raises(SchemaMismatch, match=f"column '{column}' of .*other.parquet holds"):
        pack.unpack(tmp_path / "other.parquet", folder)


def test_a_column_that_must_be_there_is_named(
    generation: Generation, tmp_path: Path, folder: Path
) -> None:
    pq.write_table(changed(generation, source=None), tmp_path / "other.parquet")
    with pytest.raises(SchemaMismatch, match=r"other\.parquet has no column 'source'"):
        pack.unpack(tmp_path / "other.parquet", folder)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"PAR1", b"PK\x03\x04", b"PAR1" + bytes(99) + b"PAR1"]
)
def test_something_else_is_a_sentence(tmp_path: Path, folder: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    for read in (pack.column_names, lambda path: pack.unpack(path, folder)):
        with pytest.raises(SnapshotDamaged, match=r"x\.zip is (not a catalog|no Parquet)"):
            read(path)
    with pytest.raises(SnapshotDamaged, match=r"There is no file .*gone"):
        pack.column_names(tmp_path / "gone")
    with pytest.raises(SnapshotDamaged, match="is a folder; name a file"):
        pack.column_names(folder)


def test_a_zip_of_something_else_is_a_sentence(tmp_path: Path, folder: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(SnapshotDamaged, match="is not a catalog"):
        pack.column_names(tmp_path / "x.zip")


def test_a_zip_that_would_unpack_to_too_much_is_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(pack.MODELS_NAME, bytes(50_000_000))
        packed.writestr(pack.FILES_NAME, b"")
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    monkeypatch.setattr(bounded, "MOST_BYTES", 10_000_000)
    with pytest.raises(SnapshotDamaged, match=r"bomb\.zip holds 50,000,000 bytes"):
        pack.unpack(tmp_path / "bomb.zip", folder)
    assert list(folder.iterdir()) == []


def test_no_damage_to_a_file_is_more_than_a_sentence(
    generation: Generation, tmp_path: Path, folder: Path
) -> None:
    """150 files with bytes changed or cut: a catalog of the known form, or an error of ours."""
    pack.export(generation, tmp_path / "whole.cardex")
    whole = (tmp_path / "whole.cardex").read_bytes()
    dice = random.Random(3)
    path = tmp_path / "damaged.cardex"
    for number in range(150):
        content = bytearray(whole)
        at = dice.randrange(len(content))
        if number % 3:
            content[at] ^= dice.randrange(1, 256)
        else:
            del content[at : at + dice.randint(1, 300)]
        path.write_bytes(content)
        try:
            pack.column_names(path)
            models, files = pack.unpack(path, folder)
        except CatalogError as error:
            assert "damaged.cardex" in str(error)
        else:
            assert (models.schema, files.schema) == (schema.MODELS, schema.FILES)


def test_an_export_that_fails_leaves_nothing(generation: Generation, tmp_path: Path) -> None:
    for name in ("models.parquet", "catalog.zip"):
        with pytest.raises(StoreUnwritable, match="could not be written"):
            pack.export(generation, tmp_path / "absent" / name)
    with pytest.raises(StoreUnwritable, match="Name a file"):
        pack.export(generation, Path())
    assert not (tmp_path / "absent").exists()
