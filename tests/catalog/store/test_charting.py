"""The charts count what the slow and obvious answer counts, over real and over invented rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable

import pandas as pd
import pytest

from catalog.query import parse
from catalog.records import ModelFile, ModelRecord
from catalog.reports import Slice, Tally
from catalog.store.charting import Charting, purpose
from catalog.store.generation import Generation
from catalog.vocabulary import GENERAL_TASKS, TASKS
from tests.catalog.store.conftest import TODAY, Publish, Tables
from tests.catalog.store.invented import random_query
from tests.catalog.store.oracle import Oracle

Opened = Callable[[str, Tables], Generation]


def words(values: Iterable[object]) -> list[str]:
    return ["unknown" if value is None or value != value else str(value) for value in values]


def whole(tally: Tally, depth: int) -> dict[tuple[str, ...], int]:
    """Slices by their first keys, those of rare values left out."""
    counts: Counter[tuple[str, ...]] = Counter()
    for part in tally.slices:
        counts[part.keys[:depth]] += part.count
    return {keys: count for keys, count in counts.items() if "" not in keys}


def slowly(rows: pd.DataFrame, *columns: str) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words(rows[name]) for name in columns), strict=True))


def agree(generation: Generation, tables: Tables, count: int, seed: int) -> None:
    oracle = Oracle(*tables, TODAY)
    rows, files = tables[0].to_pylist(), tables[1].to_pylist()
    dice = random.Random(seed)
    queries = [parse(""), *(random_query(dice, rows, files) for _ in range(count))]
    for query in queries:
        matching = oracle.rows[oracle.matching(query)]
        charts = generation.charting(query, today=TODAY)
        assert charts.total == len(matching), str(query)
        same(charts, matching, str(query))


def same(charts: Charting, rows: pd.DataFrame, text: str) -> None:
    verdicts, tasks = charts.licenses(), charts.tasks()
    assert whole(verdicts, 1) == slowly(rows, "commercial_use"), text
    licenses = slowly(rows, "commercial_use", "license")
    assert whole(verdicts, 2).items() <= licenses.items(), text
    shown = slowly(rows, "commercial_use", "license", "author")
    assert whole(verdicts, 3).items() <= shown.items(), text
    assert whole(tasks, 2).items() <= slowly(rows, "modality", "pipeline_tag").items(), text
    assert whole(tasks, 1) == slowly(rows, "modality"), text
    kinds = Counter(
        (purpose(task), kind)
        for task, kind in zip(words(rows.pipeline_tag), words(rows["kind"]), strict=True)
    )
    assert whole(charts.purposes(), 2) == kinds, text
    for tally in (verdicts, tasks, charts.purposes(), charts.growth(3), charts.families(5)):
        assert sum(part.count for part in tally.slices) == charts.total, text
    created = [
        None if one != one or one is None else pd.Timestamp(one, unit="s")
        for one in rows.created_at
    ]
    months = [f"{one:%Y-%m}" if one is not None else "unknown" for one in created]
    assert whole(charts.growth(1), 2) == Counter(zip(months, rows.source, strict=True)), text
    histogram = charts.parameters()
    known = [one for one in rows.parameter_count if one is not None and one == one]
    assert histogram.unknown == len(rows) - len(known), text
    assert sum(part.count for part in histogram.bins) == len(known), text
    for part in histogram.bins:
        inside = sum(int(part.low) <= number <= int(part.high) for number in known)
        assert part.count == inside, text


def test_counts_agree_with_the_obvious_answer_over_real_rows(
    opened: Opened, real_tables: Tables
) -> None:
    agree(opened("real", real_tables), real_tables, 12, seed=1)


def test_counts_agree_with_the_obvious_answer_over_invented_rows(
    opened: Opened, made_tables: Tables
) -> None:
    agree(opened("made", made_tables), made_tables, 40, seed=2)


def test_ladder_counts_repositories_and_file_sets(opened: Opened, made_tables: Tables) -> None:
    generation = opened("made", made_tables)
    oracle = Oracle(*made_tables, TODAY)
    for text in ("", "source:huggingface", "license:mit"):
        query = parse(text)
        groups = oracle.groups[oracle.matching(query)[oracle.groups.row]]
        ladder = generation.charting(query, today=TODAY).quantizations()
        facet = generation.ask(query, today=TODAY, facets=("quant",)).facet("quant")
        counts = {value.value: value.count for value in facet.values}
        assert {rung.quant_type: rung.repositories for rung in ladder.rungs} | (
            {"unknown": ladder.unknown} if ladder.unknown else {}
        ) == counts
        sets = Counter(words(groups.quant_type))
        assert all(sets[rung.quant_type] == rung.file_sets for rung in ladder.rungs)


def test_ladder_runs_from_most_bits_to_fewest_and_unknown_bits_stand_last(
    publish: Publish,
    a_model: Callable[..., ModelRecord],
    a_file: Callable[..., ModelFile],
) -> None:
    model = a_model(repo_id="org/a-gguf")
    files = [
        (model.ref, a_file(path=f"{quant}.gguf", quant_type=quant, group=quant, role="weights"))
        for quant in ("Q4_K_M", "Q8_0", "ODD_ONE")
    ]
    ladder = (
        publish([model, a_model(repo_id="org/silent")], files)
        .charting(parse(""), today=TODAY)
        .quantizations()
    )
    assert [rung.quant_type for rung in ladder.rungs] == ["Q8_0", "Q4_K_M", "ODD_ONE"]
    assert [rung.file_sets for rung in ladder.rungs] == [1, 1, 1]
    assert ladder.rungs[0].bits_per_weight == 8.5008
    assert ladder.rungs[2].bits_per_weight is None
    assert (ladder.total, ladder.unknown) == (2, 1)


def test_rare_values_stand_together_and_unknown_stays_apart(
    publish: Publish, a_model: Callable[..., ModelRecord]
) -> None:
    models = [
        a_model(repo_id=f"org{number}/m", license="MIT", commercial_use="yes")
        for number in range(9)
    ]
    models += [
        a_model(repo_id="org/silent"),
        a_model(repo_id="org0/n", license="MIT", commercial_use="yes"),
    ]
    tally = publish(models).charting(parse(""), today=TODAY).licenses()
    assert Slice(keys=("yes", "MIT", "org0"), count=2) in tally.slices
    assert Slice(keys=("yes", "MIT", ""), count=3, members=3) in tally.slices
    assert Slice(keys=("unknown", "unknown", "org"), count=1) in tally.slices
    assert tally.count("yes") == 10
    assert tally.count("yes", "MIT", "org0") == 2


@pytest.mark.parametrize("task", sorted(GENERAL_TASKS))
def test_a_general_task_is_a_task(task: str) -> None:
    assert purpose(task) == "general"
    assert task in TASKS


def a_family(
    a_model: Callable[..., ModelRecord], author: str, sizes: dict[str, int]
) -> list[ModelRecord]:
    return [
        a_model(
            repo_id=f"{author}/{name}",
            family="t5",
            parameter_count=count,
            downloads_30d=1_000,
            pipeline_tag="translation",
        )
        for name, count in sizes.items()
    ]


T5 = {"t5-small": 60_506_624, "t5-base": 222_903_552, "t5-11b": 11_307_321_344}


def test_sizes_of_a_family_are_those_of_its_most_fetched_author(
    publish: Publish, a_model: Callable[..., ModelRecord]
) -> None:
    others = a_family(a_model, "amazon", {"chronos": 46_000_000})
    silent = a_model(repo_id="someone/t5-x", family="t5")
    generation = publish([*a_family(a_model, "google-t5", T5), *others, silent])
    (found,) = generation.charting(parse(""), today=TODAY).sizes(("t5",))
    assert (found.author, found.repositories, found.unknown) == ("google-t5", 5, 1)
    assert [(size.name, size.parameter_count) for size in found.sizes] == list(T5.items())
    (narrow,) = generation.charting(parse("author:amazon"), today=TODAY).sizes(("t5",))
    assert [size.name for size in narrow.sizes] == ["chronos"]


def test_models_of_one_size_share_a_bar_under_the_main_task(
    publish: Publish, a_model: Callable[..., ModelRecord]
) -> None:
    models = a_family(a_model, "google-t5", T5)
    models.append(
        a_model(
            repo_id="google-t5/t5-embedding",
            family="t5",
            parameter_count=61_000_000,
            downloads_30d=9_000_000,
            pipeline_tag="feature-extraction",
        )
    )
    copy = a_model(
        repo_id="google-t5/t5-gguf", family="t5", kind="quantized", parameter_count=5 * 10**9
    )
    (found,) = publish([*models, copy]).charting(parse(""), today=TODAY).sizes(("t5",))
    assert [(size.name, size.others) for size in found.sizes] == [
        ("t5-small", 1),
        ("t5-base", 0),
        ("t5-11b", 0),
    ]


def test_a_long_family_keeps_its_most_popular_sizes(
    publish: Publish, a_model: Callable[..., ModelRecord]
) -> None:
    sizes = {f"m{power}": 2**power for power in range(20, 35)}
    (found,) = (
        publish(a_family(a_model, "lab", sizes)).charting(parse(""), today=TODAY).sizes(("t5",))
    )
    assert (len(found.sizes), found.more) == (12, 3)
    counts = [size.parameter_count for size in found.sizes]
    assert counts == sorted(counts)


def test_a_family_that_nobody_has_has_no_sizes(
    publish: Publish, a_model: Callable[..., ModelRecord]
) -> None:
    (found,) = publish([a_model()]).charting(parse(""), today=TODAY).sizes(("t5",))
    assert (found.author, found.repositories, found.sizes) == (None, 0, ())


def test_nothing_is_charted_as_nothing(
    publish: Publish, a_model: Callable[..., ModelRecord]
) -> None:
    charts = publish([a_model()]).charting(parse("license:mit"), today=TODAY)
    assert charts.total == 0
    for tally in (charts.licenses(), charts.tasks(), charts.purposes(), charts.growth(3)):
        assert tally.slices == ()
    assert charts.parameters().bins == ()
    assert charts.quantizations().rungs == ()
