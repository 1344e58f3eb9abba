"""`python -m web`: start the hardened server with the options that an office network needs.

Every option of `streamlit run` may follow and overrides what is set here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from streamlit.web import cli

ROOT = Path(__file__).resolve().parents[1]
# What .streamlit/config.toml holds is not repeated here; these depend on the place.
OPTIONS = {
    "server.address": "127.0.0.1",  # on all addresses, Streamlit asks the internet for its own
    "server.port": "8501",  # unless it is given, a busy port is silently replaced by the next
    "server.headless": "true",  # neither a browser nor the question for an e-mail address
    "server.disconnectedSessionTTL": "300",
    "browser.gatherUsageStats": "false",
}
ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
}


def arguments(given: Sequence[str]) -> list[str]:
    """What `streamlit` is told; the options in `given` come last and win."""
    options = [text for name, value in OPTIONS.items() for text in (f"--{name}", value)]
    return ["run", str(ROOT / "server.py"), *options, *given]


def busy(address: str, port: int) -> bool:
    """Whether another program already listens there."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return True
    return False


def main(given: Sequence[str]) -> int:
    """Serve until Ctrl-C; 1 or 2 when that cannot begin."""
    parser = argparse.ArgumentParser(prog="python -m web", add_help=False, allow_abbrev=False)
    parser.add_argument("--server.address", dest="address", default=OPTIONS["server.address"])
    parser.add_argument("--server.port", dest="port", default=OPTIONS["server.port"])
    known, _ = parser.parse_known_args(given)
    if not (known.port.isascii() and known.port.isdigit() and int(known.port) < 65536):
        print(f"{known.port!r} is not a port: give a number up to 65535.", file=sys.stderr)
        return 2
    if busy(known.address, int(known.port)):
        print(
            f"{known.address}:{known.port} cannot be used, most likely because another program "
            f"listens there: end it, or choose another port, as in `make run PORT=8600`.",
            file=sys.stderr,
        )
        return 1
    os.environ.update(ENVIRONMENT)
    with contextlib.suppress(
        click.Abort
    ):  # what click makes of Ctrl-C, after the server has closed
        cli.main(args=arguments(given), standalone_mode=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
