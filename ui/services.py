"""The cached doors to the catalog; every answer is keyed by the generation that gave it."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from catalog import settings
from catalog.bootstrap import Cardex, shared_cardex
from catalog.query import Query, parse
from catalog.records import (
    CatalogStatus,
    Facet,
    Found,
    ModelDetail,
    Relaxation,
    SourceRun,
)

PAGE_SIZE = 50
CARD_PAGE_SIZE = 24
FACET_VALUES = 12  # of a facet in the sidebar; the rest is in its dialog
SAMPLE = 500  # marks of a scatter chart that a browser draws at once


@st.cache_resource(show_spinner=False)
def _open(folder: str) -> Cardex:
    """The catalog of this data folder, opened once per process; `folder` is the cache key."""
    cardex = shared_cardex(settings.load())
    # Streamlit's own full collection after every rerun is switched off; what was imported and
    # opened up to here lives as long as the process and need not be looked at again.
    gc.collect()
    gc.freeze()
    return cardex


def _cardex() -> Cardex:
    return _open(str(settings.load().catalog_dir))


def generation() -> str:
    """The id of the current generation; it changes when a sync has published."""
    return _cardex().catalog.generation()


def _key() -> tuple[str, str, str]:
    """What an answer depends on besides the question: where, which generation, which day."""
    folder = str(settings.load().catalog_dir)
    return folder, generation(), datetime.now(UTC).date().isoformat()


@st.cache_data(max_entries=256, show_spinner=False)
def _found(key: tuple[str, str, str], text: str, page: int, page_size: int) -> Found:
    return _cardex().catalog.search(
        parse(text), page=page, page_size=page_size, values=FACET_VALUES, sample=SAMPLE
    )


def search(query: Query, *, page: int = 1, page_size: int = PAGE_SIZE) -> Found:
    """One page of the result with every facet, histogram and the sample of the charts."""
    return _found(_key(), str(query), page, page_size)


@st.cache_data(max_entries=64, show_spinner=False)
def _values(key: tuple[str, str, str], text: str, facet: str, limit: int, contains: str) -> Facet:
    return _cardex().catalog.facet_values(parse(text), facet, limit=limit, contains=contains)


def facet_values(query: Query, facet: str, *, limit: int = 200, contains: str = "") -> Facet:
    """The values of one facet, more of them and only those that contain a text."""
    return _values(_key(), str(query), facet, limit, contains)


@st.cache_data(max_entries=128, show_spinner=False)
def _detail(key: tuple[str, str, str], ref: str) -> ModelDetail:
    return _cardex().catalog.model(ref)


def model(ref: str) -> ModelDetail:
    """One model with its files and neighbours; UnknownRef names the nearest."""
    return _detail(_key(), ref)


@st.cache_data(max_entries=64, show_spinner=False)
def _relaxations(key: tuple[str, str, str], text: str) -> tuple[Relaxation, ...]:
    return _cardex().catalog.relaxations(parse(text))


def relaxations(query: Query) -> tuple[Relaxation, ...]:
    """Which term to take out of an empty result, the one that gives most back first."""
    return _relaxations(_key(), str(query))


@st.cache_data(max_entries=4, show_spinner=False)
def _status(key: tuple[str, str, str]) -> CatalogStatus:
    return _cardex().catalog.status()


def status() -> CatalogStatus:
    """What the catalog holds, of which source and how fresh."""
    return _status(_key())


def runs(limit: int = 20) -> tuple[SourceRun, ...]:
    """The last syncs, the newest first."""
    return _cardex().catalog.runs(limit=limit)


def exporters(query: Query) -> dict[str, tuple[str, Callable[[], bytes]]]:
    """Per format the file name and what makes the bytes when a visitor clicks.

    The name carries generation and query: Streamlit tells two downloads apart by their name and by
    samples of the bytes only.
    """
    catalog = _cardex().catalog
    digest = hashlib.sha256(f"{generation()}\n{query}".encode()).hexdigest()[:8]
    return {
        "CSV": (f"cardex-{digest}.csv", lambda: catalog.export_csv(query)),
        "JSON": (f"cardex-{digest}.json", lambda: catalog.export_json(query)),
    }
