"""Whether the files of a model fit a machine, in a badge or in chips, and which files are meant."""

from __future__ import annotations

from catalog.fit.answer import FitAnswer
from ui import look, safe
from ui.i18n import _

_LETTERS = 20  # of a quantization in a chip


def badge(grade: str, quant: str | None = None, *, estimated: bool = False) -> str:
    """A Markdown badge: the grade, what it means, and whether that is an estimate.

    `quant` is foreign text: the quantization or the dtype of the files that the grade is about.
    """
    return look.fit_badge(grade, detail(quant, estimated=estimated))


def detail(quant: str | None, *, estimated: bool = False) -> str | None:
    """What stands behind the word of a grade as plain text: `Q4_K_M, an estimate`."""
    parts = [safe.plain(quant, _LETTERS)] if quant else []
    if estimated:
        parts.append(_("an estimate"))
    return ", ".join(parts) or None


def chips(grade: str, quant: str | None = None, *, estimated: bool = False) -> list[str]:
    """The same for a cell of a table: the grade, and the files, `~` in front of an estimate."""
    named = ("~" if estimated else "") + safe.plain(quant, _LETTERS)
    return [look.fit_chip(grade), *([named] if named else [])]


def of(answer: FitAnswer) -> list[str]:
    """The chips of an answer."""
    return chips(answer.grade, files(answer), estimated=answer.estimated)


def files(answer: FitAnswer) -> str | None:
    """The quantization or the dtype that an answer is about; foreign text."""
    return answer.quant or (answer.rung.name if answer.rung else None)
