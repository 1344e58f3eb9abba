"""The commands of `python -m catalog`: arguments in, one document or a few lines out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from catalog import settings as settings_module
from catalog.commands import ask, changes, doctor, fit, keep, license, machines, pull
from catalog.errors import CardexError

FAILED_STATUS = 1


def main(arguments: Sequence[str]) -> int:
    """Run one command; errors are one sentence on stderr, never a traceback."""
    parser = _parser()
    given, further = parser.parse_known_args(list(arguments))
    if hasattr(given, "query"):
        # `-kind:adapter` is a term and no option
        given.query += [word for word in further if not word.startswith("--")]
        further = [word for word in further if word.startswith("--")]
        if not given.query:
            parser.error("a QUERY is needed; '' is the whole catalog")
    if further:
        parser.error(f"there is no option {further[0]}")
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
    except (OSError, UnicodeError, MemoryError) as error:
        print(f"cardex: {_sentence(error)}", file=sys.stderr)
        return FAILED_STATUS
    except KeyboardInterrupt:
        print("cardex: stopped", file=sys.stderr)
        return 130
    return status


def _sentence(error: OSError | UnicodeError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    if isinstance(error, UnicodeError):
        return "A path or a setting holds characters that are not UTF-8."
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or type(error).__name__}."


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m catalog",
        description="The Cardex catalog of open models. Everything but sync works offline.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    ask.add_to(commands)
    pull.add_to(commands)
    keep.add_to(commands)
    doctor.add_to(commands)
    changes.add_to(commands)
    license.add_to(commands)
    fit.add_to(commands)
    machines.add_to(commands)
    return parser
