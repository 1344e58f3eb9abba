"""The replaying Hub behaves as the real list endpoint does, also from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.replay.server import Server, fixture_rows

ROOT = Path(__file__).resolve().parents[2]


def get(url: str, **params: Any) -> requests.Response:
    return requests.get(f"{url}/api/models", params=params, timeout=10)


def test_only_the_keys_that_were_asked_for_are_returned() -> None:
    with Server(fixture_rows()) as hub:
        rows = get(hub.url, expand=["tags", "gated"], limit=5).json()
        assert all(set(row) <= {"_id", "id", "tags", "gated"} for row in rows)
        plain = get(hub.url, limit=1).json()[0]
        assert "modelId" in plain and "gated" not in plain and "cardData" not in plain


def test_sort_task_limit_and_link_are_honoured() -> None:
    with Server(fixture_rows()) as hub:
        first = get(hub.url, sort="downloads", pipeline_tag="text-generation", limit=4)
        second = requests.get(first.links["next"]["url"], timeout=10)
        assert first.links["next"]["url"].startswith(f"{hub.url}/api/models?")
        downloads = [row["downloads"] for row in first.json() + second.json()]
        assert len(downloads) == 8 and downloads == sorted(downloads, reverse=True)


@pytest.mark.parametrize(
    "params", [{"expand": "usedStorage"}, {"sort": "luck"}, {"limit": "0"}, {"limit": "x"}]
)
def test_what_the_hub_refuses_is_refused(params: dict[str, str]) -> None:
    with Server(fixture_rows()) as hub:
        assert get(hub.url, **params).status_code == 400


def test_it_starts_from_the_command_line_with_rows_of_a_file(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a/b", "likes": 1}\n{"id": "c/d", "likes": 2}\n')
    command = [sys.executable, "tests/replay/server.py", "--port", "0", "--rows", str(rows)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            answer = get(process.stdout.readline().strip(), sort="likes", expand="likes")
        finally:
            process.terminate()
    assert [row["id"] for row in answer.json()] == ["c/d", "a/b"]


def test_every_row_of_the_fixtures_has_an_id_of_its_own() -> None:
    path = ROOT / "tests" / "fixtures" / "huggingface" / "list_rows.json"
    listed = json.loads(path.read_text("utf-8"))
    assert len({row["id"] for row in listed}) == len(listed) == len(fixture_rows())
