"""The upstreams of the catalog, one file each; `new_source.md` tells how to add one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalog.settings import Settings
from catalog.sources import civitai, huggingface, ollama
from catalog.sources.base import Batch, Clock, Rejected, Selection, Source

SourceMaker = Callable[[Settings, Clock], Source]

SOURCES: Mapping[str, SourceMaker] = {
    huggingface.NAME: huggingface.make,
    civitai.NAME: civitai.make,
    ollama.NAME: ollama.make,
}

__all__ = ["SOURCES", "Batch", "Clock", "Rejected", "Selection", "Source", "SourceMaker"]
