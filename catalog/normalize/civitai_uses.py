"""The uses of a CivitAI model: what the creator permits, and the license of the base model.

Using the model and selling pictures of it is one permission, running it for others on paid
services another, selling it a third. Who is silent has permitted nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalog.normalize.civitai_bases import base_of
from catalog.normalize.civitai_license import (
    SFW_ONLY,
    Permissions,
    permissions_in,
    reasons_of,
    verdict_under,
)
from catalog.normalize.license import TERMS, strictest
from catalog.normalize.license_table import Reading, named
from catalog.normalize.license_uses import Uses, in_order, same_for_all, uses_of
from catalog.reports import Clause, UseVerdict
from catalog.vocabulary import UNKNOWN, USES


def permitted(license_raw: str | None, reasons: Sequence[str]) -> tuple[Uses, tuple[Clause, ...]]:
    """What a creator permits, use by use, from the stored words of a row; and the clauses of it."""
    permissions = permissions_in(license_raw)
    clauses = _clauses(permissions)
    sfw = SFW_ONLY in reasons
    said = (*reasons_of(permissions), *([SFW_ONLY] if sfw else []))
    return tuple(
        UseVerdict(
            use=use,
            verdict=_verdict(use, permissions, sfw=sfw),
            reasons=(*said, *_silence(use, permissions)),
            clauses=tuple(clause.key for clause in clauses),
        )
        for use in USES
    ), clauses


def _silence(use: str, permissions: Permissions) -> tuple[str, ...]:
    """What no permission says, where a use needs it."""
    if use == "train_outputs":
        return ("No permission speaks of training on its pictures.",)
    if use == "redistribute" and permissions.derivatives is None:
        return ("Whether merges of it may be shared is not told here.",)
    return ()


_NEEDS = {"serve": "Rent", "embed": "Sell"}


def _verdict(use: str, permissions: Permissions, *, sfw: bool) -> str:
    own = verdict_under(permissions)
    if own in ("no", UNKNOWN) or permissions.uses is None:
        return own
    if _NEEDS.get(use, "Image") not in permissions.uses and use in _NEEDS:
        return "no"
    if use == "train_outputs":
        return "ask"
    if use == "redistribute":
        shared = permissions.derivatives
        return "ask" if shared is None else "conditions" if shared else "no"
    return strictest((own, "conditions")) if sfw else own


def _clauses(permissions: Permissions) -> tuple[Clause, ...]:
    found = {}
    if permissions.no_credit is False:
        found["attribution"] = "The creator asks to be credited."
    if permissions.different_license is False:
        found["share_alike"] = "Merges of it must keep the same permissions."
    if permissions.derivatives is False:
        found["no_derivatives"] = "Merges of it may not be shared."
    if verdict_under(permissions) == "no":
        found["non_commercial"] = "The creator allows no commercial use."
    return tuple(Clause(key=key, words=found[key]) for key in in_order(found))


def base_license(label: str | None) -> tuple[Reading | None, str | None, Uses]:
    """The license of a base model as read, its name, and its uses; unknown where none is known."""
    base = base_of(label)
    if base is None or base.license_name is None:
        words = f"The base model {label or 'is not named; it'} has no license that is known here."
        return None, None, same_for_all(UNKNOWN, (words,))
    reading = named(base.license_name)
    if reading is not None:
        return reading, base.license_name, uses_of(reading.license)
    verdict, sentence = TERMS[base.terms]
    return None, base.license_name, same_for_all(verdict, (f"{base.license_name}: {sentence}",))


def under_both(own: Uses, base: Uses) -> Uses:
    """The stricter of the two, use by use; a part that is not known allows nothing."""
    return tuple(_under_both(mine, its) for mine, its in zip(own, base, strict=True))


def _under_both(own: UseVerdict, base: UseVerdict) -> UseVerdict:
    both = (own.verdict, base.verdict)
    verdict = UNKNOWN if UNKNOWN in both and "no" not in both else strictest(both)
    return UseVerdict(
        use=own.use,
        verdict=verdict,
        reasons=(*base.reasons, *own.reasons),
        clauses=in_order((*own.clauses, *base.clauses)),
    )
