"""The log of syncs for machines: one JSON object a line, no secrets, cut before it grows large."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

LOG, OLDER = "sync.log.jsonl", "sync.log.1.jsonl"
ROTATED_BYTES = 5_000_000
HIDDEN = "[hidden]"
# A token of the Hub, one in a header or a query, a user name and password in an address.
_SECRETS = re.compile(
    r"hf_[A-Za-z0-9]{16,}|(?<=Bearer )\S+|(?<=token=)[^&\s\"]+|(?<=://)[^/\s@\"]+(?=@)"
)


class RunLog:
    """Appends events; a disk that takes none ends no sync, which will fail there by itself."""

    def __init__(
        self, root: Path, *, now: Callable[[], datetime], secrets: Collection[str] = ()
    ) -> None:
        self._path = root / LOG
        self._now = now
        self._secrets = [secret for secret in secrets if secret]
        self._lock = threading.Lock()

    def write(self, event: str, **facts: object) -> None:
        """One line: when, who, what, and the facts that are known."""
        known = {name: value for name, value in facts.items() if value is not None}
        time = self._now().astimezone(UTC).isoformat().replace("+00:00", "Z")
        entry = {"time": time, "pid": os.getpid(), "event": event, **known}
        line = self._without_secrets(json.dumps(entry, ensure_ascii=False, default=str))
        with self._lock:
            try:
                self._rotate()
                # One write for one line: a kill leaves no half of one before another.
                with self._path.open("ab", buffering=0) as file:
                    file.write(f"{line}\n".encode("utf-8", "backslashreplace"))
            except OSError:
                return

    def _rotate(self) -> None:
        if self._path.exists() and self._path.stat().st_size >= ROTATED_BYTES:
            self._path.replace(self._path.with_name(OLDER))

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _SECRETS.sub(HIDDEN, text)
