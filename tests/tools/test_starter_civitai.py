"""The CivitAI rows of the bundled catalog: reviewed, fit for a meeting, true to the tables."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from catalog.normalize.civitai_safety import HIDDEN_TAGS, reviewed_ids
from catalog.records import ModelFile, ModelRecord
from tools.starter import civitai
from tools.starter.choose import _UNFIT, _UNFIT_TAGS

Row = tuple[ModelRecord, tuple[ModelFile, ...]]
# Beyond the words of the Hub's rows: what names on this site suggest.
SUGGESTIVE = re.compile(
    r"waifu|girl|babe|chix|boys?[_ ]|daddy|doll|bara|yaoi|furry|bimbo|moist|slim|jucy|horn|hot |"
    r"asian|korean|mature|chill|goddes|sexy|nude|loli|shota|celebrit|fking|hell|完犊子|美女|"
    r"real person",
    re.IGNORECASE,
)

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[Row]:
    return civitai.rows(shared_data / "civitai")


def test_a_few_hundred_checkpoints_and_controlnets_are_in(rows: list[Row]) -> None:
    kinds = Counter(record.kind == "component" for record, _ in rows)
    assert 200 <= len(rows) <= 400
    assert kinds[True] >= 10 and kinds[False] >= 180
    assert {record.base_label for record, _ in rows} >= {"SD 1.5", "SD 2.1", "SDXL 1.0", "Flux.1 S"}
    conditions = [
        record
        for record, _ in rows
        if record.base_label == "SD 1.5" and record.commercial_use == "conditions"
    ]
    assert len(conditions) > 80


def test_each_is_on_the_list_and_each_of_the_list_is_in(rows: list[Row]) -> None:
    assert {int(record.repo_id) for record, _ in rows} == reviewed_ids()
    assert len({record.ref for record, _ in rows}) == len(rows)


def test_nothing_is_in_that_one_would_not_show_in_a_meeting(rows: list[Row]) -> None:
    for record, _ in rows:
        words = " ".join((record.name, record.author or "", *record.tags))
        assert not SUGGESTIVE.search(words), words
        assert not _UNFIT.search(f"{record.author}/{record.name}"), words
        assert not any(_UNFIT_TAGS.search(tag) for tag in record.tags), words
        assert not {tag.lower() for tag in record.tags} & HIDDEN_TAGS
        assert record.nsfw is not True
        assert "unsafe_scan" not in record.flags


def test_what_a_later_list_rates_above_the_level_is_not_in(
    rows: list[Row], shared_data: Path
) -> None:
    rated = json.loads((shared_data / "civitai" / civitai.RATED).read_text(encoding="utf-8"))
    unsafe = {f"civitai:{item['id']}" for item in rated["items"] if item["nsfwLevel"] & 60}
    assert "civitai:4201" in unsafe
    assert not unsafe & {record.ref for record, _ in rows}


def test_facts_have_the_day_of_their_table(rows: list[Row]) -> None:
    for record, files in rows:
        assert record.origin == "starter"
        assert record.fetched_at in (civitai.SAMPLE_DAY, civitai.HORDE_DAY)
        counted = record.downloads_total is not None
        assert record.downloads_as_of == (record.fetched_at.date() if counted else None)
        assert record.downloads_total != 0 and record.downloads_30d is None
        assert record.gated == "unknown"  # the tables are older than the gates
        assert files and all(file.sha256 and file.size_bytes for file in files[:1])


def test_a_row_says_what_the_table_says(rows: list[Row]) -> None:
    (record, files) = next(row for row in rows if row[0].ref == "civitai:25694")
    assert (record.name, record.author, record.base_label) == ("epiCRealism", "epinikion", "SD 1.5")
    assert record.nsfw is False
    assert len(files) == 1 and files[0].version_id == record.revision
    (record, files) = next(row for row in rows if row[0].ref == "civitai:38784")
    assert record.kind == "component" and len(files) == 28  # the item itself, not its line
    (record, files) = next(row for row in rows if row[0].ref == "civitai:637170")
    assert (record.nsfw, record.commercial_use) == (None, "unknown")
    assert files[0].size_bytes == 17_246_524_772


def test_one_of_the_list_that_is_not_fit_stops_the_build(
    shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(civitai, "reviewed_ids", lambda: frozenset({4752}))
    with pytest.raises(ValueError, match="4752 is on the list and not fit"):
        civitai.rows(shared_data / "civitai")
