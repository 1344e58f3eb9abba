"""The change feed against plain Python, and against everything that can happen to its files."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.records import Change, ChangeSummary, ModelRecord, SourceRun
from catalog.store import changes, comparing, schema, snapshot
from catalog.store.comparing import EXAMPLES
from catalog.vocabulary import CHANGES
from tests.catalog.store.invented import invented_tables

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
SHA, OTHER_SHA = "a" * 40, "b" * 40
AModel = Callable[..., ModelRecord]


@pytest.fixture
def root(own_data_dir: Path) -> Path:
    return own_data_dir / "catalog"


def publish(
    root: Path, models: Sequence[ModelRecord] | pa.Table, *, told: bool = True, **more: Any
) -> str:
    table = models if isinstance(models, pa.Table) else schema.models_table(models)
    facts = {"runs": (), "now": NOW, **more}
    name = snapshot.publish(root, table, schema.FILES.empty_table(), **facts)
    if told:
        changes.catch_up(root)
    return name


def newest(root: Path) -> ChangeSummary:
    return changes.feed(root, 1)[0]


def counts(summary: ChangeSummary) -> dict[str, int]:
    return {kind: getattr(summary, kind) for kind in CHANGES if getattr(summary, kind)}


def changed(root: Path, before: ModelRecord, after: ModelRecord) -> list[tuple[Any, ...]]:
    """What the feed tells when one row becomes another."""
    publish(root, [before])
    publish(root, [after])
    found = changes.history(root, after.ref)
    assert len(found) == sum(counts(newest(root)).values())
    return [(change.kind, change.before, change.after) for change in found]


def test_the_first_catalog_is_no_change(root: Path, a_model: AModel) -> None:
    name = publish(root, [a_model(), a_model(repo_id="org/other")])
    (entry,) = changes.feed(root, 10)
    assert (entry.generation, entry.previous, entry.published_at) == (name, None, NOW)
    assert counts(entry) == {} and entry.examples == ()
    assert changes.history(root, "huggingface:org/name") == ()


def test_added_and_removed(root: Path, a_model: AModel) -> None:
    first = publish(root, [a_model(), a_model(repo_id="org/leaves")])
    second = publish(root, [a_model(), a_model(source="ollama", repo_id="comes:1b")])
    entry = newest(root)
    assert (entry.generation, entry.previous) == (second, first)
    assert counts(entry) == {"added": 1, "removed": 1}
    assert entry.sources == ("huggingface", "ollama")
    about = {"generation": second, "published_at": NOW}
    added = Change(ref="ollama:comes:1b", kind="added", **about)
    removed = Change(ref="huggingface:org/leaves", kind="removed", **about)
    assert entry.examples == (added, removed)
    assert changes.history(root, "ollama:comes:1b") == (added,)
    assert changes.history(root, "huggingface:org/leaves") == (removed,)
    assert changes.history(root, "huggingface:org/name") == ()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (("MIT", "yes"), ("MIT", "yes"), []),
        (("MIT", "yes"), ("GPL-3.0-only", "conditions"), ["MIT yes", "GPL-3.0-only conditions"]),
        (("MIT", "yes"), ("MIT", "no"), ["MIT yes", "MIT no"]),
        (("MIT", "yes"), (None, "unknown"), ["MIT yes", "unknown unknown"]),
        ((None, "unknown"), ("MIT", "yes"), []),
        ((None, "no"), ("MIT", "no"), []),
        ((None, "no"), ("MIT", "yes"), ["unknown no", "MIT yes"]),
        ((None, "no"), (None, "unknown"), ["unknown no", "unknown unknown"]),
        (("MIT", "unknown"), ("MIT", "yes"), []),
    ],
)
def test_a_license_that_was_stated_changes(
    root: Path,
    a_model: AModel,
    before: tuple[str | None, str],
    after: tuple[str | None, str],
    told: list[str],
) -> None:
    rows = [a_model(license=license, commercial_use=use) for license, use in (before, after)]
    words = tuple(text.replace(" ", " commercial:") for text in told)
    assert changed(root, *rows) == ([("license", *words)] if told else [])


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (("a", "b"), ("b", "a"), None),
        (("a", "a"), ("a",), None),
        ((), ("a",), None),
        (("a",), (), ("huggingface:a", None)),
        (("a",), ("b",), ("huggingface:a", "huggingface:b")),
        (("a", "b"), ("a",), ("huggingface:a,huggingface:b", "huggingface:a")),
    ],
)
def test_a_base_that_was_stated_changes(
    root: Path,
    a_model: AModel,
    before: tuple[str, ...],
    after: tuple[str, ...],
    told: tuple[str | None, str | None] | None,
) -> None:
    rows = [
        a_model(base_models=tuple(f"huggingface:{one}" for one in bases))
        for bases in (before, after)
    ]
    assert changed(root, *rows) == ([("base", *told)] if told else [])


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ((SHA, 4_661_224_676), (SHA, 4_661_224_676), False),
        ((SHA, 4_920_753_328), (OTHER_SHA, 4_930_739_150), True),  # two exact figures
        ((SHA, 4_920_753_328), (OTHER_SHA, 4_920_739_150), False),  # the manifest, or not
        ((SHA, 4_661_224_676), (SHA, 4_500_000_001), False),  # one revision has one size
        ((SHA, 4_661_224_676), (SHA, 2_000_000_001), True),  # unless far apart: counted anew
        ((SHA, 4_700_000_000), (OTHER_SHA, 4_661_224_676), False),  # the first was rounded
        ((SHA, 4_661_224_676), (OTHER_SHA, 4_700_000_000), False),
        ((SHA[:12], 4_700_000_001), (SHA, 4_661_224_676), False),  # one is the other, shortened
        ((None, 4_661_224_676), (SHA, 4_661_224_677), False),
        ((None, 4_661_224_676), (SHA, 9_661_224_676), True),
        ((SHA, None), (SHA, 5), False),
        ((SHA, 5), (SHA, None), True),
        ((SHA, 0), (OTHER_SHA, 1), True),
    ],
)
def test_a_size_changes_by_more_than_rounding(
    root: Path,
    a_model: AModel,
    before: tuple[str | None, int | None],
    after: tuple[str | None, int | None],
    told: bool,
) -> None:
    rows = [a_model(revision=revision, size_bytes=size) for revision, size in (before, after)]
    words = [str(size) if size is not None else None for _, size in (before, after)]
    assert changed(root, *rows) == ([("size", *words)] if told else [])


def test_a_row_that_is_called_by_another_tag_is_neither_added_nor_removed(
    root: Path, a_model: AModel
) -> None:
    old = a_model(source="ollama", repo_id="m:8b-q4", aliases=("ollama:m:8b",), license="MIT")
    new = a_model(
        source="ollama", repo_id="m:8b", aliases=("ollama:m:8b-q4",), license="Apache-2.0"
    )
    publish(root, [old])
    publish(root, [new])
    assert counts(newest(root)) == {"license": 1}
    (change,) = changes.history(root, new.ref, *new.aliases)
    assert (change.ref, change.before) == ("ollama:m:8b", "MIT commercial:unknown")
    publish(root, [replace(new, repo_id="m:8b-new", ref="ollama:m:8b-new", aliases=())])
    assert counts(newest(root)) == {"added": 1, "removed": 1}


def test_a_shorter_tag_takes_a_row_over_whichever_side_names_the_other(
    root: Path, a_model: AModel
) -> None:
    publish(root, [a_model(source="ollama", repo_id="m:8b-q4", aliases=("ollama:m:8b",))])
    publish(root, [a_model(source="ollama", repo_id="m:8b")])  # the longer tag is gone
    assert counts(newest(root)) == {}
    publish(root, [a_model(source="ollama", repo_id="m:x", aliases=("ollama:m:8b",))])
    assert counts(newest(root)) == {}


def test_examples_are_the_most_popular_ones(root: Path, a_model: AModel) -> None:
    kept = [a_model()]
    publish(root, kept)
    new = [a_model(repo_id=f"org/m{n}", downloads_30d=n * 1000) for n in range(EXAMPLES + 4)]
    publish(root, [*kept, *new])
    shown = [change.ref.removeprefix("huggingface:org/m") for change in newest(root).examples]
    assert shown == ["8", "7", "6", "5", "4"]


def test_a_publish_names_no_source_whose_rows_stayed(root: Path, a_model: AModel) -> None:
    publish(root, [a_model()])
    run = SourceRun(
        source="civitai", scope="full", started_at=NOW, finished_at=NOW, ok=True, fetched=1, kept=1
    )
    failed = replace(run, source="ollama", ok=False, kept=0)
    publish(root, [a_model()], runs=(run, failed))
    assert newest(root).sources == ()
    assert counts(newest(root)) == {}
    publish(root, [a_model(), a_model(source="ollama", repo_id="comes:1b")], runs=(run,))
    assert newest(root).sources == ("ollama",)


def test_a_crash_before_the_feed_is_made_good_by_the_next_publish(
    root: Path, a_model: AModel
) -> None:
    first = publish(root, [a_model(license="MIT")])
    second = publish(root, [a_model(license="Apache-2.0")], told=False)
    third = publish(root, [a_model(license="GPL-3.0-only")])
    told = [(entry.generation, entry.previous) for entry in changes.feed(root, 10)]
    assert told == [(third, second), (second, first), (first, None)]
    after = [change.after for change in changes.history(root, "huggingface:org/name")]
    assert after == ["GPL-3.0-only commercial:unknown", "Apache-2.0 commercial:unknown"]


def test_a_crash_between_the_file_and_its_line_tells_it_once(root: Path, a_model: AModel) -> None:
    publish(root, [a_model()])
    publish(root, [a_model(), a_model(repo_id="org/new")])
    index = root / changes.FOLDER / changes.INDEX
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(lines[0] + lines[1][: len(lines[1]) // 2])
    assert len(changes.feed(root, 10)) == 1
    for _ in range(2):
        changes.catch_up(root)
        assert [entry.added for entry in changes.feed(root, 10)] == [1, 0]
    assert len(changes.history(root, "huggingface:org/new")) == 1
    publish(root, [a_model()])
    assert [entry.removed for entry in changes.feed(root, 10)] == [1, 0, 0]


def test_a_generation_that_cannot_be_read_is_passed_over(root: Path, a_model: AModel) -> None:
    first = publish(root, [a_model()])
    second = publish(root, [a_model()], told=False)
    (root / snapshot.SNAPSHOTS / second / "models.arrow").write_bytes(b"")
    third = publish(root, [a_model(), a_model(repo_id="org/new")])
    told = [(entry.generation, entry.previous) for entry in changes.feed(root, 10)]
    assert told == [(third, first), (first, None)]


def test_an_empty_folder_and_an_unwritable_one_are_no_error(root: Path, a_model: AModel) -> None:
    changes.catch_up(root)
    assert changes.feed(root, 10) == ()
    publish(root, [a_model()], told=False)
    (root / changes.FOLDER).write_text("a file in the way")
    changes.catch_up(root)
    assert changes.feed(root, 10) == changes.history(root, "huggingface:org/name") == ()


def test_changes_outlive_the_generations_up_to_a_bound(
    root: Path, a_model: AModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KEPT", 6)
    names = [publish(root, [a_model(size_bytes=10**n)]) for n in range(9)]
    assert len(snapshot.generations(root)) == snapshot.KEPT
    told = changes.feed(root, 100)
    assert [entry.generation for entry in told] == names[:2:-1]
    assert len(changes.history(root, "huggingface:org/name")) == 6
    files = sorted(path.stem for path in (root / changes.FOLDER).glob("*.parquet"))
    assert files == names[3:]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"7",
        b'{"generation": "../../x"}',
        b"[" * 100_000,
    ],
)
def test_a_line_that_is_none_of_ours_is_passed_over(
    root: Path, a_model: AModel, line: bytes
) -> None:
    publish(root, [a_model()])
    publish(root, [a_model(), a_model(repo_id="org/new")])
    before = changes.feed(root, 10)
    index = root / changes.FOLDER / changes.INDEX
    index.write_bytes(line + b"\n" + index.read_bytes() + line)
    assert changes.feed(root, 10) == before
    publish(root, [a_model()])
    assert changes.feed(root, 10)[1:] == before


def test_no_damage_to_the_files_breaks_a_reader(root: Path, a_model: AModel) -> None:
    """300 times: bytes changed, cut or put in; what is still told is what was."""
    publish(root, [a_model(license="MIT"), *(a_model(repo_id=f"org/m{n}") for n in range(50))])
    publish(root, [a_model(license="Apache-2.0", size_bytes=3)])
    whole = {path: path.read_bytes() for path in (root / changes.FOLDER).iterdir()}
    told, history = set(changes.feed(root, 10)), changes.history(root, "huggingface:org/name")
    assert len(whole) == len(told) == 2 and len(history) == 1
    dice = random.Random(7)
    for _ in range(300):
        path = dice.choice(sorted(whole))
        content = bytearray(whole[path])
        at = dice.randrange(len(content))
        how = dice.choice(("flip", "cut", "put"))
        if how == "flip":
            content[at] ^= dice.randrange(1, 256)
        elif how == "cut":
            del content[at : at + dice.randint(1, 200)]
        else:
            content[at:at] = dice.randbytes(dice.randint(1, 20))
        path.write_bytes(content)
        assert set(changes.feed(root, 10)) <= told
        assert changes.history(root, "huggingface:org/name") in ((), history)
        path.write_bytes(whole[path])


def test_a_file_that_is_gone_tells_nothing(root: Path, a_model: AModel) -> None:
    publish(root, [a_model()])
    name = publish(root, [a_model(), a_model(repo_id="org/new")])
    (root / changes.FOLDER / f"{name}.parquet").unlink()
    assert changes.history(root, "huggingface:org/new") == ()
    assert newest(root).added == 1


def test_history_finds_a_ref_in_any_part_of_a_large_file(
    root: Path, a_model: AModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "GROUP_ROWS", 16)
    publish(root, [a_model()])
    new = [a_model(repo_id=f"é{n}/模型{n * 37 % 301}") for n in range(300)]
    name = publish(root, [a_model(), *new])
    path = root / changes.FOLDER / f"{name}.parquet"
    assert pq.read_metadata(path).num_row_groups == 19
    for model in new:
        (change,) = changes.history(root, model.ref)
        assert (change.ref, change.kind) == (model.ref, "added")


def test_a_ref_too_long_for_statistics_has_a_history(root: Path, a_model: AModel) -> None:
    long = a_model(repo_id=f"org/{'x' * 5_000}")
    publish(root, [a_model()])
    publish(root, [a_model(), long])
    assert [change.kind for change in changes.history(root, long.ref)] == ["added"]


KILLED = """
import os, random, shutil, signal, sys, time
from pathlib import Path
from catalog.store import changes
root, dice, killed = Path(sys.argv[1]), random.Random(11), 0
changes.catch_up(root)
told, history = changes.feed(root, 9), changes.history(root, sys.argv[2])
begun = time.perf_counter()
shutil.rmtree(root / changes.FOLDER)
changes.catch_up(root)
whole = time.perf_counter() - begun
for _ in range(20):
    shutil.rmtree(root / changes.FOLDER)
    pid = os.fork()
    if pid == 0:
        changes.catch_up(root)
        os._exit(0)
    time.sleep(dice.uniform(0, 1.5 * whole))
    os.kill(pid, signal.SIGKILL)
    killed += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0
    assert set(changes.feed(root, 9)) <= set(told)
    changes.catch_up(root)
    assert changes.feed(root, 9) == told and changes.history(root, sys.argv[2]) == history
