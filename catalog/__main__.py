"""The command line: `python -m catalog COMMAND`."""

from __future__ import annotations

import sys

from catalog import commands

if __name__ == "__main__":
    sys.exit(commands.main(sys.argv[1:]))
