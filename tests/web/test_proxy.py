"""The nginx configuration of docs/deployment.md, run as it stands there."""

import shutil
import subprocess
import textwrap
import urllib.request
from collections.abc import Iterator

import pytest

from tests import servers
from tests.servers import Running

NAME = "cardex.example.org"


def documented(upstream: int) -> str:
    text = (servers.ROOT / "docs/deployment.md").read_text(encoding="utf-8")
    start = text.index("    location /models/ {")
    block = textwrap.dedent(text[start : text.index("\n    }\n", start) + len("\n    }\n")])
    return block.replace("127.0.0.1:8501", f"127.0.0.1:{upstream}")


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if nginx is None:
        pytest.skip("nginx is not installed, so the documented proxy cannot be run")
    folder = tmp_path_factory.mktemp("proxied")
    options = ["--server.baseUrlPath", "models", "--server.allowedHosts", NAME]
    environ = {"CARDEX_DATA_DIR": str(folder / "data")}
    with servers.running(folder, options=options, environ=environ) as server:
        port = servers.free_port()
        server_block = f"server {{ listen 127.0.0.1:{port};\n{documented(server.port)} }}"
        config = folder / "nginx.conf"
        config.write_text(
            f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body;\n"
            f"proxy_temp_path {folder}/proxy; {server_block} }}\n"
        )
        process = subprocess.Popen([nginx, "-p", str(folder), "-c", str(config)])
        try:
            servers.wait_for_port(port)
            yield server, port
        finally:
            process.terminate()
            process.wait(timeout=10)


def through(proxied: tuple[Running, int]) -> Running:
    """The server as one meets it behind the proxy."""
    server, port = proxied
    return Running(port=port, process=server.process, log=server.log, outbound=server.outbound)


def test_page_and_health_arrive_below_the_base_path(proxied: tuple[Running, int]) -> None:
    _, port = proxied
    for path, expected in (("/models/", b'<div id="root">'), ("/models/readyz", b'"ready"')):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", headers={"Host": f"{NAME}:{port}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert expected in answer.read()


def test_public_page_opens_its_websocket_and_a_foreign_one_does_not(
    proxied: tuple[Running, int],
) -> None:
    own = f"http://{NAME}:{proxied[1]}"
    stream = "/models/_stcore/stream"
    proxy = through(proxied)
    host = own.removeprefix("http://")
    assert servers.handshake(proxy, path=stream, Host=host, Origin=own) == 101
    assert servers.handshake(proxy, path=stream, Host=host, Origin="http://evil.test") == 403
    assert servers.handshake(proxy, path=stream, Host="evil.test", Origin="http://evil.test") == 403
