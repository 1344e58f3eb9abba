"""`fits:` over a whole catalog agrees with the grade of one group after the other."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from catalog.errors import QueryError
from catalog.fit import estimate, hardware, known, memory, weights
from catalog.fit.answer import graded
from catalog.fit.architecture import Stated
from catalog.fit.hardware import Machine
from catalog.fit.limits import RANKS
from catalog.fit.memory import Need
from catalog.normalize.quantization import nominal_bits
from catalog.query import Condition, Query, fits_term, parse
from catalog.records import ModelFile, ModelRecord
from catalog.services import fitting
from catalog.store import facts, fits, schema
from catalog.store.generation import Generation
from tests.catalog.store.conftest import NOW, STARTER, TODAY, Publish, Tables
from tests.catalog.store.invented import random_query
from tests.catalog.store.oracle import FACETS, RANGES, Oracle

Maker = Callable[..., ModelRecord]
GIB = 1 << 30
TERMS = (
    "fits:rtx-4090",
    "fits:24gb@32kx5",
    "-fits:rtx-4090@2k",
    "fits:m3-max-64gb,rtx-3060-12gb",
    "fits:2x-rtx-3090@128k/Q4_K_M",
    "fits:8gib,rtx-4090/Q8_0 -fits:2gib",
    "fits:48gib -fits:12gib",
)


class FitsOracle(Oracle):
    """The obvious answer, `fits` included."""

    def __init__(self, tables: Tables, generation: Generation) -> None:
        super().__init__(*tables, TODAY)
        self.generation = generation
        self._ranks: dict[str, np.ndarray] = {}
        rows = self.rows.to_dict("records")
        self._own = [self.known(row) for row in rows]
        self._of_groups = [list(part.index) for _, part in self.groups.groupby("row")]

    def known(self, row: dict):
        at = self.generation.row_of(row["ref"])
        found = self.generation.architecture(at) if at is not None else None
        if found is not None:
            return found
        count = number(row["parameter_count"])
        kind = estimate.kind(row["pipeline_tag"], row["modality"])
        return estimate.architecture(kind, None if count is None else estimate.step(count))

    def asked(self, query: Query, ignored: str | None) -> list[Condition]:
        more = [c for c in query.conditions if c.key == "fits" and not c.negated]
        return super().asked(query, ignored) + (more if ignored != "fits" else [])

    def matching(self, query: Query, ignored: str | None = None) -> np.ndarray:
        result = super().matching(query, ignored)
        for condition in query.conditions if ignored != "fits" else ():
            if condition.key == "fits" and condition.negated:
                result &= ~self.rows_of_groups(self.groups_met([condition]))
        return result

    def groups_meeting(self, condition: Condition) -> np.ndarray:
        if condition.key != "fits":
            return super().groups_meeting(condition)
        met = np.zeros(len(self.groups), bool)
        for value in condition.values:
            met |= self.ranks(value) <= RANKS.index("tight")
        return met

    def ranks(self, value: str) -> np.ndarray:
        """The rank of each group."""
        if value not in self._ranks:
            term = fits_term(value)
            assert term is not None
            machine = hardware.machine(term.device)
            need = Need(context=term.context or 8192, users=term.users)
            found = np.zeros(len(self.groups), np.int64)
            for places in self._of_groups:
                for place, band in zip(places, self.bands(places, term.quant), strict=True):
                    one = self._own[self.groups.row[place]]
                    told = memory.memory(one, need, weights=band, cards=machine.cards)
                    found[place] = RANKS.index(graded(told, machine))
            self._ranks[value] = found
        return self._ranks[value]

    def bands(self, places: list[int], quant: str | None) -> list[tuple[int, int] | None]:
        """The weights of the groups of one row."""
        part = self.groups.loc[places]
        at = int(part.row.iloc[0])
        row = self.rows.iloc[at]
        count = number(row.parameter_count)
        sizes = [number(size) for size in part.size_bytes]
        if quant is not None:
            bits = [nominal_bits(quant)] * len(places)
        elif any(size is not None for size in sizes):
            rounded = "size_estimated" in (row["flags"] if row["flags"] is not None else ())
            return [s if s is None else weights.stated(s, estimated=rounded) for s in sizes]
        elif part.quant_type.nunique(dropna=False) == 1:
            own = [b if b == b and b is not None else None for b in part.bits_per_weight]
            bits = [b or (nominal_bits(q) if q else None)
                    for b, q in zip(own, part.quant_type, strict=True)]  # fmt: skip
        else:
            bits = [nominal_bits(q) if q else None for q in part.quant_type]
        found = [weights.counted(count, b) if b and count else None for b in bits]
        if quant is None and count and estimate.whole(self._own[at]) and not any(found):
            return [weights.unstated(count)] * len(places)
        return found

    def counts(self, query: Query) -> dict[str, int]:
        """Rows by the best grade of their groups that meet all else."""
        conditions = [c for c in query.conditions if c.key == "fits"]
        asked = [c for c in conditions if not c.negated] or conditions
        values = [value for c in asked for value in c.values]
        ranks = np.min([self.ranks(value) for value in values], axis=0)
        met = self.groups_met(self.asked(query, "fits"))
        part = pd.DataFrame({"row": self.groups.row, "rank": ranks})[met]
        part = part[self.matching(query, ignored="fits")[part.row.to_numpy()]]
        best = part.groupby("row")["rank"].min()
        return {RANKS[rank]: int(n) for rank, n in best.value_counts().items()}


def number(value: object) -> int | None:
    return None if value is None or value != value else int(value)  # type: ignore[call-overload]


def _agree(generation: Generation, tables: Tables, count: int, seed: int) -> None:
    oracle = FitsOracle(tables, generation)
    rows, files = tables[0].to_pylist(), tables[1].to_pylist()
    dice = random.Random(seed)
    found_something = 0
    for number_ in range(count):
        other = random_query(dice, rows, files) if number_ >= len(TERMS) else ""
        query = parse(f"{other} {TERMS[number_ % len(TERMS)]}")
        shown = oracle.shown(query)
        found = generation.ask(query, today=TODAY, page_size=20)
        assert found.total == len(shown), str(query)
        assert [model.ref for model in found.models] == [ref for ref, _ in shown[:20]], str(query)
        counts = {value.value: value.count for value in found.facet("fits").values}
        assert counts == oracle.counts(query), str(query)
        for key in FACETS:
            given = {v.value: v.count for v in found.facet(key).values if v.count}
            assert given == oracle.facet(query, key), (str(query), key)
        for key in RANGES:
            bars, unknown = oracle.histogram(query, key)
            given = {
                (int(bar.low[:4]) if key == "updated" else int(bar.low)): bar.count
                for bar in found.range(key).bins
                if bar.count
            }
            assert given == {low: n for (low, _), n in bars.items()}, (str(query), key)
            assert found.range(key).unknown == unknown
        found_something += bool(shown)
    assert found_something > count // 3


def test_agrees_with_the_oracle_over_real_rows(
    opened: Callable[[str, Tables], Generation], real_tables: Tables
) -> None:
    _agree(opened("real", real_tables), real_tables, count=60, seed=4)


def test_agrees_with_the_oracle_over_invented_rows(
    opened: Callable[[str, Tables], Generation], made_tables: Tables
) -> None:
    _agree(opened("made", made_tables), made_tables, count=60, seed=5)


def _single_answers(generation: Generation, term: str, rows: range) -> None:
    found = fits_term(term)
    assert found is not None
    machine = hardware.machine(found.device)
    need = Need(context=found.context or 8192, users=found.users)
    met = set(generation.rows(parse(f"fits:{term}"), today=TODAY).tolist())
    refs = generation.refs()
    for row in rows:
        answer = fitting.fit(generation, refs[row].as_py(), need, machine, found.quant)
        assert (answer.grade in ("fits", "tight")) == (row in met), (answer.ref, answer.grade)


@pytest.mark.parametrize("term", ["rtx-4090@32k", "24gb/Q4_K_M"])
def test_rows_that_fit_are_those_of_which_the_single_answer_says_so(
    opened: Callable[[str, Tables], Generation], real_tables: Tables, term: str
) -> None:
    generation = opened("real", real_tables)
    _single_answers(generation, term, range(0, len(generation), 9))


@pytest.mark.nightly
@pytest.mark.parametrize("term", ["rtx-4090", "24gb@32kx5", "m3-max-64gb@8k", "2x-rtx-3090/Q4_K_M"])
def test_every_bundled_row_has_the_grade_of_its_single_answer(
    opened: Callable[[str, Tables], Generation], term: str
) -> None:
    tables = tuple(
        pq.read_table(STARTER / f"{name}.parquet").select(columns.names)
        for name, columns in (("models", schema.MODELS), ("files", schema.FILES))
    )
    generation = opened("whole", tables)
    _single_answers(generation, term, range(len(generation)))


def test_one_and_the_same_files_fit_and_have_the_quantization(
    publish: Publish, a_model: Maker
) -> None:
    model = a_model(repo_id="Qwen/Qwen3-8B", parameter_count=8_190_735_360)
    files = [
        (model.ref, ModelFile(path=name, group=name, role="weights", format="gguf",
                              quant_type=name, size_bytes=size))
        for name, size in (("Q4_K_M", 5 * GIB), ("BF16", 16 * GIB))
    ]  # fmt: skip
    generation = publish([model], files)

    def total(text: str) -> int:
        return generation.ask(parse(text), today=TODAY).total

    assert total("fits:12gib") == total("fits:12gib quant:Q4_K_M") == 1
    assert total("fits:12gib quant:BF16") == total("fits:12gib size:10GiB..") == 0
    assert total("-fits:12gib") == 0
    assert total("-fits:4gib") == total("fits:4gib,12gib") == 1
    assert total("fits:12gib/Q4_K_M") == 1
    assert total("fits:12gib/BF16") == total("fits:12gib@128kx8") == 0
    found = generation.ask(parse("fits:12gib quant:BF16"), today=TODAY)
    assert [(v.value, v.count) for v in found.facet("fits").values] == [("offload", 1)]
    found = generation.ask(parse("quant:BF16"), today=TODAY)
    assert found.facet("fits").values == ()


@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ("rtx-4091", "fits:rtx-4090"),
        ("rtx-4091@32kx5/Q4_K_M", "fits:rtx-4090@32kx5/Q4_K_M"),
        ("2x-rtx-4091", "fits:2x-rtx-4090"),
        ("a100@4k", "fits:a100-40gb@4k"),
        ("rtx-4090/Q4_K_X", None),
        ("snapdragon-x-elite-x1e-84-100", None),
        ("zzzzzzzzz", None),
        ("rtx-4090@200000000", None),
    ],
)
def test_what_nobody_can_answer_gives_no_rows_and_is_told(
    publish: Publish, a_model: Maker, value: str, nearest: str | None
) -> None:
    generation = publish([a_model(size_bytes=5, parameter_count=10)])
    query = parse(f"fits:{value}")
    (warning,) = generation.check(query)
    assert (warning.term, warning.nearest) == (f"fits:{value}", nearest)
    assert warning.message.endswith((".", "?"))
    assert generation.ask(query, today=TODAY).total == 0
    assert generation.ask(parse(f"-fits:{value}"), today=TODAY).total == 1
    assert generation.ask(query, today=TODAY).facet("fits").values == ()


def test_machines_of_the_team_are_named_like_devices(publish: Publish, a_model: Maker) -> None:
    generation = publish([a_model(size_bytes=6 * GIB, pipeline_tag="text-to-image")])
    own: Mapping[str, Machine] = {"workshop": hardware.machine("16gib")}

    def resolve(text: str) -> Machine:
        try:
            return own[text]
        except KeyError:
            raise QueryError("No machine is called so.") from None

    query = parse("fits:workshop")
    assert generation.ask(query, today=TODAY).total == 0
    generation.use_machines(resolve)
    assert generation.ask(query, today=TODAY).total == 1
    assert generation.check(query) == ()
    own = {"workshop": replace(hardware.machine("2gib"), name="workshop")}
    assert generation.ask(query, today=TODAY).total == 0


def test_what_a_sync_hears_of_an_architecture_counts_at_once(
    publish: Publish, a_model: Maker, catalog_root: Path
) -> None:
    model = a_model(
        repo_id="org/strange",
        pipeline_tag="text-generation",
        parameter_count=8_190_735_360,
        size_bytes=5 * GIB,
    )
    copy = a_model(
        repo_id="org/copy",
        size_bytes=5 * GIB,
        base_models=(model.ref,),
        base_model_relation="quantized",
    )
    generation = publish([model, copy])
    query = parse("fits:12gib@16k")
    assert generation.ask(query, today=TODAY).total == 0
    shape = known.stated("huggingface:Qwen/Qwen3-8B")
    assert shape is not None
    facts.note(catalog_root, [Stated(ref=model.ref, config=shape)], NOW)
    assert generation.ask(query, today=TODAY).total == 2


def test_a_value_without_that_form_is_refused() -> None:
    with pytest.raises(QueryError, match="Name a device"):
        fits.wanted("@", hardware.machine)
    assert fits.nearest("@", hardware.machine) is None


def test_an_index_that_is_told_no_machines_leaves_the_term_out(
    publish: Publish, a_model: Maker
) -> None:
    generation = publish([a_model(size_bytes=5)])
    match = generation._index.match(parse("fits:nothing source:huggingface"), TODAY)
    assert match.rows is not None and len(match.rows) == 1
    assert len(generation._index.counts(match, "fits", TODAY).codes) == 0
