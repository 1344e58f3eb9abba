"""The build of the bundled catalog: its readers, its merge, and a part built anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from catalog.records import ModelRecord
from catalog.store.schema import models_table, records_of
from tools import build_starter
from tools.starter import choose, gate, shape
from tools.starter.facts import Facts, created, day, whole_number
from tools.starter.gguf_files import approximate_bytes
from tools.starter.licenses import card_license
from tools.starter.merge import merge

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT.parent / "shared" / "data" / "huggingface"


def told(source: str = "radar", **known: Any) -> Facts:
    day_of_it = date(2026, 8, 22)
    facts: dict[str, Any] = {"as_of": day_of_it, "downloads_as_of": day_of_it}
    return Facts(**{"repo_id": "org/name", "source": source, **facts, **known})


def test_gib_written_as_gb_become_bytes_where_two_digits_are_given() -> None:
    assert approximate_bytes("4.6 GB") == round(4.6 * 2**30)
    assert approximate_bytes("861.0 MB") == 861 * 2**20
    assert approximate_bytes("0.9 GB") is None
    assert approximate_bytes("16.0 B") is None


def test_a_month_is_the_day_of_its_table_or_its_first() -> None:
    assert day("2026-08-22") == date(2026, 8, 22)
    assert day("2026-05") == date(2026, 5, 20)
    assert day("2026-10") == date(2026, 10, 1)
    assert day("") is None


def test_the_first_day_of_the_hub_tells_no_age() -> None:
    assert created("2022-03-02T23:29:04.000Z") == ""
    assert created("2024-07-18T08:56:00.000Z") == "2024-07-18T08:56:00.000Z"


def test_blank_and_negative_cells_are_no_numbers() -> None:
    assert [whole_number(text) for text in ("12.0", "", "-1", "x", None)] == [12] + [None] * 4


def test_a_license_name_goes_back_under_other() -> None:
    assert card_license("mit") == {"license": "mit"}
    assert card_license("kimi-k3") == {"license": "other", "license_name": "kimi-k3"}
    assert card_license("llama3.3,gemma") == {"license": ["llama3.3", "gemma"]}
    assert card_license("apache-2.0", "yi-license")["license_name"] == "yi-license"
    assert card_license("") == {}


def test_downloads_come_from_one_day_with_their_date() -> None:
    old = told(
        "list_rows",
        as_of=date(2026, 5, 20),
        downloads_as_of=date(2026, 5, 20),
        row={"downloads": 5, "downloadsAllTime": 99},
    )
    new = told(downloads_as_of=date(2026, 8, 22), row={"downloads": 7, "likes": 3})
    merged = merge([old, new])
    assert merged.row["downloads"] == 7
    assert "downloadsAllTime" not in merged.row
    assert merged.downloads_as_of == date(2026, 8, 22)


def test_a_license_is_taken_whole_from_one_input() -> None:
    first = told(row={"cardData": {"license": "mit"}})
    second = told("model_facts", row={"cardData": {"license": "other", "license_name": "own"}})
    assert merge([second, first]).row["cardData"] == {"license": "mit"}


def test_models_that_one_would_not_show_at_work_are_left_out() -> None:
    names = ("org/Model-NSFW-7B", "org/model-abliterated", "timm/hardcorenas_a", "org/Sextant-1B")
    rows = [merge([told(repo_id=name, row={"downloads": 999})]) for name in names]
    assert [row.repo_id for row in choose.chosen(rows)] == ["timm/hardcorenas_a", "org/Sextant-1B"]


def test_a_copy_of_a_model_that_is_left_out_is_left_out_too() -> None:
    row = {"downloads": 999, "tags": ["not-for-all-audiences"]}
    base = merge([told(repo_id="org/quiet", row=row)])
    copy = merge(
        [told(repo_id="o/copy", row={"downloads": 999, "cardData": {"base_model": "org/quiet"}})]
    )
    assert choose.chosen([base, copy]) == []
    assert choose.chosen([copy]) == [copy]


def test_a_sum_of_containers_is_no_parameter_count() -> None:
    record, _ = shape.record_of(
        merge([told(repo_id="org/Thing-27B-X", total_parameters=6_000_000_000, whole=True)])
    )
    assert (record.parameter_count, record.parameter_count_origin) == (27_000_000_000, "name")


def test_a_quantized_copy_finds_its_only_namesake(
    a_model: Any,
) -> None:
    base = a_model(repo_id="org/Model-7B")
    copy = a_model(repo_id="else/Model-7B-GGUF")
    mirror = a_model(repo_id="third/Model-7B")
    found = shape.with_bases_by_name([base, copy])[1]
    assert (found.base_models, found.base_model_relation) == ((base.ref,), "quantized")
    assert shape.with_bases_by_name([base, copy, mirror])[1] == copy


def test_a_mirror_stands_under_the_well_known_model_of_its_name_and_size(a_model: Any) -> None:
    base = a_model(repo_id="meta-llama/Model-7B", likes=900, parameter_count=7_000_000_000)
    mirrors = [
        a_model(repo_id="unsloth/Model-7B", likes=20, parameter_count=7_000_000_000),
        a_model(repo_id="NousResearch/Meta-Model-7B"),  # its count and likes are not known
        a_model(repo_id="RedHatAI/Model-7B", likes=100),  # known as well: no mirror
        a_model(repo_id="unsloth/Other-7B"),
        a_model(repo_id="third/Model-7B"),  # anybody may call a tuned model so
        a_model(repo_id="unsloth/model-7b", parameter_count=8_000_000_000),  # another size
    ]
    found = shape.with_bases_by_name([base, *mirrors])
    assert [one.base_models for one in found] == [(), (base.ref,), (base.ref,), (), (), (), ()]
    assert {one.base_model_relation for one in found} == {None}


def test_the_gate_names_what_is_wrong(a_model: Any) -> None:
    wrong = a_model(
        repo_id="org/Model-7B", parameter_count=9, license="no SPDX", kind="toy", nsfw=True
    )
    found = "\n".join(gate.problems([wrong, wrong], [("huggingface:gone/model", None)]))  # type: ignore[list-item]
    for said in ("occurs 2 times", "9 parameters", "SPDX form", "vocabulary", "all audiences"):
        assert said in found
    assert "fetched_at is missing" in found
    assert "a file of a model that is not there" in found


@pytest.mark.shared
def test_a_part_built_anew_is_the_part_in_the_repository() -> None:
    if not TABLES.is_dir():
        pytest.skip("the public tables do not lie beside the repository")
    names = frozenset(
        {
            "google-t5/t5-small",
            "Qwen/Qwen3-8B",
            "meta-llama/Llama-3.1-8B",
            "meta-llama/Llama-3.1-8B-Instruct",
            "openai/whisper-large-v3",
        }
    )
    built, _ = build_starter.build(TABLES, names)
    kept = pq.read_table(ROOT / "catalog" / "starter" / "models.parquet")
    refs = {record.ref for record in built}
    stored: list[ModelRecord] = [one for one in records_of(kept) if one.ref in refs]
    assert len(built) == len(names)
    # a base outside this part adds reasons and a family there; all that it states itself is equal
    settled = ("license_reasons", "family", "parameter_count_origin", "commercial_use")
    drop = [name for name in models_table(built).column_names if name in settled]
    assert models_table(built).drop_columns(drop).equals(models_table(stored).drop_columns(drop))


def test_of_two_spellings_the_one_of_the_younger_facts_stays(
    a_model: Callable[..., ModelRecord],
) -> None:
    old = a_model(repo_id="Org/Name", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    young = a_model(repo_id="org/name", fetched_at=datetime(2026, 5, 1, tzinfo=UTC))
    other = a_model(repo_id="org/other", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert shape.one_spelling([old, young, other]) == [young, other]


def test_a_copy_has_no_longer_context_than_its_base(a_model: Callable[..., ModelRecord]) -> None:
    base = a_model(repo_id="org/base", context_length=131_072)
    made = {"base_models": (base.ref,), "base_model_relation": "quantized"}
    copy = a_model(repo_id="org/copy-GGUF", context_length=262_144, **made)
    extended = a_model(repo_id="org/base-1M-GGUF", context_length=1_048_576, **made)
    made["base_model_relation"] = "finetune"
    tuned = a_model(repo_id="org/tuned", context_length=163_840, **made)
    absurd = a_model(repo_id="org/absurd", context_length=4_194_304, **made)
    found = shape.with_base_contexts([base, copy, extended, tuned, absurd])
    lengths = [record.context_length for record in found]
    assert lengths == [131_072, None, 1_048_576, 163_840, None]
    assert found[1].flags == ("context_suspect",)
