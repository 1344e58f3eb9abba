from __future__ import annotations

import pytest

from catalog.normalize.families import Family, all_families
from catalog.normalize.family import family_of


def test_every_family_is_there_once_with_name_and_publisher() -> None:
    slugs = [family.slug for family in all_families()]
    assert len(slugs) == len(set(slugs))
    assert all(family.name and family.publisher for family in all_families())


def test_the_sizes_of_t5_are_those_of_the_article() -> None:
    t5 = next(family for family in all_families() if family.slug == "t5")
    assert [member.label for member in t5.members] == ["small", "base", "large", "3B", "11B"]


@pytest.mark.parametrize("family", all_families(), ids=lambda family: family.slug)
def test_the_name_of_a_member_tells_its_family(family: Family) -> None:
    for member in family.members:
        assert family_of(member.repo_id.rpartition("/")[2]) in (family.slug, None), member
