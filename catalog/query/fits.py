"""The value of `fits:`, DEVICE[@CONTEXT[xUSERS]][/QUANT], such as `rtx-4090@32kx5/Q4_K_M`.

The device is a lower-case slug (spaces become hyphens); the context keeps its digits, `k` is 1024;
one user is the default and left out; the quantization is upper case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from catalog.errors import QueryError
from catalog.query.ranges import bounds, canonical_range
from catalog.query.text import clean

_FORM = re.compile(
    r"(?P<device>[^@/]+)(?:@(?P<context>[0-9.]+[km]?)(?:x(?P<users>[0-9]{1,6}))?)?(?:/(?P<quant>[^@/\s]+))?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class FitsTerm:
    """What a `fits:` value asks: on which device, how many tokens for how many users, as what."""

    device: str
    context: int | None = None  # tokens for each user; None is the default
    users: int = 1
    quant: str | None = None  # None grades the files that the model has


def fits_term(text: str) -> FitsTerm | None:
    """The parts of a `fits:` value, None when it has not that form."""
    try:
        parts = _parts(text)
    except QueryError:
        return None
    device, context, users, quant = parts
    tokens = bounds("context", f"..{context}", date.min).high if context else None
    return FitsTerm(device, None if tokens is None else int(tokens), users, quant)


def canonical_fits(text: str) -> str:
    """The one text of a `fits:` value; QueryError when it has not that form."""
    device, context, users, quant = _parts(text)
    with_context = f"@{context}{f'x{users}' if users > 1 else ''}" if context else ""
    return f"{device}{with_context}{f'/{quant}' if quant else ''}"


def _parts(text: str) -> tuple[str, str | None, int, str | None]:
    form = _FORM.fullmatch(clean(text))
    device = "-".join(form["device"].lower().split()) if form else ""
    users = int(form["users"] or 1) if form else 0
    if form is None or not device or users < 1:
        raise QueryError("Name a device, then its use: fits:rtx-4090, fits:rtx-4090@32kx5/Q4_K_M.")
    context = canonical_range("context", form["context"]) if form["context"] else None
    if context is not None and not bounds("context", f"..{context}", date.min).high:
        raise QueryError("A context holds at least one token.")
    quant = form["quant"]
    return device, context, users, quant.upper() if quant else None
