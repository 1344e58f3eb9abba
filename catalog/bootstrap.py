"""Puts Cardex together: the only place that picks concrete classes."""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass

from catalog import refresh
from catalog.services.catalog import CatalogService
from catalog.services.machines import TeamMachines
from catalog.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Cardex:
    """What an app, a command or a route works with."""

    settings: Settings
    catalog: CatalogService
    refresher: refresh.Refresher
    machines: TeamMachines


def open_cardex(settings: Settings) -> Cardex:
    """The doors of this process; the bundled catalog is published first where there is none."""
    place = refresh.ensure_catalog(settings)
    machines = TeamMachines(place.root)
    return Cardex(
        settings=settings,
        catalog=CatalogService(place.root, notice=place.notice, machine=machines.resolve),
        refresher=refresh.Refresher(settings, place.root),
        machines=machines,
    )


def shared_cardex(settings: Settings) -> Cardex:
    """The one Cardex of this process, for pages and routes that serve the same catalog.

    A generation has memory of its own beside what it maps, so two would cost it twice.
    """
    with _sharing:
        return _opened(settings)


_sharing = threading.Lock()
_opened = functools.lru_cache(maxsize=1)(open_cardex)
