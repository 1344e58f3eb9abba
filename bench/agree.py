"""Engines must agree to the last count before any of them is timed."""

from __future__ import annotations

from collections.abc import Sequence

from bench.question import QUESTIONS, Answer, Engine, Question


class Disagreement(AssertionError):
    """Two engines answered one question differently."""


def check(engines: Sequence[Engine], questions: Sequence[Question] = QUESTIONS) -> list[Answer]:
    """The answers of the first engine, the others having given the same, all values compared."""
    first, *others = engines
    answers = []
    for question in questions:
        answer = first.ask(question, values=None)
        for other in others:
            _compare(question, (first.name, answer), (other.name, other.ask(question, values=None)))
        answers.append(answer)
    return answers


def _compare(question: Question, ours: tuple[str, Answer], theirs: tuple[str, Answer]) -> None:
    name, answer = ours
    other_name, other = theirs
    pairs: dict[str, tuple[object, object]] = {
        "total": (answer.total, other.total),
        "page": (answer.page, other.page),
        "marks of the sample": (answer.sample, other.sample),
        **{key: (answer.facets[key], other.facets[key]) for key in answer.facets},
        **{f"{k} bars": (answer.histograms[k], other.histograms[k]) for k in answer.histograms},
    }
    for what, (mine, its) in pairs.items():
        if mine != its:
            raise Disagreement(
                f"{question.name}, {what}: {name} and {other_name} differ: {_first(mine, its)}"
            )


def _first(mine: object, its: object) -> str:
    """The first place at which two answers part, not the whole of them."""
    if isinstance(mine, tuple) and isinstance(its, tuple):
        for one, two in zip(mine, its, strict=False):
            if one != two:
                return _first(one, two)
    return f"{str(mine)[:200]} and {str(its)[:200]}"
