"""What a model takes over from its bases: the pass over all rows after they are read one by one.

Pure and repeatable: everything is derived from what each row states itself, never from what an
earlier pass made of it, so settling twice changes nothing and the order of rows does not matter.
The one exception is a base that has left the catalog: what an earlier pass read of its license
still binds, for a model that is gone permits no more than it did.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from catalog.normalize.family import is_part
from catalog.normalize.license import (
    contradicts_itself,
    more_permissive,
    named_terms,
    strictest,
    verdict_of,
)
from catalog.normalize.license_table import bare
from catalog.normalize.parameters import disagrees
from catalog.vocabulary import UNKNOWN

MOST_ANCESTORS = 500  # per row; merges of merges of merges reach some hundred
_DEEPEST = 12  # copies of copies
_MOST_REASONS = 4
_LLAMA = re.compile(r"LicenseRef-llama[0-9.]+")
_INHERITED = "base"
_COUNTED = ("safetensors", "gguf", "files")  # origins of counts that nobody rounded
INHERITS = "It derives from "  # how a sentence about a base that decides begins
LEFT = "is no longer in the catalog; what was last known of its license still counts."
OTHER_GENERATION = "It says {own}, but {base}, which it derives from, says {its}."
_TERMS_FOLLOW = "the terms of that model follow its weights, whatever a copy states."


class Lineage(NamedTuple):
    """What settling needs of one row; as little as possible, for there may be millions."""

    license: str | None
    license_raw: str | None
    pipeline_tag: str | None
    pipeline_tag_origin: str | None
    parameter_count: int | None
    parameter_count_origin: str | None
    family: str | None
    base_models: tuple[str, ...]
    base_model_relation: str | None


class Told(NamedTuple):
    """What an earlier pass said of the license of one row."""

    commercial_use: str
    license_reasons: tuple[str, ...]


class Settled(NamedTuple):
    """The values of one row after its bases have had their say."""

    commercial_use: str
    license_reasons: tuple[str, ...]
    license_conflict: bool
    pipeline_tag: str | None
    pipeline_tag_origin: str | None
    parameter_count: int | None
    parameter_count_origin: str | None
    params_disagree: bool  # from the base; the name was compared when the row was read
    family: str | None


def settle(
    rows: Mapping[str, Lineage],
    refs: Iterable[str] | None = None,
    *,
    before: Mapping[str, Told] = MappingProxyType({}),
) -> dict[str, Settled]:
    """The settled values of rows that state a base model or name their family, by ref.

    All such rows, or those among `refs`; the others are only looked up. `before` is what was told
    of rows whose verdict came from a base that may have left.
    """
    stated = {base for row in rows.values() for base in row.base_models}
    # Copies of one model state the same and become the same, but for a row that may be its own
    # ancestor.
    alike: dict[tuple[Lineage, str | None, bool, str | None, Told | None], Settled] = {}
    found: dict[str, Settled] = {}
    for ref in rows if refs is None else refs:
        row, named = rows[ref], named_terms(_own_name(ref))
        if not row.base_models and named is None:
            continue
        if ref in stated:
            found[ref] = _settled(ref, row, rows, before.get(ref))
            continue
        owner = _owner(ref) if _is_llama(row.license) else None  # Meta may say another Llama
        like = (row, named, is_part(_own_name(ref)), owner, before.get(ref))
        if like not in alike:
            alike[like] = _settled(ref, row, rows, before.get(ref))
        found[ref] = alike[like]
    return found


def _settled(ref: str, row: Lineage, rows: Mapping[str, Lineage], before: Told | None) -> Settled:
    verdict, reasons, conflict = _license(ref, row, rows, before)
    pipeline_tag, tag_origin = row.pipeline_tag, row.pipeline_tag_origin
    if _own_task(row) is None:
        task = _nearest(ref, row, rows, _own_task)
        if task is not None or pipeline_tag is None:  # else what a base gave that is gone now
            pipeline_tag, tag_origin = task, _INHERITED if task is not None else None
    count, count_origin, disagree = _parameters(ref, row, rows)
    return Settled(
        commercial_use=verdict,
        license_reasons=reasons,
        license_conflict=conflict,
        pipeline_tag=pipeline_tag,
        pipeline_tag_origin=tag_origin,
        parameter_count=count,
        parameter_count_origin=count_origin,
        params_disagree=disagree,
        family=_family(ref, row, rows),
    )


def _family(ref: str, row: Lineage, rows: Mapping[str, Lineage]) -> str | None:
    """The row's own, else that of its bases; a draft head is made for them, but is none of them."""
    if row.family is not None or is_part(_own_name(ref)):
        return row.family
    return _nearest(ref, row, rows, _own_family)


def _own_task(row: Lineage) -> str | None:
    return row.pipeline_tag if row.pipeline_tag_origin != _INHERITED else None


def _own_family(row: Lineage) -> str | None:
    return row.family


def _nearest(
    ref: str, row: Lineage, rows: Mapping[str, Lineage], value: Callable[[Lineage], str | None]
) -> str | None:
    """What the nearest bases that have a value agree on; a base with one hides its own bases."""
    seen = {ref}
    found: set[str] = set()
    waiting = list(row.base_models)
    while waiting and len(seen) <= MOST_ANCESTORS:
        one = waiting.pop()
        base = rows.get(one)
        if one in seen or base is None:
            continue
        seen.add(one)
        own = value(base)
        if own is None:
            waiting.extend(base.base_models)
        else:
            found.add(own)
    return found.pop() if len(found) == 1 else None


