"""`python -m web`: what Streamlit is told, and what is refused."""

import os
import socket
from pathlib import Path

import click
import pytest

from web import __main__ as start


def test_options_of_the_operator_come_last_and_win() -> None:
    arguments = start.arguments(["--server.port", "9000"])
    assert arguments[0] == "run"
    assert Path(arguments[1]).name == "server.py"
    assert arguments[-2:] == ["--server.port", "9000"]
    assert arguments.index("8501") < arguments.index("9000")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--server.address", "127.0.0.1"),
        ("--server.headless", "true"),
        ("--browser.gatherUsageStats", "false"),
    ],
)
def test_it_stays_on_this_machine_and_sends_no_statistics(option: str, value: str) -> None:
    arguments = start.arguments([])
    assert arguments[arguments.index(option) + 1] == value


@pytest.mark.parametrize("port", ["http", "-1", "70000", "٣"])
def test_what_is_not_a_port_is_said(port: str, capsys) -> None:
    assert start.main([f"--server.port={port}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_busy_port_is_said(capsys) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert start.main(["--server.port", str(port)]) == 1
    assert f"127.0.0.1:{port} cannot be used" in capsys.readouterr().err


def test_it_serves_without_telemetry_and_takes_ctrl_c_as_the_end(monkeypatch) -> None:
    served = []

    def serve(*, args: list[str], standalone_mode: bool) -> None:
        served.append((args, standalone_mode, dict(os.environ)))
        raise click.Abort

    for name in start.ENVIRONMENT:
        monkeypatch.setenv(name, "0")
    monkeypatch.setattr(start.cli, "main", serve)
    assert start.main(["--server.port", "0"]) == 0
    arguments, standalone, environ = served[0]
    assert arguments == start.arguments(["--server.port", "0"])
    assert not standalone
    assert environ.items() >= start.ENVIRONMENT.items()
