"""Sentences of the arithmetic of fit in the visitor's language; what is not known stays English."""

from __future__ import annotations

import re

from ui import fit_words, safe, said_speed, wording
from ui.i18n import _

_DOUBT = re.compile(r"Not known: (?P<names>[a-z_, ]+); (?P<why>.+)\.")


def doubt(text: str) -> str:
    """Why there is no point, as plain text."""
    told = safe.plain(text, 400)
    match = _DOUBT.fullmatch(told)
    if match is None:
        return told
    parts = [fit_words.term(name) for name in match["names"].split(", ")]
    names = wording.listed(part[:1].lower() + part[1:] for part in parts)
    return _("Not known: {names}; {why}.").format(names=names, why=_why(match["why"]))


def _why(text: str) -> str:
    words = {
        "not stated where the facts are from": _("not stated where the facts are from"),
        "no source states the facts of its architecture; give its config.json or GGUF file": _(
            "no source states the facts of its architecture"
        ),
        "what one image takes beside the weights depends on its size": _(
            "what one image takes beside the weights depends on its size"
        ),
        "what a video takes beside the weights depends on its length and size": _(
            "what a video takes beside the weights depends on its length and size"
        ),
        "what such a model keeps beside its weights is not worked out here": _(
            "what such a model keeps beside its weights is not worked out here"
        ),
    }
    return words.get(text, text)


def formula(text: str) -> str:
    """A formula, with the sign of multiplication."""
    return safe.plain(text, 600).replace(" x ", " × ")


def source(text: str) -> str:
    """The document or measurement that a part stands on."""
    return safe.plain(text, 300)


def basis(text: str) -> str:
    """What a speed was worked out from."""
    return said_speed.basis(text)


def value(text: str) -> str:
    """A value that went into a formula."""
    words = {
        "full": _("full"),
        "latent": _("latent"),
        "sliding window": _("sliding window"),
        "recurrent": _("recurrent"),
        "unknown": _("unknown"),
    }
    return words.get(text) or safe.plain(text, 80)


def input_name(name: str) -> str:
    """The name of what went into a formula, as the formula has it."""
    return safe.plain(name.replace("_", " "), 60)
