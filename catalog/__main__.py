"""The command line: `python -m catalog COMMAND`."""

from __future__ import annotations

import io
import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130  # what a shell tells of Ctrl-C, and 143 of SIGTERM


def _end(number: int, _: FrameType | None) -> None:
    """One word, wherever the command is; a sync takes the signal over and ends after its page."""
    os.write(2, b"cardex: stopped\n")
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names are in every script, whatever the terminal's or the pipe's encoding; and CSV brings
        # its own line ends.
        sys.stdout.reconfigure(encoding="utf-8", errors="replace", newline="")
    try:
        from catalog import commands
    except KeyboardInterrupt:  # half a second of imports
        os.write(2, b"cardex: stopped\n")
        sys.exit(_INTERRUPTED)
    sys.exit(commands.main(sys.argv[1:]))
