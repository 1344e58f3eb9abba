"""The commands of `python -m catalog`: arguments in, one document or a few lines out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from catalog import settings as settings_module
from catalog.commands import ask, keep, pull
from catalog.errors import CardexError

USAGE_STATUS = 2
FAILED_STATUS = 1


def main(arguments: Sequence[str]) -> int:
    """Run one command; errors are one sentence on stderr, never a traceback."""
    parser = _parser()
    given = parser.parse_args(list(arguments))
    try:
        status: int = given.run(given, settings_module.load())
        sys.stdout.flush()
    except CardexError as error:
        print(f"cardex: {error}", file=sys.stderr)
        return FAILED_STATUS
    except BrokenPipeError:
        # The reader (head, less) went away: nothing to tell, and nothing to print at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("cardex: stopped", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m catalog",
        description="The Cardex catalog of open models. Everything but sync works offline.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    ask.add_to(commands)
    pull.add_to(commands)
    keep.add_to(commands)
    return parser
