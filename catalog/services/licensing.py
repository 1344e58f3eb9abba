"""The license question about one model: a verdict per use, the strictest along its chain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.normalize import civitai_uses
from catalog.normalize.license import named_terms, reading_of, spdx_of, verdict_of
from catalog.normalize.license_table import bare
from catalog.normalize.license_uses import (
    Uses,
    all_clauses,
    clauses_of,
    commercial,
    inherited,
    same_for_all,
    uses_of,
)
from catalog.normalize.settle import (
    LEFT,
    MOST_ANCESTORS,
    OTHER_GENERATION,
    Told,
    last_told,
    other_generation,
)
from catalog.records import ModelRecord
from catalog.reports import LicenseLink, LicenseReport
from catalog.store.generation import Generation
from catalog.vocabulary import UNKNOWN

MOST_LINKS = 40  # of the chain that are shown; all count
_NOT_HELD = "It is not in the catalog; its license is not known here."
_FOLLOW = "whose terms follow the weights, whatever a copy states"


@dataclass(frozen=True, slots=True)
class _Step:
    """One model above: its ref, its row where the catalog holds it, how the one below derives."""

    ref: str
    model: ModelRecord | None
    depth: int
    relation: str | None


def of(generation: Generation, row: int) -> LicenseReport:
    """The report of one row."""
    model = generation.records([row])[0]
    if model.source == "civitai":
        return _of_civitai(model)
    steps, cut = _chain(generation, model)
    links = tuple(_link(step, model) for step in steps)
    own, above = links[0], links[1:]
    uses = inherited(own.uses, [(link.name, link.uses) for link in above])
    name = next(filter(None, (named_terms(_own_name(link.ref)) for link in links)), None)
    if name is not None and own.commercial_use != UNKNOWN:
        terms = _family_terms(name)
        if all(link.license != terms for link in links):
            uses = inherited(uses, [(f"A name says {name}, {_FOLLOW}", uses_of(terms))])
    return LicenseReport(
        ref=model.ref,
        uses=uses,
        clauses=all_clauses([link.clauses for link in links]),
        chain=links[:MOST_LINKS],
        conflict=_conflict(model, links, name),
        cut=cut or len(links) > MOST_LINKS,
    )


def _chain(generation: Generation, model: ModelRecord) -> tuple[list[_Step], bool]:
    """The model, its bases, their bases and so on, each once; whether there were too many."""
    steps = [_Step(model.ref, model, 0, None)]
    known = {model.ref}
    for step in steps:  # grows while it is walked
        if step.model is None:
            continue
        for ref in step.model.base_models:
            if ref in known:
                continue
            if len(steps) > MOST_ANCESTORS:
                return steps, True
            known.add(ref)
            row = generation.row_of(ref)
            found = generation.records([row])[0] if row is not None else None
            if found is not None and found.ref != ref and found.ref in known:
                continue
            known.add(found.ref if found is not None else ref)
            steps.append(_Step(ref, found, step.depth + 1, step.model.base_model_relation))
    return steps, False


def _link(step: _Step, below: ModelRecord) -> LicenseLink:
    model = step.model
    if model is None:
        use, why = _last_known(step.ref, below)
        return LicenseLink(
            ref=step.ref,
            name=step.ref.partition(":")[2],
            depth=step.depth,
            relation=step.relation,
            in_catalog=False,
            commercial_use=use,
            uses=same_for_all(use, (why,)),
        )
    reading = reading_of(model.license) if model.license is not None else None
    own = verdict_of(model.license, model.license_raw)[0]
    return LicenseLink(
        ref=model.ref,
        name=model.repo_id,
        depth=step.depth,
        relation=step.relation,
        license=model.license,
        license_raw=model.license_raw,
        license_name=reading.name if reading is not None else None,
        license_url=reading.url if reading is not None else None,
        version_read=reading.version_read if reading is not None else None,
        commercial_use=own,
        uses=_own_uses(model),
        clauses=clauses_of(model.license),
    )


def _last_known(ref: str, below: ModelRecord) -> tuple[str, str]:
    """What is known of a base that the catalog does not hold: what it said while it did."""
    last = last_told(ref, Told(below.commercial_use, below.license_reasons))
    if last is None or last[0] == UNKNOWN:
        return UNKNOWN, _NOT_HELD
    return last[0], last[1].partition(": ")[2]


def _own_uses(model: ModelRecord) -> Uses:
    if model.license is None and model.license_raw is None and model.license_reasons:
        # The row says best why it has none: not stated, or a text that nobody has read yet.
        return same_for_all(UNKNOWN, model.license_reasons[:1])
    return uses_of(model.license, model.license_raw)


def _family_terms(name: str) -> str | None:
    """The stored license of a family that a name says: `llama_3.1` is under llama3.1."""
    if "gemma" in name or name == "colpali":
        return spdx_of("gemma")
    if "distill" in name:  # DeepSeek's: the one of 70 billion is of Llama 3.3, the other of 3.1
        return spdx_of("llama3.3" if name.endswith("70b") else "llama3.1")
    return spdx_of(re.sub(r"[-_ ]", "", name))


def _conflict(model: ModelRecord, links: Sequence[LicenseLink], name: str | None) -> str | None:
    """The sentence that says so where the settled row is flagged."""
    if "license_conflict" not in model.flags:
        return None
    own = links[0]
    stated = own.license or own.license_raw
    stricter = next(
        (link for link in links[1:] if link.commercial_use == model.commercial_use), None
    )
    if stricter is not None and own.commercial_use != model.commercial_use:
        its = stricter.license or stricter.license_raw
        if its is None:
            return f"{stricter.name} {LEFT}"
        return f"It says {stated}, but {stricter.name}, which it derives from, says {its}."
    if name is not None and own.commercial_use != model.commercial_use:
        return f"It says {stated}, but a name says {name}, {_FOLLOW}."
    other = other_generation(own.ref, own.license, [(one.ref, one.license) for one in links[1:]])
    if other is not None:
        return OTHER_GENERATION.format(own=bare(str(own.license)), **other)
    return f"It states two licenses that differ: {own.license_raw}."


def _of_civitai(model: ModelRecord) -> LicenseReport:
    own, clauses = civitai_uses.permitted(model.license_raw, model.license_reasons)
    reading, name, its = civitai_uses.base_license(model.base_label)
    first = LicenseLink(
        ref=model.ref,
        name=model.name,
        depth=0,
        license_raw=model.license_raw,
        commercial_use=next(use.verdict for use in own if use.use == "internal"),
        uses=own,
        clauses=clauses,
    )
    base = LicenseLink(
        ref=model.base_label or UNKNOWN,
        name=model.base_label or UNKNOWN,
        depth=1,
        relation=model.base_model_relation,
        in_catalog=False,
        license=reading.license if reading is not None else None,
        license_raw=name,
        license_name=reading.name if reading is not None else name,
        license_url=reading.url if reading is not None else None,
        version_read=reading.version_read if reading is not None else None,
        commercial_use=commercial(its),
        uses=its,
        clauses=clauses_of(reading.license) if reading is not None else (),
    )
    conflict = "license_conflict" in model.flags
    return LicenseReport(
        ref=model.ref,
        uses=civitai_uses.under_both(own, its),
        clauses=all_clauses([clauses, base.clauses]),
        chain=(first, base),
        conflict=_CREATOR.format(base=base.name, name=name) if conflict else None,
    )


_CREATOR = "The creator allows what {name}, the license of the base model {base}, forbids."


def _own_name(ref: str) -> str:
    return ref.rpartition("/")[2]
