"""One model of the Hub in full: what the list says, every file with its bytes, its configuration.

Three requests a model, for no answer of the Hub has all of it: `expand` leaves sizes out, `blobs`
leaves out what `expand` alone tells, and the configuration is a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from catalog.errors import BadRow, SourceChanged
from catalog.normalize.plain import mapping
from catalog.sources import http

Get = Callable[[str], http.Answer]  # of a path below the address of the Hub

CONFIG = "config.json"
MOST_CONFIG = 1_000_000  # bytes; real ones are below 100 kB
GONE = frozenset({401, 403, 404})  # the Hub answers 401 for what does not exist


def row_of(repo_id: str, get: Get, who: str, expand: Sequence[str]) -> dict[str, Any]:
    """The row of one repository as the list would give it, with sizes and configuration.

    Raises BadRow where the Hub shows no such repository, SourceError where it cannot be read.
    """
    path = f"/api/models/{quote(repo_id, safe='/')}"
    row = _object(get(f"{path}?{urlencode([('expand', name) for name in expand])}"), who)
    listed = _object(get(f"{path}?blobs=true"), who)
    # Between the two requests somebody may have pushed: then the sizes are of other files.
    if listed.get("sha") == row.get("sha"):
        row["siblings"] = listed.get("siblings")
        row["gated"] = row.get("gated", listed.get("gated"))
    row["config"] = {**_config(repo_id, row, get, who), **mapping(row.get("config"))}
    return row


def _object(answer: http.Answer, who: str) -> dict[str, Any]:
    if answer.status in GONE:
        raise BadRow(
            f"{who} does not show it (status {answer.status}): not there, private or gated"
        )
    http.check(answer, who)
    value = http.json_of(answer, who)
    if not isinstance(value, dict):
        raise SourceChanged(f"{who} sent a {type(value).__name__} where an object was expected.")
    return value


def _config(repo_id: str, row: dict[str, Any], get: Get, who: str) -> dict[str, Any]:
    """The configuration file; empty where there is none, or none that can be read.

    Gated repositories list their files and hand them out only to those who were let in.
    """
    siblings = row.get("siblings")
    listed = siblings if isinstance(siblings, list) else []
    names = {name for one in listed if isinstance(name := mapping(one).get("rfilename"), str)}
    revision = row.get("sha")
    if CONFIG not in names or not isinstance(revision, str):
        return {}
    answer = get(f"/{quote(repo_id, safe='/')}/resolve/{quote(revision, safe='')}/{CONFIG}")
    if answer.status != 200 or len(answer.body) > MOST_CONFIG:
        return {}
    try:
        value = http.json_of(answer, who)
    except SourceChanged:
        return {}
    return value if isinstance(value, dict) else {}
