from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import agree, generate, tables
from bench.ours import Ours
from bench.peers.duckdb_sql import DuckDB
from bench.peers.pandas_naive import PandasNaive
from bench.peers.pandas_shared import PandasShared
from bench.peers.polars_shared import PolarsShared
from bench.question import QUESTIONS, Question, make_question
from catalog.store import snapshot
from catalog.store.generation import Generation

# At 2,000 rows the two questions of the benchmark find little: these find a good part.
WIDE = make_question(
    "wide",
    tasks=("text-generation", "image-classification", "unknown"),
    licenses=("Apache-2.0", "unknown"),
    quants=("unknown", "Q4_K_M"),
    params=(10_000_000, 100_000_000_000),
)
FILES = make_question(
    "files",
    tasks=("text-generation",),
    licenses=("Apache-2.0", "MIT", "unknown"),
    quants=("Q4_K_M", "Q8_0"),
    params=(1_000_000_000, 100_000_000_000),
)


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    root: Path = tmp_path_factory.mktemp("catalog")
    models, files = generate.generate(2_000, seed=5)
    snapshot.publish(root, models, files, runs=(), now=datetime(2026, 11, 24, tzinfo=UTC))
    return snapshot.open_current(root)


@pytest.mark.parametrize("question", [*QUESTIONS, WIDE, FILES], ids=lambda question: question.name)
def test_every_engine_gives_the_same_answer(generation: Generation, question: Question) -> None:
    plain = tables.from_catalog(generation.models_table(), generation.files_table())
    with closing(DuckDB(plain)) as duck:
        engines = [
            Ours(generation),
            PandasNaive(plain),
            PandasShared(plain),
            PolarsShared(plain),
            duck,
        ]
        (answer,) = agree.check(engines, [question])
    if question in (WIDE, FILES):
        assert answer.total > 20


def test_a_wrong_count_is_not_timed(generation: Generation) -> None:
    plain = tables.from_catalog(generation.models_table(), generation.files_table())
    short = tables.from_catalog(
        generation.models_table().slice(0, 1_999), generation.files_table().slice(0, 0)
    )
    with pytest.raises(agree.Disagreement, match="differ"):
        agree.check([PandasShared(plain), PandasShared(short)], [WIDE])
