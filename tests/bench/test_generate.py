from __future__ import annotations

import pyarrow.compute as pc

from bench import generate
from catalog.store.schema import FILES, MODELS


def test_the_same_seed_makes_the_same_catalog() -> None:
    first, again = generate.generate(2_000, seed=3), generate.generate(2_000, seed=3)
    other = generate.generate(2_000, seed=4)
    assert first[0].equals(again[0])
    assert first[1].equals(again[1])
    assert not first[0].equals(other[0])


def test_generated_rows_have_the_table_form_and_refs_of_their_own() -> None:
    models, files = generate.generate(2_000, seed=3)
    assert models.schema.equals(MODELS)
    assert files.schema.equals(FILES)
    assert pc.count_distinct(models["ref"]).as_py() == 2_000
    assert pc.all(pc.is_in(files["ref"], models["ref"].combine_chunks())).as_py()


def test_unknowns_and_gguf_rows_have_about_the_shares_of_the_whole_hub() -> None:
    models, files = generate.generate(20_000, seed=3)
    assert 0.25 < models["license"].null_count / 20_000 < 0.5
    assert 0.25 < models["parameter_count"].null_count / 20_000 < 0.5
    assert 0.02 < pc.count_distinct(files["ref"]).as_py() / 20_000 < 0.12
