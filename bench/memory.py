"""How much memory publishing a sync needs, in a process of its own; prints JSON.

The sync is that of the whole Hub and more: staged pages of 1,000 rows, as a source leaves them,
are merged into a catalog that holds all of these rows already, settled, measured and published.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench import generate
from catalog.refresh import publishing, staging
from catalog.refresh.gathering import part
from catalog.refresh.place import publish_starter
from catalog.refresh.staged import Staged
from catalog.store import snapshot

PAGE = 1_000
SOURCE = "huggingface"
_SECONDS = 0.02  # between two looks at the memory of the process
_ROOT = Path(__file__).resolve().parents[1]


def measure(rows: int, *, limit: int = 0) -> tuple[dict[str, float], dict[str, float]]:
    """Publish so many staged rows into the bundled catalog, and again into what came of it.

    With a `limit`, in bytes, the system grants the process no more private memory than that.
    """
    folder = generate.DATA / f"sync-{rows}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _alone("stage", folder, rows)
        return _alone("publish", folder, limit), _alone("publish", folder, limit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _alone(*what: object) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.memory", *map(str, what)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
    )
    report: dict[str, float] = json.loads(done.stdout or "{}")
    return report


def _stage(rows: int, folder: Path) -> None:
    """Leave generated rows as a sync leaves them that has fetched everything."""
    now = datetime.now(UTC)
    publish_starter(folder, now)
    stage = staging.begin(folder, source=SOURCE, scope="full", endpoint="generated", now=now)
    pages = 0
    for models, files in generate.chunks(rows):
        row_of_file = pc.index_in(files["ref"], models["ref"].combine_chunks()).to_numpy()
        for begin in range(0, models.num_rows, PAGE):
            pages += 1
            low, high = row_of_file.searchsorted([begin, begin + PAGE])
            page = {"models": models[begin : begin + PAGE], "files": files[low:high]}
            for name, table in page.items():
                path = part(stage.folder, pages, f"{name}.parquet")
                pq.write_table(table, path, compression="zstd")
    stage._move(replace(stage.checkpoint, batches=pages, pages=pages, rows=rows, ended=True))


def _publish(folder: Path, limit: int) -> None:
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    now = datetime.now(UTC)
    stage = staging.begin(folder, source=SOURCE, scope="full", endpoint="generated", now=now)
    watch = Watch()
    begun, wall = time.process_time(), time.perf_counter()
    incoming = publishing.Incoming(rows=Staged(stage), source=SOURCE, complete=True)
    publishing.publish(folder, [incoming], runs=(), now=now)
    report = {
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - begun,
        "rows": len(snapshot.open_current(folder)),
        **watch.ended(),
    }
    sys.stdout.write(json.dumps(report))


class Watch:
    """The most memory that this process has had, in MB."""

    def __init__(self) -> None:
        self._most = {"own_mb": 0.0, "resident_mb": 0.0}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def ended(self) -> dict[str, float]:
        """Own memory, which nothing can take back, and all that was resident, mapped files too."""
        self._over.set()
        self._thread.join()
        high = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        return {**self._most, "resident_mb": max(high, self._most["resident_mb"])}

    def _look(self) -> None:
        while not self._over.wait(_SECONDS):
            status = Path("/proc/self/status").read_text()
            lines = dict(line.split(":", 1) for line in status.splitlines())
            for key, name in (("own_mb", "RssAnon"), ("resident_mb", "VmRSS")):
                now = int(lines[name].split()[0]) * 1024 / 1e6
                self._most[key] = max(self._most[key], now)


if __name__ == "__main__":
    step, target, number = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if step == "stage":
        _stage(number, target)
    else:
        _publish(target, number)