def _ancestors(ref: str, row: Lineage, rows: Mapping[str, Lineage]) -> list[str]:
    """The refs of the bases, then of their bases, and so on; each once, a circle ends."""
    known = dict.fromkeys((ref, *row.base_models))
    for one in (found := list(known)):  # grows while it is walked
        if len(found) > MOST_ANCESTORS:
            break
        if one in rows:
            new = [up for up in rows[one].base_models if up not in known]
            known.update(dict.fromkeys(new))
            found.extend(dict.fromkeys(new))
    return found[1:]


def _license(
    ref: str, row: Lineage, rows: Mapping[str, Lineage], before: Told | None
) -> tuple[str, tuple[str, ...], bool]:
    """The strictest verdict along the lineage, the reasons, and whether a base is stricter."""
    own, reasons = verdict_of(row.license, row.license_raw)
    stricter: list[tuple[str, str]] = []
    silent: list[str] = []
    lineage = _ancestors(ref, row, rows)
    named = next(filter(None, (named_terms(_own_name(one)) for one in (ref, *lineage))), None)
    if named is not None and own == "yes":
        stricter.append(("conditions", f"A name says {named}: {_TERMS_FOLLOW}"))
    for one in lineage:
        base = rows.get(one)
        last = last_told(one, before) if base is None else None
        if base is not None:
            use, why = verdict_of(base.license, base.license_raw)
            sentence = f"{INHERITS}{_name(one)}: {' '.join(why)}"
            if use == UNKNOWN:
                silent.append(f"{_name(one)}, which it derives from, states no license.")
                continue
        elif last is not None:
            use, sentence = last
            silent.append(f"{_name(one)} {LEFT}")
        else:
            silent.append(f"{_name(one)} is not in the catalog; its license is not known here.")
            continue
        if own == UNKNOWN or more_permissive(own, use):
            stricter.append((use, sentence))
    worst = strictest(use for use, _ in stricter)
    # A row without a license promises nothing, so only a base that forbids changes its verdict.
    verdict = worst if worst == "no" or (own != UNKNOWN and worst != UNKNOWN) else own
    said = [sentence for use, sentence in stricter if use == worst]
    # A row that says no more than `other` contradicts nobody.
    stated = row.license is not None or (row.license_raw or "").lower() != "other"
    conflict = (stated and more_permissive(own, verdict)) or contradicts_itself(row.license_raw)
    above = [(one, rows[one].license) for one in lineage if one in rows]
    if (other := other_generation(ref, row.license, above)) is not None:
        said.insert(0, OTHER_GENERATION.format(own=bare(str(row.license)), **other))
        conflict = True
    return verdict, (*reasons, *said[:_MOST_REASONS], *silent[:_MOST_REASONS]), conflict


def last_told(base: str, before: Told | None) -> tuple[str, str] | None:
    """The verdict that came from a base when it was last there, and the sentence about it.

    None where nothing was told of it, or nothing that is stricter than the row itself.
    """
    if before is None:
        return None
    begins = f"{INHERITS}{_name(base)}: "
    said = next((one for one in before.license_reasons if one.startswith(begins)), None)
    return None if said is None else (before.commercial_use, said)


def other_generation(
    ref: str, license_id: str | None, above: Sequence[tuple[str, str | None]]
) -> dict[str, str] | None:
    """The first base whose license is of another Llama than the row's own, and that license.

    None where a base is under the very same, and where whoever made the base says so.
    """
    if not _is_llama(license_id):
        return None
    others = [(base, str(its)) for base, its in above if _is_llama(its)]
    if not others or any(its == license_id for _, its in others):
        return None
    base, its = others[0]
    return None if _owner(base) == _owner(ref) else {"base": _name(base), "its": bare(its)}


def _is_llama(license_id: str | None) -> bool:
    return _LLAMA.fullmatch(license_id or "") is not None


def _owner(ref: str) -> str:
    return ref.partition("/")[0]


def _parameters(
    ref: str, row: Lineage, rows: Mapping[str, Lineage]
) -> tuple[int | None, str | None, bool]:
    """The row's own count, else, for a quantized copy, that of what it is a copy of.

    The figure in a name gives way to an exact one of the base, unless the two are so far apart
    that the stated base cannot be the model that was quantized. A fine-tune keeps its own count;
    where that was counted and is far from the base's, it is told.
    """
    own, origin = row.parameter_count, row.parameter_count_origin
    if row.base_model_relation == "finetune" and own is not None and origin in _COUNTED:
        base = _original_count(ref, row, rows)
        return own, origin, disagrees(own, base)
    if row.base_model_relation != "quantized":
        return own, origin, False
    base = _original_count(ref, row, rows)
    if base is None:
        return own, origin, False
    if own is None or origin == _INHERITED:
        return base, _INHERITED, False
    far = disagrees(own, base)
    if origin == "name" and _same_size(own, base):
        return base, _INHERITED, False
    return own, origin, far


def _same_size(named: int, exact: int) -> bool:
    """Whether a round figure in a name can mean this count: `1B` is 1.24e9, but not 3.2e9."""
    return 0.6 <= named / exact <= 1.4


def _original_count(ref: str, row: Lineage, rows: Mapping[str, Lineage]) -> int | None:
    """The count that the original of a quantized copy states, through copies of copies."""
    seen = {ref}
    for _ in range(_DEEPEST):
        if len(row.base_models) != 1 or row.base_models[0] in seen:
            return None
        seen.add(row.base_models[0])
        base = rows.get(row.base_models[0])
        if base is None:
            return None
        if base.parameter_count is not None and base.parameter_count_origin not in (
            _INHERITED,
            "name",
        ):
            return base.parameter_count
        if base.base_model_relation != "quantized":
            return None
        row = base
    return None


def _own_name(ref: str) -> str:
    return ref.rpartition("/")[2]


def _name(ref: str) -> str:
    return ref.partition(":")[2]
