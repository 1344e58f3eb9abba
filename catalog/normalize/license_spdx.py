"""SPDX: ids in their own spelling, and expressions such as `Apache-2.0 OR MIT`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from license_expression import ExpressionError, Licensing, get_spdx_licensing

from catalog.normalize.license_table import REF, named

T = TypeVar("T")
# `mit-and-apache-2.0`, `mit/apache-2.0`: whoever is under both has to keep both.
_JOINED = re.compile(r"-(and|or)-|\s*[/&,]\s*|\s+plus\s+", re.IGNORECASE)
_WORDS = re.compile(r"\s(?:and|or|with)\s", re.IGNORECASE)
_OWN = re.compile(rf"{REF}[A-Za-z0-9][A-Za-z0-9.-]*")
_LATER = re.compile(r"(?:-or-later|-only|\+)$")
_LONGEST = 300
_PLAIN = Licensing()


@lru_cache(maxsize=1)
def _spdx() -> tuple[dict[str, str], dict[str, str]]:
    """Licenses and exceptions of SPDX by their lower-case spelling."""
    known = get_spdx_licensing().known_symbols
    licenses: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    for key, symbol in known.items():
        if not key.startswith(REF):
            (exceptions if symbol.is_exception else licenses)[key.lower()] = key
    return licenses, exceptions


def spdx_id(words: str) -> str | None:
    """The id of SPDX that some words are, in its own spelling."""
    return _spdx()[0].get(words.strip().lower())


def base_of(license_id: str) -> str | None:
    """`gpl-3.0` of `gpl-3.0-or-later`, `gpl-3.0+` and `gpl-3.0-only`; None where nothing ends."""
    shorter = _LATER.sub("", license_id)
    return shorter if shorter != license_id else None


@lru_cache(maxsize=20_000)
def expression_of(words: str) -> str | None:
    """Several licenses as one SPDX expression; None for one, or where a part is not known."""
    joined = words.strip()[:_LONGEST]
    if not _WORDS.search(joined) and not _OWN.fullmatch(joined):
        joined = _JOINED.sub(lambda found: f" {(found[1] or 'and').upper()} ", joined)
    if not _WORDS.search(joined):
        return None
    tree = _tree(joined)
    return _written(tree) if tree is not None else None


@lru_cache(maxsize=20_000)
def _tree(words: str) -> Any | None:
    try:
        return _PLAIN.parse(words)
    except (ExpressionError, AssertionError, IndexError, TypeError, RecursionError):
        # The last four are what odd words bring the parser to.
        return None


def _written(tree: Any, *, inside: bool = False) -> str | None:
    if hasattr(tree, "exception_symbol"):
        own = _leaf(tree.license_symbol.key)
        exception = _spdx()[1].get(tree.exception_symbol.key.lower())
        return f"{own} WITH {exception}" if own and exception else None
    if not getattr(tree, "args", ()):
        return _leaf(tree.key)
    parts = [_written(part, inside=True) for part in tree.args]
    if not all(parts):
        return None
    text = f" {tree.operator.strip()} ".join(filter(None, parts))
    return f"({text})" if inside else text


def _leaf(key: str) -> str | None:
    reading = named(key)
    if reading is not None:
        return reading.license
    return key if _OWN.fullmatch(key) else spdx_id(key)


def evaluated(
    expression: str,
    one: Callable[[str], T],
    either: Callable[[Sequence[T]], T],
    both: Callable[[Sequence[T]], T],
) -> T | None:
    """What an expression comes to, from what each of its licenses does; None for a single id.

    An exception (`WITH`) only ever allows more than the license before it, so that one counts.
    """
    fits = len(expression) <= 2 * _LONGEST and _WORDS.search(expression)
    tree = _tree(expression) if fits else None
    return _evaluated(tree, one, either, both) if tree is not None else None


def _evaluated(
    tree: Any,
    one: Callable[[str], T],
    either: Callable[[Sequence[T]], T],
    both: Callable[[Sequence[T]], T],
) -> T:
    if hasattr(tree, "exception_symbol"):
        return one(str(tree.license_symbol.key))
    if not getattr(tree, "args", ()):
        return one(str(tree.key))
    parts = [_evaluated(part, one, either, both) for part in tree.args]
    return (either if tree.operator.strip() == "OR" else both)(parts)
