"""The files for systemd and cron in the docs: they start a sync and know its exit statuses."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.refresh import sync
from tests.catalog.refresh.conftest import ROOT

TEXT = (ROOT / "docs" / "deployment.md").read_text("utf-8")
KEYS = {  # of systemd.unit(5), .service(5), .exec(5), .kill(5), .resource-control(5) and .timer(5)
    "Unit": {"Description", "Documentation", "After", "Before", "Wants", "Requires"},
    "Service": {
        *("Type", "User", "Group", "WorkingDirectory", "Environment", "EnvironmentFile"),
        *("ExecStart", "Restart", "RestartSec", "SuccessExitStatus", "TimeoutStartSec"),
        *("TimeoutStopSec", "Nice", "IOSchedulingClass", "MemoryMax", "StateDirectory"),
        *("NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp"),
    },
    "Timer": {"OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
}


def block(name: str) -> str:
    """The indented text that follows the name of a file."""
    after = TEXT.split(f"`/etc/systemd/system/{name}`:\n\n", 1)[1]
    lines = re.match(r"(?:(?: {4}.*)?\n)+", after)
    assert lines is not None
    return "\n".join(line[4:] for line in lines[0].splitlines()).strip() + "\n"


def unit(name: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(block(name))
    return parsed


def accepted(command: list[str]) -> bool:
    """Whether the command line takes these arguments, and is not told to do anything."""
    at = command.index("-m")
    result = subprocess.run(
        [sys.executable, *command[at:], "--help"], cwd=ROOT, capture_output=True, check=False
    )
    return result.returncode == 0


def test_the_service_starts_a_sync_and_knows_what_is_no_failure() -> None:
    service = unit("cardex-sync.service")["Service"]
    assert service["Type"] == "oneshot" and int(service["Nice"]) > 0
    assert service["SuccessExitStatus"].split() == [str(sync.RUNNING), str(sync.STOPPED_STATUS)]
    command = shlex.split(service["ExecStart"])
    assert command[-3:] == ["-m", "catalog", "sync"] and accepted(command)
    # The page at hand may take a minute, a publish as long; then it may be killed without harm.
    assert int(service["TimeoutStopSec"]) >= 60


def test_the_timer_makes_up_for_a_night_that_was_missed() -> None:
    timer = unit("cardex-sync.timer")
    assert timer["Timer"]["Persistent"] == "true" and timer["Timer"]["OnCalendar"]
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_line_for_cron_starts_a_sync() -> None:
    (line,) = [
        line.strip() for line in TEXT.splitlines() if re.match(r" {4}\d+ \d+ \* \* \* ", line)
    ]
    command = shlex.split(line.split(None, 5)[5].split("2>>")[0])
    assert command[-4:] == [".venv/bin/python", "-m", "catalog", "sync"] and accepted(command)
    assert "flock" not in line


def test_every_exit_status_is_in_the_docs() -> None:
    for status in (sync.DONE, sync.FAILED, sync.RUNNING, sync.STOPPED_STATUS):
        assert f"| {status} | " in TEXT


@pytest.mark.parametrize("name", ["cardex.service", "cardex-sync.service", "cardex-sync.timer"])
def test_every_key_of_the_files_is_one_of_its_section(name: str) -> None:
    """What `systemd-analyze verify` would find, also where there is no systemd."""
    parsed = unit(name)
    for section in parsed.sections():
        assert set(parsed[section]) <= KEYS[section], section
        assert all(value.strip() for value in parsed[section].values())
    for line in block(name).splitlines():
        assert re.fullmatch(r"\[[A-Z][a-z]+\]|[A-Z][A-Za-z]+=\S.*|", line), line


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("name", ["cardex.service", "cardex-sync.service", "cardex-sync.timer"])
def test_systemd_reads_the_files(name: str, tmp_path: Path) -> None:
    for one in ("cardex.service", "cardex-sync.service", "cardex-sync.timer"):
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={sys.executable}", block(one))
        (tmp_path / one).write_text(text.replace("WorkingDirectory=/opt/cardex", ""))
    result = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert name not in result.stderr  # a key that it does not know is a warning
