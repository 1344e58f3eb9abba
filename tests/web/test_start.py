"""`python -m web`: which command line it becomes, and what it refuses."""

import socket
import sys

import pytest

from web import __main__ as start


def test_options_of_the_operator_come_last_and_win() -> None:
    command = start.command(["--server.port", "9000"])
    assert command[:4] == [sys.executable, "-m", "streamlit", "run"]
    assert command[-2:] == ["--server.port", "9000"]
    assert command.index("8501") < command.index("9000")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--server.address", "127.0.0.1"),
        ("--server.headless", "true"),
        ("--browser.gatherUsageStats", "false"),
    ],
)
def test_it_stays_on_this_machine_and_sends_no_statistics(option: str, value: str) -> None:
    command = start.command([])
    assert command[command.index(option) + 1] == value


@pytest.mark.parametrize("port", ["http", "-1", "70000", "٣"])
def test_what_is_not_a_port_is_said(port: str, capsys) -> None:
    assert start.main([f"--server.port={port}"], {}) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_busy_port_is_said(capsys) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert start.main(["--server.port", str(port)], {}) == 1
    assert f"127.0.0.1:{port} cannot be used" in capsys.readouterr().err


def test_it_becomes_the_server_without_telemetry(monkeypatch) -> None:
    became = []
    monkeypatch.setattr("os.execve", lambda *arguments: became.append(arguments))
    start.main(["--server.port", "0"], {"LANG": "C"})
    program, command, environ = became[0]
    assert program == command[0] == sys.executable
    assert environ == {"LANG": "C", **start.ENVIRONMENT}
