"""The command line: `python -m catalog COMMAND`."""

from __future__ import annotations

import io
import sys

from catalog import commands

if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names are in every script, whatever the terminal's or the pipe's encoding; and CSV brings
        # its own line ends.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="")
    sys.exit(commands.main(sys.argv[1:]))
