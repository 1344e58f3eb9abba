"""What a speed was worked out from, in the visitor's language; what is not known stays English."""

from __future__ import annotations

import re

from ui import safe
from ui.i18n import _

_READ = re.compile(
    r"(?P<weights>.+) of weights and up to (?P<cache>.+) of cache are read for each token, "
    r"at (?P<slow>\d+) to (?P<fast>\d+) % of (?P<rate>.+)"
)
_HOST = re.compile(
    r"(?P<share>\d+) % of the weights from main memory of (?P<assumed>an assumed )?(?P<rate>.+)"
)
_ONE_BY_ONE = "the cards work one after the other"


def basis(text: str) -> str:
    """The basis of `catalog.fit.speed`, part by part, as plain text."""
    told = safe.plain(text, 400)
    return "; ".join(_part(part) for part in told.removesuffix(".").split("; "))


def _part(text: str) -> str:
    if text == _ONE_BY_ONE:
        return _("the cards work one after the other")
    read = _READ.fullmatch(text)
    if read is not None:
        return _(
            "{weights} of weights and up to {cache} of cache are read for each token, "
            "at {slow} to {fast} % of {rate}"
        ).format(
            weights=_between(read["weights"]),
            cache=read["cache"],
            slow=read["slow"],
            fast=read["fast"],
            rate=read["rate"],
        )
    host = _HOST.fullmatch(text)
    if host is None:
        return text
    words = (
        _("{share} % of the weights from main memory of an assumed {rate}")
        if host["assumed"]
        else _("{share} % of the weights from main memory of {rate}")
    )
    return words.format(share=host["share"], rate=_between(host["rate"]))


def _between(text: str) -> str:
    low, to, high = text.partition(" to ")
    return _("{low} to {high}").format(low=low, high=high) if to else text
