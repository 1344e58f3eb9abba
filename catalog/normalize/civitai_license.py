"""Commercial use of a CivitAI model: the stricter of its base model's license and its permissions.

Creators grant permissions and state no license. Selling pictures is one permission, selling the
model another; the verdict is about using the model, the reasons keep the two apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.normalize.civitai_bases import BaseModel, base_of
from catalog.normalize.license import TERMS, more_permissive, strictest
from catalog.normalize.plain import texts
from catalog.vocabulary import UNKNOWN

SITE_TEXT = "https://civitai.com/models/license/"
IMAGES_ONLY = "Selling images is allowed; serving it or building it into a product is not."
SFW_ONLY = "The creator allows it for safe-for-work images only."
# In the order in which they are said.
_USES = {
    "Image": "selling generated images",
    "RentCivit": "running it on CivitAI's own services",
    "Rent": "running it on other paid services",
    "Sell": "selling the model itself or merges of it",
}
_SHORT = {
    "Image": "sell images",
    "RentCivit": "run on CivitAI",
    "Rent": "run on paid services",
    "Sell": "sell the model",
}
# Until 2023 one word stood for itself and everything before it: None < Image < Rent < Sell.
_ONE_WORD = {
    "Image": frozenset({"Image"}),
    "Rent": frozenset({"Image", "RentCivit", "Rent"}),
    "Sell": frozenset(_USES),
}
_PERMITS, _PERMITS_NONE = "creator permits: ", "creator permits no commercial use"
_MOST_OTHERS = 4  # bases of other versions that are told
_LIST_TEXT = re.compile(r"\{(.*)\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What a creator allows; None where nothing is said."""

    uses: frozenset[str] | None  # of Image, RentCivit, Rent, Sell
    no_credit: bool | None
    derivatives: bool | None
    different_license: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The verdict on one model, and the words for it."""

    commercial_use: str
    reasons: tuple[str, ...]
    raw: str | None  # the permissions in words
    conflict: bool  # the base model forbids what the creator allows


def permissions_of(item: Mapping[str, Any]) -> Permissions:
    """The permissions of an item, in any of the three spellings that the site has used."""
    return Permissions(
        uses=_uses(item.get("allowCommercialUse")),
        no_credit=_flag(item.get("allowNoCredit")),
        derivatives=_flag(item.get("allowDerivatives")),
        different_license=_flag(item.get("allowDifferentLicense")),
    )


def terms_of(
    permissions: Permissions,
    base: BaseModel | None,
    base_label: str | None,
    *,
    version_id: int,
    other_labels: Sequence[str | None] = (),
    sfw_only: bool = False,
) -> Terms:
    """Commercial use under both, with the reasons of both.

    `other_labels` are the bases of other versions; stricter ones are told, for the files are here.
    """
    own = verdict_under(permissions)
    of_base, base_reason = _base_verdict(base, base_label)
    if "no" in (own, of_base):
        verdict = "no"
    elif UNKNOWN in (own, of_base):
        verdict = UNKNOWN
    else:
        verdict = strictest((own, of_base, *(["conditions"] if sfw_only else [])))
    reasons = [base_reason, *reasons_of(permissions)]
    if base is not None and base.hosted_api_only:
        reasons.insert(
            1, f"{base.label} is a hosted service, as far as is known; it has no weights."
        )
    reasons += _other_reasons(other_labels, base_label, of_base)
    if sfw_only:
        reasons.append(SFW_ONLY)
    if verdict not in ("no", UNKNOWN) and not (permissions.uses or frozenset()) & {"Rent", "Sell"}:
        reasons.insert(0, IMAGES_ONLY)
    reasons.append(f"CivitAI's own wording: {SITE_TEXT}{version_id}")
    return Terms(
        commercial_use=verdict,
        reasons=tuple(reasons),
        raw=_raw(permissions),
        conflict=of_base == "no" and more_permissive(own, of_base),
    )


def permissions_in(raw: str | None) -> Permissions:
    """The permissions that `raw` tells in words; None where it does not say."""
    allowed, _, rest = (raw or "").partition(";")
    flags = {word.strip() for word in rest.split(";")}
    said = allowed.partition(_PERMITS)[2]
    known = raw is not None and (said != "" or allowed == _PERMITS_NONE)
    words = {word.strip() for word in said.split(",")}
    return Permissions(
        uses=frozenset(use for use, short in _SHORT.items() if short in words) if known else None,
        no_credit=False if "credit required" in flags else None,
        derivatives="merges allowed" in flags if flags & {"merges allowed", "no merges"} else None,
        different_license=False if "same permissions on merges" in flags else None,
    )


def _uses(stated: object) -> frozenset[str] | None:
    if isinstance(stated, str):
        listed = _LIST_TEXT.fullmatch(stated.strip())
        if listed is None:
            word = stated.strip()
            return _ONE_WORD.get(word, _known([word]))
        stated = [word.strip().strip('"') for word in listed[1].split(",") if word.strip()]
    if not isinstance(stated, list):
        return None
    return _known(texts(stated, 40)) if stated else frozenset()


def _known(words: list[str] | tuple[str, ...]) -> frozenset[str] | None:
    """The known uses; None where a word is none, for nobody knows what that one would allow."""
    if not words or any(word not in _USES and word != "None" for word in words):
        return None
    return frozenset(words) - {"None"}


def _flag(stated: object) -> bool | None:
    return stated if isinstance(stated, bool) else None


def verdict_under(permissions: Permissions) -> str:
    """Commercial use by the word of the creator alone."""
    uses = permissions.uses
    if uses is None:
        return UNKNOWN
    if not uses & {"Image", "Sell"}:  # what the site itself calls commercial use
        return "no"
    free = {"Image", "Rent", "Sell"} <= uses
    return (
        "yes"
        if free and permissions.derivatives and permissions.different_license
        else ("conditions")
    )


def _base_verdict(base: BaseModel | None, label: str | None) -> tuple[str, str]:
    if base is None or base.license_name is None:
        words = f"The base model {label}" if label else "The base model is not named; it"
        return UNKNOWN, f"{words} has no license that is known here."
    verdict, sentence = TERMS[base.terms]
    start = f"The base model {base.label} is under"
    if base.terms == "unread":
        return verdict, f"{start} {base.license_name}, whose text is not known here."
    return verdict, f"{start} {sentence.format(name=base.license_name)}"


def _other_reasons(labels: Sequence[str | None], own: str | None, of_base: str) -> list[str]:
    """Versions for other bases whose terms allow less, or are not known."""
    said = []
    for label in dict.fromkeys(labels):
        base = base_of(label)
        verdict, reason = _base_verdict(base, label)
        silent = verdict == UNKNOWN != of_base
        if label is not None and label != own and (silent or more_permissive(of_base, verdict)):
            said.append(f"There are other versions. {reason}")
    return said[:_MOST_OTHERS]


def reasons_of(permissions: Permissions) -> list[str]:
    """The permissions in sentences."""
    uses = permissions.uses
    said: list[str] = []
    if uses is None:
        said.append("The creator's word on commercial use is missing.")
    elif not uses:
        said.append("The creator allows no commercial use.")
    else:
        allowed = [words for use, words in _USES.items() if use in uses]
        denied = [words for use, words in _USES.items() if use not in uses]
        tail = f"; not {_listed(denied, 'nor')}" if denied else ""
        said.append(f"The creator allows {_listed(allowed, 'and')}{tail}.")
    if permissions.no_credit is False:
        said.append("The creator asks to be credited.")
    if permissions.derivatives is False:
        said.append("Merges of it may not be shared.")
    if permissions.different_license is False:
        said.append("Merges of it must keep the same permissions.")
    return said


def _raw(permissions: Permissions) -> str | None:
    uses = permissions.uses
    if uses is None:
        return None
    allowed = ", ".join(words for use, words in _SHORT.items() if use in uses)
    words = [f"{_PERMITS}{allowed}" if allowed else _PERMITS_NONE]
    if permissions.no_credit is False:
        words.append("credit required")
    if permissions.derivatives is not None:
        words.append("merges allowed" if permissions.derivatives else "no merges")
    if permissions.different_license is False:
        words.append("same permissions on merges")
    return "; ".join(words)


def _listed(words: list[str], last: str) -> str:
    return f" {last} ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])
