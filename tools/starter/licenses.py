"""License names of the tables, put back the way a model card writes them."""

from __future__ import annotations

from typing import Any

from catalog.normalize.license_table import hub_license_ids

_HUB_IDS = frozenset(hub_license_ids())


def card_license(stated: str, name: str = "") -> dict[str, Any]:
    """The license keys of a card; a name that is no id of the Hub stood under `other` there.

    Where a merged table has both an id and a name, they are from two places, and the name is the
    author's own (`circlestone-labs-non-commercial-license` beside an `apache-2.0`).
    """
    ids = [part.strip() for part in stated.split(",") if part.strip()]
    if name and name != "license":  # some write the word itself
        return {"license": "other", "license_name": name}
    if not ids:
        return {}
    if all(one in _HUB_IDS for one in ids):
        return {"license": ids[0] if len(ids) == 1 else ids}
    return {"license": "other", "license_name": stated}
