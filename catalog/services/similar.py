"""Models that could stand in for one: same task, up to twice or half its size, a better license.

The engine answers two queries, its most popular rows first; of what they give the best are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from catalog.query import Condition, Query
from catalog.records import ModelRecord
from catalog.reports import Similar
from catalog.store.generation import Generation
from catalog.vocabulary import COMMERCIAL_USE

MOST = 10
_LOOKED_AT = 60  # rows of each query
_OF_A_FAMILY = 2
_RATIO = 2  # within twice the parameters
_CLEARLY = 0.9  # of the size or below it: smaller
_NEWER = timedelta(days=30)
_PARTS = ("adapter", "component")  # no stand-ins for a model that runs by itself
_A_GAIN = 0.1  # what one gain weighs beside popularity, which runs from 0 to 1


def comparable(model: ModelRecord) -> bool:
    """Whether task and size are known, without which nothing can be compared."""
    return model.pipeline_tag is not None and bool(model.parameter_count)


def similar(generation: Generation, row: int, *, today: date) -> tuple[Similar, ...]:
    """The models that could stand in for this row, the ones with a better license first.

    Rows under the same root, and the same family at another source, are the model itself once more.
    """
    model = generation.records([row])[0]
    if not comparable(model):
        return ()
    found: dict[str, ModelRecord] = {}
    for query in _queries(model):
        answer = generation.ask(query, today=today, page_size=_LOOKED_AT, facets=())
        found |= {one.ref: one for one in answer.models}
    own = generation.root(row)
    others = [one for one in found.values() if _other(generation, model, one, own)]
    judged = [Similar(model=one, gains=gains(model, one)) for one in others]
    return _mixed(sorted(judged, key=lambda one: _rank(model, one)))


def _queries(model: ModelRecord) -> tuple[Query, ...]:
    """The best known of the task and size; and of those under a better license."""
    count = model.parameter_count or 0
    conditions = [
        Condition(key="task", values=(str(model.pipeline_tag),)),
        Condition(key="params", values=(f"{-(-count // _RATIO)}..{count * _RATIO}",)),
    ]
    if model.kind in _PARTS:
        conditions.append(Condition(key="kind", values=(model.kind,)))
    else:
        others = _PARTS if model.kind == "quantized" else (*_PARTS, "quantized")
        conditions.append(Condition(key="kind", values=others, negated=True))
    wide = Query(conditions=tuple(conditions), variants="collapsed")
    better = _better_than(model.commercial_use)
    if not better:
        return (wide,)
    narrow = (*conditions, Condition(key="commercial", values=better))
    return wide, Query(conditions=narrow, variants="collapsed")


def _better_than(verdict: str) -> tuple[str, ...]:
    """Verdicts that allow more; one that nobody here could read (`ask`) is never among them."""
    return COMMERCIAL_USE[: min(COMMERCIAL_USE.index(verdict), 2)]


def _other(generation: Generation, model: ModelRecord, one: ModelRecord, own: int) -> bool:
    if "cloud_only" in one.flags:
        return False  # nothing that one could run instead
    if one.source != model.source and one.family is not None and one.family == model.family:
        return False
    at = generation.row_of(one.ref)
    return at is not None and generation.root(at) != own


def gains(model: ModelRecord, other: ModelRecord) -> tuple[str, ...]:
    """What speaks for the other one; what is unknown of either speaks for nothing."""
    return tuple(
        key
        for key, better in (
            ("license", other.commercial_use in _better_than(model.commercial_use)),
            ("size", _smaller(model, other)),
            ("popularity", _more_popular(model, other)),
            ("newer", _newer(model, other)),
        )
        if better
    )


def _smaller(model: ModelRecord, other: ModelRecord) -> bool:
    if model.size_bytes is not None and other.size_bytes is not None:
        return other.size_bytes <= model.size_bytes * _CLEARLY
    counts = (model.parameter_count, other.parameter_count)
    return counts[0] is not None and counts[1] is not None and counts[1] <= counts[0] * _CLEARLY


def _more_popular(model: ModelRecord, other: ModelRecord) -> bool:
    """By downloads of the same source and window: no other counts can be compared."""
    if model.source != other.source:
        return False
    for mine, theirs in (
        (model.downloads_30d, other.downloads_30d),
        (model.downloads_total, other.downloads_total),
    ):
        if mine is not None and theirs is not None:
            return theirs > mine
    return False


def _newer(model: ModelRecord, other: ModelRecord) -> bool:
    mine, theirs = model.created_at, other.created_at
    return mine is not None and theirs is not None and theirs - mine > _NEWER


def _rank(model: ModelRecord, one: Similar) -> tuple[int, float]:
    """A better license first and a worse one last; among equals what is used and gains most."""
    same = one.model.commercial_use == model.commercial_use
    group = 0 if "license" in one.gains else 1 if same else 2
    return group, -(one.model.popularity or 0) - _A_GAIN * len(one.gains)


def _mixed(ranked: Sequence[Similar]) -> tuple[Similar, ...]:
    """The first ones, of one family only a few."""
    kept: list[Similar] = []
    of_family: dict[str, int] = {}
    for one in ranked:
        family = one.model.family or one.model.ref
        of_family[family] = of_family.get(family, 0) + 1
        if of_family[family] <= _OF_A_FAMILY:
            kept.append(one)
    return tuple(kept[:MOST])
