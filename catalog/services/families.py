"""The families of the table with what the catalog holds of each."""

from __future__ import annotations

from datetime import date

from catalog.normalize.families import Family, Member, all_families
from catalog.query import Query
from catalog.records import ModelRecord
from catalog.reports import FamilyFact, FamilyMember
from catalog.store.generation import Generation

_HUB = "huggingface:"


def of(generation: Generation, today: date) -> tuple[FamilyFact, ...]:
    """Families that have rows, those of the table first, each with its sizes, smallest first."""
    found = generation.ask(
        Query(), today=today, page_size=1, facets=("family",), values=None
    ).facet("family")
    counts = {one.value: one.count for one in found.values if one.value != "unknown"}
    models = _models(generation)
    known = tuple(
        _fact(family, counts.pop(family.slug), models)
        for family in all_families()
        if family.slug in counts
    )
    others = (
        FamilyFact(slug=slug, name=slug, publisher=None, total=total)
        for slug, total in counts.items()
    )
    return (*known, *others)


def _models(generation: Generation) -> dict[str, ModelRecord]:
    """The members that the catalog holds, by their id."""
    ids = [member.repo_id for family in all_families() for member in family.members]
    rows = {one: row for one in ids if (row := generation.row_of(_HUB + one)) is not None}
    return dict(zip(rows, generation.records(list(rows.values())), strict=True))


def _fact(family: Family, total: int, models: dict[str, ModelRecord]) -> FamilyFact:
    members = [_member(one, models[one.repo_id]) for one in family.members if one.repo_id in models]
    return FamilyFact(
        slug=family.slug,
        name=family.name,
        publisher=family.publisher,
        total=total,
        members=tuple(sorted(members, key=lambda one: one.parameter_count or 0)),
    )


def _member(member: Member, model: ModelRecord) -> FamilyMember:
    stated = model.parameter_count is not None
    return FamilyMember(
        label=member.label,
        model=model,
        parameter_count=model.parameter_count if stated else member.parameter_count,
        published=not stated and member.parameter_count is not None,
    )
