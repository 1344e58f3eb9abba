"""The replaying Ollama library is as the real one where a client could tell."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.replay.ollama import Server, fixture_models

ROOT = Path(__file__).resolve().parents[2]


def test_manifests_and_blobs_are_named_by_their_bytes_and_shown_by_twelve_digits() -> None:
    with Server(fixture_models()) as site:
        url = f"{site.url}/v2/library/llama3.1"
        manifest = requests.get(f"{url}/manifests/8b", timeout=10)
        digest = hashlib.sha256(manifest.content).hexdigest()
        assert digest[:12] in requests.get(f"{site.url}/library/llama3.1/tags", timeout=10).text
        assert requests.get(f"{url}/manifests/latest", timeout=10).content == manifest.content
        config = manifest.json()["config"]
        blob = requests.get(f"{url}/blobs/{config['digest']}", timeout=10).content
        assert f"sha256:{hashlib.sha256(blob).hexdigest()}" == config["digest"]
        assert len(blob) == config["size"]
        weights = manifest.json()["layers"][0]
        assert weights["size"] == 4_920_738_944
        assert requests.get(f"{url}/blobs/{weights['digest']}", timeout=10).status_code == 404


@pytest.mark.parametrize(
    "path", ["library/nothing/tags", "v2/library/llama3.1/manifests/none", "v2/_catalog", "x"]
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    with Server(fixture_models()) as site:
        assert requests.get(f"{site.url}/{path}", timeout=10).status_code == 404


def test_it_serves_from_the_command_line() -> None:
    command = [sys.executable, "tests/replay/ollama.py", "--port", "0", "--markup", "bare"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            page = requests.get(f"{url}/library", timeout=10).text
            assert "/library/qwen3" in page and "x-test-" not in page
        finally:
            process.terminate()
