"""The hardened server as a visitor, an attacker and an operator meet it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import servers
from tests.servers import Running, handshake


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("server")
    with servers.running(folder, environ={"CARDEX_DATA_DIR": str(folder / "data")}) as running:
        yield running


def test_page_carries_the_content_policy(server: Running) -> None:
    status, headers, body = server.get("/")
    assert status == 200
    assert b'<div id="root">' in body
    assert headers["content-security-policy"].startswith("default-src 'self'; script-src 'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_monitors_learn_which_generation_is_served(server: Running) -> None:
    status, told = servers.readiness(server)
    assert (status, told["status"]) == (200, "ready")
    assert told["models"]


def test_own_page_opens_its_websocket(server: Running) -> None:
    assert handshake(server, Origin=server.url) == 101


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://localhost:1", "https://x"])
def test_foreign_origin_is_refused(server: Running, origin: str) -> None:
    assert handshake(server, Origin=origin) == 403


def test_missing_origin_is_refused(server: Running) -> None:
    assert handshake(server) == 403


def test_rebound_name_is_refused(server: Running) -> None:
    assert handshake(server, Host="evil.test", Origin="http://evil.test") == 403
    assert server.get("/", Host="evil.test:8501")[0] == 421


def test_agent_interface_and_metrics_are_closed(server: Running) -> None:
    assert server.get("/_stcore/metrics")[0] == 404
    assert server.get("/_stcore/agent/openapi.json")[0] == 404


def test_twenty_evil_handshakes_leave_the_server_quick_and_at_home(server: Running) -> None:
    slowest = 0.0
    for number in range(20):
        assert handshake(server, Origin=f"http://evil{number}.test") == 403
        begun = time.monotonic()
        assert server.get("/healthz")[0] == 200
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 1.0  # one look-up of the public address blocks Streamlit for two seconds
    assert server.went_out() == []


def test_start_asks_nothing_of_any_other_machine(server: Running) -> None:
    server.get("/")
    assert server.went_out() == []


def test_watch_sees_a_look_up_that_leaves_the_machine(tmp_path: Path) -> None:
    program = (
        "import contextlib, socket\n"
        "with contextlib.suppress(OSError):\n"
        "    socket.create_connection(('192.0.2.1', 9), timeout=0.01)\n"
        "with contextlib.suppress(OSError):\n"
        "    socket.getaddrinfo('nowhere.invalid', 80)\n"
    )
    subprocess.run([sys.executable, "-c", program], env=servers.watched(tmp_path), check=True)
    noted = (tmp_path / "outbound").read_text()
    assert "socket.connect 192.0.2.1" in noted
    assert "socket.getaddrinfo nowhere.invalid" in noted


def test_second_server_on_the_same_port_says_so_in_one_sentence(server: Running) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "web", "--server.port", str(server.port)],
        cwd=servers.ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"127.0.0.1:{server.port} cannot be used" in second.stderr


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path) -> None:
    with servers.running(tmp_path, environ={"CARDEX_DATA_DIR": str(tmp_path / "data")}) as server:
        servers.readiness(server)
        status = servers.interrupt(server)
        said = server.said()
    assert "Traceback" not in said
    assert status == 0


def test_base_path_and_public_name_work_behind_a_proxy(tmp_path: Path) -> None:
    options = ["--server.baseUrlPath", "models", "--server.allowedHosts", "cardex.example.org"]
    environ = {"CARDEX_DATA_DIR": str(tmp_path / "data")}
    with servers.running(tmp_path, options=options, environ=environ) as server:
        assert server.get("/models/readyz")[0] == 200
        assert server.get("/models/", Host="cardex.example.org")[0] == 200
        assert server.get("/models/", Host="other.example.org")[0] == 421


def test_data_folder_that_cannot_be_written_is_a_notice_not_an_end(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    environ = {"CARDEX_DATA_DIR": str(blocked / "data")}
    with servers.running(tmp_path, environ=environ) as server:
        status, told = servers.readiness(server)
        assert server.get("/")[0] == 200
        assert "Traceback" not in server.said()
    assert status == 200
    assert told["notice"]
