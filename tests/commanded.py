"""The document that a command prints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalog import commands


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command that must succeed, with `--json` among its arguments."""
    assert commands.main(arguments) == 0
    return json.loads(capsys.readouterr().out)
