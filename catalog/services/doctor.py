"""Why a sync does not come through: the disk, then every hop to each upstream in use."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx2

from catalog.errors import SourceUnreachable
from catalog.records import Hop
from catalog.services import room
from catalog.settings import Settings
from catalog.sources import http, huggingface, probe, wires
from catalog.sources.ollama import address
from catalog.vocabulary import HOPS, SOURCES

NOT_REACHED = probe.NOT_REACHED
CIVITAI = "https://civitai.com"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Upstream:
    """One address of the settings, and the small thing that is asked there."""

    source: str
    name: str
    setting: str
    url: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    page: bool = False
    may_lack: bool = False
    optional: bool = False


def examine(settings: Settings, sources: Sequence[str] = ()) -> tuple[Hop, ...]:
    """What was found of the disk and of the way to each source; no source named: all of them.

    A hop takes five seconds at most. Where a setting forbids going out, no socket is opened.
    """
    wanted = tuple(sources) or SOURCES
    disk = room.examine(settings.data_dir, settings.catalog_dir)
    upstreams = [one for one in _upstreams(settings) if one.source in wanted]
    resting = [one for one in upstreams if _forbidden(settings, one.source)]
    asked = [one for one in upstreams if one not in resting]
    hops = [disk, *(_resting(one, settings) for one in resting)]
    if asked:
        hops += _walked(settings, asked)
    order = [room.TARGET, *(one.name for one in upstreams)]
    return tuple(sorted(hops, key=lambda hop: (order.index(hop.target), HOPS.index(hop.hop))))


def _walked(settings: Settings, asked: Sequence[_Upstream]) -> list[Hop]:
    try:
        with _clients(settings) as (hub, others):
            targets = [
                probe.Target(
                    name=one.name,
                    setting=one.setting,
                    url=one.url,
                    path=one.path,
                    wire=hub if one.source == huggingface.NAME else others,
                    headers=one.headers,
                    ca_bundle=settings.ca_bundle,
                    page=one.page,
                    may_lack=one.may_lack,
                    optional=one.optional,
                )
                for one in asked
            ]
            with ThreadPoolExecutor(len(targets)) as pool:
                return [hop for hops in pool.map(probe.walk, targets) for hop in hops]
    except SourceUnreachable as error:  # the bundle of authorities, which every address needs
        words = f"{error} Name a PEM file that this account may read."
        return [Hop(target=one.name, hop="tls", ok=False, words=words) for one in asked]


@contextlib.contextmanager
def _clients(settings: Settings) -> Iterator[tuple[http.Wire, http.Wire]]:
    """The wires of a sync: one over the Hub's client, one for the other sources."""
    client: httpx2.Client = wires.client_factory(settings.ca_bundle)()
    with client:
        yield wires.HttpxWire(lambda: client), wires.RequestsWire(settings.ca_bundle)


def _forbidden(settings: Settings, source: str) -> bool:
    return settings.offline or (settings.hf_offline and source == huggingface.NAME)


def _resting(one: _Upstream, settings: Settings) -> Hop:
    setting = "CARDEX_OFFLINE" if settings.offline else "HF_HUB_OFFLINE"
    words = f"Not asked: {setting}=1 forbids going out. The catalog works without."
    return Hop(target=one.name, hop="offline", ok=None, words=words)


def _upstreams(settings: Settings) -> list[_Upstream]:
    hub_token = huggingface.token_for(settings.hf_endpoint, settings.hf_token)
    civitai_is_home = http.origin(settings.civitai_endpoint) == http.origin(CIVITAI)
    return [
        _Upstream(
            source="huggingface",
            name="huggingface",
            setting="HF_ENDPOINT",
            url=settings.hf_endpoint,
            path="/api/models?limit=1",
            headers=_bearer(hub_token if isinstance(hub_token, str) else ""),
        ),
        _Upstream(
            source="civitai",
            name="civitai",
            setting="CARDEX_CIVITAI_ENDPOINT",
            url=settings.civitai_endpoint,
            path="/api/v1/models?limit=1",
            headers=_bearer(settings.civitai_token if civitai_is_home else ""),
        ),
        _Upstream(
            source="ollama",
            name="ollama library",
            setting="CARDEX_OLLAMA_LIBRARY",
            url=settings.ollama_library,
            path="/library",
            headers={"accept": "text/html"},
            page=True,
        ),
        _Upstream(
            source="ollama",
            name="ollama registry",
            setting="CARDEX_OLLAMA_REGISTRY",
            url=settings.ollama_registry,
            path="/v2/library/all-minilm/manifests/latest",  # a small model of the library
            headers={"accept": MANIFEST},
            may_lack=True,  # a mirror holds some models and not others
        ),
        _Upstream(
            source="ollama",
            name="ollama runtime",
            setting="OLLAMA_HOST",
            url=_runtime(settings.ollama_host),
            path="/api/version",
            optional=True,
        ),
    ]


def _runtime(text: str) -> str:
    try:
        return address.base_url(text)
    except SourceUnreachable:
        return ""  # said by the walk: OLLAMA_HOST is not an address


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"} if token else {}