print(killed, len(told), len(history))
"""


def test_a_process_killed_at_any_moment_leaves_a_feed_that_is_made_good(
    root: Path, a_model: AModel
) -> None:
    first = [a_model(repo_id=f"org/m{n}", license="MIT") for n in range(400)]
    publish(root, first, told=False)
    publish(root, [replace(model, license="Apache-2.0") for model in first], told=False)
    script = [sys.executable, "-c", KILLED, str(root), first[7].ref]
    done = subprocess.run(script, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
    killed, publishes, told = map(int, done.stdout.split())
    assert killed and (publishes, told) == (2, 1)


# -- the oracle --------------------------------------------------------------------------------


def _terms(row: dict[str, Any]) -> str:
    return f"{row['license'] or 'unknown'} commercial:{row['commercial_use'] or 'unknown'}"


def _same_revision(before: str | None, after: str | None) -> bool:
    return before is None or after is None or before[:12] == after[:12]


def _rounded(size: int) -> bool:
    return len(str(size).rstrip("0")) <= 3


def _expected(old: dict[str, Any], new: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    found = {}
    if (old["license"] is not None and old["license"] != new["license"]) or (
        old["commercial_use"] != "unknown" and old["commercial_use"] != new["commercial_use"]
    ):
        found["license"] = (_terms(old), _terms(new))
    if old["base_models"] and set(old["base_models"]) != set(new["base_models"]):
        found["base"] = (",".join(old["base_models"]), ",".join(new["base_models"]) or None)
    before, after = old["size_bytes"], new["size_bytes"]
    if before is not None and before != after:
        near = after is not None and abs(before - after) <= 0.05 * max(before, after)
        noise = after is not None and abs(before - after) < 0.001 * max(before, after)
        same = _same_revision(old["revision"], new["revision"])
        if not (noise or (near and (same or _rounded(before) or _rounded(after)))):
            found["size"] = (str(before), None if after is None else str(after))
    return found


def _oracle(old: pa.Table, new: pa.Table) -> set[tuple[Any, ...]]:
    before = {row["ref"]: row for row in old.to_pylist()}
    after = {row["ref"]: row for row in new.to_pylist()}
    found = {(ref, "removed", None, None) for ref in before.keys() - after.keys()}
    found |= {(ref, "added", None, None) for ref in after.keys() - before.keys()}
    for ref in before.keys() & after.keys():
        told = _expected(before[ref], after[ref])
        found |= {(ref, kind, *texts) for kind, texts in told.items()}
    return found


def _shaken(dice: random.Random, table: pa.Table, donors: pa.Table) -> pa.Table:
    """A later catalog: rows left out, others come, facts taken from elsewhere, sizes rounded."""
    others = donors.to_pylist()
    rows = [row for row in table.to_pylist() if dice.random() > 0.1]
    known = {row["ref"] for row in rows}
    rows += [row for row in others if row["ref"] not in known and dice.random() < 0.1]
    for row in rows:
        for name in ("license", "commercial_use", "base_models", "size_bytes", "revision"):
            if dice.random() < 0.2:
                row[name] = dice.choice(others)[name]
        if row["base_models"] and dice.random() < 0.3:
            row["base_models"] = row["base_models"][::-1]
        if row["size_bytes"] is not None and dice.random() < 0.4:
            digits = dice.choice([1, 2, 3, 4])
            row["size_bytes"] = int(float(f"{row['size_bytes']:.{digits - 1}e}"))
        if row["revision"] is not None and dice.random() < 0.1:
            row["revision"] = row["revision"][:12]
    dice.shuffle(rows)
    return pa.Table.from_pylist(rows, schema=table.schema)


def _without_aliases(table: pa.Table) -> pa.Table:
    at = table.schema.get_field_index("aliases")
    empty = pa.array([[]] * table.num_rows, table.schema.field(at).type)
    return table.set_column(at, table.schema.field(at), empty)


@pytest.mark.parametrize("seed", range(16))
def test_the_feed_and_every_history_equal_plain_python(
    root: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr(comparing, "BLOCK_ROWS", dice.choice([7, 20, 1 << 18]))
    first = _without_aliases(invented_tables(dice.choice([0, 1, 40, 90]), seed)[0])
    donors = _without_aliases(invented_tables(60, seed + 1_000)[0])
    tables = [first]
    for _ in range(2):
        tables.append(_shaken(dice, tables[-1], donors))
    names = [publish(root, table, now=NOW + timedelta(hours=n)) for n, table in enumerate(tables)]
    entries = {entry.generation: entry for entry in changes.feed(root, 10)}
    expected: dict[str, set[tuple[Any, ...]]] = {}
    for name, old, new in zip(names[1:], tables[:-1], tables[1:], strict=True):
        expected[name] = _oracle(old, new)
        kinds = [kind for _, kind, _, _ in expected[name]]
        assert counts(entries[name]) == {kind: kinds.count(kind) for kind in set(kinds)}
        told = {(c.ref, c.kind, c.before, c.after) for c in entries[name].examples}
        assert told <= expected[name]
    refs = {ref for table in (*tables, donors) for ref in table["ref"].to_pylist()}
    for ref in refs:
        found = changes.history(root, ref)
        assert len(found) == len(set(found))
        for name in names[1:]:
            of_name = {(c.ref, c.kind, c.before, c.after) for c in found if c.generation == name}
            assert of_name == {change for change in expected[name] if change[0] == ref}
    assert json.loads((root / changes.FOLDER / changes.INDEX).read_bytes().splitlines()[0])
