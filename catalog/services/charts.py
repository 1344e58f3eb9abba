"""The sizes of model families in the result of a query, for the chart of the article."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

from catalog.normalize.families import Family, all_families
from catalog.query import Query
from catalog.records import ModelRecord
from catalog.reports import FamilySize, FamilySizes
from catalog.store.generation import Generation

_HUB = "huggingface:"


def family_sizes(
    generation: Generation, query: Query, today: date, wanted: Iterable[str]
) -> tuple[FamilySizes, ...]:
    """Each family in the sizes that its publisher released, of those in the result.

    Where none of these is in the result, or the table of families names none, in the sizes of the
    author whose models of it are fetched most.
    """
    charting = generation.charting(query, today=today)
    table = {family.slug: family for family in all_families()}
    found = []
    for sizes in charting.sizes(tuple(wanted)):
        family = table.get(sizes.family)
        if family is not None:
            released = _released(generation, family, charting.holds)
            sizes = replace(sizes, name=family.name)
            if released:
                sizes = replace(sizes, author=family.publisher, sizes=released, more=0)
        found.append(sizes)
    return tuple(found)


def _released(
    generation: Generation, family: Family, holds: Callable[[int], bool]
) -> tuple[FamilySize, ...]:
    """The members of a family that are in the result, by size."""
    counts = {member.repo_id: member.parameter_count for member in family.members}
    rows = [generation.row_of(_HUB + repo_id) for repo_id in counts]
    models = generation.records([row for row in rows if row is not None and holds(row)])
    sizes = [_size(model, counts.get(model.repo_id)) for model in models]
    known = [size for size in sizes if size is not None]
    return tuple(sorted(known, key=lambda size: size.parameter_count))


def _size(model: ModelRecord, published: int | None) -> FamilySize | None:
    """The count that the row states, else the publisher's; None where neither is known."""
    count = model.parameter_count or published
    if not count:
        return None
    return FamilySize(
        ref=model.ref,
        name=model.name,
        parameter_count=count,
        published=not model.parameter_count,
    )
