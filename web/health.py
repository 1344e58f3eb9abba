"""Health: what a monitor or a load balancer asks, told from the catalog itself."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from http import HTTPStatus

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from catalog import bootstrap, records, settings
from catalog.errors import CatalogError

_log = logging.getLogger(__name__)
_NO_STORE = {"Cache-Control": "no-store"}


def _cardex() -> bootstrap.Cardex:
    return bootstrap.shared_cardex(settings.load())


async def healthz(_request: Request) -> JSONResponse:
    """200 while the process answers at all."""
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


def readyz(_request: Request) -> JSONResponse:
    """200 with what is served when a generation can be opened, else 503 with the reason."""
    try:
        status = _cardex().catalog.status()
    except CatalogError as error:
        answer: dict[str, records.JsonValue] = {"status": "unavailable", "reason": str(error)}
        return JSONResponse(answer, HTTPStatus.SERVICE_UNAVAILABLE, headers=_NO_STORE)
    published = status.published_at
    answer = {
        "status": "ready",
        "generation": status.generation,
        "published_at": published.isoformat() if published else None,
        "models": status.models,
        "notice": status.notice,
    }
    return JSONResponse(answer, headers=_NO_STORE)


def routes() -> list[Route]:
    """/healthz and /readyz, below the base path too, where a proxy passes nothing else on."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefixes = ("", f"/{base}") if base else ("",)
    return [
        Route(prefix + path, endpoint, methods=["GET"])
        for prefix in prefixes
        for path, endpoint in (("/healthz", healthz), ("/readyz", readyz))
    ]


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the catalog while the server starts, so that the first visitor does not wait for it."""
    opening = asyncio.create_task(asyncio.to_thread(_open_early))
    yield
    await opening


def _open_early() -> None:
    try:
        _log.info("Serving generation %s", _cardex().catalog.generation())
    except CatalogError as error:
        _log.warning("%s", error)
