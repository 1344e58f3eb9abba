"""Damaged files beside the generations: every page still renders, and shows nothing made up."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalog import settings
from catalog.bootstrap import open_cardex
from catalog.records import Installed, Quota, Reason, Runtime, SourceRun
from catalog.refresh import live
from catalog.refresh.progress import Progress
from catalog.store import changes, installed, runs

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
REF = "huggingface:Qwen/Qwen-01"
FILES = ("runs.json", "progress.json", "installed.json", "changes/index.jsonl", "changes/*.parquet")
WRONG: tuple[Any, ...] = (None, "text", "2026-99-99", -1, 10**300, 1e308, True, [], {}, [[]], [{}])


@pytest.fixture
def root(publish: Any, some_models: Any) -> Path:
    """A catalog that has all of the files, each with something of everything in it."""
    folder = settings.load().catalog_dir
    publish(some_models[:-2])
    changes.catch_up(folder)
    publish(some_models)
    changes.catch_up(folder)
    run = SourceRun(
        source="huggingface",
        scope="full",
        started_at=NOW,
        finished_at=NOW,
        ok=False,
        fetched=70,
        kept=62,
        quarantined=8,
        error="Hugging Face has a fault of its own (status 503).",
        quota=Quota(remaining=3, limit=500, resets_at=NOW),
        reasons=(Reason(text="no id", count=8),),
    )
    runs.append(folder, [run])
    model = Installed(name="llama3.1:8b", ref=None, digest="a" * 64, size_bytes=5, modified_at=NOW)
    where = Runtime(where="http://127.0.0.1:11434", kind="ollama", seen_at=NOW, models=(model,))
    installed.write(folder, [where])
    with live.Live(folder, now=lambda: NOW) as told:
        told.source("huggingface", "full")
        told.show(Progress(source="huggingface", rows=5, rejected=1, fresh_rows=5, seconds=2.0))
        told.end("done", "It is done.")
    return folder


def paths(root: Path) -> list[Path]:
    found = [path for name in FILES for path in sorted(root.glob(name))]
    assert len(found) >= len(FILES), "every file is there to be damaged"
    return found


def wrong_everywhere(value: Any, wrong: Any) -> Any:
    """The value with each of its leaves replaced."""
    if isinstance(value, dict):
        return {name: wrong_everywhere(inner, wrong) for name, inner in value.items()}
    if isinstance(value, list) and value:
        return [wrong_everywhere(inner, wrong) for inner in value]
    return wrong


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands that can be replaced."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for name, part in inner:
        yield from leaves(part, (*path, name))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    copy = json.loads(json.dumps(value))
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = new
    return copy


def rewritten(path: Path, change: Callable[[Any], Any]) -> None:
    """Change the document of a file, or each line of a file of lines."""
    text = path.read_text("utf-8")
    lines = text.splitlines() if path.suffix == ".jsonl" else [text]
    path.write_text("\n".join(json.dumps(change(json.loads(line))) for line in lines))


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_pages_render_with_every_leaf_of_another_type(
    wrong: Any, root: Path, open_page: Any
) -> None:
    for path in paths(root):
        if path.suffix != ".parquet":
            rewritten(path, lambda document: wrong_everywhere(document, wrong))
    for page, given in (("sources", {}), ("home", {}), ("model", {"ref": REF})):
        assert not open_page(page, **given).exception


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 512, b"[" * 100_000, b"null", b"{", b"\xff\xfe[]", b"[5]", b'{"a":1}'],
)
def test_pages_render_with_files_of_something_else(
    content: bytes, root: Path, open_page: Any
) -> None:
    for path in paths(root):
        path.write_bytes(content)
    for page, given in (("sources", {}), ("home", {}), ("model", {"ref": REF})):
        assert not open_page(page, **given).exception


def test_300_tamperings_are_answered(root: Path) -> None:
    """Bytes changed, cut or put in, and values replaced: each time all questions are answered."""
    dice = random.Random(11)
    cardex = open_cardex(settings.load())
    for _ in range(300):
        path = dice.choice(paths(root))
        good = path.read_bytes()
        if path.suffix == ".json" and dice.random() < 0.6:
            document = json.loads(good)
            place = dice.choice(list(leaves(document)))
            path.write_text(json.dumps(replaced(document, place, dice.choice(WRONG))))
        else:
            at = dice.randrange(len(good))
            path.write_bytes(
                dice.choice(
                    [
                        good[:at],
                        good[:at] + bytes([good[at] ^ (1 << dice.randrange(8))]) + good[at + 1 :],
                        good[:at] + dice.randbytes(dice.randint(1, 40)) + good[at:],
                    ]
                )
            )
        try:
            asked(cardex)
        finally:
            path.write_bytes(good)
    assert asked(cardex) == (1, 1, 2)


def asked(cardex: Any) -> tuple[int, int, int]:
    """What pages ask, and that what comes has the types that they rely on."""
    status = cardex.catalog.status()
    told = [one.last_run for one in status.sources if one.last_run is not None]
    for run in told:
        assert isinstance(run.started_at, datetime | None) and isinstance(run.error, str | None)
        assert isinstance(run.fetched, int) and isinstance(run.ok, bool)
        assert all(isinstance(reason.count, int) for reason in run.reasons)
    state = cardex.refresher.state()
    assert isinstance(state.running, bool) and isinstance(state.message, str | None)
    for one in state.sources:
        assert isinstance(one.source, str) and isinstance(one.rows, int)
        assert isinstance(one.eta_seconds, float | int | None)
    runtimes = cardex.catalog.runtimes()
    fed = cardex.catalog.changes()
    cardex.catalog.history(REF)
    return len(told), len(runtimes), len(fed)
