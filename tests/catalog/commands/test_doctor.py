"""doctor on the command line: table, JSON, exit status, and disks that fail for real."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from catalog import commands
from tests.replay import server as replay
from tests.replay.server import Server
from tests.servers import ROOT, watched

SECRET = "Sup3r-Secret"


def test_a_fault_is_one_line_of_a_table_and_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([], always=replay.status(429, {"Retry-After": "60"})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", f"http://me:{SECRET}@{hub.host}:{hub.port}")
        assert commands.main(["doctor", "huggingface"]) == 1
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0] == "disk" and lines[2] == "huggingface"
    assert lines[-1].split()[:3] == ["rate", "limit", "FAILED"]
    assert told.err == "cardex: huggingface fails at rate limit.\n"
    assert SECRET not in told.out + told.err


def test_all_well_is_status_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server([]) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert commands.main(["doctor", "huggingface"]) == 0
        assert capsys.readouterr().err == "cardex: no hop failed.\n"


def test_the_json_has_every_hop(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert commands.main(["doctor", "huggingface", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert list(document["hops"][0]) == ["target", "hop", "ok", "words", "seconds"]
    states = {hop["hop"]: hop["ok"] for hop in document["hops"]}
    assert states == {
        "disk": True,
        "dns": True,
        "proxy": True,
        "tls": True,
        "upstream": False,
        "auth": None,
        "rate limit": None,
    }


def test_a_source_that_is_none_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["doctor", "huggingfase"]) == 2
    assert "'huggingfase' is not a source" in capsys.readouterr().err


def doctor(tmp_path: Path, *before: str, **limits: int) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        for name, value in limits.items():
            resource.setrlimit(getattr(resource, name), (value, value))

    environ = watched(tmp_path / "watched", {"CARDEX_OFFLINE": "1"})
    return subprocess.run(
        [*before, sys.executable, "-m", "catalog", "doctor"],
        cwd=ROOT,
        env={**environ, "CARDEX_DATA_DIR": str(tmp_path / "data")},
        preexec_fn=limited if limits else None,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_limit_on_files_fails_at_the_disk(tmp_path: Path) -> None:
    done = doctor(tmp_path, RLIMIT_FSIZE=64 << 10)
    assert done.returncode == 1
    assert "a limit on the size of files is set (ulimit -f)" in done.stdout
    assert done.stderr == "cardex: disk fails at disk.\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [("size=256k", "is full."), ("ro", "is read-only."), ("size=16m", "free, and a sync needs")],
)
def test_a_disk_that_is_full_small_or_read_only_fails_at_the_disk(
    options: str, said: str, tmp_path: Path
) -> None:
    mount = tmp_path / "data"
    mount.mkdir()
    script = f'mount -t tmpfs -o {options} none {mount} 2>/dev/null || exit 77; exec "$@"'
    unshare = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh")
    if shutil.which("unshare") is None:
        pytest.skip("no disk of one's own can be made here")
    done = doctor(tmp_path, *unshare)
    if done.returncode == 77 or done.stderr.startswith("unshare:"):
        pytest.skip("no disk of one's own may be mounted here")
    assert done.returncode == 1, done.stderr
    assert said in done.stdout
