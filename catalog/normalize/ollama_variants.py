"""The tags of one Ollama model, put together by the manifest that they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from catalog.normalize.ollama_tag import Tag, read_tag, size_of
from catalog.normalize.parameters import disagrees

SOURCE = "ollama"
LATEST = "latest"
PLAIN_DTYPES = frozenset({"F32", "F16", "BF16"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteModel:
    """What the library page says of a model as a whole; None where it does not."""

    name: str
    pulls: int | None = None
    capabilities: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTag:
    """One row of a model's tags page."""

    tag: str
    manifest_id: str  # the first 12 hex digits of the manifest's digest
    size_bytes: int | None = None  # as rounded on the page
    context_length: int | None = None
    inputs: tuple[str, ...] = ()  # "Text", "Image"
    updated_on: date | None = None  # to within a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The tags of one model that are one manifest, and what their words say together."""

    model: SiteModel
    tags: tuple[str, ...]  # the shortest that is not `latest` first
    site: SiteTag
    said: Tag
    plain: bool  # one of the tags names the model and no storage of it
    torn: bool  # its tags name different sizes
    default: bool  # what one gets who names no tag
    base: str | None = None  # ref of the variant that stands for it in a list

    @property
    def ref(self) -> str:
        """Its key in the catalog."""
        return f"{SOURCE}:{self.model.name}:{self.tags[0]}"


def variants_of(model: SiteModel, tags: Sequence[SiteTag]) -> tuple[Variant, ...]:
    """The variants of a model in the order of the page; each tag is in one of them."""
    groups: defaultdict[str, list[SiteTag]] = defaultdict(list)
    for tag in tags:
        groups[tag.manifest_id].append(tag)
    latest = next((tag.manifest_id for tag in tags if tag.tag == LATEST), None)
    default = latest if latest is not None else next(iter(groups), None)
    found = [
        _variant(model, members, default=manifest_id == default)
        for manifest_id, members in groups.items()
    ]
    return _with_bases(found)


def _variant(model: SiteModel, members: Sequence[SiteTag], *, default: bool) -> Variant:
    names = sorted({member.tag for member in members}, key=_shortest)
    # The longest tag tells most; a short one may still know what it leaves out.
    read = [read_tag(name) for name in sorted(names, key=lambda name: (-len(name), name))]
    quant = next((one.quant_type for one in read if one.quant_type is not None), None)
    sized = next((one for one in read if one.size is not None), None)
    total = sized.total if sized is not None else None
    size = sized.size if sized is not None else None
    if size is None and len(model.sizes) == 1:
        size, total = model.sizes[0], size_of(model.sizes[0])
    totals = {one.total for one in read if one.total is not None}
    active = next((one.active for one in read if one.active is not None), None)
    return Variant(
        model=model,
        tags=tuple(names),
        site=members[0],
        said=Tag(
            size=size,
            total=total,
            active=active,
            variant=read[0].variant,
            quant_type=quant,
            cloud=any(one.cloud for one in read),
            mlx=any(one.mlx for one in read),
        ),
        plain=any(one.plain for one in read),
        torn=bool(totals) and disagrees(min(totals), max(totals)),
        default=default,
    )


def _shortest(tag: str) -> tuple[bool, int, str]:
    return tag == LATEST, len(tag), tag


def _with_bases(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """The variants, each with the one that stands for its size and words as its base.

    That is the plainly named one, else the unquantized one, else the one of the shortest tag.
    """
    variants = tuple(variants)
    standing: dict[tuple[str | None, tuple[str, ...]], Variant] = {}
    for one in sorted(variants, key=_standing):
        standing.setdefault((one.said.size, one.said.variant), one)
    return tuple(
        one if stands is one else replace(one, base=stands.ref)
        for one in variants
        for stands in (standing[one.said.size, one.said.variant],)
    )


def _standing(one: Variant) -> tuple[bool, bool, bool, bool, int, str]:
    unquantized = one.said.quant_type in PLAIN_DTYPES and not one.said.mlx
    return one.said.cloud, not one.plain, not unquantized, *_shortest(one.tags[0])


_HOURS = {"second": 0, "minute": 0, "hour": 1, "day": 24}


def day_of(words: str, seen_at: datetime) -> date | None:
    """The day of `2 days ago`, to within one day; None for weeks, months and years."""
    parts = words.lower().split()
    if parts == ["yesterday"]:
        parts = ["1", "day", "ago"]
    if len(parts) != 3 or parts[2] != "ago" or not parts[0].isascii() or not parts[0].isdigit():
        return None
    hours = _HOURS.get(parts[1].removesuffix("s"))
    if hours is None or len(parts[0]) > 2:
        return None
    return (seen_at.astimezone(UTC) - timedelta(hours=hours * int(parts[0]))).date()
