"""What a visitor does again where a page that is still being drawn swallowed it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import TimeoutError

TRIES = 12
EACH_MS = 3_000


def insist(attempt: Callable[[int], None]) -> None:
    """Do it until it works; it is given the milliseconds that it may wait, and raises at the end.

    A rerun of the page closes menus and moves what is under the pointer, and nobody who looks at
    the page would give up after that.
    """
    for _ in range(TRIES):
        with suppress(TimeoutError):
            attempt(EACH_MS)
            return
    attempt(EACH_MS)
