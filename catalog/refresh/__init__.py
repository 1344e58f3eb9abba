"""Refresh: run the sources, keep the old rows of a failed one, publish a generation."""

from __future__ import annotations

from catalog.refresh.carry import Imported, import_file
from catalog.refresh.foreground import command
from catalog.refresh.launch import Refresher
from catalog.refresh.place import Place, ensure_catalog
from catalog.refresh.progress import Printer, Progress
from catalog.refresh.sync import RefreshReport, run

__all__ = [
    "Imported",
    "Place",
    "Printer",
    "Progress",
    "RefreshReport",
    "Refresher",
    "command",
    "ensure_catalog",
    "import_file",
    "run",
]
