"""Sentences of the arithmetic of fit in the visitor's language; what is not known stays English."""

from __future__ import annotations

from ui import safe
from ui.i18n import _


def doubt(text: str) -> str:
    """Why there is no point, as plain text."""
    return safe.plain(text, 400)


def formula(text: str) -> str:
    """A formula, with the sign of multiplication."""
    return safe.plain(text, 600).replace(" x ", " × ")


def source(text: str) -> str:
    """The document or measurement that a part stands on."""
    return safe.plain(text, 300)


def basis(text: str) -> str:
    """What a speed was worked out from."""
    return safe.plain(text, 400).replace(" x ", " × ")


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
