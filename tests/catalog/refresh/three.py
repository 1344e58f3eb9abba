"""Three upstreams on this machine, and syncs of all of them that keep no polite distance."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from catalog import settings as settings_module
from catalog.settings import Settings
from catalog.sources import SourceMaker, civitai, http, huggingface, ollama
from tests.replay import civitai as civitai_replay
from tests.replay import ollama as ollama_replay
from tests.replay import server as hub_replay

QUICK = http.Limits(
    connect_seconds=1,
    read_seconds=2,
    page_seconds=5,
    body_bytes=8_000_000,
    backoff_seconds=(0.01, 0.01),
)
MAKERS: Mapping[str, SourceMaker] = {
    "huggingface": lambda settings, clock: huggingface.make(settings, clock, QUICK),
    "civitai": lambda settings, clock: civitai.make(settings, clock, QUICK),
    "ollama": lambda settings, clock: ollama.make(settings, clock, QUICK),
}


@dataclass
class Upstreams:
    """The three servers."""

    hub: hub_replay.Server
    site: civitai_replay.Server
    library: ollama_replay.Server

    @property
    def environment(self) -> dict[str, str]:
        """How another process is pointed at them."""
        return {
            **os.environ,
            "HF_ENDPOINT": self.hub.url,
            "CARDEX_CIVITAI_ENDPOINT": self.site.url,
            "CARDEX_OLLAMA_LIBRARY": self.library.url,
            "CARDEX_OLLAMA_REGISTRY": self.library.url,
            "OLLAMA_HOST": "http://127.0.0.1:9",
            "OLLAMA_MODELS": "/nowhere",
        }

    @property
    def settings(self) -> Settings:
        """Settings of this process that point at them."""
        return replace(settings_module.load(self.environment), sync_top=40, sync_details=0)


@contextmanager
def upstreams(
    *, hub_rows: int = 60, site_rows: int = 40, models: int | None = None, delay: float = 0.0
) -> Iterator[Upstreams]:
    """A Hub in pages of ten, a CivitAI in pages of ten, an Ollama library with its registry."""
    short = dict.fromkeys(range(20_000), 10)
    with (
        hub_replay.Server(plain_hub(hub_rows), page_rows=10, delay=delay) as hub,
        civitai_replay.Server(plain_site(site_rows), short=short, delay=delay) as site,
        ollama_replay.Server(ollama_replay.fixture_models()[:models], delay=delay) as library,
    ):
        yield Upstreams(hub, site, library)


def plain_hub(number: int) -> list[dict[str, Any]]:
    """Rows of the Hub, the most downloaded first."""
    return [
        {
            "id": f"org/model-{index:04d}",
            "downloads": 10_000 - index,
            "likes": index,
            "createdAt": f"2025-01-01T{index // 3600:02d}:{index // 60 % 60:02d}:{index % 60:02d}Z",
            "lastModified": "2025-02-02T00:00:00.000Z",
            "siblings": [{"rfilename": "model-Q4_K_M.gguf"}],
        }
        for index in range(number)
    ]


def plain_site(number: int) -> list[dict[str, Any]]:
    """Safe checkpoints of CivitAI, the most downloaded first."""
    (model,) = (row for row in civitai_replay.fixture_rows() if row["id"] == 900005)
    rows = []
    for index in range(number):
        row = copy.deepcopy(model)
        row |= {"id": 1_000 + index, "name": f"model {index}"}
        row["stats"] = {**row.get("stats", {}), "downloadCount": 10_000 - index}
        rows.append(row)
    return rows
