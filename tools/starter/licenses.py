"""License names of the tables, put back the way a model card writes them."""

from __future__ import annotations

from typing import Any

from catalog.normalize.license import hub_license_ids

_HUB_IDS = frozenset(hub_license_ids())


def card_license(stated: str, name: str = "") -> dict[str, Any]:
    """The license keys of a card; a name that is no id of the Hub stood under `other` there."""
    ids = [part.strip() for part in stated.split(",") if part.strip()]
    if not ids:
        return {}
    if all(one in _HUB_IDS for one in ids):
        card: dict[str, Any] = {"license": ids[0] if len(ids) == 1 else ids}
        return {**card, "license_name": name} if name else card
    return {"license": "other", "license_name": stated}
